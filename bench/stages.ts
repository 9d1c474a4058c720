/**
 * `npm run bench:stages [-- CAPTURE]`: what each stage adds to a packet's way, in nanoseconds, and
 * how long garbage was collected, beside a bare loop over the same records.
 *
 * Each stage runs in a process of its own, so that none warms up the next.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { u16be, u32le } from '../src/core/bytes.ts'
import { repositoryFile } from '../src/core/repository.ts'
import { Engine } from '../src/intake/engine.ts'
import { FlowTable } from '../src/intake/flow/table.ts'
import { DECODED, Decoder } from '../src/intake/packet/packet.ts'
import type { Cursor } from '../src/intake/source/cursor.ts'
import { openCaptures } from '../src/intake/source/open.ts'
import { protocols } from '../src/protocols/index.ts'

/** Packets, and the seconds they took where that is not the whole run. */
type Stage = (file: string) => Promise<number | { packets: number; seconds: number }>

async function walk(file: string, each: (cursor: Cursor) => void): Promise<number> {
  const cursor = await openCaptures([file])
  let packets = 0
  for (let step = cursor.next(); step !== 'end'; step = cursor.next()) {
    if (step === 'wait') {
      await cursor.fill()
      continue
    }
    packets++
    each(cursor)
  }
  await cursor.close()
  return packets
}

/** What any reader must do at least: step from record to record and touch each packet. */
function bare(file: string): ReturnType<Stage> {
  const bytes = readFileSync(file)
  const begun = performance.now()
  let packets = 0
  let sum = 0
  for (let at = 24; at + 16 <= bytes.length; at += 16 + u32le(bytes, at + 8)) {
    sum += u16be(bytes, at + 16 + 36)
    packets++
  }
  const seconds = (performance.now() - begun) / 1000
  return Promise.resolve({ packets: sum < 0 ? 0 : packets, seconds })
}

function engineWith(cards: typeof protocols): Stage {
  return async (file) => {
    const engine = new Engine(cards, () => {})
    const packets = await walk(file, (cursor) => engine.packet(cursor))
    engine.end()
    return packets
  }
}

const STAGES: Readonly<Record<string, Stage>> = {
  'bare loop (calibration)': bare,
  source: (file) => walk(file, () => {}),
  '+ decode': (file) => {
    const decoder = new Decoder()
    return walk(file, (c) => {
      decoder.decode(c.bytes, c.at, c.size, c.wireSize, c.linkType, c.micros)
    })
  },
  '+ flow table': (file) => {
    const decoder = new Decoder()
    const table = new FlowTable(() => {})
    return walk(file, (c) => {
      const status = decoder.decode(c.bytes, c.at, c.size, c.wireSize, c.linkType, c.micros)
      if (status <= DECODED.otherIp) table.touch(decoder.packet, c.micros, c.frame, 0)
    })
  },
  '+ engine, no protocols': engineWith([]),
  '+ all protocols': engineWith(protocols),
  ...Object.fromEntries(
    protocols.map((card) => [`engine, ${card.name} alone`, engineWith([card])]),
  ),
}

/** One stage in this process; prints `packets seconds allocatedBytes`. */
async function runStage(name: string, file: string): Promise<void> {
  const { PerformanceObserver } = await import('node:perf_hooks')
  let collectedMs = 0
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) collectedMs += entry.duration
  })
  observer.observe({ entryTypes: ['gc'] })
  const begun = performance.now()
  const done = await STAGES[name]!(file)
  const whole = (performance.now() - begun) / 1000
  const { packets, seconds } = typeof done === 'number' ? { packets: done, seconds: whole } : done
  await new Promise((resolve) => setTimeout(resolve, 50))
  console.log(JSON.stringify({ packets, seconds, collectedMs }))
}

function main(): Promise<void> | undefined {
  const [first, second] = process.argv.slice(2)
  if (first === '--stage') return runStage(second!, process.argv[4]!)
  const file = first ?? repositoryFile('bench/data/mix.pcap')
  if (!existsSync(file)) throw new Error(`${file} is not there: npm run bench makes it`)
  console.log('| stage | ns a packet | times calibration | garbage collection, ms |')
  console.log('|---|---:|---:|---:|')
  let calibration = 0
  for (const name of Object.keys(STAGES)) {
    const words = [fileURLToPath(import.meta.url), '--stage', name, file]
    const said = execFileSync(process.execPath, words, { encoding: 'utf8' })
    const { packets, seconds, collectedMs } = JSON.parse(said) as Record<string, number>
    const nanos = (seconds! * 1e9) / packets!
    calibration ||= nanos
    const cells = [nanos.toFixed(0), (nanos / calibration).toFixed(1), collectedMs!.toFixed(0)]
    console.log(`| ${name} | ${cells.join(' | ')} |`)
  }
}

await main()
