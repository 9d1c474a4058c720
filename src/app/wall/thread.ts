/**
 * The wall in a thread of its own, which does nothing but wait for packets and decide: between two
 * waits it looks for orders, and hands over what was decided.
 */
import {
  isMainThread,
  type MessagePort,
  parentPort,
  receiveMessageOnPort,
  Worker,
  workerData,
} from 'node:worker_threads'
import type { Event } from '../../core/event.ts'
import type { LimitName } from '../../core/limits.ts'
import { ConnectionWalk, Conntrack } from '../../linux/conntrack.ts'
import { Queue, type QueueStatistics } from '../../linux/nfqueue.ts'
import { CAP_NET_ADMIN, CAP_NET_RAW, keepCapabilities } from '../../linux/privileges.ts'
import { RawPackets } from '../../linux/raw-packet.ts'
import { protocols } from '../../protocols/index.ts'
import type { RuleHits } from '../../services/wall/decisions.ts'
import type { Names } from '../../services/wall/dns/names.ts'
import type { Held } from '../../services/wall/holding.ts'
import type { HostChange, Refused } from '../../services/wall/judgement.ts'
import type { ListState } from '../../services/wall/lists/lists.ts'
import { MARK_OWN } from '../../services/wall/marks.ts'
import type { NamedNetwork } from '../../services/wall/networks.ts'
import type { WallConfig } from '../../services/wall/schema.ts'
import { Wall, type WallParts } from '../../services/wall/wall.ts'
import { cardParts, namesOf } from './card-parts.ts'
import { Clock } from './clock.ts'
import { Gate, type GateCounts } from './gate.ts'
import { Latency, type LatencyCounts } from './latency.ts'
import { ListFiles } from './list-files.ts'
import { Review } from './review.ts'

export interface ThreadWork {
  readonly config: WallConfig
  readonly networks: readonly NamedNetwork[]
  readonly insideInterfaces: readonly number[]
  /** Hand over all that is read, not only what is decided. */
  readonly everyEvent: boolean
  /** And how flows stand each so many seconds. */
  readonly updateSeconds?: number
}

export interface WallStatus extends GateCounts {
  readonly queue: QueueStatistics | undefined
  /** Verdicts that came too late. */
  readonly refused: number
  /** Events that nobody could take any more. */
  readonly unsaid: number
  readonly latency: LatencyCounts
  /** Connections that passed by their marks, and came up again to be judged anew. */
  readonly recalled: number
  readonly hits: readonly RuleHits[]
  readonly held: readonly Held[]
  readonly lists: readonly ListState[]
  /** Names of DNS that were refused, and how often. */
  readonly names: Names['hits']
  readonly limits: Readonly<Record<string, number>>
}

type ToThread =
  | {
      readonly type: 'policy'
      readonly config: WallConfig
      readonly networks: readonly NamedNetwork[]
    }
  /** A batch of events was taken in. */
  | { readonly type: 'taken' }
  | { readonly type: 'stop' }

type FromThread =
  | { readonly type: 'ready' }
  | { readonly type: 'events'; readonly events: readonly Event[] }
  | { readonly type: 'hosts'; readonly changes: readonly HostChange[] }
  | { readonly type: 'refuse'; readonly refused: readonly Refused[] }
  /** Another policy is taken: what was refused so far is not. */
  | { readonly type: 'freed' }
  | { readonly type: 'status'; readonly status: WallStatus }
  | { readonly type: 'notice'; readonly text: string }
  | { readonly type: 'end' }

export interface ThreadListener {
  readonly consume: (event: Event) => void
  readonly host: (change: HostChange) => void
  readonly refuse: (refused: readonly Refused[]) => void
  readonly freed: () => void
  readonly status: (status: WallStatus) => void
  readonly notice: (text: string) => void
}

const TICK_MILLIS = 1000
/** Events wait no longer than this for others. */
const HAND_OVER_MILLIS = 50
const EVENTS_MAX = 1024
/** Batches on their way. A wall waits for nobody: events beyond are counted, and not said. */
const BATCHES_MAX = 64
/** Endpoints that are handed to the kernel at once. */
const REFUSED_MAX = 4096

/** The other end of the wall's thread. */
export class WallThread {
  /** Fulfilled once packets are taken from the queue. */
  readonly ready: Promise<void>
  readonly ended: Promise<void>
  readonly #worker: Worker

