/** The screens Dark space and Backtrack: by keyboard, pointer and address, with names of strangers as text. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { DarkView, Status } from '../../src/services/page/api.ts'
import { DARK, DARK_PART } from '../../src/services/page/dark-in-test.ts'
import { partsInTest, STATUS } from '../../src/services/page/parts-in-test.ts'
import { CONTENT, DARK_TARGET, StoreInTest, XSS } from '../../src/services/page/store-in-test.ts'
import {
  axeFindings,
  NO_BROWSER,
  openSite,
  rowsOf,
  type Site,
  settled,
  type Visit,
  visit,
} from './browser-in-test.ts'

/** The first flow leads to the tracker that told it. */
class TrackedStore extends StoreInTest {
  override async flows(question: Parameters<StoreInTest['flows']>[0]) {
    const { rows, total } = await super.flows(question)
    if (question.where !== 'id==1.1') return { rows, total }
    const row = rows.find(({ id }) => id === '1.1')!
    return { rows: [{ ...row, proto: 'tcp', dstIp: '192.0.2.1', dstPort: 6969 }], total: 1 }
  }
}

let view: DarkView = DARK
let state: Status['state'] = 'watching'
let site: Site
let seen: Visit
const skip = NO_BROWSER

before(async () => {
  if (NO_BROWSER) return
  const status = (): Status => ({ ...STATUS, state })
  const { families } = partsInTest()
  const asks = [{ via: 'tracker', carrier: 'tcp', part: 'tracker' }] as const
  site = await openSite({
    ...{ status, reader: new TrackedStore(), dark: { ...DARK_PART, view: () => view } },
    families: families.map((each) => ({ ...each, asks })),
  })
  seen = await visit(site.url)
})
beforeEach(async () => {
  view = DARK
  state = 'watching'
  if (NO_BROWSER) return
  await seen.page.goto('about:blank')
  seen.asked.length = 0
  seen.complaints.length = 0
})
after(async () => {
  await seen?.close()
  await site?.close()
})

const open = (hash: string) => seen.open(hash)
const hash = () => seen.hash()
const rows = (caption: string) => rowsOf(seen.page, caption)

test('tiles, map as a table, incidents with their state and cause, the honeynet', {
  skip,
}, async () => {
  const { page, complaints } = seen
  await open('#/now')
  await page.keyboard.press('g')
  await page.keyboard.press('d')
  await settled(page)
  assert.equal(hash(), '#/dark')
  const tiles = (await page.locator('.tiles').first().textContent()) ?? ''
  assert.match(tiles, /Calls to dark addresses5,575/)
  assert.match(tiles, /Scanners taken out2,386/)
  const { connections, connectionsAnswered, datagrams, datagramsAnswered } = DARK.honeynet!
  const answered = (connectionsAnswered + datagramsAnswered).toLocaleString('en')
  const [asked, sent] = [connections, datagrams].map((count) => count.toLocaleString('en'))
  assert.ok(tiles.includes(`Answered here${answered}of ${asked} connections and ${sent} datagrams`))
  assert.deepEqual(await rows('Most called cells of 198.51.100.0/24'), [
    `198.51.100.255 | 1,000 | 1,000 | ${XSS}`,
    '198.51.100.0 | 120 | 130 | BitTorrent',
  ])
  const [first, part] = await rows('Incidents')
  assert.match(first!, /^198\.51\.100\.7:6881 \| BitTorrent \| ● goes on \| 130 \| /)
  assert.match(first!, / \| Byte order \| 4$/)
  assert.ok(first!.includes(`${XSS} (90)`))
  assert.match(part!, /^198\.51\.100\.7:80 \| BitTorrent \| part of :6881 \| 101 \| /)
  await page.getByText('Connections answered').waitFor()
  assert.equal(await page.locator('#page script, #page img').count(), 0)
  assert.deepEqual(complaints, [])
})

test('an incident whose end nobody told does not go on where nothing is watched', {
  skip,
}, async () => {
  state = 'done'
  await open('#/dark')
  assert.match((await rows('Incidents'))[0]!, / \| ○ end not seen \| /)
})

