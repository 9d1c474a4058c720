/**
 * What comes up to a wall, into a store. A wall waits for nobody: where the store is behind, what
 * was seen is left out, and that is told.
 */
import type { Event } from '../../core/event.ts'
import type { RunState } from '../../core/store.ts'
import { together } from '../live/totals.ts'
import { Feed, type FeedTo } from '../serve/feed.ts'
import type { Incoming } from '../serve/serving.ts'

const NOTHING = { packets: 0, bytes: 0, flows: 0, dropped: 0 } as const

export class WallFeed implements Incoming {
  readonly #feed = new Feed()
  readonly #source: string
  readonly #warn: (text: string) => void
  #to: FeedTo | undefined
  #run = 0
  #firstMicros = Number.POSITIVE_INFINITY
  #lastMicros = Number.NEGATIVE_INFINITY
  /** As of the last status. */
  #counts: Pick<Required<RunState>, keyof typeof NOTHING> = NOTHING
  #packetsBefore = 0
  #flows = 0
  #isBehind = false
  #leftOut = 0
  #failed: (error: unknown) => void = () => undefined
  /** Rejected where the store fails; the wall stands all the same. */
  readonly finished: Promise<never>

  /** @param warn  told what is left out */
  constructor(source: string, warn: (text: string) => void) {
    this.#source = source
    this.#warn = warn
    this.finished = new Promise((_, reject) => {
      this.#failed = reject
    })
    this.finished.catch(() => undefined)
  }

  async begin(to: FeedTo): Promise<void> {
    this.#run = await this.#feed.begin(to, 'live', this.#source, () => this.#state())
    this.#to = to
  }

  /** The store's number of this run. */
  get run(): number {
    return this.#run
  }

  consume(event: Event): void {
    if (this.#isBehind) {
      this.#leftOut++
      return
    }
    if (event.type === 'flow') this.#flows++
    if ('micros' in event && event.micros > 0) {
      this.#firstMicros = Math.min(this.#firstMicros, event.micros)
      this.#lastMicros = Math.max(this.#lastMicros, event.micros)
    }
    this.#feed.consume(event)
    const pause = this.#feed.pause()
    if (pause === undefined) return
    this.#isBehind = true
    pause.then(() => this.#caughtUp(), this.#failed)
  }

  #caughtUp(): void {
    this.#isBehind = false
    if (this.#leftOut > 0) this.#warn(`the store was behind: ${this.#leftOut} events are not in it`)
    this.#leftOut = 0
  }

  /** Each second. */
  show({
    packets,
    bytes,
    dropped,
  }: Pick<Required<RunState>, 'packets' | 'bytes' | 'dropped'>): void {
    this.#counts = { packets, bytes, flows: this.#flows, dropped }
    this.#to?.board.watched({
      ...{ packets, bytes, dropped },
      packetsPerSecond: packets - this.#packetsBefore,
      ...(Number.isFinite(this.#lastMicros) && { micros: this.#lastMicros }),
    })
    this.#packetsBefore = packets
  }

  /** What is told of the wall changed, though nothing came up. */
  changed(): void {
    this.#to?.board.changed()
  }

  #state(): RunState {
    const isSeen = Number.isFinite(this.#firstMicros)
    return {
      ...this.#counts,
      ...(isSeen && { span: { from: this.#firstMicros, to: this.#lastMicros } }),
    }
  }

  async stop(): Promise<void> {
    const { packets, bytes, flows } = this.#counts
    const isSeen = Number.isFinite(this.#firstMicros)
    await this.#feed.finish({
      ...together([]),
      ...{ packets, bytes, flows },
      ...(isSeen && { firstMicros: this.#firstMicros, lastMicros: this.#lastMicros }),
    })
  }
}
