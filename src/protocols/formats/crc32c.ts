/**
 * CRC-32C (Castagnoli): polynomial 0x1edc6f41, reflected, all ones before and after.
 * Source: RFC 3720 section 12.1 and appendix B.4 (vectors).
 */

/** Remainder of each byte, computed on loading from the reflected polynomial. */
const TABLE = new Uint32Array(256)
for (let byte = 0; byte < 256; byte++) {
  let value = byte
  for (let bit = 0; bit < 8; bit++) {
    // Halving and choosing: the same as the usual shift, without leaving unsigned numbers.
    const half = Math.floor(value / 2)
    value = value % 2 === 1 ? xor32(half, 0x82f63b78) : half
  }
  TABLE[byte] = value
}

function xor32(a: number, b: number): number {
  const result = a ^ b
  return result < 0 ? result + 0x1_0000_0000 : result
}

/** The checksum of `size` bytes from `at`, as an unsigned number. */
export function crc32c(bytes: Uint8Array, at = 0, size = bytes.length - at): number {
  let crc = 0xffff_ffff
  const end = Math.min(bytes.length, at + size)
  for (let i = at; i < end; i++) {
    crc = xor32(TABLE[(crc ^ bytes[i]!) & 0xff]!, Math.floor(crc / 256))
  }
  return xor32(crc, 0xffff_ffff)
}
