/**
 * Bencoding, the way BitTorrent writes data: read with the offsets of every value, written canonically.
 * Source: BEP 3 "bencoding".
 *
 *   string       <length in decimal> ':' <bytes>
 *   integer      'i' <decimal, no leading zero, no -0> 'e'
 *   list         'l' <values> 'e'
 *   dictionary   'd' (<string> <value>)* 'e'          keys sorted by their raw bytes
 *
 * Strict where two readers could differ (numbers, lengths), tolerant where the bytes can be kept as
 * they are: unsorted and repeated keys are read and told. Nesting is bounded by
 * `limits.bencodeDepthMax`, strings by the bytes that are there.
 */
import { ByteWriter } from '../../core/bytes.ts'
import { limits } from '../../core/limits.ts'
import { malformed, message, need, type Outcome } from '../../core/outcome.ts'
import { latin1 } from '../../core/text.ts'

/**
 * `7` | `9223372036854775807n` (where a double is not exact) | the bytes of a string, as a view |
 * `[…]` | a dictionary.
 */
export type BValue = number | bigint | Uint8Array | readonly BValue[] | BDict

// biome-ignore format: a table
export const BENCODE_FAULTS = [
  'bencode-bad-start',         // no value begins with this byte
  'bencode-bad-integer',       // empty, leading zero, -0, a sign alone, another character
  'bencode-bad-length',        // leading zero, another character than ':' after the digits
  'bencode-too-deep',          // limits.bencodeDepthMax
  'bencode-too-long',          // a number of more digits, or a string of more bytes, than is believed
  'bencode-key-not-string',    // a dictionary key that is no string
  'bencode-value-missing',     // a dictionary that ends after a key
] as const

/** 2^128 has 39 digits; nothing real is longer than 2^64. */
const INTEGER_DIGITS_MAX = 40

/** No string is believed to be longer: what the engine holds unread, in bytes. */
const STRING_BYTES_MAX = limits.unreadBytesMax

/** A dictionary of a few keys is searched as it stands, a larger one (scrape answers) by a map. */
const SEARCHED_KEYS_MAX = 24

const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const MINUS = 0x2d
const DICTIONARY = 0x64
const END = 0x65
const INTEGER = 0x69
const LIST = 0x6c

/**
 * A dictionary as it stood in the bytes: entries in their order, repeated keys included. Keys are
 * texts of one character per byte (latin-1), so that a key of raw bytes is kept exactly; `get`
 * gives the first of repeated keys.
 */
export class BDict {
  readonly keys: readonly string[]
  readonly values: readonly BValue[]
  /** Where each value begins and ends in the bytes it was read from; empty where it was made. */
  readonly starts: readonly number[]
  readonly ends: readonly number[]
  #places: Map<string, number> | undefined

  constructor(
    keys: readonly string[],
    values: readonly BValue[],
    starts: readonly number[] = [],
    ends: readonly number[] = [],
  ) {
    this.keys = keys
    this.values = values
    this.starts = starts
    this.ends = ends
  }

  /** A dictionary with its keys sorted as BEP 3 wants; keys without value are left out. */
  static of(entries: Readonly<Record<string, BValue | undefined>>): BDict {
    const keys = Object.keys(entries).filter((key) => entries[key] !== undefined)
    keys.sort((a, b) => (a < b ? -1 : 1))
    return new BDict(
      keys,
      keys.map((key) => entries[key]!),
    )
  }

  get size(): number {
    return this.keys.length
  }

  /** Index of the first entry with this key, or -1. */
  indexOf(key: string): number {
    if (this.keys.length <= SEARCHED_KEYS_MAX) return this.keys.indexOf(key)
    if (this.#places === undefined) {
      this.#places = new Map()
      for (let i = this.keys.length - 1; i >= 0; i--) this.#places.set(this.keys[i]!, i)
    }
    return this.#places.get(key) ?? -1
  }

  has(key: string): boolean {
    return this.indexOf(key) >= 0
  }

  get(key: string): BValue | undefined {
    const index = this.indexOf(key)
    return index < 0 ? undefined : this.values[index]
  }

  /** The bytes of a string, or undefined where the value is something else. */
  bytes(key: string): Uint8Array | undefined {
    const value = this.get(key)
    return value instanceof Uint8Array ? value : undefined
  }

  /** An integer that a double holds exactly. */
  number(key: string): number | undefined {
    const value = this.get(key)
    return typeof value === 'number' ? value : undefined
  }

