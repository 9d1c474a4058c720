/**
 * Recursive length prefix: byte strings and lists of them.
 * Source: Ethereum yellow paper, appendix B; ethereum.org "RLP serialization".
 *
 *   00…7f   the byte itself          80…b7  string of 0…55 bytes    b8…bf  length in 1…8 bytes, string
 *                                    c0…f7  list of 0…55 bytes      f8…ff  length in 1…8 bytes, list
 */
import { concat } from '../../../core/bytes.ts'

/** `Uint8Array` (a view) or a list. */
export type Rlp = Uint8Array | readonly Rlp[]

/** Deeper than anything in use: a list of neighbours holds lists of strings. */
const DEPTH_MAX = 6
/** More than a datagram can hold. */
const ITEMS_MAX = 2048

export interface Found {
  readonly item: Rlp
  readonly size: number
}

/** The item at `at`, or undefined where none stands wholly before `end`. */
export function rlpAt(bytes: Uint8Array, at: number, end = bytes.length): Found | undefined {
  return itemAt({ bytes, left: ITEMS_MAX }, at, end, 0)
}

interface Reading {
  readonly bytes: Uint8Array
  left: number
}

function itemAt(reading: Reading, at: number, end: number, depth: number): Found | undefined {
  const { bytes } = reading
  if (at >= end || depth > DEPTH_MAX || reading.left-- <= 0) return undefined
  const first = bytes[at]!
  if (first < 0x80) return { item: bytes.subarray(at, at + 1), size: 1 }
  const isList = first >= 0xc0
  const code = first - (isList ? 0xc0 : 0x80)
  const lengthBytes = Math.max(0, code - 55)
  if (at + 1 + lengthBytes > end) return undefined
  const length = lengthBytes === 0 ? code : numberIn(bytes.subarray(at + 1, at + 1 + lengthBytes))
  const from = at + 1 + lengthBytes
  if (length > end - from || isWasteful(bytes, at, lengthBytes, length, isList)) return undefined
  const size = 1 + lengthBytes + length
  if (!isList) return { item: bytes.subarray(from, from + length), size }
  const items: Rlp[] = []
  for (let next = from; next < from + length; ) {
    const found = itemAt(reading, next, from + length, depth + 1)
    if (found === undefined) return undefined
    items.push(found.item)
    next += found.size
  }
  return { item: items, size }
}

/** Whether a shorter form would have said the same: only the shortest is valid. */
function isWasteful(
  bytes: Uint8Array,
  at: number,
  lengthBytes: number,
  length: number,
  isList: boolean,
): boolean {
  if (lengthBytes > 0) return length < 56 || bytes[at + 1] === 0
  return !isList && length === 1 && bytes[at + 1]! < 0x80
}

/** An unsigned number, most significant byte first; exact below 2^53. */
export function numberIn(bytes: Uint8Array): number {
  let value = 0
  for (const byte of bytes) value = value * 256 + byte
  return value
}

export function rlpOf(item: Rlp): Uint8Array {
  if (item instanceof Uint8Array) {
    if (item.length === 1 && item[0]! < 0x80) return item
    return concat(headOf(item.length, 0x80), item)
  }
  const body = concat(...item.map(rlpOf))
  return concat(headOf(body.length, 0xc0), body)
}

function headOf(length: number, base: number): Uint8Array {
  if (length < 56) return Uint8Array.of(base + length)
  const digits = bytesOfNumber(length)
  return concat(Uint8Array.of(base + 55 + digits.length), digits)
}

/** The shortest form: no bytes for zero. */
function bytesOfNumber(value: number): Uint8Array {
  const digits: number[] = []
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256)
  return Uint8Array.from(digits)
}

export function stringAt(list: Rlp | undefined, index: number): Uint8Array | undefined {
  if (list === undefined || list instanceof Uint8Array) return undefined
  const item = list[index]
  return item instanceof Uint8Array ? item : undefined
}

export function listAt(list: Rlp | undefined, index: number): readonly Rlp[] | undefined {
  if (list === undefined || list instanceof Uint8Array) return undefined
  const item = list[index]
  return item === undefined || item instanceof Uint8Array ? undefined : item
}
