/**
 * uTP: a stream over UDP, usually on the same port number as TCP.
 *
 *   0   u8    type << 4 | version 1        0 data, 1 fin, 2 state, 3 reset, 4 syn
 *   1   u8    first extension              0 = none
 *   2   u16be connection id                opener: R in the SYN, R + 1 afterwards; other: R
 *   4   u32be timestamp                    microseconds of the sender's clock
 *   8   u32be timestamp difference
 *   12  u32be window                       bytes
 *   16  u16be sequence number              counts packets, not bytes
 *   18  u16be acknowledgement number
 *   20  extensions: u8 next, u8 size, size bytes    1 selective ack, 2 extension bits, 3 close reason
 *       payload
 *
 * Source: BEP 29; extension 2 out of µTorrent's packets, 3 out of libtorrent utp_stream.cpp. The
 * header of version 0 (connection id of 32 bits first) is obsolete and not read.
 */
import { ByteWriter, bits, u16be, u32be } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

export const UTP_TYPES = ['data', 'fin', 'state', 'reset', 'syn'] as const
export type UtpType = (typeof UTP_TYPES)[number]

export interface UtpPacket {
  readonly type: UtpType
  readonly connectionId: number
  readonly timestampMicros: number
  readonly timestampDifferenceMicros: number
  readonly windowBytes: number
  readonly seq: number
  readonly ack: number
  readonly extensions: readonly UtpExtension[]
  readonly payload: Uint8Array
}

/** `{ type: 1, data: 4 bytes }`: a selective ack; unknown types are kept. */
export interface UtpExtension {
  readonly type: number
  readonly data: Uint8Array
}

export const UTP_HEADER_BYTES = 20
/** Real packets carry one or two; the chain ends by itself only where the sender wants it to. */
const EXTENSIONS_MAX = 8
/** UDP carries no more, in bytes. */
const PACKET_BYTES_MAX = 65_535

const UTP_FAULTS = [
  'header-cut-short',
  'version-unknown',
  'type-unknown',
  'extension-cut-short',
  'too-many-extensions',
  'packet-too-long',
] as const

/** Type by the first byte; undefined where the version or the type is another. */
const TYPE_OF_FIRST: readonly (UtpType | undefined)[] = Array.from({ length: 256 }, (_, first) =>
  bits(first, 0, 4) === 1 ? UTP_TYPES[bits(first, 4, 4)] : undefined,
)
/** The type that a first byte tells; undefined where the version or the type is another. */
export function utpTypeOf(first: number): UtpType | undefined {
  return TYPE_OF_FIRST[first]
}

/** Most packets carry no extension and share this list. */
const NONE: readonly UtpExtension[] = []

/** @faults UTP_FAULTS */
function parse(bytes: Uint8Array, at: number): Outcome<UtpPacket> {
  const have = bytes.length - at
  if (have < UTP_HEADER_BYTES) return malformed('header-cut-short', bytes.length)
  if (have > PACKET_BYTES_MAX) return malformed('packet-too-long', at)
  const type = TYPE_OF_FIRST[bytes[at]!]
  if (type === undefined) {
    return malformed(bits(bytes[at]!, 0, 4) === 1 ? 'type-unknown' : 'version-unknown', at)
  }
  let extensions = NONE
  let next = bytes[at + 1]!
  let from = at + UTP_HEADER_BYTES
  while (next !== 0) {
    if (extensions.length === EXTENSIONS_MAX) return malformed('too-many-extensions', from)
    const size = bytes[from + 1]
    if (size === undefined || from + 2 + size > bytes.length) {
      return malformed('extension-cut-short', Math.min(from, bytes.length))
    }
    const extension = { type: next, data: bytes.subarray(from + 2, from + 2 + size) }
    extensions = [...extensions, extension]
    next = bytes[from]!
    from += 2 + size
  }
  const packet = {
    type,
    connectionId: u16be(bytes, at + 2),
    timestampMicros: u32be(bytes, at + 4),
    timestampDifferenceMicros: u32be(bytes, at + 8),
    windowBytes: u32be(bytes, at + 12),
    seq: u16be(bytes, at + 16),
    ack: u16be(bytes, at + 18),
    extensions,
    payload: bytes.subarray(from),
  }
  return message(packet, have)
}

function emit(packet: UtpPacket): Uint8Array {
  const writer = new ByteWriter()
    .u8(UTP_TYPES.indexOf(packet.type) * 16 + 1)
    .u8(packet.extensions[0]?.type ?? 0)
    .u16be(packet.connectionId)
    .u32be(packet.timestampMicros)
    .u32be(packet.timestampDifferenceMicros)
    .u32be(packet.windowBytes)
    .u16be(packet.seq)
    .u16be(packet.ack)
  for (const [i, extension] of packet.extensions.entries()) {
    writer.u8(packet.extensions[i + 1]?.type ?? 0)
    writer.u8(extension.data.length).bytes(extension.data)
  }
  return writer.bytes(packet.payload).finish()
}

export const utpWire: Wire<UtpPacket> = {
  name: 'bittorrent/utp',
  source: 'BEP 29',
  carrier: 'datagram',
  messageBytesMax: PACKET_BYTES_MAX,
  faults: UTP_FAULTS,
  parse,
  emit,
}
