/**
 * Options of pcapng blocks, and the numbers in them.
 * Source: draft-ietf-opsawg-pcapng sections 3.5, 4.1, 4.2.
 *
 *   option   code u16 | size u16 | value, padded to 4             code 0 ends the list
 */
import { text } from '../../core/text.ts'
import { readU16, readU32 } from './format.ts'

/** Options as [code, where, size]; ends at opt_endofopt, or where they no longer fit. */
export function* options(
  bytes: Uint8Array,
  from: number,
  end: number,
  big: boolean,
): Generator<readonly [number, number, number]> {
  let at = from
  while (at + 4 <= end) {
    const code = readU16(bytes, at, big)
    const size = readU16(bytes, at + 2, big)
    if (code === 0 || at + 4 + size > end) return
    yield [code, at + 4, size]
    at += 4 + padded(size)
  }
}

export function padded(size: number): number {
  return (size + 3) & ~3
}

/** Text of an option; some writers end it with a zero. */
export function optionText(bytes: Uint8Array, at: number, size: number): string {
  let length = size
  while (length > 0 && bytes[at + length - 1] === 0) length--
  return text(bytes, at, length)
}

/** if_tsoffset: signed seconds. */
export function signed64(bytes: Uint8Array, at: number, big: boolean): number {
  const high = readU32(bytes, big ? at : at + 4, big) | 0
  return high * 0x1_0000_0000 + readU32(bytes, big ? at + 4 : at, big)
}

/** Counters are unsigned; exact up to 2^53. */
export function unsigned64(bytes: Uint8Array, at: number, big: boolean): number {
  const high = readU32(bytes, big ? at : at + 4, big)
  return high * 0x1_0000_0000 + readU32(bytes, big ? at + 4 : at, big)
}
