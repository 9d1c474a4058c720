/**
 * Where a large capture can be read on from: a place every some thousand frames, noted while it was
 * read for the first time. So the packets of a flow are found without reading all that is before.
 */
import { statSync } from 'node:fs'
import { limits } from '../../core/limits.ts'
import type { Cursor, Place } from '../../intake/source/open.ts'

/** What tells a file from another of the same name. */
interface File {
  readonly path: string
  readonly bytes: number
  readonly changedMillis: number
}

export class CaptureIndex {
  readonly #placesMax: number
  #file: File | undefined
  /** In the order of the file. */
  #places: Place[] = []
  /** Of so many places that are told of, one is kept. */
  #every = 1
  #told = 0
  /** How far times go back, at most; undefined until the capture was read to its end. */
  disorderMicros: number | undefined

  constructor(placesMax: number = limits.capturePlacesMax) {
    this.#placesMax = placesMax
  }

  /** Now and then while a capture is read, between two packets. */
  note(cursor: Cursor): void {
    if (this.#told++ % this.#every !== 0) return
    const place = cursor.place?.()
    if (place === undefined) return
    this.#file ??= fileAt(cursor.capture)
    if (this.#places.length >= this.#placesMax) this.#thin()
    this.#places.push(place)
  }

  #thin(): void {
    this.#places = this.#places.filter((_, i) => i % 2 === 0)
    this.#every *= 2
  }

  /** The last place before a frame of this file; undefined where it has to be read from its beginning. */
  before(path: string, frame: number): Place | undefined {
    const known = this.#file
    if (known?.path !== path) return undefined
    const now = fileAt(path)
    if (now?.bytes !== known.bytes || now.changedMillis !== known.changedMillis) return undefined
    // Frames before a place are none of its own.
    return this.#places.findLast((place) => place.frame < frame)
  }

  get size(): number {
    return this.#places.length
  }
}

function fileAt(path: string): File | undefined {
  const facts = statSync(path, { throwIfNoEntry: false })
  return facts && { path, bytes: facts.size, changedMillis: facts.mtimeMs }
}
