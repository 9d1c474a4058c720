/**
 * What stands in the body of a PPStream datagram, by its type.
 * No specification: read from third-party/p2p/ppstream; the names of the types are ours.
 *
 *   peers      id 8 | head 4 | port u16le | rest                           types 11 16 25 26 41 43
 *     hello    … rest: content 20 | more                                   11  who watches the same
 *     state    … rest unknown                                              16
 *     answer   … rest: piece u32le | more                                  25  data came
 *     data     … rest: sum 4 | piece u32le | more; 1024 bytes of content   26
 *     punch    … rest: ip4 | sum u8                                        41 43
 *   introduce  id 8 | head 8 | ip4 | port u16le | count u8   71b1 to a server:
 *              count × (ip4 | inner port u16le | port u16le)                whom it wants to reach
 *   report     head 16 | 20 | content 20 | 14 | number u16le | 18 00       7172 to a server:
 *              ip4 | port u16le | more                                      what it watches
 *
 * Ports are those of the sender as it knows itself; both addresses are the inner ones.
 */
import { type Endpoint, ip4, parseIp4 } from '../../../core/address.ts'
import { ByteWriter, fromHex, hex, u16le, u32le } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

const FAULTS = ['too-short', 'count-too-large'] as const
const MESSAGE_BYTES_MAX = 0x7fff

// biome-ignore format: a table
export const PEER_TYPES: ReadonlyMap<number, PeerBody['type']> = new Map([
  [0x11, 'hello'], [0x16, 'state'], [0x25, 'answer'], [0x26, 'data'], [0x41, 'punch'], [0x43, 'punch'],
] as const)
export const INTRODUCE = 0x71b1
export const REPORT = 0x7172

const PEER_HEAD = 14
const ENTRY = 8

/** What peers say to each other. */
export interface PeerBody {
  readonly type: 'hello' | 'state' | 'answer' | 'data' | 'punch'
  readonly number: number
  /** Eight bytes that name what is watched, in hex. */
  readonly id: string
  readonly head: Uint8Array
  readonly port: number
  readonly rest: Uint8Array
}

/** The number of the type comes first: `type u16le | body`, as the datagram has it. */
export type Body =
  | PeerBody
  | {
      readonly type: 'introduce'
      readonly id: string
      readonly head: Uint8Array
      readonly own: Endpoint
      readonly peers: readonly { readonly endpoint: Endpoint; readonly innerPort: number }[]
      readonly rest: Uint8Array
    }
  | {
      readonly type: 'report'
      readonly head: Uint8Array
      readonly content: string
      readonly middle: Uint8Array
      readonly own: Endpoint
      readonly rest: Uint8Array
    }
  | { readonly type: 'other'; readonly number: number; readonly body: Uint8Array }

/** Where things stand, from the number of the type. */
const AT = {
  id: 2,
  introduce: { head: 10, ip: 18, count: 24, peers: 25 },
  report: { content: 19, middle: 39, ip: 58, rest: 64 },
}

function parse(bytes: Uint8Array, at: number): Outcome<Body> {
  const said = bytes.subarray(at)
  const size = said.length
  if (size < 2) return malformed('too-short', at)
  const number = u16le(said, 0)
  const type = PEER_TYPES.get(number)
  if (type !== undefined) {
    // One data datagram of 19 bytes was seen: it ends after its head.
    if (size < 2 + PEER_HEAD) return malformed('too-short', at)
    const head = said.subarray(10, 14)
    const rest = said.subarray(2 + PEER_HEAD)
    return message(
      { type, number, id: hex(said, AT.id, 8), head, port: u16le(said, 14), rest },
      size,
    )
  }
  if (number === INTRODUCE) return introduce(said, at)
  if (number === REPORT) return report(said, at)
  return message({ type: 'other', number, body: said.subarray(2) }, size)
}

function endpointAt(bytes: Uint8Array, at: number): Endpoint {
  return { ip: ip4(bytes, at), port: u16le(bytes, at + 4) }
}

function introduce(said: Uint8Array, at: number): Outcome<Body> {
  const place = AT.introduce
  if (said.length < place.peers) return malformed('too-short', at)
  const count = said[place.count]!
  const end = place.peers + count * ENTRY
  if (end > said.length) return malformed('count-too-large', at + place.count)
  const peers = Array.from({ length: count }, (_, i) => {
    const entry = place.peers + i * ENTRY
    return {
      endpoint: { ip: ip4(said, entry), port: u16le(said, entry + 6) },
      innerPort: u16le(said, entry + 4),
    }
  })
  return message(
    {
      type: 'introduce',
      id: hex(said, AT.id, 8),
      head: said.subarray(place.head, place.ip),
      own: endpointAt(said, place.ip),
      peers,
      rest: said.subarray(end),
    },
    said.length,
  )
}

function report(said: Uint8Array, at: number): Outcome<Body> {
  const place = AT.report
  if (said.length < place.rest) return malformed('too-short', at)
  return message(
    {
      type: 'report',
      head: said.subarray(2, place.content),
      content: hex(said, place.content, 20),
      middle: said.subarray(place.middle, place.ip),
      own: endpointAt(said, place.ip),
      rest: said.subarray(place.rest),
    },
    said.length,
  )
}

function writeEndpoint(writer: ByteWriter, { ip, port }: Endpoint): ByteWriter {
  return writer.bytes(parseIp4(ip)!).u16le(port)
}

function emit(said: Body): Uint8Array {
  const writer = new ByteWriter()
  switch (said.type) {
    case 'introduce':
      writer.u16le(INTRODUCE).bytes(fromHex(said.id)).bytes(said.head)
      writeEndpoint(writer, said.own).u8(said.peers.length)
      for (const { endpoint, innerPort } of said.peers) {
        writer.bytes(parseIp4(endpoint.ip)!).u16le(innerPort).u16le(endpoint.port)
      }
      return writer.bytes(said.rest).finish()
    case 'report':
      writer.u16le(REPORT).bytes(said.head).bytes(fromHex(said.content)).bytes(said.middle)
      return writeEndpoint(writer, said.own).bytes(said.rest).finish()
    case 'other':
      return writer.u16le(said.number).bytes(said.body).finish()
    default:
      writer.u16le(said.number).bytes(fromHex(said.id)).bytes(said.head)
      return writer.u16le(said.port).bytes(said.rest).finish()
  }
}

/** The inner address that a body tells of its sender. */
export function ownAddress(
  said: Body,
): { readonly ip?: string; readonly port: number } | undefined {
  switch (said.type) {
    case 'introduce':
    case 'report':
      return said.own
    case 'punch':
      return said.rest.length < 4 ? undefined : { ip: ip4(said.rest, 0), port: said.port }
    case 'other':
      return undefined
    default:
      return { port: said.port }
  }
}

/** The number of the piece that an answer or data is about. */
export function pieceOf(said: Body): number | undefined {
  if (said.type === 'answer' && said.rest.length >= 4) return u32le(said.rest, 0)
  if (said.type === 'data' && said.rest.length >= 8) return u32le(said.rest, 4)
  return undefined
}

export const bodyWire: Wire<Body> = {
  name: 'ppstream/body',
  source: 'third-party/p2p/ppstream/ndpi-pps-full.pcap, frames 1 to 936',
  carrier: 'datagram',
  messageBytesMax: MESSAGE_BYTES_MAX,
  faults: FAULTS,
  parse,
  emit,
}
