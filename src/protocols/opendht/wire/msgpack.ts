/**
 * MessagePack, as far as OpenDHT writes it: every value in its shortest form, maps with text as keys.
 *
 * Source: msgpack/msgpack spec.md. Extension types are none of OpenDHT's and end the reading.
 */
import { type ByteWriter, u16be, u32be, u64beBig } from '../../../core/bytes.ts'

/** Texts are kept as bytes that came: `{ text }`; binary as views; large integers as bigint. */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | Uint8Array
  | { readonly text: Uint8Array }
  | { readonly float: Uint8Array }
  | readonly Value[]
  | { readonly map: readonly (readonly [Value, Value])[] }

type Read = { readonly value: Value; readonly end: number }

/** Values of certificates nest six deep. */
const DEPTH_MAX = 16

/** The value at `at`, or undefined where it is cut, too deep, or of a kind that nobody sends. */
export function readValue(bytes: Uint8Array, at: number, depth = 0): Read | undefined {
  if (at >= bytes.length || depth > DEPTH_MAX) return undefined
  const byte = bytes[at]!
  if (byte < 0x80) return { value: byte, end: at + 1 }
  if (byte < 0x90) return mapAt(bytes, at + 1, byte - 0x80, depth)
  if (byte < 0xa0) return listAt(bytes, at + 1, byte - 0x90, depth)
  if (byte < 0xc0) return textAt(bytes, at + 1, byte - 0xa0)
  if (byte >= 0xe0) return { value: byte - 256, end: at + 1 }
  const head = HEADS[byte]
  if (head === undefined || at + 1 + head > bytes.length) return undefined
  const from = at + 1
  const body = from + head
  switch (byte) {
    case 0xc0:
      return { value: null, end: body }
    case 0xc2:
    case 0xc3:
      return { value: byte === 0xc3, end: body }
    case 0xc4:
      return binaryAt(bytes, body, bytes[from]!)
    case 0xc5:
      return binaryAt(bytes, body, u16be(bytes, from))
    case 0xc6:
      return binaryAt(bytes, body, u32be(bytes, from))
    case 0xca:
    case 0xcb:
      return { value: { float: bytes.subarray(from, body) }, end: body }
    case 0xcc:
      return { value: bytes[from]!, end: body }
    case 0xcd:
      return { value: u16be(bytes, from), end: body }
    case 0xce:
      return { value: u32be(bytes, from), end: body }
    case 0xcf:
      return { value: u64beBig(bytes, from), end: body }
    case 0xd0:
      return { value: signed(bytes[from]!, 8), end: body }
    case 0xd1:
      return { value: signed(u16be(bytes, from), 16), end: body }
    case 0xd2:
      return { value: signed(u32be(bytes, from), 32), end: body }
    case 0xd3:
      return { value: BigInt.asIntN(64, u64beBig(bytes, from)), end: body }
    case 0xd9:
      return textAt(bytes, body, bytes[from]!)
    case 0xda:
      return textAt(bytes, body, u16be(bytes, from))
    case 0xdb:
      return textAt(bytes, body, u32be(bytes, from))
    case 0xdc:
      return listAt(bytes, body, u16be(bytes, from), depth)
    case 0xdd:
      return listAt(bytes, body, u32be(bytes, from), depth)
    case 0xde:
      return mapAt(bytes, body, u16be(bytes, from), depth)
    default:
      return mapAt(bytes, body, u32be(bytes, from), depth)
  }
}

/** First byte → bytes of the number or length behind it. */
// biome-ignore format: a table
const HEADS: Readonly<Record<number, number>> = {
  192: 0, 194: 0, 195: 0, 196: 1, 197: 2, 198: 4, 202: 4, 203: 8, 204: 1, 205: 2, 206: 4,
  207: 8, 208: 1, 209: 2, 210: 4, 211: 8, 217: 1, 218: 2, 219: 4, 220: 2, 221: 4, 222: 2,
  223: 4,
}

function signed(value: number, bitCount: number): number {
  return value >= 2 ** (bitCount - 1) ? value - 2 ** bitCount : value
}

