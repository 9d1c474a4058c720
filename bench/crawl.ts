/**
 * `node dist/bench/crawl.js [NODES]`: a whole DHT is crawled, of 10,000 nodes unless told. First in memory,
 * nodes and crawl and reading in one process; then on loopback, each node on a socket and an address of
 * its own, by the program. Prints the table of bench/results.md, section "Crawl".
 *
 * `node dist/bench/crawl.js nodes COUNT` is the process of the nodes on loopback.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Tape } from '../src/app/backtrack/tape.ts'
import { TapeCursor } from '../src/app/backtrack/tape-cursor.ts'
import { Run } from '../src/app/pipeline.ts'
import type { Endpoint } from '../src/core/address.ts'
import type { CrawlerKind } from '../src/core/crawler.ts'
import type { Peer } from '../src/core/peer.ts'
import { repositoryFile } from '../src/core/repository.ts'
import { MemoryNetwork } from '../src/lab/memory-network.ts'
import { SocketHome } from '../src/lab/socket-home.ts'
import { protocols } from '../src/protocols/index.ts'
import { Allowed } from '../src/services/backtrack/allowed.ts'
import { Crawl, type CrawlOptions } from '../src/services/backtrack/crawl.ts'

const MAIN = repositoryFile('dist/src/app/main.js')
const SELF = repositoryFile('dist/bench/crawl.js')
const PORT = 6881
const FAMILY = 'bittorrent'
const SECOND = 1_000_000
const BATCH = 50
const PER_NETWORK = 250
const FAST = 1_000_000
/** How much of the world is let pass at once, and until all have entered. */
const STEP_SECONDS = 0.2
const SETTLE_SECONDS = 60
/** Answers that fit into what a socket holds until they are read. */
const IN_FLIGHT = 128

/** Addresses of loopback that no other program uses. */
function placeOf(i: number): Endpoint {
  const third = Math.floor(i / PER_NETWORK)
  return { ip: `127.77.${third}.${1 + (i % PER_NETWORK)}`, port: PORT }
}

function node(i: number): Peer {
  const kind = protocols.find(({ name }) => name === FAMILY)!.peer!
  const nick = `node${i}`
  return kind.make({ role: 'dht-node', port: PORT, nick, bugs: [], isFirewalled: false })
}

function crawlerKinds(): ReadonlyMap<string, CrawlerKind> {
  const { crawler } = protocols.find(({ name }) => name === FAMILY)!
  return new Map([[FAMILY, crawler!]])
}

const OPTIONS: CrawlOptions = {
  goals: [],
  maps: true,
  hopsMax: 2,
  port: 50_000,
  packetsPerSecond: FAST,
  packetsMax: 1e9,
  inFlightMax: IN_FLIGHT,
  networkPerSecond: FAST,
}

async function inMemory(nodes: number): Promise<void> {
  const delayMicros = [5000, 60_000] as const
  const network = new MemoryNetwork({ seed: 7, startMicros: 1.7e15, delayMicros, loss: 0 })
  const pass = (seconds: number) =>
    network.runUntil(network.schedule.nowMicros + Math.round(seconds * SECOND))
  for (let i = 0; i < nodes; i++) {
    const peer = node(i)
    network.add(peer, placeOf(i).ip, () => undefined)
    if (i > 0) peer.order({ do: 'join', at: placeOf(0) })
    if (i % BATCH === 0) pass(STEP_SECONDS)
  }
  pass(SETTLE_SECONDS)
  const allowed = Allowed.of(['127.0.0.0/8']) as Allowed
  let isOver = false
  const ended = (): void => {
    isOver = true
  }
  const crawl = new Crawl(crawlerKinds(), allowed, OPTIONS, ended)
  crawl.learn({ family: FAMILY, part: 'dht', at: placeOf(0), hops: 0 })
  const cursor = new TapeCursor('crawl')
  const tape = new Tape(crawl, allowed, (micros, frame) => cursor.add(micros, frame))
  const begun = performance.now()
  network.add(tape, '127.0.0.1', () => undefined)
  while (!isOver) pass(1)
  cursor.end()
  let claims = 0
  const run = Run.over(cursor, {}, ({ type }) => {
    if (type === 'claim') claims++
  })
  while (await run.advance());
  const seconds = (performance.now() - begun) / 1000
  await run.finish()
  const answered = [...crawl.frontier.asked.values()].filter(({ isAnswered }) => isAnswered).length
  row('in memory, all in one process', { nodes, answered, seconds, sent: crawl.sent, claims })
}

