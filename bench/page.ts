/**
 * The page in a real browser over 120,000 flows: when something useful is seen, how long each deed
 * takes, and what it costs the browser's main thread.
 *
 *     node dist/bench/page.js [URL]
 *
 * Without a URL the program is started on a generated capture, which is made once in bench/data.
 * Time on the clock depends on who else computes; time of the processor (thread ticks) hardly does.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { loadavg } from 'node:os'
import { chromium, type Page } from 'playwright-core'
import { repositoryFile } from '../src/core/repository.ts'
import { generateMix } from './generate.ts'

const PACKETS = 1_000_000
const FLOWS = 120_000
const CAPTURE = 'bench/data/page.pcap'
const ROUNDS = 5

/** How the browser is told to keep tasks above 50 ms. */
const WATCH = `
  window.longTasks = []
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.longTasks.push(duration)
  }).observe({ entryTypes: ['longtask'] })`

interface Deed {
  readonly name: string
  readonly act: (page: Page) => Promise<unknown>
  /** What is there when it is done. */
  readonly shows: string
}

function deeds(url: string): readonly Deed[] {
  const keys =
    (...pressed: string[]) =>
    async (page: Page) => {
      for (const key of pressed) await page.keyboard.press(key)
    }
  const rows = '.flow-list [data-row]'
  return [
    { name: 'open the page', act: (page) => page.goto(`${url}#/now`), shows: '.tile-value' },
    { name: 'all flows', act: keys('g', 'f'), shows: rows },
    {
      name: 'sort by bytes',
      act: (page) => page.getByRole('button', { name: 'Bytes' }).click(),
      shows: 'th[aria-sort=descending] >> text=Bytes',
    },
    { name: 'next page', act: keys(']'), shows: '.pager >> text=101–200' },
    {
      name: 'narrow by a facet',
      act: (page) => page.locator('.facet-buttons button').first().click(),
      shows: rows,
    },
    { name: 'open a flow', act: keys('j', 'Enter'), shows: '.panel .facts' },
    { name: 'close it', act: keys('Escape'), shows: rows },
    { name: 'brush the histogram', act: brush, shows: rows },
    { name: 'back to all of the time', act: keys('a'), shows: rows },
    { name: 'all hosts', act: keys('g', 'h'), shows: 'h1:text-is("Hosts")' },
    { name: 'open a host', act: keys('j', 'Enter'), shows: '.lanes' },
    { name: 'all swarms', act: keys('g', 's'), shows: 'h1:text-is("Swarms and files")' },
    { name: 'back to the first screen', act: keys('g', 'n'), shows: '.tile-value' },
  ]
}

async function brush(page: Page): Promise<void> {
  const box = (await page.locator('.u-over').boundingBox())!
  await page.mouse.move(box.x + box.width / 4, box.y + 20)
  await page.mouse.down()
  for (let step = 1; step <= 20; step++) {
    await page.mouse.move(box.x + (box.width / 4) * (1 + step / 20), box.y + 20)
  }
  await page.mouse.up()
}

interface Figures {
  readonly seenMs: number
  readonly doneMs: number
  readonly threadMs: number
  readonly longestMs: number
}

/** One visit, all deeds in turn. */
async function visited(url: string): Promise<ReadonlyMap<string, Figures>> {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox'],
  })
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  await page.addInitScript(WATCH)
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const ticks = async () => {
    const { metrics } = await session.send('Performance.getMetrics')
    return 1000 * metrics.find(({ name }) => name === 'TaskDuration')!.value
  }
  const figures = new Map<string, Figures>()
  for (const { name, act, shows } of deeds(url)) {
    await page.evaluate('window.longTasks = []')
    const before = await ticks()
    const start = performance.now()
    await act(page)
    await page.locator(shows).first().waitFor()
    const seenMs = performance.now() - start
    await page.locator('.waiting, .busy').first().waitFor({ state: 'detached' })
    const doneMs = performance.now() - start
    await page.waitForTimeout(300)
    const longest = await page.evaluate('Math.max(0, ...window.longTasks)')
    figures.set(name, {
      seenMs,
      doneMs,
      threadMs: (await ticks()) - before,
      longestMs: longest as number,
    })
  }
  await browser.close()
  return figures
}

function median(values: readonly number[]): string {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!.toFixed(0)
}

async function report(url: string): Promise<void> {
  const visits: ReadonlyMap<string, Figures>[] = []
  for (let round = 0; round < ROUNDS; round++) visits.push(await visited(url))
  console.log(`load average ${loadavg()[0]!.toFixed(1)}; medians of ${ROUNDS} visits, ms\n`)
  console.log('| deed | seen | all there | main thread | longest task |\n|---|---:|---:|---:|---:|')
  for (const name of visits[0]!.keys()) {
    const of = (key: keyof Figures) => median(visits.map((each) => each.get(name)![key]))
    const cells = [of('seenMs'), of('doneMs'), of('threadMs'), of('longestMs')]
    console.log(`| ${name} | ${cells.join(' | ')} |`)
  }
}

/** Start the program, and wait until it has read everything. */
async function served(): Promise<{ readonly url: string; readonly stop: () => void }> {
  const file = repositoryFile(CAPTURE)
  mkdirSync(repositoryFile('bench/data'), { recursive: true })
  if (!existsSync(file)) generateMix(file, PACKETS, FLOWS)
  const main = repositoryFile('dist/program/peerscope.js')
  const program = spawn(process.execPath, [main, 'serve', file, '--listen', '127.0.0.1:0'])
  const url = await new Promise<string>((resolve) => {
    const listen = (piece: Buffer) => {
      const found = /http:\/\/\S+/.exec(String(piece))?.[0]
      if (found !== undefined) resolve(found)
    }
    program.stdout.on('data', listen)
    program.stderr.on('data', listen)
  })
  for (let state = ''; state !== 'done'; ) {
    await new Promise((resolve) => setTimeout(resolve, 1000))
    const status = (await (await fetch(`${url}api/status`)).json()) as { readonly state: string }
    state = status.state
  }
  return { url, stop: () => program.kill() }
}

const given = process.argv[2]
const site = given === undefined ? await served() : { url: given, stop: () => undefined }
await report(site.url)
site.stop()
