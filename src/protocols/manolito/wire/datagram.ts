/**
 * Datagrams of MP2P, the network of Blubster and Piolet ("Manolito"). All big-endian.
 *
 *   checksum u32 | number u32 | forwarded from, ip4 (or 0) | to, ip4 | options u32 | fields
 *   field   name, 2 capitals | type u8: 0 number, 1 text | size u8 | so many bytes
 *
 * 20 bytes without fields are a ping (19 where the options are cut).
 * Source: wireshark packet-manolito.c (Jeff Connelly).
 */
import { ip4, parseIp4 } from '../../../core/address.ts'
import { ByteWriter, u32be } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import { latin1 } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'

export interface Field {
  readonly name: string
  readonly isText: boolean
  readonly value: Uint8Array
}

export interface Datagram {
  readonly checksum: number
  readonly number: number
  readonly forwarded: string
  readonly to: string
  readonly options: number
  readonly fields: readonly Field[]
}

/** Names that Wireshark knows; `??` where it does not know for what. */
export const NAMES: ReadonlyMap<string, string> = new Map([
  ['AD', '??'],
  ['BR', 'bit rate'],
  ['CK', 'checksum'],
  ['CN', 'client'],
  ['CV', 'version'],
  ['FC', 'frequency'],
  ['FL', 'file length'],
  ['FN', 'file name'],
  ['HN', '??'],
  ['ID', 'id'],
  ['ME', 'message'],
  ['NC', 'connections'],
  ['NI', 'network id'],
  ['NN', 'nick'],
  ['PT', 'port'],
  ['SF', 'shared files'],
  ['SK', 'shared kilobytes'],
  ['SL', 'seconds'],
  ['ST', '??'],
  ['VL', 'speed'],
])
export const HEAD = 20
const BYTES_MAX = 1472
const FAULTS = [
  'too-short',
  'too-long',
  'name-not-capitals',
  'type-unknown',
  'field-too-long',
] as const

export function isCapital(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a
}

function parse(bytes: Uint8Array, at: number): Outcome<Datagram> {
  const size = bytes.length - at
  if (size < HEAD) return malformed('too-short', bytes.length)
  if (size > BYTES_MAX) return malformed('too-long', at + BYTES_MAX)
  const fields: Field[] = []
  for (let i = at + HEAD; i < bytes.length; ) {
    if (i + 4 > bytes.length) return malformed('too-short', bytes.length)
    if (!isCapital(bytes[i]!) || !isCapital(bytes[i + 1]!)) return malformed('name-not-capitals', i)
    if (bytes[i + 2]! > 1) return malformed('type-unknown', i + 2)
    const end = i + 4 + bytes[i + 3]!
    if (end > bytes.length) return malformed('field-too-long', i + 3)
    const value = bytes.subarray(i + 4, end)
    fields.push({ name: latin1(bytes, i, 2), isText: bytes[i + 2] === 1, value })
    i = end
  }
  const [checksum, number, options] = [
    u32be(bytes, at),
    u32be(bytes, at + 4),
    u32be(bytes, at + 16),
  ]
  const [forwarded, to] = [ip4(bytes, at + 8), ip4(bytes, at + 12)]
  return message({ checksum, number, forwarded, to, options, fields }, size)
}

function emit(said: Datagram): Uint8Array {
  const out = new ByteWriter().u32be(said.checksum).u32be(said.number)
  out.bytes(parseIp4(said.forwarded)!).bytes(parseIp4(said.to)!).u32be(said.options)
  for (const { name, isText, value } of said.fields) {
    out
      .latin1(name)
      .u8(isText ? 1 : 0)
      .u8(value.length)
      .bytes(value)
  }
  return out.finish()
}

export const datagramWire: Wire<Datagram> = {
  name: 'manolito/datagram',
  source: 'wireshark epan/dissectors/packet-manolito.c',
  carrier: 'datagram',
  messageBytesMax: BYTES_MAX,
  faults: FAULTS,
  parse,
  emit,
}
