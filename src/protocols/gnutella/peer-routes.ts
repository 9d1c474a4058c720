/**
 * Which link something came over, by its GUID: answers go back there. It learns from what passes,
 * as a bridge learns where stations are, and forgets the older half when it is full.
 *
 * Only the first eight bytes are kept: GUIDs are chance, and a peer of a large population must be
 * small.
 */
import { u32le } from '../../core/bytes.ts'

/** Slots of a table that has just begun. */
const SLOTS_MIN = 16
/** Low word, high word, link. */
const WORDS = 3

export class Routes {
  readonly #entriesMax: number
  #young: Table | undefined
  #old: Table | undefined

  /** @param entriesMax  at least so many of the latest are kept, at most twice as many */
  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax
  }

  /** Number of the link, or undefined where the GUID at `at` was not met. */
  get(bytes: Uint8Array, at = 0): number | undefined {
    const [low, high] = [u32le(bytes, at), u32le(bytes, at + 4)]
    return this.#young?.get(low, high) ?? this.#old?.get(low, high)
  }

  /** @param link  a number from 1 */
  put(bytes: Uint8Array, at: number, link: number): void {
    this.#young ??= new Table(SLOTS_MIN)
    if (this.#young.entries >= this.#entriesMax) {
      this.#old = this.#young
      this.#young = new Table(SLOTS_MIN)
    } else if (3 * this.#young.entries >= 2 * this.#young.slots) {
      this.#young = this.#young.doubled()
    }
    this.#young.put(u32le(bytes, at), u32le(bytes, at + 4), link)
  }
}

/** Open addressing, linear probing; a link of 0 is an empty slot. */
class Table {
  readonly slots: number
  entries = 0
  readonly #words: Uint32Array

  constructor(slots: number) {
    this.slots = slots
    this.#words = new Uint32Array(WORDS * slots)
  }

  get(low: number, high: number): number | undefined {
    const words = this.#words
    for (let slot = low % this.slots; ; slot = (slot + 1) % this.slots) {
      const at = WORDS * slot
      const link = words[at + 2]!
      if (link === 0) return undefined
      if (words[at] === low && words[at + 1] === high) return link
    }
  }

  put(low: number, high: number, link: number): void {
    const words = this.#words
    let slot = low % this.slots
    let at = WORDS * slot
    while (words[at + 2] !== 0 && (words[at] !== low || words[at + 1] !== high)) {
      slot = (slot + 1) % this.slots
      at = WORDS * slot
    }
    if (words[at + 2] === 0) this.entries++
    words[at] = low
    words[at + 1] = high
    words[at + 2] = link
  }

  doubled(): Table {
    const larger = new Table(2 * this.slots)
    for (let at = 0; at < this.#words.length; at += WORDS) {
      const link = this.#words[at + 2]!
      if (link !== 0) larger.put(this.#words[at]!, this.#words[at + 1]!, link)
    }
    return larger
  }
}
