/**
 * Watching interfaces: sockets are opened, privileges let go of, and one lane or several read what
 * comes, until somebody stops them or the interface is gone.
 *
 * ```ts
 * const run = await LiveRun.open({ interfaces: ['eth0'] }, (event) => store.consume(event))
 * run.status()            // packets, drops, lag …
 * const totals = await run.stop()
 * ```
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Event } from '../../core/event.ts'
import { asksForTags, type LiveCursor } from '../../intake/source/live.ts'
import { RingCursor } from '../../intake/source/live-ring.ts'
import type { NameOf } from '../../services/diagnose/misdirection.ts'
import type { ReadOptions, Totals } from '../pipeline.ts'
import { Lane, type LaneOptions, type LaneStatus, type Teaching } from './lane.ts'
import {
  type InterfaceOptions,
  letGo,
  type Opened,
  type OpenedRing,
  openInterfaces,
} from './open.ts'
import { statusTogether, together } from './totals.ts'
import { LaneThread } from './worker.ts'

export interface LiveOptions
  extends InterfaceOptions,
    Pick<ReadOptions, 'flows' | 'everyMessage' | 'updateSeconds' | 'packetsMax'> {
  /** Keep the last packets in this folder, so many bytes of them in all. */
  readonly keep?: { readonly folder: string; readonly bytes: number }
  /** Each second. */
  readonly onStatus?: (status: LiveStatus) => void
  /** Whoever cannot take more events yet: awaited, while the ring holds what comes. */
  readonly pause?: () => Promise<unknown> | undefined
  /** Is handed what answers of DNS call addresses; absent: they are not read. */
  readonly onName?: (named: NameOf) => void
}

/** How the watching goes; counts are since its beginning. */
export interface LiveStatus extends LaneStatus {
  readonly packetsPerSecond: number
  readonly bytesPerSecond: number
  /** Which way packets come. */
  readonly capture: Opened['way']
}

/** How often the status is renewed. */
const STATUS_MILLIS = 1000
/** How things stand is said so often: as long as a person waits without a thought. */
const UPDATE_SECONDS = 2

/** A lane, here or in a thread. */
interface Reader {
  /** The interface. */
  readonly name: string
  readonly ready?: Promise<void>
  readonly ended: Promise<Totals>
  learn(teachings: readonly Teaching[]): void
  stop(): void
  readonly status: LaneStatus | undefined
  readonly totals: Totals | undefined
}

export class LiveRun {
  /** Fulfilled once everything was read and every flow has ended. */
  readonly ended: Promise<Totals>
  readonly #readers: readonly Reader[]
  readonly #way: LiveStatus['capture']
  #status: LiveStatus
  #lookedMillis = performance.now()
  #isStopping = false

