/** The bytes of files that exist only in experiments: any part of them, without making the whole. */
import type { PeerFile } from './peer.ts'

/**
 * @param at  offset in the file, in bytes
 * @param size  how many bytes; less come where the file ends before
 */
export function fileBytes(file: PeerFile, at: number, size: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(0, Math.min(size, file.size - at)))
  for (let i = 0; i < bytes.length; i++) bytes[i] = byteAt(file.seed, at + i)
  return bytes
}

/** A mixer of 32 bits (constants of murmur3's finish), so that every byte depends on its place. */
function byteAt(seed: number, at: number): number {
  let mixed = Math.imul(seed ^ at, 0x85eb_ca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35)
  return (mixed ^ (mixed >>> 16)) & 0xff
}
