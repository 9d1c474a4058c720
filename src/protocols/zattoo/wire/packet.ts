/**
 * How Zattoo's own packets begin, over UDP and at the start of a TCP stream.
 * No specification and no capture was to be had. Source: OpenDPI and nDPI, zattoo.c.
 *
 *   packet    03 | kind u8 | number u16be | rest               03 04 00 04 0a 00 … over TCP
 */
import { ByteWriter, u16be } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

export const HEAD = 4
const VERSION = 3
const MESSAGE_BYTES_MAX = 0xffff

const FAULTS = ['too-short', 'version-unknown'] as const

export interface Packet {
  readonly kind: number
  readonly number: number
  readonly rest: Uint8Array
}

function parse(bytes: Uint8Array, at: number): Outcome<Packet> {
  const size = bytes.length - at
  if (size < HEAD) return malformed('too-short', at)
  if (bytes[at] !== VERSION) return malformed('version-unknown', at)
  const rest = bytes.subarray(at + HEAD)
  return message({ kind: bytes[at + 1]!, number: u16be(bytes, at + 2), rest }, size)
}

function emit({ kind, number, rest }: Packet): Uint8Array {
  return new ByteWriter().u8(VERSION).u8(kind).u16be(number).bytes(rest).finish()
}

export const packetWire: Wire<Packet> = {
  name: 'zattoo/packet',
  source: 'OpenDPI and nDPI, zattoo.c',
  carrier: 'datagram',
  messageBytesMax: MESSAGE_BYTES_MAX,
  faults: FAULTS,
  parse,
  emit,
}
