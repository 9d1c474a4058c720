/**
 * Flows that are undecided: shows their first bytes to the recognisers until somebody knows them,
 * nobody wants them, or enough was shown.
 */
import type { Carrier, Side } from '../core/event.ts'
import { type LimitName, limits } from '../core/limits.ts'
import type { Finding, Look } from '../core/protocol.ts'
import type { Candidate } from './candidate.ts'
import { isFamiliar, isFamiliarStart } from './familiar.ts'
import { type OwnedFit, type Recognised, type Recogniser, union } from './recognise.ts'

/** What became of a look. */
export interface LookEnds {
  recognised(slot: number, candidate: Candidate, index: number, finding: Finding): void
  /** Nobody recognises it. `fits`: what it could be, were its endpoint known (may be empty). */
  unknown(slot: number, candidate: Candidate, fits: readonly OwnedFit[]): void
  /** A bound forced a decision. */
  limit(name: LimitName): void
}

export class Looking {
  readonly #recogniser: Recogniser
  readonly #ends: LookEnds
  readonly #candidates = new Map<number, Candidate>()
  #heldBytes = 0

  constructor(recogniser: Recogniser, ends: LookEnds) {
    this.#recogniser = recogniser
    this.#ends = ends
  }

  get(slot: number): Candidate | undefined {
    return this.#candidates.get(slot)
  }

  /**
   * The first payload of a flow, in place. True where it is plainly something else, so that nothing
   * needs to be kept of the flow; most flows end here.
   */
  dismisses(carrier: Carrier, bytes: Uint8Array, wireSize: number): boolean {
    if (this.#recogniser.hasFits && !isFamiliarStart(carrier, bytes)) return false
    const wanted = this.#recogniser.wanted(carrier, bytes, 0, bytes.length)
    if (wanted === 0) return true
    return !this.#recogniser.anybody(wanted, glanceAt(carrier, bytes, wireSize))
  }

  add(slot: number, candidate: Candidate): void {
    this.#candidates.set(slot, candidate)
    this.#makeRoom(slot)
  }

  /** Decide the oldest but `slot`. */
  #makeRoom(slot: number): void {
    const tooMany = this.#candidates.size > limits.looksMax
    if (!tooMany && this.#heldBytes <= limits.lookHeldBytesMax) return
    let left = DECIDED_AT_ONCE
    for (const oldest of this.#candidates.keys()) {
      if (oldest === slot) continue
      this.#ends.limit(tooMany ? 'looksMax' : 'lookHeldBytesMax')
      this.conclude(oldest)
      if (--left === 0) return
    }
  }

  segment(slot: number, from: Side, bytes: Uint8Array, micros: number, frame: number): void {
    const candidate = this.#candidates.get(slot)
    if (candidate === undefined) return
    const before = candidate.heldBytes
    candidate.addSegment(from, bytes, micros, frame)
    this.#held(slot, candidate.heldBytes - before)
    // A longer prefix may show only with the second segment of a side.
    if (candidate.segmentsOf(from) <= 2) this.#inviteTcp(candidate, from)
    this.#decide(slot, candidate)
  }

  datagram(
    slot: number,
    from: Side,
    bytes: Uint8Array,
    wireSize: number,
    micros: number,
    frame: number,
  ): void {
    const candidate = this.#candidates.get(slot)
    if (candidate === undefined) return
    const before = candidate.heldBytes
    candidate.addDatagram(from, bytes, wireSize, micros, frame)
    this.#held(slot, candidate.heldBytes - before)
    const wanted = this.#recogniser.wanted('udp', bytes, 0, bytes.length)
    candidate.open = union(candidate.open, wanted)
    this.#decide(slot, candidate)
  }

  /** A flow may grow long after it was added. */
  #held(slot: number, bytes: number): void {
    if (bytes === 0) return
    this.#heldBytes += bytes
    this.#makeRoom(slot)
  }

  /**
   * Bytes of one side are missing: what follows is not contiguous. What was shown must do, or the
   * side is looked at anew, as from the middle of a connection. What the beginning could be is
   * kept: where a capture cuts its packets, no more than that is ever seen.
   */
  broken(slot: number, side: Side, missing: number): void {
    const candidate = this.#candidates.get(slot)
    if (candidate === undefined) return
    candidate.missed(side, missing)
    const look = candidate.look(true)
    if (candidate.open !== 0) {
      const { answer } = this.#recogniser.ask(candidate.open, look)
      if (typeof answer !== 'string') {
        this.#recognised(slot, candidate, answer)
        return
      }
    }
    if (candidate.fromStart) candidate.couldBe = this.#recogniser.fits(look)
    candidate.restart(side)
    candidate.open = this.#recogniser.everybody('tcp')
  }

  /** Who wants to see this side, by its first bytes; from the middle of a connection, everybody. */
  #inviteTcp(candidate: Candidate, side: Side): void {
    if (!candidate.fromStart) {
      candidate.open = this.#recogniser.everybody('tcp')
      return
    }
    const head = candidate.heads[side]
    candidate.open = union(candidate.open, this.#recogniser.wanted('tcp', head, 0, head.length))
  }

