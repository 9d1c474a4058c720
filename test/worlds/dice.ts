/** Chance for made worlds: numbers below a bound, shuffled lists, addresses of the public Internet. */
import { type Endpoint, endpointText, ip4OfNumber, unroutable } from '../../src/core/address.ts'
import { randomFrom } from '../../src/core/random.ts'

/** Seeds in a row of one generator begin alike. */
const WARMING = 64

export class WorldDice {
  readonly #random: () => number
  readonly #used = new Set<string>()

  constructor(seed: number) {
    this.#random = randomFrom(Math.imul(seed + 1, 0x9e37_79b1))
    for (let i = 0; i < WARMING; i++) this.#random()
  }

  below(below: number): number {
    return Math.floor((this.#random() / 2 ** 32) * below)
  }

  shuffled<T>(list: readonly T[]): T[] {
    const all = [...list]
    for (let i = all.length - 1; i > 0; i--) {
      const j = this.below(i + 1)
      const taken = all[i]!
      all[i] = all[j]!
      all[j] = taken
    }
    return all
  }

  /** A host of the public Internet, each time another; the last octet is neither 0 nor 255. */
  host(port: number): Endpoint {
    for (;;) {
      const value = 256 * this.below(2 ** 24) + 1 + this.below(254)
      const at = { ip: ip4OfNumber(value), port }
      const name = endpointText(at)
      if (unroutable(at.ip) !== undefined || this.#used.has(name)) continue
      this.#used.add(name)
      return at
    }
  }
}
