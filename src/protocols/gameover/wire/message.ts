/**
 * Gameover's UDP messages (P2P Zeus, 2011 to 2013): each byte xor the one before it on the wire, below
 * that a header of 44 bytes, a payload whose size the type tells, and padding.
 * Source: D. Andriesse and H. Bos, "An Analysis of the Zeus Peer-to-Peer Protocol" (VU Amsterdam,
 * 2013); CERT Polska, "ZeuS-P2P monitoring and analysis" (2013), chapter 6, which has 0x50; D. Schwarz
 * (arbor/zeus_gameover-re, 2013), a client that asks bots: the order of the header, sizes of
 * requests, versions and port of a reply, places of id, address and port in a peer.
 *
 * The first two bytes are no chance in that client's header: they are the complement of the session
 * id's first two. Its author calls the three related and does not say how; nothing here rests on it.
 *
 *   header   chance u8 | ttl u8 | size of the padding u8 | type u8 | session id 20 | source id 20
 *   00 version request    nothing, or 8 bytes       01 version reply    22: versions 4, 4, TCP port u16le, 12
 *   02 peer list request  28: id 20, chance 8       03 peer list reply  450: 10 × 45
 *   04 data request       5                         05 data reply       any
 *   50 (hex) announcement of a proxy                any
 *   peer     kind u8 | id 20 | IPv4 4 | port u16le | IPv6 16 | port u16le
 */
import { type Endpoint, ip4, ip6 } from '../../../core/address.ts'
import { ByteWriter, u16le } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

export interface GameoverMessage {
  readonly chance: number
  readonly ttl: number
  readonly number: number
  /** Made by the asker, repeated in the answer. */
  readonly session: Uint8Array
  /** Who sends. */
  readonly source: Uint8Array
  readonly payload: Uint8Array
  readonly padding: Uint8Array
}

const HEADER_BYTES = 44
const PEER_BYTES = 45
const LIST_BYTES = 10 * PEER_BYTES
const MESSAGE_BYTES_MAX = 65_535

/** Type → name and the sizes its payload may have; none told: any. */
// biome-ignore format: a table
export const TYPES: Readonly<Record<number, readonly [string, readonly number[]]>> = {
  0: ['version-request', [0, 8]],
  1: ['version-reply', [22]],
  2: ['peer-list-request', [28]],
  3: ['peer-list-reply', [LIST_BYTES]],
  4: ['data-request', [5]],
  5: ['data-reply', []],
  80: ['proxy-announcement', []],
}

/** Undo "each byte xor the one before it on the wire". */
export function unchained(bytes: Uint8Array): Uint8Array {
  const plain = new Uint8Array(bytes)
  for (let at = 1; at < bytes.length; at++) plain[at] = bytes[at]! ^ bytes[at - 1]!
  return plain
}

function chained(plain: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(plain)
  for (let at = 1; at < bytes.length; at++) bytes[at] = plain[at]! ^ bytes[at - 1]!
  return bytes
}

function parse(bytes: Uint8Array, at: number): Outcome<GameoverMessage> {
  const size = bytes.length - at
  if (size < HEADER_BYTES) return malformed('too-short', at)
  if (size > MESSAGE_BYTES_MAX) return malformed('too-long', at)
  const plain = unchained(bytes.subarray(at))
  const number = plain[3]!
  const known = TYPES[number]
  if (known === undefined) return malformed('type-unknown', at + 3)
  const payloadEnd = size - plain[2]!
  if (payloadEnd < HEADER_BYTES) return malformed('padding-too-long', at + 2)
  const payload = plain.subarray(HEADER_BYTES, payloadEnd)
  if (known[1].length > 0 && !known[1].includes(payload.length)) return malformed('size-wrong', at)
  const said = {
    chance: plain[0]!,
    ttl: plain[1]!,
    number,
    session: plain.subarray(4, 24),
    source: plain.subarray(24, HEADER_BYTES),
    payload,
    padding: plain.subarray(payloadEnd),
  }
  return message(said, size)
}

function emit(said: GameoverMessage): Uint8Array {
  const writer = new ByteWriter().u8(said.chance).u8(said.ttl).u8(said.padding.length)
  writer.u8(said.number).bytes(said.session).bytes(said.source)
  return chained(writer.bytes(said.payload).bytes(said.padding).finish())
}

export interface ToldPeer {
  readonly id: Uint8Array
  readonly about: Endpoint
}

/** The peers of a peer list reply's payload; blank places are passed over. */
export function peersIn(payload: Uint8Array): ToldPeer[] {
  const peers: ToldPeer[] = []
  for (let at = 0; at + PEER_BYTES <= payload.length; at += PEER_BYTES) {
    const id = payload.subarray(at + 1, at + 21)
    const port4 = u16le(payload, at + 25)
    const port6 = u16le(payload, at + 43)
    if (port4 !== 0) peers.push({ id, about: { ip: ip4(payload, at + 21), port: port4 } })
    if (port6 !== 0) peers.push({ id, about: { ip: ip6(payload, at + 27), port: port6 } })
  }
  return peers
}

export const messageWire: Wire<GameoverMessage> = {
  name: 'gameover/message',
  source: 'Andriesse and Bos, An Analysis of the Zeus Peer-to-Peer Protocol (2013)',
  carrier: 'datagram',
  messageBytesMax: MESSAGE_BYTES_MAX,
  faults: ['too-short', 'too-long', 'type-unknown', 'padding-too-long', 'size-wrong'],
  parse,
  emit,
}
