/**
 * A lane in a thread of its own. Events come over in batches; what one lane hears of endpoints goes,
 * through the main thread, to all others.
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import type { Event } from '../../core/event.ts'
import { RingCursor } from '../../intake/source/live-ring.ts'
import type { PacketSocket } from '../../linux/packet-socket.ts'
import type { NameOf } from '../../services/diagnose/misdirection.ts'
import type { Totals } from '../pipeline.ts'
import { Lane, type LaneOptions, type LaneStatus, type Teaching } from './lane.ts'

/** What a lane in a thread needs; the frame counter is shared by all lanes of an interface. */
export interface LaneWork {
  readonly capture: string
  readonly socket: PacketSocket
  readonly frames: BigUint64Array
  readonly options: LaneOptions
}

type ToLane =
  | { readonly type: 'learn'; readonly teachings: readonly Teaching[] }
  /** A batch was taken in. */
  | { readonly type: 'taken' }
  | { readonly type: 'stop' }

type FromLane =
  | { readonly type: 'ready' }
  | {
      readonly type: 'batch'
      readonly events: Event[]
      readonly teachings: Teaching[]
      readonly names: NameOf[]
    }
  | { readonly type: 'status'; readonly status: LaneStatus; readonly totals: Totals }
  | { readonly type: 'notice'; readonly text: string }
  | { readonly type: 'end'; readonly totals: Totals }

/** A batch goes when it has so many events or names, or is so old. */
const BATCH_EVENTS = 512
const BATCH_MILLIS = 50
/** Batches on their way; then the lane waits, and what the ring cannot hold is counted as dropped. */
const BATCHES_MAX = 16
const STATUS_MILLIS = 1000

export interface LaneListener {
  readonly consume: (event: Event) => void
  /** Awaited before more is taken from the lane. */
  readonly pause: () => Promise<unknown> | undefined
  readonly hear: (teachings: readonly Teaching[]) => void
  readonly name: (named: NameOf) => void
  readonly notice: (text: string) => void
}

/** The other end of a lane's thread. */
export class LaneThread {
  /** The interface. */
  readonly name: string
  /** Fulfilled once it reads: until then its ring holds what comes. */
  readonly ready: Promise<void>
  readonly ended: Promise<Totals>
  status: LaneStatus | undefined
  totals: Totals | undefined
  readonly #worker: Worker

  constructor(work: LaneWork, listener: LaneListener) {
    this.name = work.capture
    this.#worker = new Worker(new URL(import.meta.url), { workerData: { lane: work } })
    let begun: () => void
    this.ready = new Promise((resolve) => {
      begun = resolve
    })
    this.ended = new Promise((resolve, reject) => {
      this.#worker.on('error', reject)
      this.#worker.on('exit', () => reject(new Error('a thread ended before its capture')))
      this.#worker.on('message', (message: FromLane) => {
        if (message.type === 'batch') void this.#take(message, listener).catch(reject)
        else if (message.type === 'notice') listener.notice(message.text)
        else if (message.type === 'end') resolve(message.totals)
        else if (message.type === 'ready') begun()
        else {
          this.status = message.status
          this.totals = message.totals
        }
      })
    })
  }

  async #take(
    { events, teachings, names }: Extract<FromLane, { type: 'batch' }>,
    { consume, hear, name, pause }: LaneListener,
  ): Promise<void> {
    if (teachings.length > 0) hear(teachings)
    for (const named of names) name(named)
    for (const event of events) consume(event)
    await pause()
    this.#tell({ type: 'taken' })
  }

  learn(teachings: readonly Teaching[]): void {
    this.#tell({ type: 'learn', teachings })
  }

  stop(): void {
    this.#tell({ type: 'stop' })
  }

  #tell(message: ToLane): void {
    this.#worker.postMessage(message)
  }
}

class Sender {
  #events: Event[] = []
  #teachings: Teaching[] = []
  #names: NameOf[] = []
  #sentMillis = performance.now()
  #onTheWay = 0
  #taken: (() => void) | undefined

  readonly consume = (event: Event) => {
    this.#events.push(event)
    if (this.#events.length >= BATCH_EVENTS) this.send()
  }

  readonly hear = (teaching: Teaching) => {
    this.#teachings.push(teaching)
  }

  readonly name = (named: NameOf) => {
    this.#names.push(named)
    if (this.#names.length >= BATCH_EVENTS) this.send()
  }

  send(): void {
    this.#sentMillis = performance.now()
    const waiting = this.#events.length + this.#teachings.length + this.#names.length
    if (waiting === 0) return
    this.#onTheWay++
    post({
      ...{ type: 'batch', events: this.#events },
      ...{ teachings: this.#teachings, names: this.#names },
    })
    this.#events = []
    this.#teachings = []
    this.#names = []
  }

  taken(): void {
    this.#onTheWay--
    this.#taken?.()
  }

  /** Between two blocks: what has waited goes, and where too much is on its way, it is waited for. */
  readonly pause = async (): Promise<void> => {
    if (performance.now() - this.#sentMillis >= BATCH_MILLIS) this.send()
    await new Promise(setImmediate)
    while (this.#onTheWay >= BATCHES_MAX) {
      await new Promise<void>((resolve) => {
        this.#taken = resolve
      })
    }
  }
}

function post(message: FromLane): void {
  parentPort!.postMessage(message)
}

/** What the thread does. */
async function work({ capture, socket, frames, options }: LaneWork): Promise<void> {
  const cursor = new RingCursor(capture, socket, frames, (text) => post({ type: 'notice', text }))
  const sender = new Sender()
  const lane = new Lane(cursor, options, sender.consume, sender)
  parentPort!.on('message', (message: ToLane) => {
    if (message.type === 'learn') lane.learn(message.teachings)
    else if (message.type === 'taken') sender.taken()
    else lane.stop()
  })
  const tell = () => post({ type: 'status', status: lane.status(), totals: lane.totals() })
  const timers = [setInterval(() => sender.send(), BATCH_MILLIS), setInterval(tell, STATUS_MILLIS)]
  post({ type: 'ready' })
  const totals = await lane.run(sender.pause)
  for (const timer of timers) clearInterval(timer)
  sender.send()
  tell()
  post({ type: 'end', totals })
  parentPort!.close()
}

const given = workerData as { readonly lane?: LaneWork } | null
if (!isMainThread && given?.lane !== undefined) await work(given.lane)
