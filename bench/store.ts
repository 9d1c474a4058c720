/**
 * The store with ten million flows: how fast they go in, how large the file is, how long each
 * question takes.
 *
 *     node dist/bench/store.js [--flows 10000000] [--file FILE] [--keep] [--questions] [--write]
 *
 * `--questions` asks a file that is there, `--write` puts the figures into bench/results.md.
 */
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { countText } from '../src/core/figures.ts'
import { repositoryFile } from '../src/core/repository.ts'
import type { StoreReader } from '../src/core/store.ts'
import { openStore, type Store } from '../src/services/store/store.ts'
import { DAYS, Network, START } from './store-events.ts'

const ROUNDS = 7
const AIM_MS = 300
const HOUR = 3_600_000_000

interface Question {
  readonly name: string
  readonly ask: (reader: StoreReader) => Promise<unknown>
}

function questions(): Question[] {
  const all = { from: START - HOUR, to: START + DAYS * 24 * HOUR + HOUR }
  const day = { from: START + 24 * HOUR, to: START + 48 * HOUR }
  const hour = { from: START + 30 * HOUR, to: START + 31 * HOUR }
  const content = `urn:btih:${'7'.padStart(40, '0')}`
  const named = (name: string, ask: Question['ask']): Question => ({ name, ask })
  const spans = [
    ['all', {}],
    ['all, as a span', { span: all }],
    ['a day', { span: day }],
    ['an hour', { span: hour }],
    ['family', { where: 'family==edonkey' }],
    ['host and sureness', { where: 'host==10.0.0.0/28 && sureness>=likely' }],
  ] as const
  const each = spans.flatMap(([words, which]) => [
    named(`overview: ${words}`, (ask) => ask.overview(which)),
    named(`traffic: ${words}`, (ask) => ask.traffic({ ...which, steps: 200 })),
    named(`histogram: ${words}`, (ask) => ask.histogram({ ...which, steps: 200 })),
    named(`hosts: ${words}`, (ask) => ask.hosts({ ...which, limit: 50 })),
    named(`flows, youngest: ${words}`, (ask) =>
      ask.flows({ ...which, limit: 100, order: 'start', descending: true }),
    ),
    named(`flows, biggest: ${words}`, (ask) =>
      ask.flows({ ...which, limit: 100, order: 'bytes', descending: true }),
    ),
    named(`facets: ${words}`, (ask) => ask.facets({ ...which, limit: 10 })),
    named(`swarms: ${words}`, (ask) => ask.swarms({ ...which, limit: 50 })),
    named(`threats: ${words}`, (ask) => ask.threats({ ...which, limit: 50 })),
    named(`host: ${words}`, (ask) => ask.host('10.0.0.20', { ...which, steps: 200 })),
  ])
  return [
    named('runs', (ask) => ask.runs()),
    ...each,
    named('host, the busiest', (ask) => ask.host('10.0.0.1', { steps: 200 })),
    named('flow', (ask) => ask.flow('1.5000000')),
    named('messages', (ask) => ask.messages('1.5000000', { limit: 100 })),
    named('swarm', (ask) => ask.swarm(content, { limit: 100 })),
    named('flows: content', (ask) => ask.flows({ where: `content==${content}`, limit: 100 })),
    named('flows: software', (ask) => ask.flows({ where: 'software~aMule', limit: 100 })),
    named('map: all of IPv4 by /16', (ask) => ask.darkMap({ network: '0.0.0.0/0', cellBits: 16 })),
    named('map: a /16 by host', (ask) => ask.darkMap({ network: '10.0.0.0/16', cellBits: 32 })),
    named('propagation: an address', (ask) => ask.propagation({ of: '10.0.0.20', nodesMax: 40 })),
    named('propagation: a content', (ask) => ask.propagation({ of: content, nodesMax: 40 })),
    named('find: address', (ask) => ask.find('10.0.0.1', 10)),
    named('find: network', (ask) => ask.find('10.0.0.0/24', 10)),
    named('find: hash', (ask) => ask.find('7'.padStart(40, '0'), 10)),
    named('find: words', (ask) => ask.find('name 000', 10)),
  ]
}

