/**
 * Undoes Zstandard as a stream. Frames and blocks are told apart here, so that no more than one
 * block is unpacked at a time and no header makes us allocate what it claims; fzstd unpacks them.
 * Source: RFC 8878.
 *
 *   frame      magic fd2fb528 u32le | descriptor u8 | window u8? | dictionary 0-4 | size 0-8
 *              blocks | checksum u32le?
 *   block      u24le: last 1 bit, type 2 bits, size 21 bits | content; for type 1 a repeated byte
 *   skippable  magic 184d2a50 … 184d2a5f u32le | size u32le | that many bytes
 */
import { Decompress } from 'fzstd'
import { concat, u16le, u32le, u64le } from '../../core/bytes.ts'
import { bytesText } from '../../core/figures.ts'
import { limits } from '../../core/limits.ts'
import { ByteQueue, type ByteSource } from './byte-source.ts'
import { Xxh64 } from './xxh64.ts'

const FRAME = 0xfd2fb528
const SKIPPABLE = 0x184d2a50
/** Block_Maximum_Size, RFC 8878 3.1.1.2.4. */
const BLOCK_BYTES_MAX = 128 * 1024
const BLOCK_REPEATED = 1
const BLOCK_RESERVED = 3
const INPUT_BYTES = 2 * BLOCK_BYTES_MAX
const CUT = 'the zstd stream is cut'

export class ZstdSource implements ByteSource {
  readonly #inner: ByteSource
  readonly #queue = new ByteQueue()
  readonly #input = new Uint8Array(INPUT_BYTES)
  #start = 0
  #end = 0
  /** The frame being unpacked, and the sum of what it held where a checksum ends it. */
  #frame: Decompress | undefined
  #sum: Xxh64 | undefined
  #error: unknown

  constructor(inner: ByteSource) {
    this.#inner = inner
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
      try {
        if (!(await this.#step())) return 0
      } catch (error) {
        // fzstd's own errors carry a number.
        this.#error =
          error instanceof Error && 'code' in error && typeof error.code === 'number'
            ? new Error(`the zstd stream: ${error.message}`, { cause: error })
            : error
      }
    }
    return this.#queue.take(target)
  }

  close(): void {
    this.#inner.close()
  }

  /** One frame header or one block; false at the end. */
  async #step(): Promise<boolean> {
    if (this.#frame !== undefined) {
      await this.#block(this.#frame)
      return true
    }
    if (!(await this.#reach(4))) {
      if (this.#end > this.#start) throw new Error(CUT)
      return false
    }
    const magic = u32le(this.#input, this.#start)
    if (magic === FRAME) await this.#header()
    else if (magic - (magic % 16) === SKIPPABLE) await this.#skip()
    else throw new Error('bytes that are not zstd follow the zstd stream')
    return true
  }

  async #skip(): Promise<void> {
    await this.#need(8)
    let left = u32le(this.#input, this.#start + 4)
    this.#start += 8
    while (left > 0) {
      await this.#need(1)
      const step = Math.min(left, this.#end - this.#start)
      this.#start += step
      left -= step
    }
  }

  async #header(): Promise<void> {
    await this.#need(5)
    const descriptor = this.#input[this.#start + 4]!
    const isSingle = (descriptor & 0x20) !== 0
    const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!
    const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6]!
    const size = 5 + (isSingle ? 0 : 1) + dictionaryBytes + sizeBytes
    await this.#need(size)
    const header = this.#input.slice(this.#start, this.#start + size)
    const window = isSingle ? numberOf(header, size - sizeBytes, sizeBytes) : windowOf(header[5]!)
    if (window > limits.zstdWindowBytesMax) {
      throw new Error(`the zstd stream wants a window of ${bytesText(window)}, more than is given`)
    }
    this.#start += size
    this.#sum = (descriptor & 4) === 0 ? undefined : new Xxh64()
    this.#frame = new Decompress((chunk) => {
      this.#sum?.update(chunk)
      // The piece may be fzstd's own window.
      this.#queue.push(chunk.slice())
    })
    this.#frame.push(header)
  }

  async #block(frame: Decompress): Promise<void> {
    await this.#need(3)
    const word = u16le(this.#input, this.#start) + this.#input[this.#start + 2]! * 0x1_0000
    const isLast = word % 2 === 1
    const type = (word >> 1) & 3
    const claimed = word >> 3
    if (type === BLOCK_RESERVED || claimed > BLOCK_BYTES_MAX) {
      throw new Error('a block of the zstd stream is broken')
    }
    const size = 3 + (type === BLOCK_REPEATED ? 1 : claimed)
    await this.#need(size)
    const block = this.#input.slice(this.#start, this.#start + size)
    this.#start += size
    if (!isLast) {
      frame.push(block)
      return
    }
    // fzstd expects a checksum before it gives out the last block, and does not look at it.
    const checksumBytes = this.#sum === undefined ? 0 : 4
    frame.push(concat(block, new Uint8Array(checksumBytes)), true)
    this.#frame = undefined
    if (this.#sum === undefined) return
    await this.#need(checksumBytes)
    if (u32le(this.#input, this.#start) !== this.#sum.low32()) {
      throw new Error('the zstd checksum is wrong')
    }
    this.#start += checksumBytes
  }

  async #need(size: number): Promise<void> {
    if (!(await this.#reach(size))) throw new Error(CUT)
  }

  /** Whether `size` bytes are there; reads on until they are. */
  async #reach(size: number): Promise<boolean> {
    while (this.#end - this.#start < size) {
      if (this.#start > 0) {
        this.#input.copyWithin(0, this.#start, this.#end)
        this.#end -= this.#start
        this.#start = 0
      }
      const count = await this.#inner.read(this.#input.subarray(this.#end))
      if (count === 0) return false
      this.#end += count
    }
    return true
  }
}

/** RFC 8878 3.1.1.1.2. */
function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3))
  return base + (base / 8) * (descriptor & 7)
}

/** Frame_Content_Size, RFC 8878 3.1.1.1.4. */
function numberOf(bytes: Uint8Array, at: number, size: number): number {
  if (size === 1) return bytes[at]!
  if (size === 2) return 256 + u16le(bytes, at)
  return size === 4 ? u32le(bytes, at) : u64le(bytes, at)
}
