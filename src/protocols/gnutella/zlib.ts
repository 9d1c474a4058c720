/** How a zlib stream begins. Ultrapeers deflate links to leaves with a smaller window: 68, not 78. */
import { bits, u16be } from '../../core/bytes.ts'

/** RFC 1950 2.2: method 8, a window of at most 32 KiB, and a multiple of 31 as both bytes. */
export function isZlib(bytes: Uint8Array): boolean {
  if (bytes.length < 2) return false
  return bits(bytes[0]!, 0, 4) === 8 && bits(bytes[0]!, 4, 4) <= 7 && u16be(bytes, 0) % 31 === 0
}