  list(key: string): readonly BValue[] | undefined {
    const value = this.get(key)
    return isBList(value) ? value : undefined
  }

  dict(key: string): BDict | undefined {
    const value = this.get(key)
    return value instanceof BDict ? value : undefined
  }

  /** Offsets `[start, end)` of a value in the bytes it was read from: the infohash is taken there. */
  span(key: string): readonly [number, number] | undefined {
    const index = this.indexOf(key)
    if (index < 0 || this.starts[index] === undefined) return undefined
    return [this.starts[index], this.ends[index]!]
  }

  /** Whether the keys ascend, as BEP 3 wants. */
  get sorted(): boolean {
    for (let i = 1; i < this.keys.length; i++) {
      if (this.keys[i - 1]! > this.keys[i]!) return false
    }
    return true
  }

  /** Whether a key stands there more than once: readers differ in which value they take. */
  get duplicates(): boolean {
    return new Set(this.keys).size < this.keys.length
  }
}

export function isBList(value: BValue | undefined): value is readonly BValue[] {
  return Array.isArray(value)
}

/** Reading is one pass; the first thing wrong ends it and is left in `fault` or `needed`. */
class Reader {
  readonly bytes: Uint8Array
  at: number
  fault = ''
  needed = 0
  /** Whether what a cut list or dictionary holds so far is given instead of nothing. */
  readonly keepsCut: boolean

  constructor(bytes: Uint8Array, at: number, keepsCut = false) {
    this.bytes = bytes
    this.at = at
    this.keepsCut = keepsCut
  }

  /** Reading ended because the bytes did, and that is to be lived with. */
  get isCut(): boolean {
    return this.keepsCut && this.needed > 0
  }

  /** @returns undefined with `fault` or `needed` (an offset) set */
  value(depth: number): BValue | undefined {
    const byte = this.bytes[this.at]
    if (byte === undefined) return this.short(this.at + 1)
    if (byte >= ZERO && byte <= NINE) return this.string()
    if (byte === INTEGER) return this.integer()
    if (byte !== LIST && byte !== DICTIONARY) return this.broken('bencode-bad-start')
    if (depth >= limits.bencodeDepthMax) return this.broken('bencode-too-deep')
    this.at++
    return byte === LIST ? this.list(depth) : this.dict(depth)
  }

  short(offset: number): undefined {
    this.needed = offset
    return undefined
  }

  broken(fault: (typeof BENCODE_FAULTS)[number]): undefined {
    this.fault = fault
    return undefined
  }

  /** Moves behind `<length>:` and returns the length, or -1. */
  length(): number {
    const { bytes } = this
    const first = this.at
    let at = first
    let size = 0
    for (; at < bytes.length; at++) {
      const byte = bytes[at]!
      if (byte < ZERO || byte > NINE) break
      size = size * 10 + (byte - ZERO)
      if (size > STRING_BYTES_MAX) {
        this.broken('bencode-too-long')
        return -1
      }
    }
    if (at - first > 1 && bytes[first] === ZERO) this.broken('bencode-bad-length')
    else if (at >= bytes.length) this.short(at + 1)
    else if (bytes[at] !== COLON) this.broken('bencode-bad-length')
    else if (at + 1 + size > bytes.length) this.short(at + 1 + size)
    else {
      this.at = at + 1
      return size
    }
    return -1
  }

  string(): Uint8Array | undefined {
    const size = this.length()
    if (size < 0) return undefined
    const from = this.at
    this.at = from + size
    return this.bytes.subarray(from, this.at)
  }

  integer(): number | bigint | undefined {
    const { bytes } = this
    let at = this.at + 1
    const negative = bytes[at] === MINUS
    if (negative) at++
    const first = at
    let value = 0
    for (; at < bytes.length; at++) {
      const byte = bytes[at]!
      if (byte < ZERO || byte > NINE) break
      value = value * 10 + (byte - ZERO)
      if (at - first >= INTEGER_DIGITS_MAX) return this.broken('bencode-too-long')
    }
    const digits = at - first
    if (digits > 0 && bytes[first] === ZERO && (digits > 1 || negative)) {
      return this.broken('bencode-bad-integer')
    }
    if (at >= bytes.length) return this.short(at + 1)
    if (bytes[at] !== END || digits === 0) return this.broken('bencode-bad-integer')
    this.at = at + 1
    if (value > Number.MAX_SAFE_INTEGER) {
      const exact = BigInt(latin1(bytes, first, digits))
      return negative ? -exact : exact
    }
    return negative ? -value : value
  }