async function fill(store: Store, flows: number) {
  const network = new Network(flows)
  const { writer } = store
  const run = await writer.begin({ source: 'eth0', kind: 'live', startedMicros: START })
  const began = performance.now()
  const cpu = process.cpuUsage()
  let events = 0
  const say = (event: Parameters<typeof writer.consume>[1]) => {
    events++
    writer.consume(run, event)
  }
  for (let more = true; more; ) {
    more = network.next(say)
    if (writer.waiting > 100_000) await writer.flush()
  }
  network.verdicts(say)
  await writer.flush()
  const seconds = (performance.now() - began) / 1000
  const used = process.cpuUsage(cpu)
  return { events, seconds, cpuSeconds: (used.user + used.system) / 1e6, lost: writer.lost }
}

async function timed(reader: StoreReader, { ask }: Question) {
  await ask(reader)
  const times: number[] = []
  const cpu = process.cpuUsage()
  for (let i = 0; i < ROUNDS; i++) {
    const began = performance.now()
    await ask(reader)
    times.push(performance.now() - began)
  }
  const { user, system } = process.cpuUsage(cpu)
  const median = times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]!
  return { median, best: times[0]!, cpu: (user + system) / 1000 / ROUNDS }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      flows: { type: 'string', default: '10000000' },
      file: { type: 'string', default: join(tmpdir(), 'peerscope-bench.duckdb') },
      keep: { type: 'boolean', default: false },
      questions: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      write: { type: 'boolean', default: false },
    },
  })
  const flows = Number(values.flows)
  if (!values.questions) for (const end of ['', '.wal']) rmSync(values.file + end, { force: true })
  const lines: string[] = []
  const say = (line: string) => {
    console.log(line)
    lines.push(line)
  }
  const store = await openStore(values.file, { onTrouble: console.error })
  const load = () => loadavg()[0]!.toFixed(1)
  if (!values.questions) {
    const { events, seconds, cpuSeconds, lost } = await fill(store, flows)
    await store.clean({})
    const bytes = statSync(values.file).size
    say(
      `- ${countText(flows)} flows with ${countText(events - flows)} other events of ${DAYS} days went in within ${seconds.toFixed(0)} s \
(${cpuSeconds.toFixed(0)} CPU seconds, making them included): ${countText(Math.round(events / seconds))} events a second; ${lost} lost.`,
    )
    say(
      `- The file has ${Math.round(bytes / 1e6)} MB: ${(bytes / flows).toFixed(0)} bytes a flow, all that was said in it included.`,
    )
  }
  say('')
  say('| question | median ms, warm | best ms | CPU ms |')
  say('|---|---:|---:|---:|')
  let slow = 0
  for (const question of questions()) {
    if (!question.name.includes(values.only)) continue
    const { median, best, cpu } = await timed(store.reader, question)
    if (median > AIM_MS) slow++
    const ms = median > AIM_MS ? `**${median.toFixed(0)}**` : median.toFixed(0)
    say(`| ${question.name} | ${ms} | ${best.toFixed(0)} | ${cpu.toFixed(0)} |`)
  }
  say('')
  say(
    `${slow} of them above ${AIM_MS} ms. Load of the machine at the end: ${load()} (${cpus().length} cores).`,
  )
  await store.close()
  if (values.write) write(lines)
  if (!values.keep && !values.questions) rmSync(values.file, { force: true })
}

const TITLE = '## Store'

/** In the place of what stood there, or at the end. */
function write(lines: readonly string[]): void {
  const file = repositoryFile('bench/results.md')
  const parts = readFileSync(file, 'utf8')
    .trimEnd()
    .split(/\n+(?=## )/)
  const at = parts.findIndex((part) => part.startsWith(TITLE))
  parts.splice(at < 0 ? parts.length : at, 1, `${TITLE}\n\n${lines.join('\n')}`)
  writeFileSync(file, `${parts.join('\n\n')}\n`)
}

await main()
