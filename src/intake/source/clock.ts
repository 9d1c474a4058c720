/**
 * The clock of a pcapng interface. Times are ticks in two 32-bit words, more than a double holds;
 * they come out exact to the microsecond, with what fraction the double has room for.
 * Source: draft-ietf-opsawg-pcapng section 4.2, if_tsresol and if_tsoffset.
 */

const WORD = 0x1_0000_0000

export class Clock {
  readonly ticksPerSecond: number
  readonly #offsetMicros: number
  /** Microseconds of one tick, where that is a whole number; else 0. */
  readonly #microsPerTick: number
  /** Whether ticks are halves of halves of seconds, else tenths of tenths. */
  readonly #isBinary: boolean
  /** Decimal: ticks of a microsecond, microseconds in one unit of the upper word, ticks left over. */
  readonly #ticksPerMicro: number
  readonly #microsPerHigh: number
  readonly #restPerHigh: number

  /** @param resolution  if_tsresol: 10^-n seconds, or 2^-n where the top bit is set */
  constructor(resolution = 6, offsetSeconds = 0) {
    const rate = resolution & 0x80 ? 2 ** (resolution & 0x7f) : 10 ** resolution
    this.ticksPerSecond = rate
    this.#offsetMicros = offsetSeconds * 1_000_000
    this.#isBinary = (resolution & 0x80) !== 0
    this.#microsPerTick = rate <= 1_000_000 && 1_000_000 % rate === 0 ? 1_000_000 / rate : 0
    this.#ticksPerMicro = rate / 1_000_000
    this.#microsPerHigh = Math.floor(WORD / this.#ticksPerMicro)
    this.#restPerHigh = WORD - this.#microsPerHigh * this.#ticksPerMicro
  }

  /** Ticks → microseconds since 1970. */
  micros(high: number, low: number): number {
    const offset = this.#offsetMicros
    if (this.#microsPerTick > 0) return (high * WORD + low) * this.#microsPerTick + offset
    if (this.#isBinary) return this.#binary(high, low) + offset
    const fine = (high * this.#restPerHigh + low) / this.#ticksPerMicro
    return high * this.#microsPerHigh + offset + quarters(fine)
  }

  /** Whole seconds are split off first: what remains times a million is exact. */
  #binary(high: number, low: number): number {
    const rate = this.ticksPerSecond
    if (rate <= WORD) {
      const seconds = (high * WORD) / rate + Math.floor(low / rate)
      return seconds * 1_000_000 + quarters(((low % rate) * 1_000_000) / rate)
    }
    const highPerSecond = rate / WORD
    const rest = high % highPerSecond
    const fraction = (rest / highPerSecond) * 1_000_000 + (low / rate) * 1_000_000
    return Math.floor(high / highPerSecond) * 1_000_000 + quarters(fraction)
  }
}

/**
 * Today's times in microseconds leave a double room for quarters. Rounded to the nearest of them, the
 * last nanoseconds of a microsecond would count as the next microsecond.
 */
export function quarters(micros: number): number {
  return Math.floor(micros * 4) / 4
}
