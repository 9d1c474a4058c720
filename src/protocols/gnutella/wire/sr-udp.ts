/**
 * Semi-reliable UDP, below Gnutella2 ("GND") and, later, Gnutella ("GTA").
 *
 *     tag 3 | flags u8 | sequence u16 | part u8 | count u8 | fragment
 *
 *     flags   01 the whole payload is a zlib stream   02 acknowledge me
 *             10 acknowledgement is cumulative        20 acknowledgement has a payload
 *     count   0: acknowledges `part`; part 0 too: asks for acknowledgements
 *
 * All fragments of a payload share sequence (opaque) and count; parts run from 1 to count.
 * Source: Gnutella2 "UDP transceiver"; doc/gnutella/udp_transceiver of gtk-gnutella.
 */
import { ByteWriter, bits, u16be } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import { latin1 } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'

export interface SrUdp {
  readonly tag: 'GND' | 'GTA'
  readonly flags: number
  readonly sequence: number
  readonly part: number
  readonly count: number
  readonly payload: Uint8Array
}

const SR_UDP_HEADER_BYTES = 8

const DATAGRAM_BYTES_MAX = 65_535

/** @faults 'tag-unknown' | 'fragment-cut' | 'critical-flag-unknown' | 'part-outside' | 'too-long' */
export function parseSrUdp(bytes: Uint8Array, at: number): Outcome<SrUdp> {
  const have = bytes.length - at
  const tag = latin1(bytes, at, 3)
  if (tag !== 'GND' && tag !== 'GTA') return malformed('tag-unknown', at)
  if (have < SR_UDP_HEADER_BYTES) return malformed('fragment-cut', at)
  if (have > DATAGRAM_BYTES_MAX) return malformed('too-long', at)
  const flags = bytes[at + 3]!
  if (bits(flags, 2, 2) !== 0) return malformed('critical-flag-unknown', at + 3)
  const part = bytes[at + 6]!
  const count = bytes[at + 7]!
  if (count > 0 && (part === 0 || part > count)) return malformed('part-outside', at + 6)
  const payload = bytes.subarray(at + SR_UDP_HEADER_BYTES)
  return message({ tag, flags, sequence: u16be(bytes, at + 4), part, count, payload }, have)
}

function emitSrUdp(said: SrUdp): Uint8Array {
  const writer = new ByteWriter().latin1(said.tag).u8(said.flags).u16be(said.sequence)
  return writer.u8(said.part).u8(said.count).bytes(said.payload).finish()
}

export function isDeflated(said: SrUdp): boolean {
  return bits(said.flags, 0, 1) === 1
}

export const srUdpWire: Wire<SrUdp> = {
  name: 'gnutella/sr-udp',
  source: 'doc/gnutella/udp_transceiver of gtk-gnutella',
  carrier: 'datagram',
  messageBytesMax: DATAGRAM_BYTES_MAX,
  faults: ['tag-unknown', 'fragment-cut', 'critical-flag-unknown', 'part-outside', 'too-long'],
  parse: parseSrUdp,
  emit: emitSrUdp,
}
