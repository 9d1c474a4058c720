/**
 * The first bytes of a flow that is still undecided, kept so that recognisers can look at them and
 * so that a session can read them afterwards.
 */
import type { Endpoint } from '../core/address.ts'
import type { Carrier, Side } from '../core/event.ts'
import { limits } from '../core/limits.ts'
import type { Datagram, Look } from '../core/protocol.ts'

const EMPTY = new Uint8Array(0)

/** Small pieces are cut from slabs: an allocation of its own for each costs a microsecond. */
const SLAB_BYTES = 16_384
let slab = uncleared(SLAB_BYTES)
let slabUsed = 0

/** Memory as it comes. Not as a Buffer: what readers `slice` must be a copy, and theirs is a view. */
function uncleared(size: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(size).buffer)
}

function take(size: number): Uint8Array {
  if (size > SLAB_BYTES / 4) return uncleared(size)
  if (slabUsed + size > SLAB_BYTES) {
    slab = uncleared(SLAB_BYTES)
    slabUsed = 0
  }
  slabUsed += size
  return slab.subarray(slabUsed - size, slabUsed)
}

function keep(bytes: Uint8Array): Uint8Array {
  const copy = take(bytes.length)
  copy.set(bytes)
  return copy
}

/** One payload as it came: where its bytes stand in the head of its side, and its packet. */
export interface Piece {
  readonly from: Side
  readonly at: number
  readonly size: number
  readonly micros: number
  readonly frame: number
}

export class Candidate {
  readonly carrier: Carrier
  fromStart: boolean
  readonly ends: readonly [Endpoint, Endpoint]
  /** Protocols that have not said no; bit set as in `Recogniser`. */
  open = 0
  pieces: Piece[] = []
  readonly segments: number[] = []
  readonly datagrams: Datagram[] = []
  #buffers: [Uint8Array, Uint8Array] = [EMPTY, EMPTY]
  #sizes: [number, number] = [0, 0]
  #askAgainAt = 0
  #datagramBytes = 0

  constructor(carrier: Carrier, fromStart: boolean, ends: readonly [Endpoint, Endpoint]) {
    this.carrier = carrier
    this.fromStart = fromStart
    this.ends = ends
  }

  /** Bytes of memory that the first bytes take. */
  get heldBytes(): number {
    return this.#datagramBytes + this.#buffers[0].length + this.#buffers[1].length
  }

  /** Bytes of one side are missing: what it said before is let go, and it is seen from the middle. */
  restart(side: Side): void {
    this.fromStart = false
    this.pieces = this.pieces.filter((piece) => piece.from !== side)
    this.#buffers[side] = EMPTY
    this.#sizes[side] = 0
    this.#askAgainAt = 0
  }

  segmentsOf(side: Side): number {
    let count = 0
    for (const size of this.segments) if (size > 0 === (side === 0)) count++
    return count
  }

  get total(): number {
    return this.#sizes[0] + this.#sizes[1]
  }

  addSegment(from: Side, bytes: Uint8Array, micros: number, frame: number): void {
    const at = this.#append(from, bytes)
    this.pieces.push({ from, at, size: bytes.length, micros, frame })
    this.segments.push(from === 0 ? bytes.length : -bytes.length)
  }

  addDatagram(from: Side, bytes: Uint8Array, size: number, micros: number, frame: number): void {
    const copy = keep(bytes)
    this.#sizes[from] += size
    this.#datagramBytes += copy.length
    this.datagrams.push({ from, bytes: copy, size, micros })
    this.pieces.push({ from, at: 0, size: copy.length, micros, frame })
  }

  #append(from: Side, bytes: Uint8Array): number {
    const at = this.#sizes[from]
    const size = at + bytes.length
    if (size > this.#buffers[from].length) {
      // The first segment is usually all there is: room for just that, doubled when more comes.
      const grown = take(at === 0 ? size : Math.max(2 * size, 4096))
      grown.set(this.#buffers[from].subarray(0, at))
      this.#buffers[from] = grown
    }
    this.#buffers[from].set(bytes, at)
    this.#sizes[from] = size
    return at
  }

  /** The bytes of one piece; valid until the next piece is added. */
  bytesOf(piece: Piece, index: number): Uint8Array {
    if (this.carrier === 'udp') return this.datagrams[index]!.bytes
    return this.#buffers[piece.from].subarray(piece.at, piece.at + piece.size)
  }

  /** Whether enough was shown: recognisers must answer now. */
  get full(): boolean {
    if (this.carrier === 'udp') return this.datagrams.length >= limits.lookDatagrams
    const segmentsMax = this.fromStart ? limits.lookSegments : limits.lookMiddleSegments
    const bytesMax = this.fromStart ? limits.lookBytes : limits.lookMiddleBytes
    return (
      this.segments.length >= segmentsMax ||
      this.#sizes[0] >= bytesMax ||
      this.#sizes[1] >= bytesMax
    )
  }

  /**
   * Whether asking again can be worth it: at each of the first segments, then whenever a third
   * more has come, so that long looks are not asked quadratically often.
   */
  get worthAsking(): boolean {
    if (this.carrier === 'udp' || this.segments.length <= 8) return true
    if (this.total < this.#askAgainAt) return false
    this.#askAgainAt = Math.ceil(this.total * 1.33)
    return true
  }

  look(final: boolean): Look {
    return {
      carrier: this.carrier,
      fromStart: this.fromStart,
      heads: [this.#head(0), this.#head(1)],
      totals: [this.#sizes[0], this.#sizes[1]],
      segments: this.segments,
      datagrams: this.datagrams,
      ends: this.ends,
      final: final || this.full,
    }
  }

  #head(side: Side): Uint8Array {
    return this.carrier === 'udp' ? EMPTY : this.#buffers[side].subarray(0, this.#sizes[side])
  }
}
