/**
 * A window over the bytes of a capture: a buffer that is filled from the source, with what is
 * unread moved to its front. Records are read in place.
 */
import type { ByteSource } from './byte-source.ts'
import { worldCause } from './byte-source.ts'

/** Large enough that moving the rest of a record to the front is rare. */
const WINDOW_BYTES = 4 * 1024 * 1024

export class Window {
  bytes = new Uint8Array(WINDOW_BYTES)
  /** Unread bytes stand in [start, end). */
  start = 0
  end = 0
  /** The source has no more. */
  ended = false
  /** Why the source broke, if it did. */
  cause: string | undefined
  /** Offset of bytes[0] in the uncompressed capture. */
  #base = 0
  readonly #source: ByteSource

  constructor(source: ByteSource) {
    this.#source = source
  }

  /** Offset of the first unread byte in the uncompressed capture. */
  get offset(): number {
    return this.#base + this.start
  }

  get have(): number {
    return this.end - this.start
  }

  /** Read on until the window is full or the source has given something. */
  async fill(): Promise<void> {
    if (this.ended) return
    if (this.start > 0) {
      this.bytes.copyWithin(0, this.start, this.end)
      this.#base += this.start
      this.end -= this.start
      this.start = 0
    }
    if (this.end === this.bytes.length) this.#grow()
    try {
      const step = this.#source.read(this.bytes.subarray(this.end))
      const count = typeof step === 'number' ? step : await step
      if (count === 0) this.ended = true
      this.end += count
    } catch (error) {
      this.ended = true
      this.cause = worldCause(error)
    }
  }

  /** One record is larger than the window (only pcapng blocks may be). */
  #grow(): void {
    const grown = new Uint8Array(2 * this.bytes.length)
    grown.set(this.bytes)
    this.bytes = grown
  }

  close(): void {
    this.#source.close()
  }
}
