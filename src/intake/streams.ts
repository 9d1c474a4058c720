/**
 * The ordered byte streams of the TCP flows that somebody looks at or reads, and the bound on what
 * they hold all together: beyond it, a flow that holds bytes gives them up at once.
 */
import type { Side } from '../core/event.ts'
import { type LimitName, limits } from '../core/limits.ts'
import { TcpDirection, type Timed } from './flow/tcp-direction.ts'
import { Slots } from './slots.ts'

/** Where the bytes go. */
export interface StreamUser {
  data(slot: number, side: Side, bytes: Uint8Array): void
  /** The next bytes, unseen; false where they must be seen: then `data` is called. */
  pass(slot: number, side: Side, size: number): boolean
  gap(slot: number, side: Side, missing: number): void
  /** Bytes in order that the flow's reader could not use yet. */
  unreadBytes(slot: number): number
  /** Give up the bytes that the flow's reader could not use yet. */
  giveUpUnread(slot: number): void
  limit(name: LimitName): void
}

/** One segment as the packet shows it. */
export interface SegmentView {
  readonly sequence: number
  readonly acknowledgement: number
  readonly payload: Uint8Array
  readonly payloadAt: number
  readonly payloadSize: number
  readonly payloadWireSize: number
}

interface Streams {
  readonly directions: readonly [TcpDirection, TcpDirection]
  /** Bytes held when the flow was last served. */
  held: number
}

export class StreamTable {
  readonly #user: StreamUser
  readonly #flows = new Slots<Streams>()
  readonly #heldBytesMax: number
  #heldBytes = 0

  constructor(user: StreamUser, heldBytesMax = limits.heldBytesMax) {
    this.#user = user
    this.#heldBytesMax = heldBytesMax
  }

  has(slot: number): boolean {
    return this.#flows.get(slot) !== undefined
  }

  /** @param openings  sequence numbers of the SYNs, -1 where none was seen */
  open(slot: number, openings: readonly [number, number]): void {
    const directions = [this.#direction(slot, 0), this.#direction(slot, 1)] as const
    for (const side of [0, 1] as const) {
      if (openings[side] >= 0) directions[side].syn(openings[side])
    }
    this.#flows.set(slot, { directions, held: 0 })
  }

  #direction(slot: number, side: Side): TcpDirection {
    const user = this.#user
    return new TcpDirection({
      data: (bytes) => user.data(slot, side, bytes),
      pass: (size) => user.pass(slot, side, size),
      gap: (missing) => user.gap(slot, side, missing),
      limit: (name) => user.limit(name),
    })
  }

  /** @param first  sequence number of the payload's first byte */
  segment(slot: number, side: Side, first: number, view: SegmentView, moment: Timed): void {
    const streams = this.#flows.get(slot)
    if (streams === undefined) return
    const { payload, payloadAt, payloadSize, payloadWireSize } = view
    streams.directions[side].segment(
      first,
      payload,
      payloadAt,
      payloadSize,
      payloadWireSize,
      moment,
    )
    this.#account(slot, streams, moment)
  }

  acknowledged(slot: number, side: Side, sequence: number, moment: Timed): void {
    this.#flows.get(slot)?.directions[side].acknowledged(sequence, moment)
  }

  #account(slot: number, streams: Streams, moment: Timed): void {
    const [a, b] = streams.directions
    const held = a.heldBytes + b.heldBytes + this.#user.unreadBytes(slot)
    if (held === streams.held) return
    // The flow may have been let go while it was served.
    if (!this.has(slot)) return
    this.#heldBytes += held - streams.held
    streams.held = held
    if (this.#heldBytes <= this.#heldBytesMax) return
    this.#user.limit('heldBytesMax')
    for (const one of streams.directions) one.flush(moment)
    this.#user.giveUpUnread(slot)
    this.#heldBytes -= streams.held
    streams.held = 0
  }

  /** What is still held out of order is given out, with the gaps told; returns the gaps in all. */
  flush(slot: number, moment: Timed): readonly [number, number] | undefined {
    const streams = this.#flows.get(slot)
    if (streams === undefined) return undefined
    const [a, b] = streams.directions
    a.flush(moment)
    b.flush(moment)
    return a.missing + b.missing > 0 ? [a.missing, b.missing] : undefined
  }

  close(slot: number): void {
    const streams = this.#flows.get(slot)
    if (streams === undefined) return
    this.#flows.delete(slot)
    this.#heldBytes -= streams.held
  }
}