  private constructor(
    readers: readonly Reader[],
    way: LiveStatus['capture'],
    { onStatus, onNotice, packetsMax = Number.POSITIVE_INFINITY }: LiveOptions,
  ) {
    this.#readers = readers
    this.#tellLosses(onNotice)
    this.#way = way
    const nothing = { packetsPerSecond: 0, bytesPerSecond: 0 }
    this.#status = { ...statusTogether([]), ...nothing, capture: way }
    const timer = setInterval(() => {
      this.#look()
      onStatus?.(this.#status)
      if (this.#status.packets >= packetsMax) void this.stop()
    }, STATUS_MILLIS)
    this.ended = Promise.all(readers.map(({ ended }) => ended))
      .then(together)
      .finally(() => {
        this.#look()
        clearInterval(timer)
      })
    // Whoever asks is told; nobody may ask until it is stopped.
    this.ended.catch(() => undefined)
  }

  /**
   * Open the interfaces and begin.
   * @throws CaptureError, FilterError, UserError
   */
  static async open(options: LiveOptions, consume: (event: Event) => void): Promise<LiveRun> {
    const opened = await openInterfaces(options)
    letGo(opened, options.user, options.isProgram === true)
    const readers =
      opened.way === 'ring' && opened.sockets.length > 1
        ? threads(opened.sockets, options, consume)
        : here(opened, options, consume)
    const run = new LiveRun(readers, opened.way, options)
    await Promise.race([Promise.all(readers.map(({ ready }) => ready)), run.ended])
    return run
  }

  /** As of the last second. */
  status(): LiveStatus {
    return this.#status
  }

  /** The account so far, as of the last second where there are threads. */
  totals(): Totals {
    return together(this.#readers.flatMap(({ totals }) => totals ?? []))
  }

  /** An interface that ends before the others is told at once: nobody else would know. */
  #tellLosses(onNotice: LiveOptions['onNotice']): void {
    const watched = new Set(this.#readers)
    for (const reader of this.#readers) {
      const lost = ({ damage }: Totals) => {
        watched.delete(reader)
        const left = new Set([...watched].map(({ name }) => name))
        // Each of its threads ends, and of the last interface the end of the watch tells.
        if (this.#isStopping || left.size === 0 || left.has(reader.name)) return
        for (const { cause } of damage) {
          onNotice?.(`${reader.name}: ${cause}; the others are watched on`)
        }
      }
      reader.ended.then(lost, () => undefined)
    }
  }

  /** Nothing more is taken in; what was captured before is read, and all flows end. */
  stop(): Promise<Totals> {
    this.#isStopping = true
    for (const reader of this.#readers) reader.stop()
    return this.ended
  }

  #look(): void {
    const now = performance.now()
    const seconds = (now - this.#lookedMillis) / 1000
    const { packets, bytes } = this.#status
    const status = statusTogether(this.#readers.flatMap((reader) => reader.status ?? []))
    this.#lookedMillis = now
    this.#status = {
      ...status,
      packetsPerSecond: (status.packets - packets) / seconds,
      bytesPerSecond: (status.bytes - bytes) / seconds,
      capture: this.#way,
    }
  }
}

/** Lanes in this thread: one ring, or the pipes of all interfaces. */
function here(opened: Opened, options: LiveOptions, consume: (event: Event) => void): Reader[] {
  const cursors: readonly LiveCursor[] =
    opened.way === 'pipe'
      ? opened.cursors
      : opened.sockets.map(
          ({ name, socket }) =>
            new RingCursor(name, socket, new BigUint64Array(1), (text) =>
              options.onNotice?.(`${name} ${text}`),
            ),
        )
  const lanes: Lane[] = []
  for (const cursor of cursors) {
    const own = laneOptions(options, opened.way, lanes.length, cursors.length)
    const others = (teaching: Teaching) => {
      for (const other of lanes) if (other !== lane) other.learn([teaching])
    }
    const hear = cursors.length > 1 ? others : undefined
    const lane = new Lane(cursor, own, consume, { hear, name: options.onName })
    lanes.push(lane)
  }
  const pause = () => options.pause?.() ?? nextTurn()
  return lanes.map((lane, i) => ({
    name: cursors[i]!.capture,
    ended: lane.run(pause),
    learn: (teachings) => lane.learn(teachings),
    stop: () => lane.stop(),
    get status() {
      return lane.status()
    },
    get totals() {
      return lane.totals()
    },
  }))
}

/** A thread for each ring; what one hears of endpoints, all others learn. */
function threads(
  sockets: readonly OpenedRing[],
  options: LiveOptions,
  consume: (event: Event) => void,
): Reader[] {
  const frames = new Map<string, BigUint64Array>()
  const lanes: LaneThread[] = []
  for (const { name, socket } of sockets) {
    const counter = frames.get(name) ?? new BigUint64Array(new SharedArrayBuffer(8))
    frames.set(name, counter)
    const own = laneOptions(options, 'ring', lanes.length, sockets.length)
    const lane = new LaneThread(
      { capture: name, socket, frames: counter, options: own },
      {
        consume,
        name: (named) => options.onName?.(named),
        pause: () => options.pause?.(),
        hear: (teachings) => {
          for (const other of lanes) if (other !== lane) other.learn(teachings)
        },
        notice: (text) => options.onNotice?.(`${name} ${text}`),
      },
    )
    lanes.push(lane)
  }
  return lanes
}

function laneOptions(
  options: LiveOptions,
  way: LiveStatus['capture'],
  lane: number,
  lanes: number,
): LaneOptions {
  const { filter, flows, everyMessage, packetsMax, keep, onName } = options
  return {
    lane,
    lanes,
    updateSeconds: options.updateSeconds ?? UPDATE_SECONDS,
    ...(flows !== undefined && { flows }),
    ...(everyMessage !== undefined && { everyMessage }),
    ...(onName !== undefined && { names: true }),
    ...(keep !== undefined && { keep: { ...keep, bytes: Math.floor(keep.bytes / lanes) } }),
    // Several lanes are counted together.
    ...(packetsMax !== undefined && lanes === 1 && { packetsMax }),
    ...(way === 'ring' && filter !== undefined && asksForTags(filter) && { filter }),
  }
}
