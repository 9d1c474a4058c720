/**
 * Chance of one peer: repeatable, and not that of any other peer a few rolls later, which seeds in a
 * row of one generator would give. A counter is mixed with the seed (the finish of murmur3, twice).
 */
export class Dice {
  readonly #seed: number
  #rolls = 0

  constructor(seed: number) {
    this.#seed = mix(seed)
  }

  /** A whole number from 0 up to but not `below`. */
  below(below: number): number {
    this.#rolls = (this.#rolls + 1) >>> 0
    return Math.floor((mix(mix(this.#rolls) ^ this.#seed) / 2 ** 32) * below)
  }
}

function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
