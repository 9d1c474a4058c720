/** Counts what happened within a span of time. */
import { limits } from '../../core/limits.ts'
import type { Pace } from './values.ts'

/** Times of the latest things, at most as many as the pace asks about. */
export class Window {
  readonly #pace: Pace
  #times: number[] = []

  constructor(pace: Pace) {
    this.#pace = pace
  }

  /** One more. */
  add(micros: number): void {
    this.#times.push(micros)
    if (this.#times.length > Math.min(this.#pace.count, limits.wallCountedMax)) this.#times.shift()
  }

  /** Whether so many as the pace says happened within its span. A clock that was set starts anew. */
  isFull(micros: number): boolean {
    const span = this.#pace.seconds * 1_000_000
    this.#times = this.#times.filter((time) => Math.abs(micros - time) < span)
    return this.#times.length >= Math.min(this.#pace.count, limits.wallCountedMax)
  }
}

/** Different addresses within a span of time. */
export class AddressWindow {
  readonly #pace: Pace
  /** Longest not met first. */
  readonly #met = new Map<string, number>()

  constructor(pace: Pace) {
    this.#pace = pace
  }

  /** @returns false where it is one more than the pace allows; then it does not count */
  add(ip: string, micros: number): boolean {
    const span = this.#pace.seconds * 1_000_000
    const isKnown = this.#met.delete(ip)
    for (const [other, time] of this.#met) {
      if (Math.abs(micros - time) < span) break
      this.#met.delete(other)
    }
    const most = Math.min(this.#pace.count, limits.wallCountedMax)
    if (!isKnown && this.#met.size >= most) return false
    this.#met.set(ip, micros)
    return true
  }
}
