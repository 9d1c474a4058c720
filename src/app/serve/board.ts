/** How reading and watching go, for whoever looks: what works writes it, pages and metrics read it. */
import type { Status } from '../../services/page/api.ts'
import type { Progress } from '../pipeline.ts'

/** Over how long a rate is measured. */
const RATE_MS = 1000

/** What is told of interfaces; counts are since the watching began. */
export type Watched = Pick<
  Status,
  'packets' | 'bytes' | 'packetsPerSecond' | 'dropped' | 'ringUse' | 'lagMillis' | 'micros'
>

const NOTHING = { packets: 0, bytes: 0, packetsPerSecond: 0, dropped: 0 } as const

export class Board {
  readonly #version: string
  readonly #now: () => number
  #revision = 0
  /** The capture that is read. */
  #reading: string | undefined
  #progress: Progress | undefined
  #rate = { ms: 0, packets: 0, perSecond: 0 }
  #watching: string | undefined
  #watched: Watched = NOTHING
  /** Captures and interfaces that came to their end. */
  #before = { packets: 0, bytes: 0, dropped: 0 }
  /** Why what is watched is not stored at the moment. */
  #trouble: string | undefined
  #last: Pick<Status, 'state' | 'source' | 'error'> = { state: 'done', source: '' }

  /** @param now  milliseconds of a clock that never goes back */
  constructor(version: string, now: () => number) {
    this.#version = version
    this.#now = now
  }

  get status(): Status {
    const { packets = 0, wireBytes = 0, bytesRead, bytesTotal, micros } = this.#progress ?? {}
    const { packets: seen, bytes, packetsPerSecond, dropped, ...watched } = this.#watched
    const before = this.#before
    return {
      ...this.#activity(),
      version: this.#version,
      revision: this.#revision,
      packets: before.packets + packets + seen,
      bytes: before.bytes + wireBytes + bytes,
      packetsPerSecond: packetsPerSecond + this.#rate.perSecond,
      dropped: before.dropped + dropped,
      ...(bytesRead !== undefined && { bytesRead }),
      ...(bytesTotal !== undefined && { bytesTotal }),
      ...(micros !== undefined && Number.isFinite(micros) && { micros }),
      ...watched,
    }
  }

  /** What is read is told before what is watched: it comes to an end. */
  #activity(): Pick<Status, 'state' | 'source' | 'error'> {
    if (this.#reading !== undefined) return { state: 'reading', source: this.#reading }
    const error = this.#trouble ?? this.#last.error
    if (this.#watching === undefined) return this.#last
    return { state: 'watching', source: this.#watching, ...(error !== undefined && { error }) }
  }

  begin(kind: 'capture' | 'live', source: string): void {
    this.#last = { state: 'done', source }
    if (kind === 'live') {
      this.#watching = source
      return
    }
    this.#reading = source
    this.#rate = { ms: this.#now(), packets: 0, perSecond: 0 }
  }

  /** Counts are since `begin`. */
  progress(progress: Progress): void {
    this.#progress = progress
    const now = this.#now()
    const { ms, packets } = this.#rate
    if (now - ms < RATE_MS) return
    const perSecond = Math.round((1000 * (progress.packets - packets)) / (now - ms))
    this.#rate = { ms: now, packets: progress.packets, perSecond }
  }

  watched(watched: Watched): void {
    this.#watched = watched
  }

  /** Undefined: it is stored. */
  trouble(words: string | undefined): void {
    this.#trouble = words
  }

  /** Stored data changed: ask again. */
  changed(): void {
    this.#revision++
  }

  /** @param error  what kept it from being read whole */
  end(kind: 'capture' | 'live', state: 'done' | 'failed', error?: string): void {
    const source = (kind === 'live' ? this.#watching : this.#reading) ?? this.#last.source
    this.#last = { state, source, ...(error !== undefined && { error }) }
    if (kind === 'live') {
      this.#watching = undefined
      const { packets: seen, bytes: seenBytes, dropped: lost } = this.#watched
      this.#count(seen, seenBytes, lost)
      this.#watched = NOTHING
    } else {
      this.#reading = undefined
      this.#rate.perSecond = 0
      this.#count(this.#progress?.packets ?? 0, this.#progress?.wireBytes ?? 0, 0)
      // How far it came stays to be seen; its packets were counted.
      this.#progress &&= { ...this.#progress, packets: 0, wireBytes: 0 }
    }
    this.changed()
  }

  #count(packets: number, bytes: number, dropped: number): void {
    this.#before.packets += packets
    this.#before.bytes += bytes
    this.#before.dropped += dropped
  }
}
