/**
 * ZeroTier's packets over UDP. Nothing stands at a fixed value in front: a packet begins with its
 * number, which is chance. Who sends to whom inside the network stands in the clear, and one message
 * (HELLO, by which nodes introduce themselves) is not sealed.
 * Source: zerotier/ZeroTierOne node/Packet.hpp, node/Identity.hpp, node/InetAddress.hpp.
 *
 *   packet    id 8 | destination 5 | source 5 | flags u8 | MAC 8 | verb u8 | payload
 *             flags = hops (3 bits) | cipher (3 bits) << 3 | 40 fragmented | 80 more armour
 *             verb  = number (5 bits) | 80 compressed; sealed unless the cipher is 0
 *   fragment  id 8 | destination 5 | ff | total (4 bits), number (4 bits) | hops u8 | bytes
 *   HELLO     verb 1: protocol u8 | major u8 | minor u8 | revision u16be | milliseconds u64be
 *             | identity: address 5, kind u8 (0), keys 64, size of the secret u8 (0)
 *             | where it is sent to: 4 and address 4 and port u16be, or 6 and 16 and port, or 0 | rest
 */
import { type Endpoint, ip4, ip6, parseIp4, parseIp6 } from '../../../core/address.ts'
import { ByteWriter, bits, hasAt, u16be, u64be } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

interface Common {
  readonly id: Uint8Array
  readonly destination: Uint8Array
}

export interface Hello {
  readonly protocol: number
  readonly major: number
  readonly minor: number
  readonly revision: number
  readonly milliseconds: number
  /** Two public keys (agreement and signature). */
  readonly keys: Uint8Array
  /** The address that the sender sends to; undefined: it names none. */
  readonly sentTo: Endpoint | undefined
  readonly rest: Uint8Array
}

interface Whole extends Common {
  readonly source: Uint8Array
  readonly flags: number
  readonly mac: Uint8Array
}

export type ZerotierPacket =
  | (Common & {
      readonly type: 'fragment'
      readonly number: number
      readonly hops: number
      readonly body: Uint8Array
    })
  | (Whole & { readonly type: 'sealed'; readonly body: Uint8Array })
  | (Whole & { readonly type: 'hello' } & Hello)

export const DESTINATION_AT = 8
export const SOURCE_AT = 13
export const FLAGS_AT = 18
export const VERB_AT = 27
export const IDENTITY_AT = 41
const FRAGMENT_BODY_AT = 16
const SENT_TO_AT = IDENTITY_AT + 71
export const PACKET_BYTES_MIN = 28
export const ADDRESS_BYTES = 5
export const VERB_HELLO = 1
/** The first byte that no address has. */
export const RESERVED_PREFIX = 0xff
const MESSAGE_BYTES_MAX = 65_535

export function cipherOf(flags: number): number {
  return bits(flags, 3, 3)
}

function parse(bytes: Uint8Array, at: number): Outcome<ZerotierPacket> {
  const size = bytes.length - at
  if (size <= FRAGMENT_BODY_AT) return malformed('too-short', at)
  if (size > MESSAGE_BYTES_MAX) return malformed('too-long', at)
  const id = bytes.subarray(at, at + DESTINATION_AT)
  const destination = bytes.subarray(at + DESTINATION_AT, at + SOURCE_AT)
  if (bytes[at + SOURCE_AT] === RESERVED_PREFIX) {
    const body = bytes.subarray(at + FRAGMENT_BODY_AT)
    const [number, hops] = [bytes[at + 14]!, bytes[at + 15]!]
    return message({ type: 'fragment', id, destination, number, hops, body }, size)
  }
  if (size < PACKET_BYTES_MIN) return malformed('too-short', at)
  const source = bytes.subarray(at + SOURCE_AT, at + FLAGS_AT)
  const flags = bytes[at + FLAGS_AT]!
  const mac = bytes.subarray(at + FLAGS_AT + 1, at + VERB_AT)
  const whole = { id, destination, source, flags, mac }
  const isHello =
    cipherOf(flags) === 0 && bits(flags, 7, 1) === 0 && bytes[at + VERB_AT] === VERB_HELLO
  if (!isHello) {
    return message({ type: 'sealed', ...whole, body: bytes.subarray(at + VERB_AT) }, size)
  }
  const hello = parseHello(bytes, at, source)
  if (typeof hello === 'string') return malformed(hello, at + PACKET_BYTES_MIN)
  return message({ type: 'hello', ...whole, ...hello }, size)
}

function parseHello(bytes: Uint8Array, at: number, source: Uint8Array): Hello | string {
  const size = bytes.length - at
  if (size < SENT_TO_AT) return 'hello-too-short'
  const identityAt = at + IDENTITY_AT
  if (!hasAt(bytes, identityAt, source)) return 'identity-is-not-the-source'
  if (bytes[identityAt + 5] !== 0 || bytes[identityAt + 70] !== 0) return 'identity-unknown'
  const milliseconds = u64be(bytes, at + 33)
  if (milliseconds > Number.MAX_SAFE_INTEGER) return 'time-unknown'
  let sentTo: Endpoint | undefined
  let restAt = at + SENT_TO_AT
  const kind = bytes[restAt]
  const addressBytes = kind === 4 ? 4 : 16
  if ((kind === 4 || kind === 6) && size >= SENT_TO_AT + 3 + addressBytes) {
    const ip = kind === 4 ? ip4(bytes, restAt + 1) : ip6(bytes, restAt + 1)
    if ((kind === 6) === ip.includes(':')) {
      sentTo = { ip, port: u16be(bytes, restAt + 1 + addressBytes) }
      restAt += 3 + addressBytes
    }
  }
  return {
    protocol: bytes[at + 28]!,
    major: bytes[at + 29]!,
    minor: bytes[at + 30]!,
    revision: u16be(bytes, at + 31),
    milliseconds,
    keys: bytes.subarray(identityAt + 6, identityAt + 70),
    sentTo,
    rest: bytes.subarray(restAt),
  }
}

function emit(said: ZerotierPacket): Uint8Array {
  const writer = new ByteWriter().bytes(said.id).bytes(said.destination)
  if (said.type === 'fragment') {
    writer.u8(RESERVED_PREFIX).u8(said.number).u8(said.hops)
    return writer.bytes(said.body).finish()
  }
  writer.bytes(said.source).u8(said.flags).bytes(said.mac)
  if (said.type === 'sealed') return writer.bytes(said.body).finish()
  writer.u8(VERB_HELLO).u8(said.protocol).u8(said.major).u8(said.minor).u16be(said.revision)
  writer.u64be(said.milliseconds).bytes(said.source).u8(0).bytes(said.keys).u8(0)
  if (said.sentTo !== undefined) {
    const four = parseIp4(said.sentTo.ip)
    const address = four ?? parseIp6(said.sentTo.ip) ?? new Uint8Array(16)
    writer
      .u8(four === undefined ? 6 : 4)
      .bytes(address)
      .u16be(said.sentTo.port)
  }
  return writer.bytes(said.rest).finish()
}

export const packetWire: Wire<ZerotierPacket> = {
  name: 'zerotier/packet',
  source: 'zerotier/ZeroTierOne node/Packet.hpp',
  carrier: 'datagram',
  messageBytesMax: MESSAGE_BYTES_MAX,
  faults: [
    'too-short',
    'too-long',
    'hello-too-short',
    'identity-is-not-the-source',
    'identity-unknown',
    'time-unknown',
  ],
  parse,
  emit,
}
