/**
 * The most frequent of very many names, in little memory: a new name takes the place and the count of
 * the rarest (Metwally, Agrawal, El Abbadi 2005, "Space-Saving"). Exact while there is room.
 */
import type { Counted } from '../../core/event.ts'

const NAMES_MAX = 64

export type SavedTally = readonly (readonly [string, number])[]

export class Tally {
  readonly #counts = new Map<string, number>()

  add(name: string): void {
    const known = this.#counts.get(name)
    if (known !== undefined || this.#counts.size < NAMES_MAX) {
      this.#counts.set(name, (known ?? 0) + 1)
      return
    }
    let rarest = name
    let fewest = Number.POSITIVE_INFINITY
    for (const [other, count] of this.#counts) {
      if (count >= fewest) continue
      rarest = other
      fewest = count
    }
    this.#counts.delete(rarest)
    this.#counts.set(name, fewest + 1)
  }

  /** In the order of their first coming, on which the rarest depends. */
  save(): SavedTally {
    return [...this.#counts]
  }

  static of(saved: SavedTally): Tally {
    const tally = new Tally()
    for (const [name, count] of saved) tally.#counts.set(name, count)
    return tally
  }

  /** Most first. */
  top(max: number): Counted[] {
    return [...this.#counts]
      .map(([name, count]) => ({ name, count }))
      .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
      .slice(0, max)
  }
}
