/**
 * Fields of a protobuf message, in the order in which they were sent, so that writing them gives the
 * bytes again: a key (number × 8 + kind) as varint, then a varint (kind 0), 8 bytes (1), a length and
 * bytes (2) or 4 bytes (5).
 *
 * Source: protobuf.dev, "Encoding"; the fields used here: syncthing/syncthing proto/lib/discover/local.proto.
 */
import type { ByteWriter } from '../../../core/bytes.ts'

/** `value` of kinds 0 is the number; of the others the bytes. */
export type Field =
  | { readonly number: number; readonly kind: 0; readonly value: bigint }
  | { readonly number: number; readonly kind: 1 | 2 | 5; readonly value: Uint8Array }

const VARINT_BYTES_MAX = 10
/** An announcement has three fields, one of them for each address. */
const FIELDS_MAX = 1024

/** The varint at `at` and where it ends; undefined where it is cut or too long. */
function varint(bytes: Uint8Array, at: number): { value: bigint; end: number } | undefined {
  let value = 0n
  for (let i = 0; i < VARINT_BYTES_MAX && at + i < bytes.length; i++) {
    const byte = bytes[at + i]!
    value += BigInt(byte % 128) * 128n ** BigInt(i)
    if (byte < 128) return { value, end: at + i + 1 }
  }
  return undefined
}

/** @returns all fields, or where they break */
export function readFields(bytes: Uint8Array, from: number): Field[] | { brokenAt: number } {
  const fields: Field[] = []
  for (let at = from; at < bytes.length; ) {
    const key = varint(bytes, at)
    if (key === undefined || fields.length >= FIELDS_MAX) return { brokenAt: at }
    const number = Number(key.value / 8n)
    const kind = Number(key.value % 8n)
    if (number === 0 || number > 0x1fff_ffff) return { brokenAt: at }
    if (kind === 0) {
      const value = varint(bytes, key.end)
      if (value === undefined) return { brokenAt: at }
      fields.push({ number, kind, value: value.value })
      at = value.end
      continue
    }
    if (kind !== 1 && kind !== 2 && kind !== 5) return { brokenAt: at }
    const length =
      kind === 2 ? varint(bytes, key.end) : { value: kind === 1 ? 8n : 4n, end: key.end }
    if (length === undefined || length.value > BigInt(bytes.length - length.end)) {
      return { brokenAt: at }
    }
    const end = length.end + Number(length.value)
    fields.push({ number, kind, value: bytes.subarray(length.end, end) })
    at = end
  }
  return fields
}

export function writeFields(writer: ByteWriter, fields: readonly Field[]): void {
  for (const { number, kind, value } of fields) {
    writeVarint(writer, BigInt(number) * 8n + BigInt(kind))
    if (kind === 0) writeVarint(writer, value as bigint)
    else {
      if (kind === 2) writeVarint(writer, BigInt((value as Uint8Array).length))
      writer.bytes(value as Uint8Array)
    }
  }
}

function writeVarint(writer: ByteWriter, value: bigint): void {
  let rest = value
  while (rest >= 128n) {
    writer.u8(Number(rest % 128n) + 128)
    rest /= 128n
  }
  writer.u8(Number(rest))
}
