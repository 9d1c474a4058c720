/** CRC-32 of Ethernet, gzip and STUN (polynomial 0xedb88320, reflected). Source: RFC 1952, section 8. */

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte
  for (let i = 0; i < 8; i++) {
    rest = rest % 2 === 0 ? Math.floor(rest / 2) : (Math.floor(rest / 2) ^ 0xedb88320) >>> 0
  }
  return rest
})

export function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff
  for (const byte of bytes) {
    crc = (Math.floor(crc / 256) ^ TABLE[((crc % 256) ^ byte) % 256]!) >>> 0
  }
  return (crc ^ 0xffff_ffff) >>> 0
}
