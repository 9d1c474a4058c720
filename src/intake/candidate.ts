/**
 * The first bytes of a flow that is still undecided, kept so that recognisers can look at them and
 * so that a session can read them afterwards. A candidate is its own `Look`: what recognisers see
 * changes under their eyes when more comes, and is void after `release`.
 */
import type { Endpoint } from '../core/address.ts'
import type { Carrier, Side } from '../core/event.ts'
import { limits } from '../core/limits.ts'
import type { Datagram, Look } from '../core/protocol.ts'
import { givePage, PAGE_BYTES, takePage, uncleared } from './pages.ts'
import type { OwnedFit } from './recognise.ts'

const EMPTY = new Uint8Array(0)

/** Segments that are each worth asking about; later ones only where much has come since. */
const ASKED_SEGMENTS = 6

/**
 * Segments shorter than this are gathered, those of one side that follow each other, until they are
 * as long: who writes byte by byte, or cuts its words to hide them, is shown as many bytes as others.
 */
const SMALL_SEGMENT_BYTES = 32
/** What a piece takes beside its bytes, roughly. */
const PIECE_BYTES = 64

/** A mirror port that sees a packet twice shows both within this; nobody asks again so soon. */
const TWIN_MICROS = 1000
/** Twins that are kept for each datagram that is shown. */
const TWINS_MAX = 3

/** One payload as it came, and its packet. */
export interface Piece {
  readonly from: Side
  /** TCP: where its bytes stand in the head of its side. UDP: which datagram it is. */
  readonly at: number
  readonly size: number
  readonly micros: number
  readonly frame: number
}

export class Candidate implements Look {
  readonly carrier: Carrier
  fromStart: boolean
  readonly ends: readonly [Endpoint, Endpoint]
  readonly heads: [Uint8Array, Uint8Array] = [EMPTY, EMPTY]
  readonly totals: [number, number] = [0, 0]
  readonly segments: number[] = []
  readonly datagrams: Datagram[] = []
  final = false
  /** Protocols that have not said no; bit set as in `Recogniser`. */
  open = 0
  /** What its beginning could be, where bytes were missing behind it. */
  couldBe: readonly OwnedFit[] = []
  pieces: Piece[] = []
  /** Bytes of memory that the first bytes take. */
  heldBytes = 0
  /** TCP: a buffer a side. UDP: the datagrams' buffers, the one being filled last. */
  #buffers: Uint8Array[] = [EMPTY, EMPTY]
  #used = PAGE_BYTES
  #askAgainAt = 0
  /** TCP: segments as the bound counts them, and the bytes gathered of small ones. */
  #counted = 0
  #gathered = 0

  constructor(carrier: Carrier, fromStart: boolean, ends: readonly [Endpoint, Endpoint]) {
    this.carrier = carrier
    this.fromStart = fromStart
    this.ends = ends
  }

  addSegment(from: Side, bytes: Uint8Array, micros: number, frame: number): void {
    const at = this.heads[from].length
    const size = at + bytes.length
    if (size > this.#buffers[from]!.length) this.#grow(from, size)
    const buffer = this.#buffers[from]!
    buffer.set(bytes, at)
    this.heads[from] = buffer.subarray(0, size)
    this.totals[from] = size
    this.pieces.push({ from, at, size: bytes.length, micros, frame })
    this.#count(from, bytes.length)
    this.segments.push(from === 0 ? bytes.length : -bytes.length)
  }

  #count(from: Side, size: number): void {
    const last = this.segments.at(-1) ?? 0
    const goesOn = last !== 0 && last > 0 === (from === 0)
    const isSmall = size < SMALL_SEGMENT_BYTES && Math.abs(last) < SMALL_SEGMENT_BYTES
    this.#gathered = goesOn && isSmall ? this.#gathered + size : size
    if (goesOn && isSmall && this.#gathered <= SMALL_SEGMENT_BYTES) {
      this.heldBytes += PIECE_BYTES
      return
    }
    this.#gathered = size
    this.#counted++
  }

