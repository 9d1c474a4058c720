/**
 * Gnutella2 packets: a tree of named packets.
 *
 *     control u8    c0 bytes of the length | 38 bytes of the name - 1 | 04 has children | 02 big-endian
 *     length 0..3   of what follows the name; little-endian, unless 02
 *     name 1..8     ASCII
 *     children…     where 04 is set; a control of 0 ends them where a payload follows
 *     payload
 *
 * A control of 0 between packets of a link means nothing. Source: Gnutella2 "Packet structure";
 * src/core/g2/{frame,tree}.c of gtk-gnutella.
 */
import { ByteWriter, bits } from '../../../core/bytes.ts'
import { type Malformed, malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import { latin1 } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'

export interface G2Packet {
  readonly name: string
  /** Numbers in this packet's payload are big-endian. */
  readonly bigEndian: boolean
  /** The unused bit 01 of the control byte. */
  readonly reserved: boolean
  /** Bytes that the length took; more than needed are legal. */
  readonly lengthBytes: number
  /** Undefined: the packet says that it has no children. */
  readonly children: readonly G2Packet[] | undefined
  /** Whether a control of 0 stands behind the children. */
  readonly ended: boolean
  readonly payload: Uint8Array
}

/** Levels of packets in packets; real ones use 4. */
const DEPTH_MAX = 8
/** Three bytes of length allow 16 MiB; the largest real packets are query hash tables of 128 KiB. */
const PACKET_BYTES_MAX = 262_144
/** Children of one packet; a hit list of a whole shared folder stays below. */
const CHILDREN_MAX = 8_192

const FAULTS = [
  'g2-control-zero',
  'g2-name-not-text',
  'g2-too-long',
  'g2-too-deep',
  'g2-child-outside',
  'g2-too-many-children',
] as const

interface Head {
  readonly name: string
  readonly control: number
  readonly lengthBytes: number
  /** Control, length and name. */
  readonly headBytes: number
  readonly length: number
}

/** Control, length and name. A child's length bytes must all be there; so must its name. */
function parseHead(bytes: Uint8Array, at: number, end: number): Outcome<Head> {
  const have = end - at
  if (have < 1) return need(1)
  const control = bytes[at]!
  if (control === 0) return malformed('g2-control-zero', at)
  const lengthBytes = bits(control, 6, 2)
  const nameBytes = bits(control, 3, 3) + 1
  const headBytes = 1 + lengthBytes + nameBytes
  const bigEndian = bits(control, 1, 1) === 1
  if (have < 1 + lengthBytes) return need(headBytes)
  let length = 0
  for (let i = 0; i < lengthBytes; i++) {
    const byte = bytes[at + 1 + i]!
    length = bigEndian ? length * 256 + byte : length + byte * 256 ** i
  }
  for (let i = at + 1 + lengthBytes; i < Math.min(end, at + headBytes); i++) {
    if (bytes[i]! < 0x20 || bytes[i]! > 0x7e) return malformed('g2-name-not-text', i)
  }
  if (headBytes + length > PACKET_BYTES_MAX) return malformed('g2-too-long', at)
  if (have < headBytes) return need(headBytes)
  const name = latin1(bytes, at + 1 + lengthBytes, nameBytes)
  return message({ name, control, lengthBytes, headBytes, length }, headBytes)
}

/** A packet of which all bytes are there: bytes[at … at + headBytes + length). */
function build(bytes: Uint8Array, at: number, head: Head, depth: number): G2Packet | Malformed {
  let from = at + head.headBytes
  const end = from + head.length
  const { name, lengthBytes, control } = head
  const shape = {
    name,
    bigEndian: bits(control, 1, 1) === 1,
    reserved: bits(control, 0, 1) === 1,
    lengthBytes,
  }
  if (bits(control, 2, 1) === 0) {
    return { ...shape, children: undefined, ended: false, payload: bytes.subarray(from, end) }
  }
  if (depth >= DEPTH_MAX) return malformed('g2-too-deep', at)
  const children: G2Packet[] = []
  while (from < end && bytes[from] !== 0) {
    if (children.length >= CHILDREN_MAX) return malformed('g2-too-many-children', from)
    const child = parseHead(bytes, from, end)
    if (child.kind === 'malformed') return child
    if (child.kind === 'need') return malformed('g2-child-outside', from)
    const size = child.size + child.message.length
    if (from + size > end) return malformed('g2-child-outside', from)
    const built = build(bytes, from, child.message, depth + 1)
    if ('kind' in built) return built
    children.push(built)
    from += size
  }
  const ended = from < end
  return { ...shape, children, ended, payload: bytes.subarray(ended ? from + 1 : from, end) }
}

/** @faults as listed in FAULTS */
export function parseG2(bytes: Uint8Array, at: number): Outcome<G2Packet> {
  const head = parseHead(bytes, at, bytes.length)
  if (head.kind !== 'message') return head
  const size = head.size + head.message.length
  if (bytes.length - at < size) return need(size)
  const packet = build(bytes, at, head.message, 1)
  return 'kind' in packet ? packet : message(packet, size)
}

/** Size of a packet whose head is there and sound: how far to go on where its inside is damaged. */
export function g2Size(bytes: Uint8Array, at: number): number | undefined {
  const head = parseHead(bytes, at, bytes.length)
  return head.kind === 'message' ? head.size + head.message.length : undefined
}

export function emitG2(packet: G2Packet): Uint8Array {
  const body = new ByteWriter()
  for (const child of packet.children ?? []) body.bytes(emitG2(child))
  if (packet.ended) body.u8(0)
  body.bytes(packet.payload)
  const size = body.size
  const writer = new ByteWriter()
  writer.u8(
    packet.lengthBytes * 64 +
      (packet.name.length - 1) * 8 +
      (packet.children === undefined ? 0 : 4) +
      (packet.bigEndian ? 2 : 0) +
      (packet.reserved ? 1 : 0),
  )
  for (let i = 0; i < packet.lengthBytes; i++) {
    writer.u8(bits(size, 8 * (packet.bigEndian ? packet.lengthBytes - 1 - i : i), 8))
  }
  return writer.latin1(packet.name).bytes(body.finish()).finish()
}

/** A packet from its parts, with the shortest length field: for tests and emitters. */
export function g2(
  name: string,
  payload: Uint8Array = new Uint8Array(0),
  children?: readonly G2Packet[],
): G2Packet {
  const ended = children !== undefined && payload.length > 0
  let size = payload.length + (ended ? 1 : 0)
  for (const child of children ?? []) size += emitG2(child).length
  const lengthBytes = size === 0 ? 0 : size < 256 ? 1 : size < 65_536 ? 2 : 3
  return { name, bigEndian: false, reserved: false, lengthBytes, children, ended, payload }
}

/** The first child of that name. */
export function g2Child(packet: G2Packet, name: string): G2Packet | undefined {
  return packet.children?.find((child) => child.name === name)
}

export function g2Children(packet: G2Packet, name: string): G2Packet[] {
  return packet.children?.filter((child) => child.name === name) ?? []
}

export const g2Wire: Wire<G2Packet> = {
  name: 'gnutella/g2-packet',
  source: 'Gnutella2 packet structure; src/core/g2 of gtk-gnutella',
  carrier: 'stream',
  messageBytesMax: PACKET_BYTES_MAX,
  faults: FAULTS,
  parse: parseG2,
  emit: emitG2,
}