  constructor(work: ThreadWork, listener: ThreadListener) {
    this.#worker = new Worker(new URL(import.meta.url), { workerData: { wall: work } })
    let isReady: () => void
    let isNot: (error: unknown) => void
    this.ready = new Promise((resolve, reject) => {
      isReady = resolve
      isNot = reject
    })
    this.ended = new Promise((resolve, reject) => {
      this.#worker.on('error', reject)
      this.#worker.on('exit', () => reject(new Error("the wall's thread ended by itself")))
      this.#worker.on('message', (message: FromThread) => {
        if (message.type === 'ready') isReady()
        else if (message.type === 'end') resolve()
        else {
          hear(message, listener)
          if (message.type === 'events') this.#tell({ type: 'taken' })
        }
      })
    })
    this.ended.catch((error: unknown) => isNot(error))
  }

  usePolicy(config: WallConfig, networks: readonly NamedNetwork[]): void {
    this.#tell({ type: 'policy', config, networks })
  }

  stop(): Promise<void> {
    this.#tell({ type: 'stop' })
    return this.ended
  }

  #tell(message: ToThread): void {
    this.#worker.postMessage(message)
  }
}

function hear(
  message: Exclude<FromThread, { type: 'ready' | 'end' }>,
  listener: ThreadListener,
): void {
  if (message.type === 'events') for (const event of message.events) listener.consume(event)
  else if (message.type === 'hosts') for (const change of message.changes) listener.host(change)
  else if (message.type === 'refuse') listener.refuse(message.refused)
  else if (message.type === 'freed') listener.freed()
  else if (message.type === 'status') listener.status(message.status)
  else listener.notice(message.text)
}

/** What waits to be handed over. */
class Outbox {
  readonly #port: MessagePort
  #events: Event[] = []
  #hosts: HostChange[] = []
  #refused: Refused[] = []
  #sentMillis = performance.now()
  #onTheWay = 0
  unsaid = 0

  constructor(port: MessagePort) {
    this.#port = port
  }

  post(message: FromThread): void {
    this.#port.postMessage(message)
  }

