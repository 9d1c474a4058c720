/**
 * First bytes → a node of Nano (once RaiBlocks), or not.
 *
 * A header holds 26 bits and more of what is fixed. A handshake adds the type and 13 bits of extensions that
 * must be zero, and the size of what is sent: more than 50 bits. Any other first message must agree with a
 * header from the other side, or fill its datagram to the byte.
 */
import { bytesOf, hasAt, u16le } from '../../core/bytes.ts'
import type { Finding, Fit, Look, Protocol, Sight } from '../../core/protocol.ts'
import { HEADER_BYTES, isHeader, NETWORKS, payloadBytes, TYPES } from './wire/frame.ts'

const MAGICS = Object.keys(NETWORKS).map((network) => Uint8Array.of(0x52, Number(network)))
export const starts: Protocol['starts'] = { tcp: MAGICS, udp: MAGICS }

const HANDSHAKE = 10

export function recognise(look: Look): Sight {
  return look.carrier === 'udp' ? recogniseDatagrams(look) : recogniseStream(look)
}

function recogniseStream({ heads, segments, fromStart, final }: Look): Sight {
  if (!fromStart) return 'no'
  const [opener, other] = heads
  const speaks = [isHeader(opener, 0), isHeader(other, 0)]
  if (speaks[0] && speaks[1] && opener[1] === other[1]) {
    return found('certain', `both sides begin with headers of the ${nameOf(opener)} network`)
  }
  // A bootstrap server answers in blocks without header.
  if (speaks[0] && opener[5] === HANDSHAKE && segments[0] === sizeAt(opener)) {
    return found('certain', `begins with a node id handshake of ${segments[0]} bytes`)
  }
  const waits = speaks[0] || (opener.length < HEADER_BYTES && beginsAlike(opener))
  return waits && !final ? 'more' : 'no'
}

function beginsAlike(head: Uint8Array): boolean {
  return head.length > 0 && MAGICS.some((magic) => hasAt(magic, 0, head.subarray(0, 2)))
}

function nameOf(head: Uint8Array): string {
  return NETWORKS[head[1]!]!
}

function sizeAt(bytes: Uint8Array): number {
  return HEADER_BYTES + payloadBytes(bytes[5]!, u16le(bytes, 6))!
}

function recogniseDatagrams({ datagrams }: Look): Sight {
  const first = datagrams[0]
  if (first === undefined) return 'no'
  for (const { bytes, size } of datagrams) {
    if (!isHeader(bytes, 0) || sizeAt(bytes) !== size) return 'no'
  }
  // A keepalive's eight addresses are IPv6 or mapped: the first ten bytes of an unused or mapped one are zero.
  const isKeepalive = TYPES[first.bytes[5]!] === 'keepalive' && hasAt(first.bytes, 8, ZEROS)
  if (datagrams.length < 2 && !isKeepalive && first.bytes[5] !== HANDSHAKE) return 'more'
  return found('certain', `datagrams of the ${nameOf(first.bytes)} network, filled to the byte`)
}

const ZEROS = bytesOf('\0\0\0\0\0\0\0\0\0\0')

function found(sureness: Finding['sureness'], reason: string): Finding {
  return { part: 'node', sureness, reasons: [reason] }
}

const NONE: readonly Fit[] = []
const ATTEMPT: readonly Fit[] = [
  { part: 'node', taughtAs: ['node'], reason: 'a connection without payload' },
]

export function fits({ carrier, segments }: Look): readonly Fit[] {
  return carrier === 'tcp' && segments.length === 0 ? ATTEMPT : NONE
}
