/**
 * The number before every list and text.
 * Source: bitcoin/bitcoin src/serialize.h ReadCompactSize.
 *
 *   below 253   the byte itself
 *   253         u16le        254   u32le        255   u64le
 *
 * A number that a shorter form could say is refused, as Bitcoin Core refuses it.
 */
import { type ByteWriter, u16le, u32le, u64leBig } from '../../../core/bytes.ts'

export interface CompactSize {
  readonly value: bigint
  /** Bytes that it took. */
  readonly size: number
}

/** @returns undefined where the bytes end too early or a shorter form would have done */
export function compactSizeAt(bytes: Uint8Array, at: number): CompactSize | undefined {
  const first = bytes[at]
  if (first === undefined) return undefined
  if (first < 253) return { value: BigInt(first), size: 1 }
  const size = first === 253 ? 3 : first === 254 ? 5 : 9
  if (at + size > bytes.length) return undefined
  const value =
    size === 3
      ? BigInt(u16le(bytes, at + 1))
      : size === 5
        ? BigInt(u32le(bytes, at + 1))
        : u64leBig(bytes, at + 1)
  const least = size === 3 ? 253n : size === 5 ? 0x1_0000n : 0x1_0000_0000n
  return value < least ? undefined : { value, size }
}

/** A count of things that take at least `bytesEach`, all of which must be there. */
export function countAt(
  bytes: Uint8Array,
  at: number,
  bytesEach: number,
): { count: number; size: number } | undefined {
  const found = compactSizeAt(bytes, at)
  if (found === undefined) return undefined
  const room = bytes.length - at - found.size
  if (found.value * BigInt(bytesEach) > BigInt(room)) return undefined
  return { count: Number(found.value), size: found.size }
}

export function writeCompactSize(writer: ByteWriter, value: bigint): ByteWriter {
  if (value < 253n) return writer.u8(Number(value))
  if (value < 0x1_0000n) return writer.u8(253).u16le(Number(value))
  if (value < 0x1_0000_0000n) return writer.u8(254).u32le(Number(value))
  return writer.u8(255).u64leBig(value)
}
