/**
 * A window over the bytes of a capture: a buffer that is filled from the source, with what is
 * unread moved to its front. Records are read in place. Of a large capture the next bytes are read
 * into a second buffer while the first is used; then they change places.
 */
import { limits } from '../../core/limits.ts'
import { type ByteSource, worldCause } from './byte-source.ts'

/** Enough to see what a file is; many files may be open at once. */
const FIRST_BYTES = 65_536
/** Small enough to stay in the cache of a core, large enough that calls and moves are rare. */
const FULL_BYTES = 512 * 1024
/** Of all captures that are read at once. */
const TOGETHER_BYTES = 64 * 1024 * 1024

/** Room before what is read ahead, for what is unread then: the end of a record that was cut. */
const TAIL_BYTES = 65_536

const NONE = new Uint8Array(0)

/** What a read came to, so that a failure waits until somebody asks. */
type Outcome = { readonly count: number } | { readonly error: unknown }

export class Window {
  bytes: Uint8Array = new Uint8Array(FIRST_BYTES)
  /** Unread bytes stand in [start, end). */
  start = 0
  end = 0
  /** The source has no more. */
  ended = false
  /** Why the source broke, if it did. */
  cause: string | undefined
  /** Offset of bytes[0] in the uncompressed capture. */
  #base = 0
  #sizeWanted = FIRST_BYTES
  #spare: Uint8Array = NONE
  #ahead: Promise<Outcome> | undefined
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

  /** From now on as large as is good where so many captures are read at once. */
  share(captures: number): void {
    const share = Math.floor(TOGETHER_BYTES / captures)
    this.#sizeWanted = Math.max(FIRST_BYTES, Math.min(FULL_BYTES, share))
  }

  /** Read on: what the source has at hand, at least a byte unless it is at its end. */
  async fill(): Promise<void> {
    if (this.ended) return
    if (this.#ahead !== undefined) {
      const outcome = await this.#ahead
      this.#ahead = undefined
      if ('count' in outcome) this.#changePlaces(outcome.count)
      this.#note(outcome)
    } else {
      this.#makeRoom()
      const outcome = await readFrom(this.#source, this.bytes.subarray(this.end))
      if ('count' in outcome) this.end += outcome.count
      this.#note(outcome)
    }
    if (!this.ended && this.bytes.length >= FULL_BYTES) this.#readAhead()
  }

  #note(outcome: Outcome): void {
    if ('error' in outcome) this.cause = worldCause(outcome.error)
    this.ended = 'error' in outcome || outcome.count === 0
  }

  #makeRoom(): void {
    const room = this.bytes.length
    // Small files and slow pipes never fill the first buffer, and need no larger one.
    const isFull = this.end === room
    if (this.have === room) this.#move(2 * room)
    else if (isFull && room < this.#sizeWanted) this.#move(this.#sizeWanted)
    else if (this.start > 0) this.#move(room)
  }

  #readAhead(): void {
    if (this.#spare.length === 0) this.#spare = new Uint8Array(TAIL_BYTES + FULL_BYTES)
    this.#ahead = readFrom(this.#source, this.#spare.subarray(TAIL_BYTES))
  }

  /** Go on at another byte of the capture. False where its bytes only come in order. */
  async seek(offset: number): Promise<boolean> {
    await this.settled()
    this.#ahead = undefined
    if (this.#source.seek?.(offset) !== true) return false
    this.start = 0
    this.end = 0
    this.#base = offset
    this.ended = false
    return true
  }

  /** Nothing is being read any more. */
  async settled(): Promise<void> {
    await this.#ahead
  }

  /** What was read ahead is the window now, with what is unread before it. */
  #changePlaces(count: number): void {
    const { have, offset } = this
    const spare = this.#spare
    if (have > TAIL_BYTES) {
      // A large record: it goes on growing where it is.
      if (this.bytes.length - this.end < count) this.#move(2 * (have + count))
      this.bytes.set(spare.subarray(TAIL_BYTES, TAIL_BYTES + count), this.end)
      this.end += count
      return
    }
    spare.set(this.bytes.subarray(this.start, this.end), TAIL_BYTES - have)
    this.#spare = this.bytes
    this.bytes = spare
    this.start = TAIL_BYTES - have
    this.end = TAIL_BYTES + count
    this.#base = offset - this.start
  }

  /** Unread bytes to the front of a buffer of that size: only a large record makes it grow. */
  #move(size: number): void {
    const bounded = Math.min(size, 2 * limits.captureBlockBytesMax)
    const target = bounded === this.bytes.length ? this.bytes : new Uint8Array(bounded)
    target.set(this.bytes.subarray(this.start, this.end))
    this.#base += this.start
    this.end -= this.start
    this.start = 0
    this.bytes = target
  }

  /** Nothing is read any more: let the source and the buffer go. */
  close(): void {
    this.#source.close()
    this.ended = true
    this.bytes = NONE
    this.#spare = NONE
    this.#base += this.start
    this.start = 0
    this.end = 0
  }
}

async function readFrom(source: ByteSource, target: Uint8Array): Promise<Outcome> {
  try {
    return { count: await source.read(target) }
  } catch (error) {
    return { error }
  }
}
