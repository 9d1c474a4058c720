/**
 * UDX, reliable streams over UDP, as Hyperswarm's connections use them. What they carry is encrypted (Noise).
 *
 *   ff | version 1 | flags | data offset u8 | id u32le | window u32le | sequence u32le | acknowledged u32le | payload
 *
 * The id is the receiver's. Flags: 1 data, 2 end, 4 selective acknowledgement, 8 message, 16 destroy, 32 heartbeat.
 *
 * Source: holepunchto/libudx include/udx.h, src/udx.c; fixtures/swarm.pcap.
 */
import { ByteWriter, u32le } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

export interface UdxPacket {
  readonly flags: number
  readonly dataOffset: number
  readonly id: number
  readonly window: number
  readonly sequence: number
  readonly acknowledged: number
  readonly payload: Uint8Array
}

export const UDX_MAGIC = 0xff
const VERSION = 1
const HEAD = 20
const MESSAGE_BYTES_MAX = 65_535
const FLAGS_MAX = 63

function parse(bytes: Uint8Array, at: number): Outcome<UdxPacket> {
  const size = bytes.length - at
  if (size > MESSAGE_BYTES_MAX) return malformed('packet-too-long', at)
  if (size < HEAD) return malformed('packet-too-short', at)
  if (bytes[at] !== UDX_MAGIC || bytes[at + 1] !== VERSION) return malformed('magic-wrong', at)
  const flags = bytes[at + 2]!
  if (flags > FLAGS_MAX) return malformed('flags-wrong', at + 2)
  const packet = {
    flags,
    dataOffset: bytes[at + 3]!,
    id: u32le(bytes, at + 4),
    window: u32le(bytes, at + 8),
    sequence: u32le(bytes, at + 12),
    acknowledged: u32le(bytes, at + 16),
    payload: bytes.subarray(at + HEAD),
  }
  return message(packet, size)
}

export const udxWire: Wire<UdxPacket> = {
  name: 'hyperswarm/udx',
  source: 'holepunchto/libudx include/udx.h',
  carrier: 'datagram',
  messageBytesMax: MESSAGE_BYTES_MAX,
  faults: ['packet-too-long', 'packet-too-short', 'magic-wrong', 'flags-wrong'],
  parse,
  emit: ({ flags, dataOffset, id, window, sequence, acknowledged, payload }) =>
    new ByteWriter()
      .u8(UDX_MAGIC)
      .u8(VERSION)
      .u8(flags)
      .u8(dataOffset)
      .u32le(id)
      .u32le(window)
      .u32le(sequence)
      .u32le(acknowledged)
      .bytes(payload)
      .finish(),
}

/**
 * What is sent before a stream, between ports that a NAT may guard, so that they let each other in: one
 * zero byte (holepunchto/hyperdht lib/holepuncher.js). Nothing is known by it.
 */
export function isHolepunch(bytes: Uint8Array): boolean {
  return bytes.length === 1 && bytes[0] === 0
}
