/**
 * The handshake of a link.
 *
 *     0.4   A: GNUTELLA CONNECT/0.4 LF LF          B: GNUTELLA OK LF LF
 *     0.6   A: GNUTELLA CONNECT/0.6 CRLF headers   B: GNUTELLA/0.6 200 OK CRLF headers
 *           A: GNUTELLA/0.6 200 OK CRLF headers    then messages
 *
 * Heads are written as in HTTP and bounded as there. Source: Gnutella 0.4 section 2;
 * doc/gnutella/handshaking_0.6 of gtk-gnutella.
 */
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'
import {
  emitHttpHead,
  type HttpHead,
  header,
  headerLists,
  httpHeadWire,
  parseHttpHead,
  statusLine,
} from '../../formats/http-head.ts'

export interface Handshake {
  readonly step: 'connect' | 'answer'
  /** `0.4`, `0.6` */
  readonly version: string
  /** Of an answer; `GNUTELLA OK` counts as 200. */
  readonly code: number
  readonly reason: string
  readonly head: HttpHead
}

/** @faults those of an HTTP head, 'not-a-handshake' */
export function parseHandshake(bytes: Uint8Array, at: number): Outcome<Handshake> {
  const outcome = parseHttpHead(bytes, at)
  if (outcome.kind !== 'message') return outcome
  const head = outcome.message
  const connect = /^GNUTELLA CONNECT\/(\d{1,2}\.\d{1,2})$/.exec(head.startLine)
  if (connect !== null) {
    const said: Handshake = { step: 'connect', version: connect[1]!, code: 0, reason: '', head }
    return message(said, outcome.size)
  }
  if (head.startLine === 'GNUTELLA OK') {
    const said: Handshake = { step: 'answer', version: '0.4', code: 200, reason: 'OK', head }
    return message(said, outcome.size)
  }
  const status = statusLine(head)
  if (status === undefined || status.protocol !== 'GNUTELLA')
    return malformed('not-a-handshake', at)
  const { version, code, reason } = status
  return message({ step: 'answer', version, code, reason, head }, outcome.size)
}

/** Whether the sender of this head will deflate what it sends behind the handshake. */
export function deflates(said: Handshake): boolean {
  return headerLists(said.head, 'content-encoding', 'deflate')
}

/** Whether the sender speaks Gnutella2 behind the handshake. */
export function sendsG2(said: Handshake): boolean {
  return headerLists(said.head, 'content-type', 'application/x-gnutella2')
}

/** Whether the sender would like to speak Gnutella2. */
export function acceptsG2(said: Handshake): boolean {
  return headerLists(said.head, 'accept', 'application/x-gnutella2')
}

/** Whether the sender turns to TLS now, or (in a request) would. */
export function upgradesToTls(said: Handshake): boolean {
  return headerLists(said.head, 'connection', 'upgrade') || said.code === 101
}

export function isCrawler(said: Handshake): boolean {
  return header(said.head, 'crawler') !== undefined
}

export const handshakeWire: Wire<Handshake> = {
  name: 'gnutella/handshake',
  source: 'doc/gnutella/handshaking_0.6 of gtk-gnutella',
  carrier: 'stream',
  messageBytesMax: httpHeadWire.messageBytesMax,
  // The last is said by the session: the connection ended inside a head.
  faults: [...httpHeadWire.faults, 'not-a-handshake', 'head-unfinished'],
  parse: parseHandshake,
  emit: (said) => emitHttpHead(said.head),
}
