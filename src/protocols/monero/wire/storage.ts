/**
 * Named values inside named values: the bodies of Levin's messages.
 * Source: monero-project/monero docs/PORTABLE_STORAGE.md, contrib/epee/include/storages/.
 *
 *   storage   01 11 01 01 01 01 02 01 | version 01 | section
 *   section   count | count × (size u8, name | type u8 | value)
 *   count     the lowest two bits say how many bytes, 1, 2, 4 or 8; the number is what stands above them
 *   value     1…4 i64 i32 i16 i8 · 5…8 u64 u32 u16 u8 · 9 double · 10 count, bytes · 11 bool · 12 section
 *             type + 0x80: count, values of the type
 */
import { ByteWriter, bits, fromHex, hasAt, u64le } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import { latin1 } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'
import { BODY_BYTES_MAX } from './levin.ts'

const SIGNATURE = fromHex('011101010101020101')

/** Bytes of a number or text as they stand (a view), a section, or several of one type. */
export type Value = Uint8Array | Section | readonly Value[]

export interface Entry {
  readonly name: string
  readonly kind: number
  readonly value: Value
}

/** Names in the order of the message; a name may come twice. */
export class Section {
  readonly entries: readonly Entry[]

  constructor(entries: readonly Entry[]) {
    this.entries = entries
  }

  get(name: string): Value | undefined {
    return this.entries.find((entry) => entry.name === name)?.value
  }

  section(name: string): Section | undefined {
    const value = this.get(name)
    return value instanceof Section ? value : undefined
  }

  bytes(name: string): Uint8Array | undefined {
    const value = this.get(name)
    return value instanceof Uint8Array ? value : undefined
  }

  /** An unsigned number of any width; undefined where there is none. */
  number(name: string): number | undefined {
    const value = this.bytes(name)
    if (value === undefined || value.length > 8) return undefined
    let number = 0
    for (let i = value.length - 1; i >= 0; i--) number = number * 256 + value[i]!
    return number
  }

  list(name: string): readonly Value[] {
    const value = this.get(name)
    return value === undefined || value instanceof Uint8Array || value instanceof Section
      ? []
      : value
  }
}

/** Type → bytes of its values. */
const SIZES: Readonly<Record<number, number>> = {
  1: 8,
  2: 4,
  3: 2,
  4: 1,
  5: 8,
  6: 4,
  7: 2,
  8: 1,
  9: 8,
  11: 1,
}
const TEXT = 10
const SECTION = 12
const ARRAY = 0x80
/** Real messages use four. */
const DEPTH_MAX = 8

/** Where reading stands; `wrong` once something did not fit. */
interface Reading {
  readonly bytes: Uint8Array
  at: number
  wrong: boolean
}

function fail(reading: Reading): 0 {
  reading.wrong = true
  return 0
}

/** A count of things of which each takes at least `bytesEach`; more than there is room for is wrong. */
function countIn(reading: Reading, bytesEach: number): number {
  const { bytes, at } = reading
  const first = bytes[at]
  if (first === undefined) return fail(reading)
  const size = 2 ** bits(first, 0, 2)
  if (at + size > bytes.length) return fail(reading)
  const whole = u64le(padded(bytes, at, size), 0)
  const count = Math.floor(whole / 4)
  reading.at += size
  return count * bytesEach > bytes.length - reading.at ? fail(reading) : count
}

function padded(bytes: Uint8Array, at: number, size: number): Uint8Array {
  const eight = new Uint8Array(8)
  eight.set(bytes.subarray(at, at + size))
  return eight
}

function sectionIn(reading: Reading, depth: number): Section {
  const entries: Entry[] = []
  if (depth > DEPTH_MAX) fail(reading)
  // An entry takes a size, a name, a type and a value.
  for (let left = reading.wrong ? 0 : countIn(reading, 3); left > 0 && !reading.wrong; left--) {
    const { bytes, at } = reading
    const size = bytes[at] ?? bytes.length
    const kindAt = at + 1 + size
    if (kindAt >= bytes.length) fail(reading)
    else {
      reading.at = kindAt + 1
      const kind = bytes[kindAt]!
      entries.push({
        name: latin1(bytes, at + 1, size),
        kind,
        value: valueIn(reading, kind, depth),
      })
    }
  }
  return new Section(entries)
}

function valueIn(reading: Reading, kind: number, depth: number): Value {
  if (kind < ARRAY) return oneIn(reading, kind, depth)
  const values: Value[] = []
  const each = SIZES[kind - ARRAY] ?? 1
  for (let left = countIn(reading, each); left > 0 && !reading.wrong; left--) {
    values.push(oneIn(reading, kind - ARRAY, depth))
  }
  return values
}

function oneIn(reading: Reading, kind: number, depth: number): Value {
  if (kind === SECTION) return sectionIn(reading, depth + 1)
  const size = kind === TEXT ? countIn(reading, 1) : (SIZES[kind] ?? -1)
  const end = reading.at + size
  if (size < 0 || end > reading.bytes.length) fail(reading)
  if (reading.wrong) return NOTHING
  const value = reading.bytes.subarray(reading.at, end)
  reading.at = end
  return value
}

const NOTHING = new Uint8Array(0)

function parse(bytes: Uint8Array, at: number): Outcome<Section> {
  if (bytes.length - at > BODY_BYTES_MAX) return malformed('too-long', at)
  if (!hasAt(bytes, at, SIGNATURE)) return malformed('signature-wrong', at)
  const reading = { bytes, at: at + SIGNATURE.length, wrong: false }
  const section = sectionIn(reading, 0)
  if (reading.wrong) return malformed('value-broken', Math.min(reading.at, bytes.length))
  if (reading.at !== bytes.length) return malformed('bytes-left', reading.at)
  return message(section, bytes.length - at)
}

function emit(section: Section): Uint8Array {
  const writer = new ByteWriter().bytes(SIGNATURE)
  writeSection(writer, section)
  return writer.finish()
}

function writeCount(writer: ByteWriter, count: number): void {
  if (count < 2 ** 6) writer.u8(4 * count)
  else if (count < 2 ** 14) writer.u16le(4 * count + 1)
  else writer.u32le(4 * count + 2)
}

function writeSection(writer: ByteWriter, { entries }: Section): void {
  writeCount(writer, entries.length)
  for (const { name, kind, value } of entries) {
    writer.u8(name.length).latin1(name).u8(kind)
    if (value instanceof Uint8Array || value instanceof Section) writeOne(writer, kind, value)
    else {
      writeCount(writer, value.length)
      for (const one of value) writeOne(writer, kind - ARRAY, one)
    }
  }
}

function writeOne(writer: ByteWriter, kind: number, value: Value): void {
  if (value instanceof Section) writeSection(writer, value)
  else if (value instanceof Uint8Array) {
    if (kind === TEXT) writeCount(writer, value.length)
    writer.bytes(value)
  }
}

export const storageWire: Wire<Section> = {
  name: 'monero/storage',
  source: 'monero-project/monero docs/PORTABLE_STORAGE.md',
  carrier: 'datagram',
  messageBytesMax: BODY_BYTES_MAX,
  faults: ['too-long', 'signature-wrong', 'value-broken', 'bytes-left'],
  parse,
  emit,
}