function binaryAt(bytes: Uint8Array, at: number, size: number): Read | undefined {
  if (size > bytes.length - at) return undefined
  return { value: bytes.subarray(at, at + size), end: at + size }
}

function textAt(bytes: Uint8Array, at: number, size: number): Read | undefined {
  if (size > bytes.length - at) return undefined
  return { value: { text: bytes.subarray(at, at + size) }, end: at + size }
}

function listAt(bytes: Uint8Array, at: number, count: number, depth: number): Read | undefined {
  if (count > bytes.length - at) return undefined
  const values: Value[] = []
  let end = at
  for (let i = 0; i < count; i++) {
    const read = readValue(bytes, end, depth + 1)
    if (read === undefined) return undefined
    values.push(read.value)
    end = read.end
  }
  return { value: values, end }
}

function mapAt(bytes: Uint8Array, at: number, count: number, depth: number): Read | undefined {
  if (2 * count > bytes.length - at) return undefined
  const map: (readonly [Value, Value])[] = []
  let end = at
  for (let i = 0; i < count; i++) {
    const key = readValue(bytes, end, depth + 1)
    if (key === undefined) return undefined
    const value = readValue(bytes, key.end, depth + 1)
    if (value === undefined) return undefined
    map.push([key.value, value.value])
    end = value.end
  }
  return { value: { map }, end }
}

export function writeValue(writer: ByteWriter, value: Value): void {
  if (value === null) writer.u8(0xc0)
  else if (typeof value === 'boolean') writer.u8(value ? 0xc3 : 0xc2)
  else if (typeof value === 'number' || typeof value === 'bigint')
    writeNumber(writer, BigInt(value))
  else if (isList(value)) {
    if (value.length < 16) writer.u8(0x90 + value.length)
    else writeHead(writer, value.length, [undefined, 0xdc, 0xdd])
    for (const entry of value) writeValue(writer, entry)
  } else if (value instanceof Uint8Array) {
    writeHead(writer, value.length, [0xc4, 0xc5, 0xc6])
    writer.bytes(value)
  } else if ('text' in value) {
    if (value.text.length < 32) writer.u8(0xa0 + value.text.length)
    else writeHead(writer, value.text.length, [0xd9, 0xda, 0xdb])
    writer.bytes(value.text)
  } else if ('float' in value) writer.u8(value.float.length === 4 ? 0xca : 0xcb).bytes(value.float)
  else {
    if (value.map.length < 16) writer.u8(0x80 + value.map.length)
    else writeHead(writer, value.map.length, [undefined, 0xde, 0xdf])
    for (const [key, entry] of value.map) {
      writeValue(writer, key)
      writeValue(writer, entry)
    }
  }
}

/** Lists have a method called map, so they are told first. */
export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value)
}

function writeHead(
  writer: ByteWriter,
  size: number,
  [one, two, four]: readonly [number | undefined, number, number],
): void {
  if (one !== undefined && size < 0x100) writer.u8(one).u8(size)
  else if (size < 0x1_0000) writer.u8(two).u16be(size)
  else writer.u8(four).u32be(size)
}

function writeNumber(writer: ByteWriter, value: bigint): void {
  if (value >= 0n) {
    const number = Number(value)
    if (value < 0x80n) writer.u8(number)
    else if (value < 0x100n) writer.u8(0xcc).u8(number)
    else if (value < 0x1_0000n) writer.u8(0xcd).u16be(number)
    else if (value < 0x1_0000_0000n) writer.u8(0xce).u32be(number)
    else writer.u8(0xcf).u64beBig(value)
  } else if (value >= -32n) writer.u8(Number(value) + 256)
  else if (value >= -0x80n) writer.u8(0xd0).u8(Number(value) + 0x100)
  else if (value >= -0x8000n) writer.u8(0xd1).u16be(Number(value) + 0x1_0000)
  else if (value >= -0x8000_0000n) writer.u8(0xd2).u32be(Number(value) + 0x1_0000_0000)
  else writer.u8(0xd3).u64beBig(BigInt.asUintN(64, value))
}
