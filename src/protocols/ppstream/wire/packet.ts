/**
 * PPStream's datagrams: a size, a family of types, a type; scrambled between peers.
 * No specification: read from third-party/p2p/ppstream (frames named in README.md).
 *
 *   clear        size u16le | family 43 44 55 | type u16le | body        size counts all; older
 *                programs count 4 or 6 bytes less (OpenDPI, ppstream.c)
 *   scrambled    the same, bit 15 of the size set, and the first 128 bytes but byte 1 in a ring:
 *                each is XORed with the one before it as sent, the first with the last of them
 *
 * A ring closes only where its plain bytes XOR to zero, so the body holds a byte that sees to that;
 * the first byte is then free, and is kept as `key`.
 */
import { ByteWriter, u16le } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

const HEADER = 5
/** How many bytes of a datagram are scrambled at most. */
const RING = 128
/** Fifteen bits; the largest seen have 1083. */
const MESSAGE_BYTES_MAX = 0x7fff
const SCRAMBLED = 0x80

const FAULTS = ['too-short', 'size-wrong', 'family-unknown', 'ring-open'] as const

export interface Packet {
  /** The first byte as sent, of a scrambled datagram. */
  readonly key?: number
  /** Bytes that the size does not count, where it does not count all. */
  readonly uncounted?: number
  readonly family: number
  readonly type: number
  /** A view where the datagram is clear, else a copy. */
  readonly body: Uint8Array
}

function isFamily(value: number): boolean {
  return value === 0x44 || value === 0x55 || value === 0x43
}

/** Whether a datagram's first three bytes allow that it is one: what most others fail. */
export function couldBegin(bytes: Uint8Array): boolean {
  const third = bytes[2]!
  return bytes.length >= HEADER && (isFamily(third) || isFamily(third ^ bytes[0]!))
}

function parse(bytes: Uint8Array, at: number): Outcome<Packet> {
  const packet = bytes.subarray(at)
  if (packet.length < HEADER) return malformed('too-short', at)
  return packet[1]! >= SCRAMBLED ? parseScrambled(packet, at) : parseClear(packet, at)
}

function parseClear(packet: Uint8Array, at: number): Outcome<Packet> {
  const uncounted = packet.length - u16le(packet, 0)
  if (uncounted !== 0 && uncounted !== 4 && uncounted !== 6) return malformed('size-wrong', at)
  const family = packet[2]!
  if (!isFamily(family)) return malformed('family-unknown', at + 2)
  const said = { family, type: u16le(packet, 3), body: packet.subarray(HEADER) }
  return message(uncounted === 0 ? said : { uncounted, ...said }, packet.length)
}

function parseScrambled(packet: Uint8Array, at: number): Outcome<Packet> {
  const size = packet.length
  if (packet[1] !== SCRAMBLED + Math.floor(size / 256)) return malformed('size-wrong', at + 1)
  const key = packet[0]!
  const family = packet[2]! ^ key
  if (!isFamily(family)) return malformed('family-unknown', at + 2)
  const ring = Math.min(size, RING)
  if ((packet[ring - 1]! ^ key) !== size % 256) return malformed('ring-open', at + ring - 1)
  // `slice` would be a view where the bytes are Node's own kind of buffer.
  const plain = new Uint8Array(packet)
  for (let i = 3; i < ring; i++) plain[i] = packet[i]! ^ packet[i - 1]!
  const said = { key, family, type: u16le(plain, 3), body: plain.subarray(HEADER) }
  return message(said, size)
}

function emit({ key, uncounted = 0, family, type, body }: Packet): Uint8Array {
  const size = HEADER + body.length
  const bytes = new ByteWriter()
    .u16le(size - uncounted)
    .u8(family)
    .u16le(type)
    .bytes(body)
    .finish()
  if (key === undefined) return bytes
  bytes[0] = key
  bytes[1] = SCRAMBLED + Math.floor(size / 256)
  bytes[2] = family ^ key
  for (let i = 3; i < Math.min(size, RING); i++) bytes[i]! ^= bytes[i - 1]!
  return bytes
}

export const packetWire: Wire<Packet> = {
  name: 'ppstream/packet',
  source: 'third-party/p2p/ppstream/ndpi-pps-full.pcap, frames 1 to 936',
  carrier: 'datagram',
  messageBytesMax: MESSAGE_BYTES_MAX,
  faults: FAULTS,
  parse,
  emit,
}
