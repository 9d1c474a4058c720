/**
 * The header of a Gnutella message.
 *
 *     GUID 16 | type u8 | TTL u8 | hops u8 | payload length u16le | marks u16le
 *
 * The length was a u32le that nobody fills; servents that say `sflag/0.1` in the handshake use its
 * upper half for marks, of which only 0x8000 ("there are marks") is known.
 *
 * Source: Gnutella 0.4 (Clip2) section 2; marks: gmsg.h of gtk-gnutella.
 */
import { type ByteWriter, u16le } from '../../../core/bytes.ts'

export const HEADER_BYTES = 23
export const PAYLOAD_BYTES_MAX = 65_535
export const MESSAGE_BYTES_MAX = HEADER_BYTES + PAYLOAD_BYTES_MAX

// biome-ignore format: a table
const TYPES = [
  [0x00, 'ping'],          // 0.4
  [0x01, 'pong'],          // 0.4
  [0x02, 'bye'],           // doc/gnutella/bye
  [0x30, 'qrp'],           // doc/gnutella/QRP
  [0x31, 'vendor'],        // doc/gnutella/vendor_msg
  [0x32, 'vendor'],        // the same, standardised
  [0x40, 'push'],          // 0.4
  [0x41, 'rudp'],          // doc/gnutella/RUDP
  [0x44, 'dht'],           // doc/gnutella/DHT/messages
  [0x80, 'query'],         // 0.4
  [0x81, 'query-hit'],     // 0.4
  [0xcd, 'hsep'],          // doc/gnutella/HSEP
] as const

export type TypeName = (typeof TYPES)[number][1]

/** Name by type number; undefined where it is none that is known. */
export const TYPE_NAMES: readonly (TypeName | undefined)[] = Array.from(
  { length: 256 },
  (_, number) => TYPES.find(([type]) => type === number)?.[1],
)

export interface Header {
  readonly guid: Uint8Array
  readonly type: number
  readonly ttl: number
  readonly hops: number
  /** Payload bytes. */
  readonly size: number
  /** The upper half of the length field. */
  readonly marks: number
}

/** Read a header of which all 23 bytes are there. */
export function readHeader(bytes: Uint8Array, at: number): Header {
  return {
    guid: bytes.subarray(at, at + 16),
    type: bytes[at + 16]!,
    ttl: bytes[at + 17]!,
    hops: bytes[at + 18]!,
    size: u16le(bytes, at + 19),
    marks: u16le(bytes, at + 21),
  }
}

/** A length beyond 65,535 is only believed to be marks where it says so. */
export function isLengthSound(header: Pick<Header, 'marks'>): boolean {
  return header.marks === 0 || header.marks === 0x8000
}

export function writeHeader(writer: ByteWriter, header: Header): ByteWriter {
  return writer
    .bytes(header.guid)
    .u8(header.type)
    .u8(header.ttl)
    .u8(header.hops)
    .u16le(header.size)
    .u16le(header.marks)
}

/** TTL and hops that servents send: 7 was the customary sum, 15 is beyond all. */
const LIFE_MAX = 15

/**
 * Whether the 23 bytes at `at` look like a header: known type, sound length, believable life.
 * About 40 bits of evidence. DHT messages keep a version where others keep TTL and hops.
 */
export function couldBeHeader(bytes: Uint8Array, at: number, udp: boolean): boolean {
  const name = TYPE_NAMES[bytes[at + 16]!]
  if (name === undefined) return false
  const marks = u16le(bytes, at + 21)
  if (marks !== 0 && marks !== 0x8000) return false
  let ttl = bytes[at + 17]!
  // Over UDP two bits of the TTL tell of compression (doc/gnutella/deflated_udp).
  if (udp) ttl &= 0x77
  return ttl + bytes[at + 18]! <= LIFE_MAX
}
