/**
 * How many different numbers or texts were seen since some time, in memory that does not grow.
 *
 * HyperLogLog (Flajolet, Fusy, Gandouet, Meunier 2007) keeps for each register the highest rank it
 * met. Here a register keeps for each rank when it was met last, so that any time in the past can be
 * asked for (the idea of Chabchoub and Hébrail 2010, as a table). The standard error is
 * 1.04 / √2048 = 2.3 %.
 */

const INDEX_BITS = 11
const REGISTERS = 2 ** INDEX_BITS
/** Leading zeros of the other bits, plus one. */
const RANKS = 32 - INDEX_BITS + 1
const ALPHA = 0.7213 / (1 + 1.079 / REGISTERS)
/** Below it, empty registers are the better measure. */
const SMALL = 2.5 * REGISTERS

export class SlidingSketch {
  /** Register by register, rank 1 first: tick when met last, plus one; 0: never. */
  readonly #met = new Uint32Array(REGISTERS * RANKS)

  /** @param tick  time in units of the caller's, whole, below 2^32 − 1 */
  add(value: number | string, tick: number): void {
    const hash = typeof value === 'number' ? hashOfNumber(value) : hashOfText(value)
    const rest = hash << INDEX_BITS
    const rank = Math.min(RANKS - 1, Math.clz32(rest))
    const at = (hash >>> (32 - INDEX_BITS)) * RANKS + rank
    if (this.#met[at]! < tick + 1) this.#met[at] = tick + 1
  }

  /** Different values seen at this tick or later, estimated. */
  count(sinceTick = 0): number {
    let sum = 0
    let empty = 0
    for (let register = 0; register < REGISTERS; register++) {
      let rank = RANKS
      const from = register * RANKS - 1
      while (rank > 0 && this.#met[from + rank]! < sinceTick + 1) rank--
      if (rank === 0) empty++
      sum += 2 ** -rank
    }
    const estimate = (ALPHA * REGISTERS * REGISTERS) / sum
    if (estimate > SMALL || empty === 0) return Math.round(estimate)
    return Math.round(REGISTERS * Math.log(REGISTERS / empty))
  }

  /** Places and what stands there, in turn: most are empty. */
  save(): number[] {
    const saved: number[] = []
    for (const [at, met] of this.#met.entries()) if (met !== 0) saved.push(at, met)
    return saved
  }

  static of(saved: readonly number[]): SlidingSketch {
    const sketch = new SlidingSketch()
    for (let i = 0; i + 1 < saved.length; i += 2) sketch.#met[saved[i]!] = saved[i + 1]!
    return sketch
  }

  /** Take in what another saw. */
  merge(other: SlidingSketch): void {
    for (const [at, tick] of other.#met.entries()) {
      if (this.#met[at]! < tick) this.#met[at] = tick
    }
  }
}

/** The finish of murmur3 over both halves. */
function hashOfNumber(value: number): number {
  return mixed(mixed(value % 2 ** 32) ^ Math.floor(value / 2 ** 32))
}

/** FNV-1a, finished as above. */
function hashOfText(text: string): number {
  let hash = 0x811c_9dc5
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x0100_0193)
  }
  return mixed(hash)
}

function mixed(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