interface Figures {
  readonly nodes: number
  readonly answered: number
  readonly seconds: number
  readonly sent: number
  readonly claims: number
  readonly more?: string
}

function row(how: string, { nodes, answered, seconds, sent, claims, more = '' }: Figures): void {
  const count = (value: number) => Math.round(value).toLocaleString('en')
  const figures = [
    ...[count(nodes), count(nodes - answered), `${seconds.toFixed(1)} s`],
    ...[count(nodes / seconds), (sent / nodes).toFixed(1), count(claims), more],
  ]
  console.log(`| ${[how, ...figures].join(' | ')} |`)
}

/** All nodes on sockets of one process; says a line once all have entered. */
async function serve(nodes: number): Promise<void> {
  const peers: Peer[] = []
  let joined = 0
  for (let i = 0; i < nodes; i++) {
    const peer = node(i)
    const home = new SocketHome(peer, placeOf(i).ip, ({ type }) => {
      if (type === 'joined') joined++
    })
    await home.start()
    peers.push(peer)
  }
  for (let i = 1; i < nodes; i++) {
    peers[i]!.order({ do: 'join', at: placeOf(0) })
    // Who enters is heard of by those who entered before.
    while (joined < i - BATCH) await pause(1)
  }
  while (joined < nodes - 1) await pause(BATCH)
  console.log('ready')
}

async function onLoopback(nodes: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'peerscope-crawl-'))
  const server = spawn(process.execPath, [SELF, 'nodes', String(nodes)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    await once(server.stdout, 'data')
    const capture = join(folder, 'crawl.pcapng')
    const words = [
      ...['backtrack', '--map', '--ask', `dht@${placeOf(0).ip}:${PORT}`, '--format', 'json', '-q'],
      ...['--rate', String(FAST), '--network-rate', String(FAST), '--in-flight', String(IN_FLIGHT)],
      ...['--packets', '1000000000', '-w', capture, '--state', join(folder, 'state')],
    ]
    const begun = performance.now()
    const crawl = spawn(process.execPath, [MAIN, ...words], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const parts: Buffer[] = []
    crawl.stdout.on('data', (part: Buffer) => parts.push(part))
    let peakKilobytes = 0
    const timer = setInterval(() => {
      const status = readFileSync(`/proc/${crawl.pid}/status`, 'utf8')
      peakKilobytes = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? peakKilobytes)
    }, 100)
    crawl.once('exit', () => clearInterval(timer))
    await once(crawl, 'close')
    const seconds = (performance.now() - begun) / 1000
    const report = JSON.parse(Buffer.concat(parts).toString()) as {
      channels: { answered: number }[]
      packets: number
      edges: number
    }
    const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`
    row('loopback, the whole program', {
      ...{ nodes, answered: report.channels[0]!.answered, seconds },
      ...{ sent: report.packets, claims: report.edges },
      more: `${megabytes(peakKilobytes * 1024)} of memory, ${megabytes(statSync(capture).size)} of capture`,
    })
  } finally {
    server.kill()
    rmSync(folder, { recursive: true })
  }
}

const [first = '10000', second] = process.argv.slice(2)
if (first === 'nodes') await serve(Number(second))
else {
  console.log('| | nodes | missed | took | nodes/s | packets sent a node | claims | |')
  console.log('|---|---|---|---|---|---|---|---|')
  await inMemory(Number(first))
  await onLoopback(Number(first))
}
