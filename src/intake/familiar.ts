/**
 * Starts that are plainly something else, so that no time is spent on asking whether they could be
 * an encrypted overlay. Nothing is named here: a flow that begins so is only not looked at longer.
 */
import { u16be, u32be } from '../core/bytes.ts'
import type { Carrier } from '../core/event.ts'
import type { Look } from '../core/protocol.ts'
import { isPrintable } from '../core/text.ts'

/** Random bytes are all printable this long once in 4,000 flows; text nearly always is. */
const TEXT_BYTES = 8

/** Whether the first payload of either side shows what it is, and that it is not encrypted P2P. */
export function isFamiliar(look: Look): boolean {
  if (look.carrier === 'udp') {
    const first = look.datagrams[0]?.bytes
    return first !== undefined && isFamiliarDatagram(first)
  }
  return isFamiliarStream(look.heads[0]) || isFamiliarStream(look.heads[1])
}

/** The same of the first payload of a flow. */
export function isFamiliarStart(carrier: Carrier, bytes: Uint8Array): boolean {
  return carrier === 'udp' ? isFamiliarDatagram(bytes) : isFamiliarStream(bytes)
}

function isFamiliarStream(head: Uint8Array): boolean {
  if (head.length < TEXT_BYTES) return false
  // A TLS record: handshake or alert, version 3.x, a length that a record may have (RFC 8446 5.1).
  if ((head[0] === 0x16 || head[0] === 0x15) && head[1] === 3 && u16be(head, 3) <= 18_432) {
    return true
  }
  return isPrintable(head, 0, TEXT_BYTES)
}

function isFamiliarDatagram(bytes: Uint8Array): boolean {
  if (bytes.length < TEXT_BYTES) return false
  return isDns(bytes) || isQuicInitial(bytes) || isPrintable(bytes, 0, TEXT_BYTES)
}

/** RFC 1035 4.1: a header with believable counts, and one question that ends in type and class IN. */
function isDns(bytes: Uint8Array): boolean {
  if (bytes.length < 17 || u16be(bytes, 4) > 1 || (bytes[3]! & 0x40) !== 0) return false
  if (u16be(bytes, 4) === 0) return false
  let at = 12
  while (at < bytes.length && bytes[at] !== 0) {
    if (bytes[at]! > 63) return false
    at += 1 + bytes[at]!
  }
  return at + 5 <= bytes.length && (u16be(bytes, at + 3) & 0x7fff) === 1
}

/** RFC 9000 17.2: a long header with a known version and a connection id of legal length. */
function isQuicInitial(bytes: Uint8Array): boolean {
  if ((bytes[0]! & 0xc0) !== 0xc0 || bytes[5]! > 20) return false
  const version = u32be(bytes, 1)
  return version === 1 || version === 0x6b33_43cf || version >>> 8 === 0xff_0000
}
