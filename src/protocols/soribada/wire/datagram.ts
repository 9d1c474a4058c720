/**
 * Soribada's datagrams: pings, answers, searches.
 * Source: l7-protocols, protocols/soribada.pat, whose author describes the three. No specification.
 *
 *   ping      10 | 14 15 16                             two bytes
 *   pong      10 | one more than the ping's | 4         six bytes
 *   search    01 | 3 any | "Q:+" or "Q2:" | words
 */
import { ByteWriter, bytesOf, hasAt, u24be } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

const FAULTS = ['not-known'] as const
const MESSAGE_BYTES_MAX = 0xffff
const FORMATS = ['Q:+', 'Q2:'] as const
const FORMAT_BYTES = FORMATS.map(bytesOf)
const SEARCH_HEAD = 7

export type Datagram =
  | { readonly type: 'ping'; readonly version: number }
  | { readonly type: 'pong'; readonly version: number; readonly rest: Uint8Array }
  | {
      readonly type: 'search'
      readonly format: (typeof FORMATS)[number]
      readonly token: number
      /** Behind the format, as sent. */
      readonly words: Uint8Array
    }

function parse(bytes: Uint8Array, at: number): Outcome<Datagram> {
  const size = bytes.length - at
  const version = bytes[at + 1] ?? 0
  if (size === 2 && bytes[at] === 0x10 && version >= 0x14 && version <= 0x16) {
    return message({ type: 'ping', version }, size)
  }
  if (size === 6 && bytes[at] === 0x10 && version >= 0x15 && version <= 0x17) {
    return message({ type: 'pong', version, rest: bytes.subarray(at + 2) }, size)
  }
  const format = FORMATS.find((_, i) => hasAt(bytes, at + 4, FORMAT_BYTES[i]!))
  if (bytes[at] !== 1 || format === undefined) return malformed('not-known', at)
  const words = bytes.subarray(at + SEARCH_HEAD)
  return message({ type: 'search', format, token: u24be(bytes, at + 1), words }, size)
}

function emit(said: Datagram): Uint8Array {
  const writer = new ByteWriter()
  switch (said.type) {
    case 'ping':
      return writer.u8(0x10).u8(said.version).finish()
    case 'pong':
      return writer.u8(0x10).u8(said.version).bytes(said.rest).finish()
    case 'search':
      writer
        .u8(1)
        .u8(Math.floor(said.token / 0x1_0000))
        .u16be(said.token % 0x1_0000)
      return writer.latin1(said.format).bytes(said.words).finish()
  }
}

export const datagramWire: Wire<Datagram> = {
  name: 'soribada/datagram',
  source: 'l7-protocols, soribada.pat',
  carrier: 'datagram',
  messageBytesMax: MESSAGE_BYTES_MAX,
  faults: FAULTS,
  parse,
  emit,
}
