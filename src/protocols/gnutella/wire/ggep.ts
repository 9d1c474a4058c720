/**
 * GGEP, the Gnutella Generic Extension Protocol: named extensions inside messages.
 *
 *     c3                        magic
 *     flags u8                  80 last | 40 COBS | 20 deflated | 10 reserved | 0f length of the id
 *     id 1..15                  ASCII
 *     length 1..3               6 bits each, most significant first; 80 more follow, 40 the last one
 *     data
 *
 * Data in places that end at a NUL are COBS-encoded (no zero bytes); long data are zlib streams.
 * Source: doc/gnutella/GGEP (GGEP 0.51) of gtk-gnutella.
 */
import { ByteWriter, bits, bytesOf } from '../../../core/bytes.ts'
import { inflate } from '../../../core/inflate.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import { latin1 } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'

export const GGEP_MAGIC = 0xc3

export interface GgepItem {
  readonly id: string
  readonly cobs: boolean
  readonly deflated: boolean
  /** As on the wire: still COBS-encoded and deflated. */
  readonly data: Uint8Array
}

export interface GgepBlock {
  readonly items: readonly GgepItem[]
}

const FAULTS = [
  'ggep-magic-missing',
  'ggep-flag-reserved',
  'ggep-id-empty',
  'ggep-id-not-text',
  'ggep-length-bad',
  'ggep-too-long',
] as const

/** A block stands inside one message, and no message's payload is longer. */
const BLOCK_BYTES_MAX = 65_535

/** `{ item, size, last }` of the extension at `at`, or why there is none. */
function parseItem(bytes: Uint8Array, at: number): Outcome<{ item: GgepItem; last: boolean }> {
  const have = bytes.length - at
  if (have < 1) return need(1)
  const flags = bytes[at]!
  if (bits(flags, 4, 1) === 1) return malformed('ggep-flag-reserved', at)
  const idSize = bits(flags, 0, 4)
  if (idSize === 0) return malformed('ggep-id-empty', at)
  for (let i = at + 1; i <= at + idSize; i++) {
    if (i >= bytes.length) return need(1 + idSize + 1)
    if (bytes[i]! < 0x20 || bytes[i]! > 0x7e) return malformed('ggep-id-not-text', i)
  }
  const length = parseLength(bytes, at + 1 + idSize)
  if (length.kind === 'need') return need(1 + idSize + length.size)
  if (length.kind === 'malformed') return length
  const dataAt = at + 1 + idSize + length.size
  const size = dataAt - at + length.message
  if (size > BLOCK_BYTES_MAX) return malformed('ggep-too-long', at)
  if (size > have) return need(size)
  const item: GgepItem = {
    id: latin1(bytes, at + 1, idSize),
    cobs: bits(flags, 6, 1) === 1,
    deflated: bits(flags, 5, 1) === 1,
    data: bytes.subarray(dataAt, dataAt + length.message),
  }
  return message({ item, last: bits(flags, 7, 1) === 1 }, size)
}

function parseLength(bytes: Uint8Array, at: number): Outcome<number> {
  let value = 0
  for (let i = 0; i < 3; i++) {
    if (at + i >= bytes.length) return need(i + 1)
    const byte = bytes[at + i]!
    value = value * 64 + bits(byte, 0, 6)
    const marks = bits(byte, 6, 2)
    if (marks === 1) return message(value, i + 1)
    if (marks !== 2) return malformed('ggep-length-bad', at + i)
  }
  return malformed('ggep-length-bad', at + 2)
}

/** @faults as listed in FAULTS */
export function parseGgep(bytes: Uint8Array, at: number): Outcome<GgepBlock> {
  if (at >= bytes.length) return need(1)
  if (bytes[at] !== GGEP_MAGIC) return malformed('ggep-magic-missing', at)
  const items: GgepItem[] = []
  let from = at + 1
  while (true) {
    const outcome = parseItem(bytes, from)
    if (outcome.kind === 'malformed') return outcome
    const size = from - at + outcome.size
    if (size > BLOCK_BYTES_MAX) return malformed('ggep-too-long', from)
    if (outcome.kind === 'need') return need(size)
    items.push(outcome.message.item)
    from += outcome.size
    if (outcome.message.last) return message({ items }, from - at)
  }
}

export function emitGgep(block: GgepBlock): Uint8Array {
  const writer = new ByteWriter().u8(GGEP_MAGIC)
  for (const [index, item] of block.items.entries()) {
    const last = index === block.items.length - 1
    writer.u8(
      (last ? 0x80 : 0) + (item.cobs ? 0x40 : 0) + (item.deflated ? 0x20 : 0) + item.id.length,
    )
    writer.latin1(item.id)
    const size = item.data.length
    if (size > 0xfff) writer.u8(0x80 + bits(size, 12, 6))
    if (size > 0x3f) writer.u8(0x80 + bits(size, 6, 6))
    writer.u8(0x40 + bits(size, 0, 6)).bytes(item.data)
  }
  return writer.finish()
}

/** An extension's data with COBS and deflate undone; undefined where they are damaged. */
export function ggepData(item: GgepItem): Uint8Array | undefined {
  const plain = item.cobs ? cobsDecode(item.data) : item.data
  if (plain === undefined || !item.deflated) return plain
  return inflate(plain)
}

/** Data of the first extension of that name, undone, or undefined. */
export function ggepValue(block: GgepBlock | undefined, id: string): Uint8Array | undefined {
  const item = block?.items.find((candidate) => candidate.id === id)
  return item === undefined ? undefined : ggepData(item)
}

/** Names of all extensions, as logs show them. */
export function ggepIds(block: GgepBlock): string[] {
  return block.items.map((item) => item.id)
}

/** An extension from a text or bytes, neither COBS-encoded nor deflated: for tests and emitters. */
export function ggepItem(id: string, data: Uint8Array | string = ''): GgepItem {
  return { id, cobs: false, deflated: false, data: typeof data === 'string' ? bytesOf(data) : data }
}

/**
 * Consistent Overhead Byte Stuffing (Cheshire and Baker 1999): each code byte n is followed by
 * n - 1 bytes and, unless n is 255 or the data end, a zero that was taken out.
 */
function cobsDecode(data: Uint8Array): Uint8Array | undefined {
  const writer = new ByteWriter()
  let at = 0
  while (at < data.length) {
    const code = data[at]!
    if (code === 0 || at + code > data.length) return undefined
    writer.bytes(data.subarray(at + 1, at + code))
    at += code
    if (code < 0xff && at < data.length) writer.u8(0)
  }
  return writer.finish()
}

export const ggepWire: Wire<GgepBlock> = {
  name: 'gnutella/ggep',
  source: 'GGEP 0.51, doc/gnutella/GGEP of gtk-gnutella',
  carrier: 'stream',
  messageBytesMax: BLOCK_BYTES_MAX,
  faults: FAULTS,
  parse: parseGgep,
  emit: emitGgep,
}
