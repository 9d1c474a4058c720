/**
 * The life of a TCP connection, as far as a watcher needs it: how long it is waited for, and when a
 * SYN begins another connection between the same ports.
 * Source: RFC 9293 section 3.3.2 (states), 3.5 (opening), 3.6 (closing).
 */
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from '../packet/tcp.ts'

/** Values of the flow table's `state` column. */
export const TCP_STATE = {
  /** Not TCP. */
  none: 0,
  /** SYN seen, or SYN and SYN+ACK, but nothing after them. */
  opening: 1,
  /** Seen from the middle: no SYN. */
  middle: 2,
  established: 3,
  /** One side has sent FIN. */
  closing: 4,
  /** FIN from both sides, or RST. */
  closed: 5,
} as const

const { opening, middle, established, closing, closed } = TCP_STATE

/** What is remembered per flow besides the state, as bits; those of side 1 stand one higher. */
export const SEQUENCE_KNOWN = 1
const FIN_SEEN = 4
/** A SYN with another sequence came while the connection stood; a SYN+ACK would confirm it. */
const SYN_DOUBTED = 16

export function bitOfSide(bit: number, side: 0 | 1): number {
  return side === 0 ? bit : 2 * bit
}

export function stateOfFirst(flags: number): number {
  if ((flags & TCP_RST) !== 0) return closed
  if ((flags & TCP_SYN) !== 0) return opening
  return (flags & TCP_FIN) !== 0 ? closing : middle
}

/** State after a segment of a known connection; `bits` are those after `bitsAfter`. */
export function stateAfter(state: number, bits: number, flags: number): number {
  if ((flags & TCP_RST) !== 0) return closed
  if ((flags & TCP_FIN) !== 0) {
    return state === closed || (bits & (3 * FIN_SEEN)) === 3 * FIN_SEEN ? closed : closing
  }
  if (state === opening && (flags & TCP_SYN) === 0) return established
  return state
}

export function bitsAfter(bits: number, side: 0 | 1, flags: number): number {
  return (flags & TCP_FIN) !== 0 ? bits | bitOfSide(FIN_SEEN, side) : bits
}

/** What a SYN on a known connection is. */
const SAME = 0
export const ANEW = 1
/** Perhaps anew: remember its sequence, and believe it when a SYN+ACK answers it. */
export const DOUBTFUL = 2

/**
 * Whether a segment with SYN begins another connection between the same ports.
 * @param bits      of the flow
 * @param ownFirst  first sequence number known of the sender (if bits say so)
 * @param peerFirst the same of the other side
 * @param idle      whether the connection has been silent longer than an opening may take
 */
export function judgeSyn(
  state: number,
  bits: number,
  side: 0 | 1,
  flags: number,
  sequence: number,
  acknowledgement: number,
  ownFirst: number,
  peerFirst: number,
  idle: boolean,
): number {
  const ownKnown = (bits & bitOfSide(SEQUENCE_KNOWN, side)) !== 0
  // The same sequence again is a retransmission, also after RST: some stacks ask three times.
  if (ownKnown && ownFirst === sequence) return SAME
  if (state === closed || idle) return ANEW
  const peer = side === 0 ? 1 : 0
  const peerKnown = (bits & bitOfSide(SEQUENCE_KNOWN, peer)) !== 0
  const answers = peerKnown && acknowledgement === (peerFirst + 1) >>> 0
  if ((flags & TCP_ACK) !== 0) {
    if (!ownKnown) return SAME
    if ((bits & SYN_DOUBTED) !== 0 && answers) return ANEW
    return state === middle && !answers ? ANEW : SAME
  }
  // Both sides open at once, or another try from the same port: one flow.
  if (state === opening) return SAME
  return state === established ? DOUBTFUL : ANEW
}

export function doubted(bits: number): number {
  return bits | SYN_DOUBTED
}
