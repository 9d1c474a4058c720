/**
 * How Xunlei's packets begin: a number that stays the same for all a side says, then the rest.
 * No specification and no capture was to be had. Source: OpenDPI, thunder.c; libprotoident,
 * lib/tcp/lpi_xunlei.cc and lib/udp/lpi_xunlei.cc.
 *
 *   packet    generation u32le, 28 to 46 | rest
 *
 * Over TCP packets follow each other; where one ends is not known, so only the first is read.
 */
import { ByteWriter, u32le } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

export const HEAD = 4
const LOWEST = 0x28
const HIGHEST = 0x46
const MESSAGE_BYTES_MAX = 0xffff

const FAULTS = ['too-short', 'generation-unknown'] as const

export interface Packet {
  readonly generation: number
  readonly rest: Uint8Array
}

function parse(bytes: Uint8Array, at: number): Outcome<Packet> {
  const size = bytes.length - at
  if (size < HEAD) return malformed('too-short', at)
  const generation = u32le(bytes, at)
  if (generation < LOWEST || generation > HIGHEST) return malformed('generation-unknown', at)
  return message({ generation, rest: bytes.subarray(at + HEAD) }, size)
}

function emit({ generation, rest }: Packet): Uint8Array {
  return new ByteWriter().u32le(generation).bytes(rest).finish()
}

export const packetWire: Wire<Packet> = {
  name: 'xunlei/packet',
  source: 'OpenDPI, thunder.c; libprotoident, lpi_xunlei.cc',
  carrier: 'datagram',
  messageBytesMax: MESSAGE_BYTES_MAX,
  faults: FAULTS,
  parse,
  emit,
}
