/** What a flow has said, so that it is said once: many things are repeated with every message. */
import { limits } from './limits.ts'

export class SaidOnce {
  readonly #keys = new Set<string>()
  readonly #keysMax: number

  /** @param keysMax  of several lists in a flow, if not said; beyond, things are said again */
  constructor(keysMax = 4 * limits.listedMax) {
    this.#keysMax = keysMax
  }

  isNew(key: string): boolean {
    if (this.#keys.has(key)) return false
    if (this.#keys.size < this.#keysMax) this.#keys.add(key)
    return true
  }
}
