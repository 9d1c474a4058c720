/**
 * Bounded decompression. A claimed size allocates nothing; output stops at the bound.
 */
import { inflateRawSync, inflateSync } from 'node:zlib'
import { Unzlib } from 'fflate'
import { limits } from './limits.ts'

function bound(size: number): number {
  return Math.min(limits.inflatedBytesMax, Math.max(4096, size * limits.inflatedRatioMax))
}

/**
 * Inflate a zlib stream that is all there.
 * @returns undefined where it is not zlib, is damaged, or would grow beyond the bound
 */
export function inflate(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return inflateSync(bytes, { maxOutputLength: bound(bytes.length) })
  } catch {
    return undefined
  }
}

/**
 * Inflate the zlib stream that `bytes` begin with, and tell where it ends: others may follow.
 * @returns `more` where it is not all there; undefined as `inflate`
 */
export function inflateFirst(
  bytes: Uint8Array,
): { bytes: Uint8Array; size: number } | 'more' | undefined {
  try {
    const options = { info: true, maxOutputLength: bound(bytes.length) }
    // With `info` the answer is another than the declared one.
    const answer = inflateSync(bytes, options) as unknown as {
      buffer: Uint8Array
      engine: { bytesWritten: number }
    }
    return { bytes: answer.buffer, size: answer.engine.bytesWritten }
  } catch (error) {
    return (error as { code?: string }).code === 'Z_BUF_ERROR' ? 'more' : undefined
  }
}

/** As `inflate`, without the zlib header. */
export function inflateRaw(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return inflateRawSync(bytes, { maxOutputLength: bound(bytes.length) })
  } catch {
    return undefined
  }
}

/** How much of a stream fflate waits for before it reads the first byte. */
const HEADER_BYTES = 6

/**
 * A zlib stream that arrives in pieces (a compressed link, a file in parts).
 * `push` hands what came out to `sink` and returns false once the stream is damaged, at its end, or
 * grew beyond the ratio bound; it never throws.
 */
export class InflateStream {
  #unzlib: Unzlib
  #in = 0
  #out = 0
  #open = true
  #damaged = false

  constructor(sink: (bytes: Uint8Array) => void) {
    this.#unzlib = new Unzlib((chunk, final) => {
      this.#out += chunk.length
      if (final) this.#open = false
      if (chunk.length > 0 && this.#out <= this.#bound()) sink(chunk)
    })
  }

  /** Whether it was closed by damage or by the bound, not by the stream's own end. */
  get damaged(): boolean {
    return this.#damaged
  }

  #bound(): number {
    return Math.max(limits.inflatedBytesMax, this.#in * limits.inflatedRatioMax)
  }

  push(bytes: Uint8Array): boolean {
    if (!this.#open) return false
    this.#in += bytes.length
    try {
      // Until the header is whole the decompressor keeps what it was given, which is not ours.
      this.#unzlib.push(this.#in < HEADER_BYTES + bytes.length ? bytes.slice() : bytes)
    } catch {
      this.#damaged = true
    }
    if (this.#out > this.#bound()) this.#damaged = true
    if (this.#damaged) this.#open = false
    return this.#open
  }
}