  list(depth: number): readonly BValue[] | undefined {
    const values: BValue[] = []
    while (this.bytes[this.at] !== END) {
      const value = this.value(depth + 1)
      if (value !== undefined) values.push(value)
      if (this.isCut) return values
      if (value === undefined) return undefined
    }
    this.at++
    return values
  }

  dict(depth: number): BDict | undefined {
    const keys: string[] = []
    const values: BValue[] = []
    const starts: number[] = []
    const ends: number[] = []
    while (this.bytes[this.at] !== END) {
      const key = this.key()
      if (key === undefined) break
      const start = this.at
      const value = this.value(depth + 1)
      if (value === undefined) break
      keys.push(key)
      values.push(value)
      starts.push(start)
      ends.push(this.at)
      if (this.isCut) break
    }
    if (this.fault !== '' || (this.needed > 0 && !this.isCut)) return undefined
    if (!this.isCut) this.at++
    return new BDict(keys, values, starts, ends)
  }

  /** A key that a value follows. */
  key(): string | undefined {
    const { bytes } = this
    const byte = bytes[this.at]
    if (byte === undefined) return this.short(this.at + 1)
    if (byte < ZERO || byte > NINE) return this.broken('bencode-key-not-string')
    const size = this.length()
    if (size < 0) return undefined
    const key = keyText(bytes, this.at, size)
    this.at += size
    return bytes[this.at] === END ? this.broken('bencode-value-missing') : key
  }
}

/** Texts of keys met before, so that the same few keys of every message cost no new string. */
const KEYS_KEPT = 256
const KEY_BYTES_KEPT_MAX = 20
const keptTexts: string[] = Array.from({ length: KEYS_KEPT }, () => '')

function keyText(bytes: Uint8Array, at: number, size: number): string {
  if (size === 0 || size > KEY_BYTES_KEPT_MAX) return latin1(bytes, at, size)
  const place = (bytes[at]! * 7 + bytes[at + size - 1]! * 31 + size * 13) % KEYS_KEPT
  const kept = keptTexts[place]!
  if (kept.length === size) {
    let i = 0
    while (i < size && kept.charCodeAt(i) === bytes[at + i]) i++
    if (i === size) return kept
  }
  const fresh = latin1(bytes, at, size)
  keptTexts[place] = fresh
  return fresh
}

/**
 * Read one bencoded value that begins at `at`. What follows it is the caller's matter: `size` tells
 * how far it went. Strings are views into `bytes`.
 * @returns need: at least so many bytes from `at`; a string that is cut short says its whole size
 * @faults  BENCODE_FAULTS
 */
export function bdecode(bytes: Uint8Array, at: number): Outcome<BValue> {
  const reader = new Reader(bytes, at)
  const value = reader.value(0)
  if (value !== undefined) return message(value, reader.at - at)
  if (reader.fault !== '') return malformed(reader.fault, Math.min(reader.at, bytes.length))
  return need(reader.needed - at)
}

/**
 * What a capture that cut the packet has left of a dictionary: the entries that are whole, and the
 * last one as far as it goes. Undefined where the bytes are no dictionary, or broken before the cut.
 */
export function bdecodeCut(bytes: Uint8Array, at: number): BDict | undefined {
  const value = new Reader(bytes, at, true).value(0)
  return value instanceof BDict ? value : undefined
}

/** The canonical bytes of a value; a dictionary is written in the order of its entries. */
export function bencode(value: BValue): Uint8Array {
  const writer = new ByteWriter()
  write(writer, value)
  return writer.finish()
}

function write(writer: ByteWriter, value: BValue): void {
  if (typeof value === 'number' || typeof value === 'bigint') {
    writer.latin1(`i${value}e`)
  } else if (value instanceof Uint8Array) {
    writer.latin1(`${value.length}:`).bytes(value)
  } else if (value instanceof BDict) {
    writer.u8(DICTIONARY)
    for (const [i, key] of value.keys.entries()) {
      writer.latin1(`${key.length}:`).latin1(key)
      write(writer, value.values[i]!)
    }
    writer.u8(END)
  } else {
    writer.u8(LIST)
    for (const item of value) write(writer, item)
    writer.u8(END)
  }
}
