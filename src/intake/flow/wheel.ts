/**
 * A timing wheel: which flows are due in which second. One doubly linked list per second in typed
 * arrays; nothing is allocated but on growth.
 *
 * The clock runs with the packets and never back. Where time jumps back by more than
 * `BACKWARD_MICROS_MAX` (captures joined in the wrong order, a clock that was set), the clock goes on
 * from there at the packets' pace.
 */

const BACKWARD_MICROS_MAX = 60_000_000
const NONE = -1

export class Wheel {
  /** Seconds since the first packet. */
  second = 0
  readonly #size: number
  readonly #first: Int32Array
  readonly #last: Int32Array
  #before = new Int32Array(0)
  #after = new Int32Array(0)
  #bucket = new Int32Array(0)
  /** Where the next second begins, on the clock. */
  #nextMicros = Number.NaN
  #offsetMicros = 0

  /** @param secondsMax  nothing is scheduled further ahead */
  constructor(secondsMax: number) {
    this.#size = 2 ** Math.ceil(Math.log2(secondsMax + 2))
    this.#first = new Int32Array(this.#size).fill(NONE)
    this.#last = new Int32Array(this.#size).fill(NONE)
  }

  grow(slots: number): void {
    this.#before = grown(this.#before, slots)
    this.#after = grown(this.#after, slots)
    this.#bucket = grown(this.#bucket, slots)
  }

  /** Whether `micros` begins a new second; then `advance` is to be called. */
  isLate(micros: number): boolean {
    const clock = micros + this.#offsetMicros
    // The first packet compares with NaN and takes the slow way below.
    if (clock < this.#nextMicros && clock >= this.#nextMicros - BACKWARD_MICROS_MAX) return false
    return this.#setClock(micros)
  }

  #setClock(micros: number): boolean {
    const next = this.#nextMicros
    if (Number.isNaN(next)) {
      this.#nextMicros = micros + 1_000_000
      return false
    }
    if (micros + this.#offsetMicros >= next) return true
    this.#offsetMicros = next - 1 - micros
    return false
  }

  /**
   * Let the clock run to `micros`.
   * @param due  called for every slot whose second has come; it removes or reschedules the slot
   */
  advance(micros: number, due: (slot: number) => void): void {
    const clock = micros + this.#offsetMicros
    const seconds = Math.floor((clock - this.#nextMicros) / 1_000_000) + 1
    // Once round the wheel everything is due: a longer silence, or a wild timestamp, counts as that.
    const passed = Math.min(seconds, this.#size)
    this.#offsetMicros -= (seconds - passed) * 1_000_000
    const from = this.second + 1
    this.second += passed
    this.#nextMicros += passed * 1_000_000
    for (let i = 0; i < passed; i++) {
      const bucket = (from + i) & (this.#size - 1)
      // What `due` reschedules goes to later seconds, and behind the last slot at worst.
      const last = this.#last[bucket]!
      for (let slot = this.#first[bucket]!; slot !== NONE; ) {
        const after = this.#after[slot]!
        due(slot)
        if (slot === last) break
        slot = after
      }
    }
  }

  /** Put a slot where it will be due; at least one second ahead. */
  schedule(slot: number, second: number): void {
    const ahead = Math.min(Math.max(second - this.second, 1), this.#size - 1)
    const bucket = (this.second + ahead) & (this.#size - 1)
    const last = this.#last[bucket]!
    this.#bucket[slot] = bucket
    this.#before[slot] = last
    this.#after[slot] = NONE
    if (last === NONE) this.#first[bucket] = slot
    else this.#after[last] = slot
    this.#last[bucket] = slot
  }

  remove(slot: number): void {
    const bucket = this.#bucket[slot]!
    const before = this.#before[slot]!
    const after = this.#after[slot]!
    if (before === NONE) this.#first[bucket] = after
    else this.#after[before] = after
    if (after === NONE) this.#last[bucket] = before
    else this.#before[after] = before
  }

  /** Whether a slot stands where it was put for `second`, so that nothing has to be moved. */
  standsAt(slot: number, second: number): boolean {
    return this.#bucket[slot] === (second & (this.#size - 1))
  }

  /** A slot of the nearest second in which any is due, or -1. */
  nearest(): number {
    for (let ahead = 1; ahead <= this.#size; ahead++) {
      const slot = this.#first[(this.second + ahead) & (this.#size - 1)]!
      if (slot !== NONE) return slot
    }
    return NONE
  }
}

function grown(column: Int32Array, slots: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(slots)
  larger.set(column)
  return larger
}
