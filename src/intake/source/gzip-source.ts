/**
 * Undoes gzip, of any number of members, as a stream.
 * Source: RFC 1952.
 */
import { createGunzip } from 'node:zlib'
import { ByteQueue, type ByteSource } from './byte-source.ts'

/**
 * What is fed at once. Deflate makes at most 1032 bytes out of one, so this bounds what waits to be
 * read (8 MiB). It also bounds what is lost before damage (not before a cut): zlib drops what it made
 * out of the piece that holds the damage.
 */
const PIECE_BYTES = 8192
/** A member's checksum and size, fed apart from what precedes them: see `#feed`. */
const TRAILER_BYTES = 8

export class GzipSource implements ByteSource {
  readonly #inner: ByteSource
  readonly #gunzip = createGunzip({ chunkSize: 65_536 })
  readonly #queue = new ByteQueue()
  /** Compressed bytes: up to `TRAILER_BYTES` that were held back, then a new piece. */
  readonly #piece = new Uint8Array(TRAILER_BYTES + PIECE_BYTES)
  #held = 0
  #ended = false
  #error: Error | undefined
  /** Called when zlib is done with what it was fed, for better or worse. */
  #done: () => void = () => {}

  constructor(inner: ByteSource) {
    this.#inner = inner
    this.#gunzip.on('data', (chunk: Uint8Array) => this.#queue.push(chunk))
    this.#gunzip.on('error', (error: Error) => {
      this.#error = new Error(WORDS[error.message] ?? `the gzip stream: ${error.message}`)
      this.#done()
    })
    // zlib ends at padding behind the last member, without calling back.
    this.#gunzip.on('end', () => {
      this.#ended = true
      this.#done()
    })
  }

  get bytesRead(): number {
    return this.#inner.bytesRead
  }

  get bytesTotal(): number | undefined {
    return this.#inner.bytesTotal
  }

  async read(target: Uint8Array): Promise<number> {
    while (this.#queue.size === 0) {
      if (this.#error !== undefined) throw this.#error
      if (this.#ended) return 0
      await this.#feed()
    }
    return this.#queue.take(target)
  }

  /**
   * The last bytes are always held back, so that a file's trailer comes alone: where its checksum is
   * wrong, nothing else is lost.
   */
  async #feed(): Promise<void> {
    const count = await this.#inner.read(this.#piece.subarray(this.#held, this.#held + PIECE_BYTES))
    const have = this.#held + count
    const kept = count === 0 ? 0 : Math.min(TRAILER_BYTES, have)
    const fed = this.#piece.slice(0, have - kept)
    this.#piece.copyWithin(0, have - kept, have)
    this.#held = kept
    await new Promise<void>((resolve) => {
      this.#done = resolve
      // An error that the end brings is told before `close`, but after the callback of `end`.
      if (count === 0) this.#gunzip.once('close', resolve).end(fed)
      else this.#gunzip.write(fed, () => resolve())
    })
    if (count === 0) this.#ended = true
  }

  close(): void {
    this.#gunzip.destroy()
    this.#inner.close()
  }
}

/** zlib's words for what happens to files. */
const WORDS: Readonly<Record<string, string>> = {
  'unexpected end of file': 'the gzip stream is cut',
  'incorrect data check': 'the gzip checksum is wrong',
  'incorrect length check': 'the gzip length is wrong',
  'incorrect header check': 'bytes that are not gzip follow the gzip stream',
}
