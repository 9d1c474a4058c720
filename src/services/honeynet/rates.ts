/**
 * How many answers each /24 has had in this second. A table of fixed size: networks that share a place
 * share a rate, which makes answers fewer and never more.
 */
import { type HashKey, keyedHash } from '../../core/keyed-hash.ts'

const PLACES = 65_536
const NETWORK_ADDRESSES = 256
const SECOND_MICROS = 1_000_000

export class Rates {
  readonly #key: HashKey
  readonly #most: number
  /** Second and count, side by side. */
  readonly #table = new Uint32Array(2 * PLACES)

  /** @param most  answers a second to one /24 */
  constructor(key: HashKey, most: number) {
    this.#key = key
    this.#most = most
  }

  /** Whether one more answer may go to this address. */
  take(address: number, micros: number): boolean {
    const network = Math.floor(address / NETWORK_ADDRESSES)
    const at = 2 * (keyedHash(this.#key, network, 0, 0, 0) % PLACES)
    const second = Math.floor(micros / SECOND_MICROS) % 2 ** 32
    if (this.#table[at] !== second) {
      this.#table[at] = second
      this.#table[at + 1] = 0
    }
    if (this.#table[at + 1]! >= this.#most) return false
    this.#table[at + 1]!++
    return true
  }
}
