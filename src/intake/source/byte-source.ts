/**
 * Where the bytes of a capture come from: a file, standard input, either of them compressed.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { Decompress } from 'fzstd'
import { CaptureError } from './cursor.ts'

/** Bytes in order. `read` gives an empty chunk at the end; it throws what the reader should tell. */
export interface ByteSource {
  /** Up to `target.length` bytes into `target`; 0 at the end. */
  read(target: Uint8Array): number | Promise<number>
  /** Bytes taken from the file itself. */
  readonly bytesRead: number
  readonly bytesTotal: number | undefined
  close(): void
}

class FileSource implements ByteSource {
  readonly #fd: number
  readonly bytesTotal: number | undefined
  bytesRead = 0

  constructor(path: string) {
    try {
      this.#fd = openSync(path, 'r')
      const stat = fstatSync(this.#fd)
      this.bytesTotal = stat.isFile() ? stat.size : undefined
    } catch (error) {
      throw new CaptureError(path, worldCause(error), { cause: error })
    }
  }

  read(target: Uint8Array): number {
    const count = readSync(this.#fd, target, 0, target.length, null)
    this.bytesRead += count
    return count
  }

  close(): void {
    closeSync(this.#fd)
  }
}

/** What the operating system said, in words. */
export function worldCause(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'ENOENT') return 'no such file'
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied'
  if (code === 'EISDIR') return 'is a folder'
  return error instanceof Error ? error.message : String(error)
}

/** Chunks of a stream, handed out in the sizes that the reader asks for. */
class StreamSource implements ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>
  readonly #stream: Readable
  #held: Uint8Array = new Uint8Array(0)
  readonly bytesTotal = undefined
  bytesRead = 0

  constructor(stream: Readable) {
    this.#stream = stream
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  }

  async read(target: Uint8Array): Promise<number> {
    while (this.#held.length === 0) {
      const step = await this.#chunks.next()
      if (step.done === true) return 0
      this.#held = step.value
      this.bytesRead += step.value.length
    }
    const count = Math.min(target.length, this.#held.length)
    target.set(this.#held.subarray(0, count))
    this.#held = this.#held.subarray(count)
    return count
  }

  close(): void {
    this.#stream.destroy()
  }
}

/** The first bytes again, then the rest: what was read to see the format is not lost. */
class PushedBack implements ByteSource {
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

  close(): void {
    this.#inner.close()
  }
}

/** Pieces taken from a source, for node's streams. */
async function* chunksOf(source: ByteSource): AsyncGenerator<Uint8Array> {
  for (;;) {
    const chunk = new Uint8Array(262_144)
    const count = await source.read(chunk)
    if (count === 0) return
    yield chunk.subarray(0, count)
  }
}

class GzipSource implements ByteSource {
  readonly #inner: ByteSource
  readonly #plain: StreamSource

  constructor(inner: ByteSource) {
    this.#inner = inner
    this.#plain = new StreamSource(Readable.from(chunksOf(inner)).pipe(createGunzip()))
  }

  get bytesRead(): number {
    return this.#inner.bytesRead
  }

  get bytesTotal(): number | undefined {
    return this.#inner.bytesTotal
  }

  read(target: Uint8Array): Promise<number> {
    return this.#plain.read(target)
  }

  close(): void {
    this.#plain.close()
    this.#inner.close()
  }
}

class ZstdSource implements ByteSource {
  readonly #inner: ByteSource
  readonly #decompress: Decompress
  readonly #ready: Uint8Array[] = []
  #ended = false

  constructor(inner: ByteSource) {
    this.#inner = inner
    this.#decompress = new Decompress((chunk) => {
      if (chunk.length > 0) this.#ready.push(chunk.slice())
    })
  }

  get bytesRead(): number {
    return this.#inner.bytesRead
  }

  get bytesTotal(): number | undefined {
    return this.#inner.bytesTotal
  }

  async read(target: Uint8Array): Promise<number> {
    while (this.#ready.length === 0) {
      if (this.#ended) return 0
      const chunk = new Uint8Array(65_536)
      const count = await this.#inner.read(chunk)
      this.#ended = count === 0
      this.#decompress.push(chunk.slice(0, count), this.#ended)
    }
    const first = this.#ready[0]!
    const count = Math.min(target.length, first.length)
    target.set(first.subarray(0, count))
    if (count === first.length) this.#ready.shift()
    else this.#ready[0] = first.subarray(count)
    return count
  }

  close(): void {
    this.#inner.close()
  }
}

const GZIP = [0x1f, 0x8b] // RFC 1952 2.3.1
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd] // RFC 8878 3.1.1

export type Compression = 'none' | 'gzip' | 'zstd'

/** Open a path (`-`: standard input) and undo its compression, which its first bytes tell. */
export async function openBytes(
  path: string,
): Promise<{ source: ByteSource; compression: Compression }> {
  const raw = path === '-' ? new StreamSource(process.stdin) : new FileSource(path)
  const head = await readHead(raw, path)
  const source = new PushedBack(head, raw)
  if (starts(head, GZIP)) return { source: new GzipSource(source), compression: 'gzip' }
  if (starts(head, ZSTD)) return { source: new ZstdSource(source), compression: 'zstd' }
  return { source, compression: 'none' }
}

async function readHead(source: ByteSource, path: string): Promise<Uint8Array> {
  const head = new Uint8Array(4)
  let have = 0
  try {
    while (have < head.length) {
      const count = await source.read(head.subarray(have))
      if (count === 0) break
      have += count
    }
  } catch (error) {
    source.close()
    throw new CaptureError(path, worldCause(error), { cause: error })
  }
  return head.slice(0, have)
}

function starts(head: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => head[i] === byte)
}