test('the keyboard moves the cell, chooses it, goes nearer and back; the address bar holds it all', {
  skip,
}, async () => {
  const { page } = seen
  await open('#/dark')
  const map = page.getByRole('application', { name: /^Map of 198\.51\.100\.0\/24/ })
  const readout = page.locator('.map-readout')
  await map.focus()
  await page.keyboard.press('ArrowDown')
  assert.equal(
    await readout.textContent(),
    '198.51.100.0 · 130 callers, 120 of them P2P · BitTorrent',
  )
  // The curve of a square of sixteen by sixteen begins to the right.
  await page.keyboard.press('ArrowRight')
  assert.equal(await readout.textContent(), '198.51.100.1 · 4 callers · none spoke P2P')
  await page.keyboard.press('Enter')
  await settled(page)
  assert.equal(hash(), '#/dark?cell=198.51.100.1%2F32')
  await page.getByText('Incidents at 198.51.100.1').waitFor()
  assert.ok(seen.asked.some((path) => /^incidents\?.*where=dst%3D%3D198\.51\.100\.1/.test(path)))
  await map.focus()
  await page.keyboard.press('+')
  await settled(page)
  assert.equal(hash(), '#/dark?net=198.51.100.0%2F26&cell=198.51.100.1%2F32')
  await page.getByRole('application', { name: /^Map of 198\.51\.100\.0\/26/ }).focus()
  await page.keyboard.press('-')
  await settled(page)
  assert.equal(hash(), '#/dark?net=198.51.100.0%2F24&cell=198.51.100.1%2F32')
  await map.focus()
  await page.keyboard.press('Escape')
  assert.equal(hash(), '#/dark?net=198.51.100.0%2F24')
  // A shortcut of the page is one on the map too, where the map has no use for it.
  await page.keyboard.press('?')
  assert.ok(await page.getByRole('dialog').isVisible())
})

test('a pointer reads and chooses a cell; its flows and its ways are a click away', {
  skip,
}, async () => {
  const { page } = seen
  await open('#/dark')
  const map = page.getByRole('application')
  const { width } = (await map.boundingBox())!
  const position = { x: width - 5, y: 5 }
  // A curve ends in the corner beside the one where it began: at the right.
  await map.hover({ position })
  assert.match((await page.locator('.map-readout').textContent())!, /^198\.51\.100\.255 · 1,000/)
  await map.click({ position })
  await settled(page)
  assert.equal(hash(), '#/dark?cell=198.51.100.255%2F32')
  await page.getByRole('link', { name: 'Its flows' }).click()
  assert.equal(hash(), '#/flows?where=dst%3D%3D198.51.100.255')
  await page.goBack()
  await settled(page)
  await page.getByRole('link', { name: 'Backtrack it' }).click()
  assert.equal(hash(), '#/backtrack/198.51.100.255')
})

test('another definition is looked for in what is stored; the usual one comes back', {
  skip,
}, async () => {
  const { page } = seen
  await open('#/dark')
  await page.getByRole('spinbutton', { name: 'Sources' }).fill('120')
  await page.getByRole('spinbutton', { name: 'Hours' }).fill('3')
  await page.keyboard.press('Enter')
  await settled(page)
  assert.equal(hash(), '#/dark?sources=120&hours=3')
  await page.getByText('1 incident by this definition, looked for in 2,400 stored flows').waitFor()
  assert.equal((await rows('Incidents')).length, 1)
  await page.getByRole('button', { name: 'As usual: 100 in 6' }).click()
  await settled(page)
  assert.equal(hash(), '#/dark')
  assert.equal((await rows('Incidents')).length, 2)
})

/** Every address of a /16 was called. */
class FullStore extends StoreInTest {
  override async darkMap({ network, cellBits }: { network: string; cellBits: number }) {
    const cells = Array.from({ length: 65_536 }, (_, i) => i)
    const counts = cells.map((i) => 1 + ((i * 7919) % 1000))
    return {
      ...{ network, cellBits, cells, sources: counts, p2pSources: counts },
      ...{ family: cells.map(() => 0), families: ['bittorrent'] },
      total: { sources: 1000, p2pSources: 1000, flows: 65_536 },
    }
  }
}

/** As long as a busy machine may hold a frame up. */
const HELD_UP_MS = 400

test('a map of 65,536 called addresses follows pointer and keyboard', { skip }, async () => {
  const dark = { ...DARK_PART, view: () => ({ ...DARK, networks: ['10.99.0.0/16'] }) }
  const full = await openSite({ reader: new FullStore(), dark })
  const { page } = seen
  try {
    await page.goto(`${full.url}#/dark`)
    await settled(page)
    await page.evaluate(`globalThis.held = []
      new PerformanceObserver((list) => held.push(...list.getEntries().map((one) => one.duration)))
        .observe({ entryTypes: ['longtask'] })`)
    const map = page.getByRole('application', { name: /^Map of 10\.99\.0\.0\/16/ })
    await map.hover()
    const box = (await map.boundingBox())!
    for (let i = 0; i < 40; i++) await page.mouse.move(box.x + 8 * i, box.y + 6 * i)
    await map.focus()
    for (let i = 0; i < 40; i++) await page.keyboard.press(i % 2 ? 'ArrowRight' : 'ArrowDown')
    assert.match((await page.locator('.map-readout').textContent())!, /^10\.99\.\d+\.\d+ · /)
    const held = (await page.evaluate('globalThis.held')) as number[]
    assert.ok(Math.max(0, ...held) < HELD_UP_MS, held.join())
  } finally {
    await full.close()
  }
})

