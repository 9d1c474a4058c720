/**
 * Bodies of messages as rows of fields, read and written by the same list. All numbers have their
 * least significant byte first; a list is a count u32 and so many rows.
 *
 *   text   length u32 | bytes         ip     u32: 203.0.113.10 is 0a 71 00 cb
 *   u8 u16 u32 u64                    rest   whatever follows, as bytes
 *
 * A message may end before any field that is marked as optional (servers and clients of different
 * years send more or less); what follows the last field is kept as `rest`.
 *
 * Source: nicotine-plus/nicotine-plus doc/SLSKPROTOCOL.md, "Packing".
 */
import { ip4Reversed, parseIp4 } from '../../../core/address.ts'
import { type ByteWriter, u16le, u32le, u64le } from '../../../core/bytes.ts'
import { text } from '../../../core/text.ts'

export type Kind = 'text' | 'ip' | 'u8' | 'u16' | 'u32' | 'u64' | 'rest'

/** `[name, kind]`, `[name, kind, 'optional']`, `[name, rows of a list, 'optional']`. */
export type Field = readonly [string, Kind | readonly Field[], 'optional'?]

export type Value = number | string | Uint8Array | readonly Row[]
export type Row = { readonly [name: string]: Value }

/** What a row came to: the row and where it ended, or where it broke. */
type ReadRow = { readonly row: Row; readonly end: number } | { readonly brokenAt: number }

/** Bytes of the shortest thing of a kind. */
const LEAST: Readonly<Record<Kind, number>> = {
  text: 4,
  ip: 4,
  u8: 1,
  u16: 2,
  u32: 4,
  u64: 8,
  rest: 0,
}

function leastOf(fields: readonly Field[]): number {
  let sum = 0
  for (const [, kind, optional] of fields) {
    if (optional === undefined) sum += typeof kind === 'string' ? LEAST[kind] : 4
  }
  return sum
}

/** One row of fields from `at`, which must not go beyond `end`. */
export function readRow(
  fields: readonly Field[],
  bytes: Uint8Array,
  at: number,
  end: number,
): ReadRow {
  const row: Record<string, Value> = {}
  let here = at
  for (const [name, kind, optional] of fields) {
    if (here === end && optional !== undefined) break
    const read =
      typeof kind === 'string' ? one(kind, bytes, here, end) : list(kind, bytes, here, end)
    if ('brokenAt' in read) return read
    row[name] = read.value
    here = read.end
  }
  return { row, end: here }
}

type ReadValue = { readonly value: Value; readonly end: number } | { readonly brokenAt: number }

function one(kind: Kind, bytes: Uint8Array, at: number, end: number): ReadValue {
  if (end - at < LEAST[kind]) return { brokenAt: at }
  switch (kind) {
    case 'text': {
      const size = u32le(bytes, at)
      if (size > end - at - 4) return { brokenAt: at }
      return { value: bytes.subarray(at + 4, at + 4 + size), end: at + 4 + size }
    }
    case 'ip':
      return { value: ip4Reversed(bytes, at), end: at + 4 }
    case 'u8':
      return { value: bytes[at]!, end: at + 1 }
    case 'u16':
      return { value: u16le(bytes, at), end: at + 2 }
    case 'u32':
      return { value: u32le(bytes, at), end: at + 4 }
    case 'u64':
      return { value: u64le(bytes, at), end: at + 8 }
    case 'rest':
      return { value: bytes.subarray(at, end), end }
  }
}

function list(fields: readonly Field[], bytes: Uint8Array, at: number, end: number): ReadValue {
  if (end - at < 4) return { brokenAt: at }
  const count = u32le(bytes, at)
  // A claimed count allocates nothing: so many of the shortest rows must be there.
  if (count * Math.max(1, leastOf(fields)) > end - at - 4) return { brokenAt: at }
  const rows: Row[] = []
  let here = at + 4
  for (let i = 0; i < count; i++) {
    const read = readRow(fields, bytes, here, end)
    if ('brokenAt' in read) return read
    rows.push(read.row)
    here = read.end
  }
  return { value: rows, end: here }
}

export function writeRow(writer: ByteWriter, fields: readonly Field[], row: Row): void {
  for (const [name, kind] of fields) {
    const value = row[name]
    if (value === undefined) return
    if (typeof kind !== 'string') {
      const rows = value as readonly Row[]
      writer.u32le(rows.length)
      for (const entry of rows) writeRow(writer, kind, entry)
    } else writeOne(writer, kind, value)
  }
}

function writeOne(writer: ByteWriter, kind: Kind, value: Value): void {
  switch (kind) {
    case 'text':
      writer.u32le((value as Uint8Array).length).bytes(value as Uint8Array)
      break
    case 'ip':
      writer.bytes(parseIp4(value as string)!.reverse())
      break
    case 'u8':
      writer.u8(value as number)
      break
    case 'u16':
      writer.u16le(value as number)
      break
    case 'u32':
      writer.u32le(value as number)
      break
    case 'u64':
      writer.u64leBig(BigInt(value as number))
      break
    case 'rest':
      writer.bytes(value as Uint8Array)
  }
}

/** A field that is a number, or undefined where it was not sent. */
export function numberIn(row: Row, name: string): number | undefined {
  const value = row[name]
  return typeof value === 'number' ? value : undefined
}

/** A field that is text, decoded, or undefined where it was not sent. */
export function textIn(row: Row, name: string): string | undefined {
  const value = row[name]
  if (typeof value === 'string') return value
  return value instanceof Uint8Array ? text(value) : undefined
}

export function rowsIn(row: Row, name: string): readonly Row[] {
  const value = row[name]
  return Array.isArray(value) ? (value as readonly Row[]) : []
}