  #grow(from: Side, size: number): void {
    const before = this.#buffers[from]!
    const grown = size <= PAGE_BYTES ? takePage() : uncleared(2 * size)
    grown.set(this.heads[from])
    this.heldBytes += grown.length - before.length
    givePage(before)
    this.#buffers[from] = grown
  }

  addDatagram(from: Side, bytes: Uint8Array, size: number, micros: number, frame: number): void {
    this.totals[from] += size
    let at = this.#twinOf(from, bytes, micros)
    if (at < 0) {
      at = this.datagrams.length
      const copy = this.#room(bytes.length)
      copy.set(bytes)
      this.datagrams.push({ from, bytes: copy, size, micros })
    }
    this.pieces.push({ from, at, size: bytes.length, micros, frame })
  }

  /** A packet that was captured twice is read twice, and shown once. @returns which, or -1 */
  #twinOf(from: Side, bytes: Uint8Array, micros: number): number {
    for (let i = this.datagrams.length - 1; i >= 0; i--) {
      const earlier = this.datagrams[i]!
      if (micros - earlier.micros > TWIN_MICROS) return -1
      if (earlier.from === from && isSame(earlier.bytes, bytes)) return i
    }
    return -1
  }

  #room(size: number): Uint8Array {
    if (this.#used + size > PAGE_BYTES) {
      const page = size <= PAGE_BYTES ? takePage() : uncleared(size)
      this.#buffers.push(page)
      this.heldBytes += page.length
      this.#used = 0
    }
    this.#used += size
    return this.#buffers.at(-1)!.subarray(this.#used - size, this.#used)
  }

  /** Bytes that were on the wire and not in the capture: sizes are known all the same. */
  missed(side: Side, missing: number): void {
    this.totals[side] += missing
    const sign = side === 0 ? 1 : -1
    const last = this.segments.length - 1
    if (last >= 0 && this.segments[last]! > 0 === sign > 0) this.segments[last]! += sign * missing
    else this.segments.push(sign * missing)
  }

  /** Bytes of one side are missing: what it said before is let go, and it is seen from the middle. */
  restart(side: Side): void {
    this.fromStart = false
    this.pieces = this.pieces.filter((piece) => piece.from !== side)
    this.heads[side] = EMPTY
    this.totals[side] = 0
    this.#askAgainAt = 0
  }

  /** The bytes are wanted no more; nobody may keep a view of them. */
  release(): void {
    for (const buffer of this.#buffers) givePage(buffer)
    this.#buffers = [EMPTY, EMPTY]
    this.heads[0] = EMPTY
    this.heads[1] = EMPTY
    this.datagrams.length = 0
  }

  segmentsOf(side: Side): number {
    let count = 0
    for (const size of this.segments) if (size > 0 === (side === 0)) count++
    return count
  }

  /** The bytes of one piece; valid until the next piece is added. */
  bytesOf(piece: Piece): Uint8Array {
    if (this.carrier === 'udp') return this.datagrams[piece.at]!.bytes
    return this.heads[piece.from].subarray(piece.at, piece.at + piece.size)
  }

  /** Whether enough was shown: recognisers must answer now. */
  get full(): boolean {
    if (this.carrier === 'udp') {
      const shown = this.datagrams.length
      return shown >= limits.lookDatagrams || this.pieces.length - shown >= TWINS_MAX * (shown + 1)
    }
    const segmentsMax = this.fromStart ? limits.lookSegments : limits.lookMiddleSegments
    const bytesMax = this.fromStart ? limits.lookBytes : limits.lookMiddleBytes
    return this.#counted >= segmentsMax || this.totals[0] >= bytesMax || this.totals[1] >= bytesMax
  }

  /**
   * Whether asking again can be worth it: at each of the first segments, then whenever a third
   * more has come, so that long looks are not asked quadratically often.
   */
  get worthAsking(): boolean {
    if (this.carrier === 'udp' || this.segments.length <= ASKED_SEGMENTS) return true
    const total = this.totals[0] + this.totals[1]
    if (total < this.#askAgainAt) return false
    this.#askAgainAt = Math.ceil(total * 1.33)
    return true
  }

  look(final: boolean): Look {
    this.final = final || this.full
    return this
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
