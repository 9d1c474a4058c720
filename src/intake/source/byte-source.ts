/**
 * Where the bytes of a capture come from: a file, a pipe, standard input. Compression is undone by
 * sources that wrap another one (gzip-source.ts, zstd-source.ts).
 */
import { closeSync, createReadStream, fstatSync, openSync, read, statSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { CaptureError } from './cursor.ts'

/** Bytes in order. */
export interface ByteSource {
  /**
   * Up to `target.length` bytes into `target`; 0 at the end.
   * @throws  what made the rest unreadable, once everything before it was handed out
   */
  read(target: Uint8Array): number | Promise<number>
  /** Bytes taken from the file itself. */
  readonly bytesRead: number
  readonly bytesTotal: number | undefined
  /** Read on from this byte of the file. False, or absent, where that cannot be done. */
  seek?(offset: number): boolean
  close(): void
}

/** What the operating system said, in words. */
export function worldCause(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'ENOENT') return 'no such file or folder'
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied'
  if (code === 'EISDIR') return 'is a folder'
  // All captures of a merge are open at once.
  if (code === 'EMFILE') return 'too many files are open at once; ulimit -n allows more'
  return error instanceof Error ? error.message : String(error)
}

/** A path, or `-` for standard input. */
export function openRaw(path: string): ByteSource {
  if (path === '-') return openStandardInput()
  try {
    if (statSync(path).isDirectory()) throw new CaptureError(path, 'is a folder')
    // Opening a named pipe waits for its writer; the event loop must not wait with it.
    if (!statSync(path).isFile()) return new StreamSource(createReadStream(path))
    return new FileSource(openSync(path, 'r'))
  } catch (error) {
    if (error instanceof CaptureError) throw error
    throw new CaptureError(path, worldCause(error), { cause: error })
  }
}

function openStandardInput(): ByteSource {
  if (process.stdin.isTTY) {
    throw new CaptureError('-', 'standard input is a terminal; pipe a capture into it')
  }
  let isFile = false
  try {
    isFile = fstatSync(0).isFile()
  } catch {
    // Closed: the stream reads as empty, which is told as such.
  }
  return isFile ? new FileSource(0) : new StreamSource(process.stdin)
}

/** A regular file. It is read by another thread, so that packets are taken in meanwhile. */
class FileSource implements ByteSource {
  readonly #fd: number
  readonly bytesTotal: number
  bytesRead = 0
  /** Where is read next; null: where the file itself stands. */
  #position: number | null = null
  #reading: Promise<number> | undefined

  constructor(fd: number) {
    this.#fd = fd
    this.bytesTotal = fstatSync(fd).size
  }

  async read(target: Uint8Array): Promise<number> {
    this.#reading = new Promise((done, failed) => {
      read(this.#fd, target, 0, target.length, this.#position, (error, count) =>
        error === null ? done(count) : failed(error),
      )
    })
    const count = await this.#reading
    this.#reading = undefined
    this.bytesRead += count
    if (this.#position !== null) this.#position += count
    return count
  }

  seek(offset: number): boolean {
    this.#position = offset
    return true
  }

  close(): void {
    const close = () => {
      if (this.#fd !== 0) closeSync(this.#fd)
    }
    if (this.#reading === undefined) close()
    else this.#reading.then(close, close)
  }
}

/** Chunks of a stream, handed out in the sizes that the reader asks for. */
export class StreamSource implements ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>
  readonly #stream: Readable
  readonly #queue = new ByteQueue()
  readonly bytesTotal = undefined
  bytesRead = 0

  constructor(stream: Readable) {
    this.#stream = stream
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  }

  async read(target: Uint8Array): Promise<number> {
    while (this.#queue.size === 0) {
      const step = await this.#chunks.next()
      if (step.done === true) return 0
      this.bytesRead += step.value.length
      this.#queue.push(step.value)
    }
    return this.#queue.take(target)
  }

  close(): void {
    this.#stream.destroy()
  }
}

/** Chunks waiting to be read. */
export class ByteQueue {
  readonly #chunks: Uint8Array[] = []
  size = 0

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    this.#chunks.push(chunk)
    this.size += chunk.length
  }

  /** Fill `target` as far as the chunks go. */
  take(target: Uint8Array): number {
    let taken = 0
    while (taken < target.length && this.#chunks.length > 0) {
      const first = this.#chunks[0]!
      const count = Math.min(first.length, target.length - taken)
      target.set(first.subarray(0, count), taken)
      taken += count
      if (count === first.length) this.#chunks.shift()
      else this.#chunks[0] = first.subarray(count)
    }
    this.size -= taken
    return taken
  }
}

/** The first bytes again, then the rest: what was read to see the format is not lost. */
export class PushedBack implements ByteSource {
  readonly #inner: ByteSource
  #head: Uint8Array

  constructor(head: Uint8Array, inner: ByteSource) {
    this.#head = head
    this.#inner = inner
  }

  get bytesRead(): number {
    return this.#inner.bytesRead
  }

  get bytesTotal(): number | undefined {
    return this.#inner.bytesTotal
  }

  read(target: Uint8Array): number | Promise<number> {
    if (this.#head.length === 0) return this.#inner.read(target)
    const count = Math.min(target.length, this.#head.length)
    target.set(this.#head.subarray(0, count))
    this.#head = this.#head.subarray(count)
    return count
  }

  seek(offset: number): boolean {
    if (this.#inner.seek?.(offset) !== true) return false
    this.#head = this.#head.subarray(0, 0)
    return true
  }

  close(): void {
    this.#inner.close()
  }
}

/** Shows every byte of the file itself to somebody, as it is read: for its hash. */
export class Watched implements ByteSource {
  readonly #inner: ByteSource
  readonly #watch: (bytes: Uint8Array) => void

  constructor(inner: ByteSource, watch: (bytes: Uint8Array) => void) {
    this.#inner = inner
    this.#watch = watch
  }

  get bytesRead(): number {
    return this.#inner.bytesRead
  }

  get bytesTotal(): number | undefined {
    return this.#inner.bytesTotal
  }

  async read(target: Uint8Array): Promise<number> {
    const count = await this.#inner.read(target)
    this.#watch(target.subarray(0, count))
    return count
  }

  close(): void {
    this.#inner.close()
  }
}
