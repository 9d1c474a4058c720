/**
 * Hands the bytes of one flow to its session: the one place that keeps unread bytes.
 * Used for TCP by the engine, and by sessions whose stream comes in another wrapping (uTP, a
 * compressed link).
 */
import type { Side } from './event.ts'
import { limits } from './limits.ts'
import type { Moment, Session } from './protocol.ts'

const EMPTY = new Uint8Array(0)

export class StreamReader {
  readonly session: Session
  /** Unread bytes per side: buffer, where they begin, where they end. */
  #buffers: [Uint8Array, Uint8Array] = [EMPTY, EMPTY]
  #starts: [number, number] = [0, 0]
  #ends: [number, number] = [0, 0]
  #needs: [number, number] = [0, 0]
  #skips: [number, number] = [0, 0]

  constructor(session: Session) {
    this.session = session
  }

  /** Bytes held for both sides. */
  get heldBytes(): number {
    return this.#ends[0] - this.#starts[0] + this.#ends[1] - this.#starts[1]
  }

  /**
   * The next bytes of one side, in order. They are copied only if the session leaves some unread.
   * @returns false where unread bytes outgrew the bound and were given up
   */
  push(from: Side, bytes: Uint8Array, at: Moment): boolean {
    let fresh = bytes
    const skip = this.#skips[from]
    if (skip > 0) {
      const passed = Math.min(skip, fresh.length)
      this.#skips[from] = skip - passed
      fresh = fresh.subarray(passed)
    }
    if (fresh.length === 0 || this.session.lost) return true
    const held = this.#ends[from] - this.#starts[from]
    if (held + fresh.length < this.#needs[from]) return this.#hold(from, fresh, at)
    if (held > 0) {
      if (!this.#hold(from, fresh, at)) return false
      const view = this.#buffers[from].subarray(this.#starts[from], this.#ends[from])
      this.#starts[from] += this.#serve(from, view, at)
      if (this.#starts[from] >= this.#ends[from]) this.#clear(from)
      return true
    }
    const used = this.#serve(from, fresh, at)
    return used < fresh.length ? this.#hold(from, fresh.subarray(used), at) : true
  }

  /**
   * The next `size` bytes of one side, unseen.
   * @returns false where the session must see them: then they are to be pushed
   */
  pass(from: Side, size: number): boolean {
    const skip = this.#skips[from]
    if (skip > 0) {
      if (skip < size) return false
      this.#skips[from] = skip - size
      return true
    }
    if (this.#needs[from] > 0 || this.#ends[from] > this.#starts[from]) return false
    return !this.session.lost && this.session.pass?.(from, size) === true
  }

  /** `missing` bytes will never come. A gap inside bytes that are passed over harms nobody. */
  gap(from: Side, missing: number, at: Moment): void {
    const skip = this.#skips[from]
    if (skip >= missing) {
      this.#skips[from] = skip - missing
      return
    }
    this.#skips[from] = 0
    this.#clear(from)
    this.#needs[from] = 0
    this.session.gap(from, missing - skip, at)
  }

  /** Give up what is unread on both sides, as if it had never come. */
  giveUp(at: Moment): void {
    for (const side of [0, 1] as const) {
      const held = this.#ends[side] - this.#starts[side]
      if (held > 0) this.gap(side, held, at)
    }
  }

  /** Let the session use as much as it can; returns how much of `view` is used up. */
  #serve(from: Side, view: Uint8Array, at: Moment): number {
    let used = 0
    while (used < view.length && !this.session.lost) {
      const step = this.session.data(from, used === 0 ? view : view.subarray(used), at)
      this.#needs[from] = this.session.need
      if (step <= 0) break
      used += step
    }
    if (this.session.lost) return view.length
    if (used > view.length) {
      this.#skips[from] = used - view.length
      this.#needs[from] = 0
      return view.length
    }
    return used
  }

  #clear(from: Side): void {
    this.#starts[from] = 0
    this.#ends[from] = 0
    if (this.#buffers[from].length > 65_536) this.#buffers[from] = EMPTY
  }

  #hold(from: Side, fresh: Uint8Array, at: Moment): boolean {
    const held = this.#ends[from] - this.#starts[from]
    const size = held + fresh.length
    if (size > limits.unreadBytesMax) {
      this.#clear(from)
      this.#needs[from] = 0
      this.session.gap(from, size, at)
      return false
    }
    const buffer = this.#buffers[from]
    if (this.#ends[from] + fresh.length > buffer.length) {
      const target = size * 2 <= buffer.length ? buffer : new Uint8Array(Math.max(2048, 2 * size))
      target.set(buffer.subarray(this.#starts[from], this.#ends[from]))
      this.#buffers[from] = target
      this.#starts[from] = 0
      this.#ends[from] = held
    }
    this.#buffers[from].set(fresh, this.#ends[from])
    this.#ends[from] += fresh.length
    return true
  }
}
