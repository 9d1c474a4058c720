/**
 * Something for some of the flows, by slot: an array, because each packet asks several of them, and
 * a map takes ten times as long.
 */
export class Slots<T> {
  readonly #items: (T | undefined)[] = []

  get(slot: number): T | undefined {
    return slot < this.#items.length ? this.#items[slot] : undefined
  }

  set(slot: number, item: T): void {
    // Without holes, so that it stays an array.
    while (this.#items.length <= slot) this.#items.push(undefined)
    this.#items[slot] = item
  }

  delete(slot: number): void {
    if (slot < this.#items.length) this.#items[slot] = undefined
  }

  each(visit: (slot: number, item: T) => void): void {
    for (let slot = 0; slot < this.#items.length; slot++) {
      const item = this.#items[slot]
      if (item !== undefined) visit(slot, item)
    }
  }
}