  event(event: Event): void {
    if (this.#onTheWay >= BATCHES_MAX) {
      this.unsaid++
      return
    }
    this.#events.push(event)
    if (this.#events.length >= EVENTS_MAX) this.handOver()
  }

  taken(): void {
    this.#onTheWay--
  }

  host(change: HostChange): void {
    this.#hosts.push(change)
  }

  refuse(refused: readonly Refused[]): void {
    // The thread refuses them all the same; the kernel's sets are for when it is gone.
    this.#refused.push(...refused.slice(0, REFUSED_MAX - this.#refused.length))
  }

  handOverLate(): void {
    if (performance.now() - this.#sentMillis >= HAND_OVER_MILLIS) this.handOver()
  }

  handOver(): void {
    this.#sentMillis = performance.now()
    if (this.#events.length > 0) {
      this.#onTheWay++
      this.post({ type: 'events', events: this.#events })
    }
    if (this.#hosts.length > 0) this.post({ type: 'hosts', changes: this.#hosts })
    if (this.#refused.length > 0) this.post({ type: 'refuse', refused: this.#refused })
    this.#events = []
    this.#hosts = []
    this.#refused = []
  }
}

/** What the thread does. */
class Guard {
  readonly #work: ThreadWork
  readonly #port: MessagePort
  readonly #outbox: Outbox
  readonly #clock = new Clock()
  readonly #limits = new Map<LimitName, number>()
  readonly #queue: Queue
  readonly #connections = new Conntrack()
  readonly #walk = new ConnectionWalk()
  readonly #packets = new RawPackets(MARK_OWN)
  readonly #lists: ListFiles
  #names: Names
  readonly #gate: Gate
  readonly #review: Review
  readonly #latency = new Latency()
  #isStopped = false
  #tickedMillis = performance.now()

  constructor(work: ThreadWork, port: MessagePort) {
    this.#work = work
    this.#port = port
    this.#outbox = new Outbox(port)
    this.#lists = new ListFiles((text) => this.#outbox.post({ type: 'notice', text }))
    this.#lists.use(work.config.lists)
    this.#names = namesOf(work.config)
    const { number, length, fail } = work.config.queue
    this.#queue = Queue.open({ number, length, failOpen: fail === 'open' })
    this.#gate = new Gate(
      { queue: this.#queue, connections: this.#connections, packets: this.#packets },
      {
        protocols,
        capture: `queue ${number}`,
        insideInterfaces: new Set(work.insideInterfaces),
        ...(work.updateSeconds !== undefined && { updateSeconds: work.updateSeconds }),
        consume: (event) => {
          if (work.everyEvent) this.#outbox.event(event)
        },
        wall: (gate) => this.#wall(gate),
      },
    )
    this.#review = new Review({
      ...{ walk: this.#walk, connections: this.#connections, wall: this.#gate.wall },
      warn: (text) => this.#outbox.post({ type: 'notice', text }),
    })
  }

  /** Those of the policy that holds at the moment. */
  get #refusedNames(): NonNullable<WallParts['names']> {
    const names = () => this.#names
    return {
      find: (name) => names().find(name),
      get size() {
        return names().size
      },
    }
  }

  #wall({ cut, send }: Pick<Gate, 'cut' | 'send'>): Wall {
    const { config, networks } = this.#work
    return new Wall(
      {
        config,
        networks,
        ...cardParts(),
        listed: this.#lists.lists.find,
        names: this.#refusedNames,
      },
      {
        say: (decision) => this.#outbox.event(decision),
        cut,
        send,
        refuse: (refused) => this.#outbox.refuse(refused),
        host: (change) => this.#outbox.host(change),
        limit: (name) => this.#limits.set(name, (this.#limits.get(name) ?? 0) + 1),
      },
    )
  }

  run(): void {
    this.#outbox.post({ type: 'ready' })
    while (!this.#isStopped) {
      this.#receive()
      this.#outbox.handOverLate()
      this.#orders()
      this.#review.step(this.#clock.micros)
      if (performance.now() - this.#tickedMillis >= TICK_MILLIS) this.#tick()
    }
    this.#tick()
    this.#queue.close()
    this.#connections.close()
    this.#walk.close()
    this.#packets.close()
    this.#outbox.handOver()
    this.#outbox.post({ type: 'end' })
  }

  /** Verdicts of packets that come together go together. */
  #receive(): void {
    let begun = 0
    const packets = this.#queue.receive((packet) => {
      begun ||= performance.now()
      this.#gate.packet(packet, this.#clock.micros)
    })
    if (packets > 0) this.#latency.add(packets, (performance.now() - begun) / 1000)
  }

  #orders(): void {
    for (;;) {
      const order = receiveMessageOnPort(this.#port) as { message: ToThread } | undefined
      if (order === undefined) return
      const { message } = order
      if (message.type === 'stop') this.#isStopped = true
      else if (message.type === 'taken') this.#outbox.taken()
      else {
        this.#lists.use(message.config.lists)
        this.#names = namesOf(message.config)
        this.#gate.wall.usePolicy(message.config, message.networks)
        this.#outbox.handOver()
        this.#outbox.post({ type: 'freed' })
      }
    }
  }

  #tick(): void {
    this.#tickedMillis = performance.now()
    const setBy = this.#clock.follow()
    if (setBy !== undefined) {
      const seconds = Math.round(setBy / 1000)
      const text = `the clock was set by ${seconds} s; spans of time are not touched by that`
      this.#outbox.post({ type: 'notice', text })
    }
    const { micros } = this.#clock
    this.#gate.tick(micros)
    this.#outbox.post({ type: 'status', status: this.#status(micros) })
  }

  #status(micros: number): WallStatus {
    const { wall, counts } = this.#gate
    return {
      ...counts,
      queue: this.#queue.statistics(),
      refused: this.#queue.refused,
      unsaid: this.#outbox.unsaid,
      recalled: this.#review.recalled,
      latency: this.#latency.counts,
      hits: wall.hits,
      held: wall.holding.list(micros),
      lists: this.#lists.lists.states,
      names: this.#names.hits,
      limits: Object.fromEntries(this.#limits),
    }
  }
}

const given = workerData as { readonly wall?: ThreadWork } | null
if (!isMainThread && given?.wall !== undefined) {
  // It reads what strangers send; the kernel takes verdicts of whoever may.
  keepCapabilities(CAP_NET_ADMIN, CAP_NET_RAW)
  new Guard(given.wall, parentPort!).run()
  parentPort!.close()
}
