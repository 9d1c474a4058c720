/**
 * Plays a peer at an address where nobody ever was, so that a caller says what he came for. A state
 * machine without sockets: bytes in, answers out. What the caller tells is read by the protocol's
 * session, as in every capture; a responder knows only what it must to go on.
 *
 * Safe by construction: it never gives, asks for or offers content, names no third party, begins
 * nothing by itself. Whoever sends its answers lets no datagram be answered by more bytes than it had.
 */
import type { Endpoint } from './address.ts'

/** Who calls what, and what the responder may take as chance. */
export interface Call {
  readonly caller: Endpoint
  readonly called: Endpoint
  /** Any number: the same for one called address and port, so that who calls again meets the same peer. */
  readonly self: number
  /** Any number, the same for one caller at one called address and port. */
  readonly pair: number
  /** Contents (URNs) that others asked for: what encryption hides may be one of them. */
  readonly contents?: readonly string[]
}

export interface Answer {
  /** How many bytes were used; the rest is shown again, with what comes after it. */
  readonly used: number
  /** What goes back, in this order. */
  readonly send: readonly Uint8Array[]
  /** No more is wanted: the connection ends once this was sent. */
  readonly done: boolean
  /** The content (URN) that he wants, where encryption hides it from all but who was called. */
  readonly wants?: string
}

export interface Responder {
  /** Unread bytes of a connection, from the first not yet used. */
  data?(bytes: Uint8Array): Answer
  /** The answer to one datagram, or undefined where it is none to answer. Nothing is remembered. */
  datagram?(bytes: Uint8Array): Uint8Array | undefined
}
