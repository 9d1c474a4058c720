/**
 * From a hash to slots: open addressing with linear probing in one typed array of pairs
 * (hash, slot + 1), so that most probes cost one cache line. Removal shifts back what probed past
 * the hole; no tombstones are left.
 */
export class SlotIndex {
  #table = new Int32Array(0)
  #mask = 0

  /** Room for `slots` entries at half load; the entries are put in anew by the caller. */
  reset(slots: number): void {
    this.#mask = 2 ** Math.ceil(Math.log2(2 * slots)) - 1
    this.#table = new Int32Array(2 * (this.#mask + 1))
  }

  /** Position of the first entry of a hash; go on with `next`, until it is -1. */
  first(hash: number): number {
    return this.#from(hash & this.#mask, hash)
  }

  next(position: number, hash: number): number {
    return this.#from((position + 1) & this.#mask, hash)
  }

  slotAt(position: number): number {
    return this.#table[2 * position + 1]! - 1
  }

  add(hash: number, slot: number): void {
    const table = this.#table
    let position = hash & this.#mask
    while (table[2 * position + 1] !== 0) position = (position + 1) & this.#mask
    table[2 * position] = hash
    table[2 * position + 1] = slot + 1
  }

  remove(hash: number, slot: number): void {
    const table = this.#table
    const mask = this.#mask
    let hole = hash & mask
    while (table[2 * hole + 1] !== slot + 1) {
      if (table[2 * hole + 1] === 0) return
      hole = (hole + 1) & mask
    }
    let position = hole
    for (;;) {
      position = (position + 1) & mask
      if (table[2 * position + 1] === 0) break
      const home = table[2 * position]! & mask
      // It may move into the hole unless its home lies behind the hole, on the way to it.
      if (((position - home) & mask) < ((position - hole) & mask)) continue
      table[2 * hole] = table[2 * position]!
      table[2 * hole + 1] = table[2 * position + 1]!
      hole = position
    }
    table[2 * hole + 1] = 0
  }

  #from(start: number, hash: number): number {
    const table = this.#table
    let position = start
    while (table[2 * position + 1] !== 0) {
      if (table[2 * position] === hash) return position
      position = (position + 1) & this.#mask
    }
    return -1
  }
}