  #decide(slot: number, candidate: Candidate): void {
    if (candidate.full) {
      this.conclude(slot)
      return
    }
    if (this.#isNamedByShape(slot, candidate)) return
    if (candidate.open === 0) {
      this.#giveUpIfFamiliar(slot, candidate)
      return
    }
    if (!candidate.worthAsking) return
    const { answer, open } = this.#recogniser.ask(candidate.open, candidate.look(false))
    if (typeof answer !== 'string') {
      this.#recognised(slot, candidate, answer)
    } else if (answer === 'no') {
      candidate.open = open
      this.#giveUpIfFamiliar(slot, candidate)
    }
  }

  /** Nobody claims it. Unreadable flows are looked at to the end, for the endpoint memory. */
  #giveUpIfFamiliar(slot: number, candidate: Candidate): void {
    if (this.#recogniser.hasFits) {
      const isNew = candidate.pieces.length <= FAMILIAR_PIECES
      if (!isNew || !isFamiliar(candidate.look(false))) return
    }
    this.#unknown(slot, candidate, [])
  }

  /**
   * Who is to be stopped should not get to the end of the look: a shape that alone makes it likely
   * is heard as soon as it stands, whoever waits for more.
   */
  #isNamedByShape(slot: number, candidate: Candidate): boolean {
    if (candidate.segments.length < SHAPE_SEGMENTS_MIN || !candidate.fromStart) return false
    const fits = this.#recogniser.fits(candidate.look(false))
    if (fits.every((fit) => fit.alone !== 'likely')) return false
    this.#unknown(slot, candidate, fits)
    return true
  }

  /** Flows that are undecided, in the order of their first payload. */
  undecided(): number[] {
    return [...this.#candidates.keys()]
  }

  /** No more will be shown. */
  conclude(slot: number): void {
    const candidate = this.#candidates.get(slot)
    if (candidate === undefined) return
    const look = candidate.look(true)
    if (candidate.open !== 0) {
      const { answer } = this.#recogniser.ask(candidate.open, look)
      if (typeof answer !== 'string') {
        this.#recognised(slot, candidate, answer)
        return
      }
    }
    const fits = this.#recogniser.fits(look)
    this.#unknown(slot, candidate, [...candidate.couldBe, ...fits])
  }

  #recognised(slot: number, candidate: Candidate, found: Recognised): void {
    this.#forget(slot, candidate)
    this.#ends.recognised(slot, candidate, found.index, found.finding)
    candidate.release()
  }

  #unknown(slot: number, candidate: Candidate, fits: readonly OwnedFit[]): void {
    this.#forget(slot, candidate)
    this.#ends.unknown(slot, candidate, fits)
    candidate.release()
  }

  #forget(slot: number, candidate: Candidate): void {
    this.#candidates.delete(slot)
    this.#heldBytes -= candidate.heldBytes
  }
}

/** Finding the oldest of a map passes over all that were removed before it: once for several. */
const DECIDED_AT_ONCE = 64

/** Segments of a TCP flow from which on its shape may be enough: four greet, four more identify. */
const SHAPE_SEGMENTS_MIN = 8
/** Payloads after which nothing familiar begins any more. */
const FAMILIAR_PIECES = 4
const NO_BYTES: Uint8Array = new Uint8Array(0)
const UNNAMED = { ip: '0.0.0.0', port: 0 }

/** A look that is written anew each time: most flows of the world get no other. */
type Glance = { -readonly [K in keyof Look]: Look[K] }

const glance = {
  tcp: blankGlance('tcp'),
  udp: blankGlance('udp'),
  heads: [NO_BYTES, NO_BYTES] as [Uint8Array, Uint8Array],
  totals: [0, 0] as [number, number],
  segments: [0],
  datagram: { from: 0 as Side, bytes: NO_BYTES, size: 0, micros: 0 },
}
glance.tcp.heads = glance.heads
glance.tcp.totals = glance.udp.totals = glance.totals
glance.tcp.segments = glance.segments
glance.udp.datagrams = [glance.datagram]

function blankGlance(carrier: Carrier): Glance {
  return {
    carrier,
    fromStart: true,
    heads: [NO_BYTES, NO_BYTES],
    totals: [0, 0],
    segments: [],
    datagrams: [],
    ends: [UNNAMED, UNNAMED],
    final: false,
  }
}

/** The look of a flow of which only the opener's first payload is known. */
function glanceAt(carrier: Carrier, bytes: Uint8Array, size: number): Look {
  glance.totals[0] = size
  if (carrier === 'tcp') {
    glance.heads[0] = bytes
    glance.segments[0] = bytes.length
    return glance.tcp
  }
  glance.datagram.bytes = bytes
  glance.datagram.size = size
  return glance.udp
}
