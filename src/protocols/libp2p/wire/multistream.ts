/**
 * Choosing a protocol: both sides speak lines with their length in front.
 * Source: multiformats/multistream-select README.
 *
 *   line   length: varint, counts text and LF | text | LF
 *   text   "/multistream/1.0.0" first, from both · a protocol's name, proposed or accepted · "na" · "ls"
 */
import { ByteWriter } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import { isPrintable, latin1 } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'

export const GREETING = '\x13/multistream/1.0.0\n'
/** Names in use are below 100; js-libp2p refuses more than this. */
const LINE_BYTES_MAX = 1024
const LF = 0x0a

export interface Line {
  readonly text: string
}

function parse(bytes: Uint8Array, at: number): Outcome<Line> {
  const have = bytes.length - at
  if (have < 1) return need(1)
  const low = bytes[at]!
  const isLong = low >= 0x80
  if (isLong && have < 2) return need(2)
  const high = isLong ? bytes[at + 1]! : 0
  const length = (low % 0x80) + 0x80 * high
  if (length < 2 || length > LINE_BYTES_MAX || (isLong && (high === 0 || high >= 0x80))) {
    return malformed('length-wrong', at)
  }
  const textAt = at + (isLong ? 2 : 1)
  const size = textAt - at + length
  if (have < size) return need(size)
  const end = at + size - 1
  if (bytes[end] !== LF || !isLine(bytes, textAt, end)) return malformed('not-a-line', textAt)
  return message({ text: latin1(bytes, textAt, length - 1) }, size)
}

function isLine(bytes: Uint8Array, at: number, end: number): boolean {
  for (let i = at; i < end; i++) if (bytes[i] === LF) return false
  return isPrintable(bytes, at, end - at)
}

function emit({ text }: Line): Uint8Array {
  const length = text.length + 1
  const writer = new ByteWriter()
  if (length < 0x80) writer.u8(length)
  else writer.u8(0x80 + (length % 0x80)).u8(Math.floor(length / 0x80))
  return writer.latin1(text).u8(LF).finish()
}

export const multistreamWire: Wire<Line> = {
  name: 'libp2p/multistream',
  source: 'multiformats/multistream-select README',
  carrier: 'stream',
  messageBytesMax: 2 + LINE_BYTES_MAX,
  faults: ['length-wrong', 'not-a-line'],
  parse,
  emit,
}
