/**
 * n2n's packets over UDP, between edges and supernodes: three versions that share their beginning.
 * Source: ntop/n2n src/wire.c and include/n2n_typedefs.h (versions 2 and 3); version 1 from
 * fixtures/edges.pcap, whose 15 bytes between the addresses and the frame are kept unread.
 *
 *   1      1 | type u8 | ttl u8 | from supernode u8 | community 16 | source MAC 6 | destination MAC 6
 *          | public end 20 | private end 20 | 15 bytes | frame
 *          end = family u8 (2 or 10) | pad u8 | port u16be | address 16 (IPv4: the first 4)
 *   2, 3   version u8 | ttl u8 | flags u16be | community 16 (version 3: 20) | body
 *          flags = type (5 bits) | 20 from supernode | 40 a socket is told | 80 options
 */
import { ByteWriter, bits, u16be } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

interface Common {
  readonly ttl: number
  readonly number: number
  /** Behind the first zero may stand anything: version 1 does not clear it. */
  readonly community: Uint8Array
}

export interface End1 {
  readonly family: number
  readonly pad: number
  readonly port: number
  readonly address: Uint8Array
}

export type N2nPacket =
  | (Common & {
      readonly version: 1
      readonly fromSupernode: number
      readonly source: Uint8Array
      readonly destination: Uint8Array
      readonly publicEnd: End1
      readonly privateEnd: End1
      readonly body: Uint8Array
    })
  | (Common & { readonly version: 2 | 3; readonly flags: number; readonly body: Uint8Array })

/** Type → name. Version 1 has the first four as 1 to 4. */
// biome-ignore format: a table
export const TYPES = [
  'ping', 'register', 'deregister', 'packet', 'register-ack', 'register-super', 'unregister-super',
  'register-super-ack', 'register-super-nak', 'federation', 'peer-info', 'query-peer',
  're-register-super',
] as const

const COMMUNITY_AT = 4
const BYTES_MIN_1 = 87
const ENDS_AT = 32
const END_BYTES = 20
const MESSAGE_BYTES_MAX = 65_535

/** Bytes of a version's community name. */
export function communityBytes(version: number): number {
  return version === 3 ? 20 : 16
}

function parse(bytes: Uint8Array, at: number): Outcome<N2nPacket> {
  const size = bytes.length - at
  if (size < 4) return malformed('too-short', at)
  if (size > MESSAGE_BYTES_MAX) return malformed('too-long', at)
  const version = bytes[at]!
  if (version === 1) return parse1(bytes, at, size)
  if (version !== 2 && version !== 3) return malformed('version-unknown', at)
  const bodyAt = COMMUNITY_AT + communityBytes(version)
  if (size < bodyAt) return malformed('too-short', at)
  const flags = u16be(bytes, at + 2)
  const number = bits(flags, 0, 5)
  if (number >= TYPES.length) return malformed('type-unknown', at + 2)
  const community = bytes.subarray(at + COMMUNITY_AT, at + bodyAt)
  const ttl = bytes[at + 1]!
  const body = bytes.subarray(at + bodyAt)
  return message({ version, ttl, number, flags, community, body }, size)
}

function parse1(bytes: Uint8Array, at: number, size: number): Outcome<N2nPacket> {
  if (size < BYTES_MIN_1) return malformed('too-short', at)
  const number = bytes[at + 1]!
  if (number < 1 || number > 4) return malformed('type-unknown', at + 1)
  const said = {
    version: 1,
    number,
    ttl: bytes[at + 2]!,
    fromSupernode: bytes[at + 3]!,
    community: bytes.subarray(at + COMMUNITY_AT, at + 20),
    source: bytes.subarray(at + 20, at + 26),
    destination: bytes.subarray(at + 26, at + ENDS_AT),
    publicEnd: end1(bytes, at + ENDS_AT),
    privateEnd: end1(bytes, at + ENDS_AT + END_BYTES),
    body: bytes.subarray(at + ENDS_AT + 2 * END_BYTES),
  } as const
  return message(said, size)
}

function end1(bytes: Uint8Array, at: number): End1 {
  const address = bytes.subarray(at + 4, at + END_BYTES)
  return { family: bytes[at]!, pad: bytes[at + 1]!, port: u16be(bytes, at + 2), address }
}

function emit(said: N2nPacket): Uint8Array {
  const writer = new ByteWriter().u8(said.version)
  if (said.version !== 1) {
    writer.u8(said.ttl).u16be(said.flags).bytes(said.community)
    return writer.bytes(said.body).finish()
  }
  writer.u8(said.number).u8(said.ttl).u8(said.fromSupernode).bytes(said.community)
  writer.bytes(said.source).bytes(said.destination)
  for (const end of [said.publicEnd, said.privateEnd]) {
    writer.u8(end.family).u8(end.pad).u16be(end.port).bytes(end.address)
  }
  return writer.bytes(said.body).finish()
}

export const packetWire: Wire<N2nPacket> = {
  name: 'n2n/packet',
  source: 'ntop/n2n src/wire.c; fixtures/edges.pcap',
  carrier: 'datagram',
  messageBytesMax: MESSAGE_BYTES_MAX,
  faults: ['too-short', 'too-long', 'version-unknown', 'type-unknown'],
  parse,
  emit,
}
