/** What a small node holds: its own files, what was inserted through it, and what passed by. */
import type { Key } from './peer-key.ts'

/** A tenth of `storeSize` of 0.5, as it came. */
const STORE_BYTES_MAX = 25_000_000
const DOCUMENTS_MAX = 4096

export class Store {
  /** The one that was asked for longest ago stands first, and goes first. */
  readonly #documents = new Map<Key, Uint8Array>()
  #bytes = 0

  put(key: Key, content: Uint8Array): void {
    if (this.#documents.has(key) || content.length > STORE_BYTES_MAX) return
    this.#documents.set(key, content)
    this.#bytes += content.length
    for (const [oldest, { length }] of this.#documents) {
      if (this.#bytes <= STORE_BYTES_MAX && this.#documents.size <= DOCUMENTS_MAX) return
      this.#documents.delete(oldest)
      this.#bytes -= length
    }
  }

  get(key: Key): Uint8Array | undefined {
    const content = this.#documents.get(key)
    if (content === undefined) return undefined
    this.#documents.delete(key)
    this.#documents.set(key, content)
    return content
  }
}