test('without dark networks calls in vain are told, and any network can be looked at', {
  skip,
}, async () => {
  const { page } = seen
  view = { ...DARK, networks: [], definition: { sources: 0, hours: 6 } }
  await open('#/dark')
  await page.getByText('No dark network was named').waitFor()
  assert.equal((await rows('Calls that nobody answered')).length, 2)
  assert.equal(await page.getByRole('spinbutton').count(), 0)
  assert.deepEqual(await axeFindings(page), [])
  await page.getByRole('textbox', { name: 'Map of' }).fill('198.51.100.0/24')
  await page.keyboard.press('Enter')
  await settled(page)
  await page.getByRole('application', { name: /^Map of 198\.51\.100\.0\/24/ }).waitFor()
})

test('an incident leads to who told whom; each step to its frame', { skip }, async () => {
  const { page, complaints } = seen
  await open('#/dark')
  await page.getByRole('link', { name: DARK_TARGET }).click()
  await settled(page)
  assert.equal(hash(), `#/backtrack/${encodeURIComponent(DARK_TARGET)}`)
  const steps = await rows('Steps: who told or called whom, the earliest first')
  assert.match(
    steps[0]!,
    / \| 192\.0\.2\.1 \| told, by tracker \| 10\.0\.0\.1.* \| 1 \| .* \| frame 4$/,
  )
  assert.match(
    steps[3]!,
    /\| 90 untold callers \| called, unanswered \| 198\.51\.100\.7:6881 \| 90 \|/,
  )
  await page.getByText('Read backwards it is').waitFor()
  const graph = page.getByRole('region', { name: /^Graph of who told whom/ })
  assert.equal(await graph.getByRole('link', { name: /^192\.0\.2\.1 told 10\.0\.0\.1/ }).count(), 1)
  const confirmed = page.locator('.hypothesis.confirmed')
  assert.match((await confirmed.textContent())!, /^Byte order● confirmed/)
  assert.ok((await confirmed.textContent())!.includes(XSS))
  const refuted = page.locator('.hypothesis.refuted')
  assert.equal(await refuted.isVisible(), false)
  await page.getByText('1 refuted: private address').click()
  assert.equal(await refuted.isVisible(), true)
  assert.equal(await page.locator('#page script, #page img').count(), 0)
  assert.deepEqual(complaints, [])
  await graph.getByRole('link', { name: /^192\.0\.2\.1 told 10\.0\.0\.1/ }).focus()
  await page.keyboard.press('Enter')
  await settled(page)
  assert.equal(hash(), '#/flows?where=id%3D%3D1.1&open=1.1&frame=4')
  await page.getByRole('complementary', { name: 'Flow 1.1' }).waitFor()
})

test('what was found is copied as a text, and written as a graph for other programs', {
  skip,
}, async () => {
  const { page, context } = seen
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await open(`#/backtrack/${encodeURIComponent(DARK_TARGET)}`)
  await page.getByRole('button', { name: 'Copy as text' }).click()
  const text = (await page.evaluate('navigator.clipboard.readText()')) as string
  assert.match(text, /^Address told though nobody is there: 198\.51\.100\.7:6881\n/)
  assert.match(text, /byte-order is confirmed \(p 1\.0e-40\)/)
  assert.match(
    text,
    /192\.0\.2\.1 told 10\.0\.0\.1, by tracker at 09:00:01, frame 4 of office\.pcap/,
  )
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'GraphML' }).click(),
  ])
  assert.equal(download.suggestedFilename(), 'peerscope-propagation.graphml')
})

test('a command that asks others is whole, or what is missing is said', { skip }, async () => {
  const { page } = seen
  await open(`#/backtrack/${encodeURIComponent(DARK_TARGET)}`)
  const asking = '--ask tracker@192.0.2.1:6969 --allow 192.0.2.1/32'
  await page
    .getByText(`peerscope backtrack ${DARK_TARGET} ${CONTENT} ${asking} -w crawl.pcapng`, {
      exact: true,
    })
    .waitFor()
  await open(`#/backtrack/${encodeURIComponent('urn:x:$(reboot)')}`)
  await page.getByText('the URN of a content that was asked for there').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Copy command' }).count(), 0)
})

test('hosts and contents lead to who told of them; nonsense is said to be none', {
  skip,
}, async () => {
  const { page } = seen
  await open(`#/swarm/${encodeURIComponent(CONTENT)}`)
  await page.locator('.facts').getByRole('link', { name: 'show' }).first().click()
  assert.equal(hash(), `#/backtrack/${encodeURIComponent(CONTENT)}`)
  await open('#/host/10.0.0.1')
  await page.getByRole('link', { name: '4 times' }).click()
  assert.equal(hash(), '#/backtrack/10.0.0.1')
  await open('#/backtrack/nonsense')
  await page.getByText('neither an address nor a content').waitFor()
  await page.keyboard.press('g')
  await page.keyboard.press('b')
  await settled(page)
  await page.getByRole('textbox', { name: 'Address, endpoint or content' }).fill('192.0.2.1')
  await page.keyboard.press('Enter')
  assert.equal(hash(), '#/backtrack/192.0.2.1')
})
