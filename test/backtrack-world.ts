/** For tests: small peers in a network in memory, and a crawl among them whose packets are read. */
import { Tape } from '../src/app/backtrack/tape.ts'
import { TapeCursor } from '../src/app/backtrack/tape-cursor.ts'
import { Run } from '../src/app/pipeline.ts'
import type { Endpoint } from '../src/core/address.ts'
import type { CrawlerKind } from '../src/core/crawler.ts'
import type { Event } from '../src/core/event.ts'
import type { Order, Peer } from '../src/core/peer.ts'
import { MemoryNetwork } from '../src/lab/memory-network.ts'
import { protocols } from '../src/protocols/index.ts'
import { Allowed } from '../src/services/backtrack/allowed.ts'
import { Crawl, type CrawlOptions, type CrawlState } from '../src/services/backtrack/crawl.ts'
import type { Learned } from '../src/services/backtrack/frontier.ts'
import { Graph } from '../src/services/backtrack/graph.ts'

export const CRAWLER = '192.0.2.200'
const START = Date.UTC(2026, 0, 1) * 1000
const SECOND = 1_000_000

const kinds: ReadonlyMap<string, CrawlerKind> = new Map(
  protocols.flatMap(({ name, crawler }): [string, CrawlerKind][] =>
    crawler === undefined ? [] : [[name, crawler]],
  ),
)

/** Fast enough for a test; nothing here has a neighbour. */
const OPTIONS: CrawlOptions = {
  goals: [],
  maps: false,
  hopsMax: 2,
  port: 50_000,
  packetsPerSecond: 1000,
  packetsMax: 100_000,
  inFlightMax: 100,
  networkPerSecond: 1000,
}

export interface Crawled {
  readonly crawl: Crawl
  readonly graph: Graph
  readonly events: readonly Event[]
  readonly packets: number
  /** Virtual, from its beginning to its end. */
  readonly seconds: number
}

export class World {
  readonly network = new MemoryNetwork({
    seed: 7,
    startMicros: START,
    delayMicros: [5000, 60_000],
    loss: 0,
  })
  /** What the peers said, by nick. */
  readonly said = new Map<string, unknown[]>()

  add(family: string, roleAndBugs: string, at: Endpoint): Peer {
    const [role, ...bugs] = roleAndBugs.split(',') as [string, ...string[]]
    const nick = `${role}${this.network.size}`
    const settings = { role, port: at.port, nick, bugs, isFirewalled: false }
    const peer = protocols.find(({ name }) => name === family)!.peer!.make(settings)
    this.network.add(peer, at.ip, () => undefined)
    return peer
  }

  /** Let so many seconds pass. */
  pass(seconds: number): void {
    this.network.runUntil(this.network.schedule.nowMicros + seconds * SECOND)
  }

  order(peer: Peer, ...orders: readonly Order[]): void {
    for (const order of orders) peer.order(order)
  }

  /** Crawl until nothing is left to be asked, or for so many seconds. */
  async crawl(
    seeds: readonly Learned[],
    options: Partial<CrawlOptions>,
    allow: readonly string[],
    { seconds = 3600, before }: { seconds?: number; before?: CrawlState } = {},
  ): Promise<Crawled> {
    const cursor = new TapeCursor('crawl')
    const allowed = Allowed.of(allow)
    if (typeof allowed === 'string') throw new Error(allowed)
    let isOver = false
    const ended = (): void => {
      isOver = true
    }
    const crawl = new Crawl(kinds, allowed, { ...OPTIONS, ...options }, ended, before)
    for (const seed of seeds) crawl.learn(seed)
    const tape = new Tape(crawl, allowed, (micros, frame) => cursor.add(micros, frame))
    const began = this.network.schedule.nowMicros
    const home = this.network.add(tape, CRAWLER, () => undefined)
    for (let waited = 0; !isOver && waited < seconds; waited++) this.pass(1)
    if (!isOver) crawl.stop()
    this.network.remove(home)
    cursor.end()
    const graph = new Graph((family, via) => {
      return kinds.get(family)?.channels.find(({ vias }) => vias.includes(via))?.kind
    })
    const events: Event[] = []
    const run = Run.over(cursor, { flows: true }, (event) => {
      events.push(event)
      if (event.type === 'claim' && event.by.ip !== CRAWLER) graph.claim(event)
    })
    while (await run.advance());
    const { packets } = await run.finish()
    const passed = this.network.schedule.nowMicros - began
    return { crawl, graph, events, packets, seconds: passed / SECOND }
  }
}
