/**
 * Kontiki's datagrams: connections over UDP with numbers of their own, as TCP has them.
 *
 *   02 | words u8 | flags u8 | 00 | by flags | options | payload          words: 4 bytes each, of the header
 *     01 ping                nothing more
 *     02 open                sender's id u32be | number u32be | largest packet u32be
 *     06 open, accepted      receiver's id | sender's id | number | number of the other | largest
 *     04 data or nothing     receiver's id | number | number of the other
 *     08 close, 20 sent again: together with these
 *
 * What options mean is not known; all data after them looks enciphered but the keys, in base64.
 * Source: no specification. nDPI kontiki.c (three sizes and constants); all else was read in its test capture
 * kontiki.pcap, where each side's numbers come back from the other.
 */
import { ByteWriter, bits, u32be } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

export interface Packet {
  readonly flags: number
  /** Names of the connection: who opens tells his, later packets name the receiver's. */
  readonly id?: number
  readonly senderId?: number
  readonly number?: number
  /** The last number of the other that was received. */
  readonly acknowledged?: number
  readonly largest?: number
  readonly options: Uint8Array
  readonly payload: Uint8Array
}

export const VERSION = 2
const BYTES_MAX = 1500
const FAULTS = [
  'too-short',
  'too-long',
  'version-unknown',
  'flags-unknown',
  'header-size-wrong',
] as const

export function flagsOf(flags: number) {
  return {
    isPing: bits(flags, 0, 1) === 1,
    opens: bits(flags, 1, 1) === 1,
    acknowledges: bits(flags, 2, 1) === 1,
    closes: bits(flags, 3, 1) === 1,
    isAgain: bits(flags, 5, 1) === 1,
  }
}

/** Fields of the header, in their order. */
type Field = 'id' | 'senderId' | 'number' | 'acknowledged' | 'largest'

function fieldsOf(flags: number): readonly Field[] {
  const { isPing, opens, acknowledges } = flagsOf(flags)
  if (isPing) return []
  if (!opens) return ['id', 'number', 'acknowledged']
  return acknowledges
    ? ['id', 'senderId', 'number', 'acknowledged', 'largest']
    : ['id', 'number', 'largest']
}

function parse(bytes: Uint8Array, at: number): Outcome<Packet> {
  const size = bytes.length - at
  if (size < 4) return malformed('too-short', bytes.length)
  if (size > BYTES_MAX) return malformed('too-long', at + BYTES_MAX)
  if (bytes[at] !== VERSION || bytes[at + 3] !== 0) return malformed('version-unknown', at)
  const flags = bytes[at + 2]!
  const { isPing, opens, acknowledges } = flagsOf(flags)
  const isKnown = flags < 0x40 && bits(flags, 4, 1) === 0
  if (!isKnown || isPing === (opens || acknowledges)) return malformed('flags-unknown', at + 2)
  const fields = fieldsOf(flags)
  const head = 4 * bytes[at + 1]!
  const optionsAt = 4 + 4 * fields.length
  if (head < optionsAt || head > size) return malformed('header-size-wrong', at + 1)
  const values: Partial<Record<Field, number>> = {}
  for (const [i, field] of fields.entries()) values[field] = u32be(bytes, at + 4 + 4 * i)
  const options = bytes.subarray(at + optionsAt, at + head)
  return message({ flags, ...values, options, payload: bytes.subarray(at + head) }, size)
}

function emit(said: Packet): Uint8Array {
  const fields = fieldsOf(said.flags)
  const words = 1 + fields.length + said.options.length / 4
  const out = new ByteWriter().u8(VERSION).u8(words).u8(said.flags).u8(0)
  for (const field of fields) out.u32be(said[field] ?? 0)
  return out.bytes(said.options).bytes(said.payload).finish()
}

export const packetWire: Wire<Packet> = {
  name: 'kontiki/packet',
  source: 'read in nDPI tests kontiki.pcap; nDPI kontiki.c',
  carrier: 'datagram',
  messageBytesMax: BYTES_MAX,
  faults: FAULTS,
  parse,
  emit,
}
