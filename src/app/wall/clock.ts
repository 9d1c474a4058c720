/**
 * Time that never goes back and never leaps: what is held for two minutes is held for two minutes,
 * whoever sets the machine's clock. After such a change it walks towards the clock, a twentieth faster
 * or slower than time passes; only years are leapt, as on machines that wake up in 1970.
 */
export interface Clocks {
  /** Milliseconds since some moment; not set by anybody. */
  readonly steady: () => number
  /** Milliseconds since 1970. */
  readonly civil: () => number
}

const SLEW = 0.05
const LEAP_MILLIS = 30 * 86_400_000
/** Clocks are never quite the same. */
const AGREE_MILLIS = 1000

export class Clock {
  readonly #clocks: Clocks
  #anchor: number
  #last: number
  #isSaid = false

  constructor(clocks: Clocks = { steady: () => performance.now(), civil: () => Date.now() }) {
    this.#clocks = clocks
    this.#last = clocks.steady()
    this.#anchor = clocks.civil() - this.#last
  }

  /** Microseconds since 1970. */
  get micros(): number {
    return Math.round(1000 * (this.#anchor + this.#clocks.steady()))
  }

  /**
   * Now and then: go towards the machine's clock.
   * @returns by how many milliseconds it was set, where it was; once for each time
   */
  follow(): number | undefined {
    const now = this.#clocks.steady()
    const passed = now - this.#last
    this.#last = now
    const apart = this.#clocks.civil() - (this.#anchor + now)
    if (Math.abs(apart) <= AGREE_MILLIS) {
      this.#isSaid = false
      return undefined
    }
    const step = apart > LEAP_MILLIS ? apart : Math.min(Math.abs(apart), SLEW * passed)
    this.#anchor += Math.sign(apart) * step
    if (this.#isSaid) return undefined
    this.#isSaid = true
    return apart
  }
}
