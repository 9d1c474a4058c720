/**
 * FastTrack datagrams: how nodes look for supernodes. Not encrypted.
 * Source: giFT-FastTrack PROTOCOL, "UDP messages" and src/fst_udp_discover.c; MLDonkey
 * src/networks/fasttrack/fasttrackProto.ml, module UdpMessages.
 *
 *   27 ping     encryption u32be | 80 | network … 00
 *   28 pong     encryption u32be | 6 bytes unknown | network … 00        a supernode with room
 *   29 pong 2   encryption u32be | u8 1 or 2 | flag u8 | 00 00 | id u32be
 *               [flag 1: ip4 | port u16be | u16]                   a supernode without room
 *   2a          id u32be                                                 answers a 29
 *   c0          unknown                                                  punches a hole
 *   c1          u8 | u8 | ip4 of who it is sent to
 *
 * `encryption` is a set of cipher bits, the least that the sender accepts: 29 or a9 in practice.
 * PROTOCOL leaves open what a 29 means and takes its address for the sender's. Three were captured
 * (mercury capture2.pcap, frames 1075, 1097, 1146): the address is another's, in two of them with one
 * id and in one network; and who sent the first took a link, sent as much as a list of supernodes is
 * long, and closed.
 * Some responders leave out one byte of the pong's unknown ones: fixtures/session.pcap.
 */
import { type Endpoint, ip4, parseIp4 } from '../../../core/address.ts'
import { ByteWriter, u16be, u32be } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import { latin1 } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'
import { isNetworkName, networkNamed } from '../networks.ts'

/** Views (`info`, `body`) live only as long as the bytes they were read from. */
export type Datagram =
  | {
      readonly type: 'ping'
      readonly encryption: number
      readonly flag: number
      readonly network: string
    }
  | {
      readonly type: 'pong'
      readonly encryption: number
      /** Five or six bytes: load and number of users among them, it is said. */
      readonly info: Uint8Array
      readonly network: string
    }
  | {
      readonly type: 'pong-2'
      readonly encryption: number
      readonly kind: number
      readonly flag: number
      readonly reserved: number
      readonly id: number
      readonly address?: { readonly endpoint: Endpoint; readonly tail: number }
    }
  | { readonly type: 'pong-2-answer'; readonly id: number }
  | { readonly type: 'punch'; readonly body: Uint8Array }
  | {
      readonly type: 'punch-answer'
      readonly first: number
      readonly second: number
      readonly ip: string
    }
  | { readonly type: 'other'; readonly number: number; readonly body: Uint8Array }

const PING = 0x27
const PONG = 0x28
const PONG_2 = 0x29
const PONG_2_ANSWER = 0x2a
const PUNCH = 0xc0
const PUNCH_ANSWER = 0xc1

const PING_NAME_AT = 6
const PONG_INFO_AT = 5
/** Where the network's name begins in a pong, the documented place first. */
const PONG_NAME_PLACES = [11, 10] as const
const PONG_2_BYTES = 13
const PONG_2_ADDRESS_BYTES = 21
const PUNCH_ANSWER_BYTES = 7
/** Real ones have at most 21 bytes; names are not bounded by anything but sense. */
const DATAGRAM_BYTES_MAX = 1472

const FAULTS = ['empty', 'too-long', 'name-bad', 'size-wrong'] as const

function parse(bytes: Uint8Array, at: number): Outcome<Datagram> {
  const size = bytes.length - at
  if (size < 1) return malformed('empty', at)
  if (size > DATAGRAM_BYTES_MAX) return malformed('too-long', at)
  switch (bytes[at]) {
    case PING:
      return parsePing(bytes, at, size)
    case PONG:
      return parsePong(bytes, at, size)
    case PONG_2:
      return parsePong2(bytes, at, size)
    case PONG_2_ANSWER:
      if (size !== 5) return malformed('size-wrong', at)
      return message({ type: 'pong-2-answer', id: u32be(bytes, at + 1) }, size)
    case PUNCH:
      return message({ type: 'punch', body: bytes.subarray(at + 1) }, size)
    case PUNCH_ANSWER: {
      if (size !== PUNCH_ANSWER_BYTES) return malformed('size-wrong', at)
      const first = bytes[at + 1]!
      const second = bytes[at + 2]!
      return message({ type: 'punch-answer', first, second, ip: ip4(bytes, at + 3) }, size)
    }
    default:
      return message({ type: 'other', number: bytes[at]!, body: bytes.subarray(at + 1) }, size)
  }
}

function parsePing(bytes: Uint8Array, at: number, size: number): Outcome<Datagram> {
  const network = nameAt(bytes, at + PING_NAME_AT)
  if (network === undefined) return malformed('name-bad', Math.min(at + PING_NAME_AT, at + size))
  const encryption = u32be(bytes, at + 1)
  return message({ type: 'ping', encryption, flag: bytes[at + 5]!, network }, size)
}

function parsePong(bytes: Uint8Array, at: number, size: number): Outcome<Datagram> {
  const place = pongNamePlace(bytes, at)
  if (place === undefined) return malformed('name-bad', Math.min(at + PONG_INFO_AT, at + size))
  const network = nameAt(bytes, at + place)!
  const info = bytes.subarray(at + PONG_INFO_AT, at + place)
  return message({ type: 'pong', encryption: u32be(bytes, at + 1), info, network }, size)
}

/** The byte before a name may be a letter by chance: a name that is known decides. */
function pongNamePlace(bytes: Uint8Array, at: number): number | undefined {
  const read = PONG_NAME_PLACES.map((place) => nameAt(bytes, at + place))
  const known = read.findIndex((name) => name !== undefined && networkNamed(name) !== undefined)
  return PONG_NAME_PLACES[known >= 0 ? known : read.findIndex((name) => name !== undefined)]
}

/** A name that ends with a NUL, which ends the datagram. */
function nameAt(bytes: Uint8Array, at: number): string | undefined {
  const end = bytes.length - 1
  if (end <= at || bytes[end] !== 0) return undefined
  const name = latin1(bytes, at, end - at)
  return isNetworkName(name) ? name : undefined
}

function parsePong2(bytes: Uint8Array, at: number, size: number): Outcome<Datagram> {
  if (size < PONG_2_BYTES) return malformed('size-wrong', at)
  const flag = bytes[at + 6]!
  const wanted = flag === 1 ? PONG_2_ADDRESS_BYTES : PONG_2_BYTES
  if (size !== wanted) return malformed('size-wrong', at)
  const said = {
    type: 'pong-2',
    encryption: u32be(bytes, at + 1),
    kind: bytes[at + 5]!,
    flag,
    reserved: u16be(bytes, at + 7),
    id: u32be(bytes, at + 9),
  } as const
  if (flag !== 1) return message(said, size)
  const endpoint = { ip: ip4(bytes, at + 13), port: u16be(bytes, at + 17) }
  return message({ ...said, address: { endpoint, tail: u16be(bytes, at + 19) } }, size)
}

function emit(said: Datagram): Uint8Array {
  const writer = new ByteWriter()
  switch (said.type) {
    case 'ping':
      writer.u8(PING).u32be(said.encryption).u8(said.flag)
      return writer.latin1(said.network).u8(0).finish()
    case 'pong':
      writer.u8(PONG).u32be(said.encryption).bytes(said.info)
      return writer.latin1(said.network).u8(0).finish()
    case 'pong-2': {
      writer.u8(PONG_2).u32be(said.encryption).u8(said.kind).u8(said.flag)
      writer.u16be(said.reserved).u32be(said.id)
      if (said.address === undefined) return writer.finish()
      const { endpoint, tail } = said.address
      return writer.bytes(parseIp4(endpoint.ip)!).u16be(endpoint.port).u16be(tail).finish()
    }
    case 'pong-2-answer':
      return writer.u8(PONG_2_ANSWER).u32be(said.id).finish()
    case 'punch':
      return writer.u8(PUNCH).bytes(said.body).finish()
    case 'punch-answer':
      writer.u8(PUNCH_ANSWER).u8(said.first).u8(said.second)
      return writer.bytes(parseIp4(said.ip)!).finish()
    case 'other':
      return writer.u8(said.number).bytes(said.body).finish()
  }
}

export const datagramWire: Wire<Datagram> = {
  name: 'fasttrack/datagram',
  source: 'giFT-FastTrack PROTOCOL, UDP messages',
  carrier: 'datagram',
  messageBytesMax: DATAGRAM_BYTES_MAX,
  faults: FAULTS,
  parse,
  emit,
}
