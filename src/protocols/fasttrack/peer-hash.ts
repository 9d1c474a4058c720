/**
 * What a file is called: MD5 of its first 300 KiB, and a CRC over samples of the rest, xored with its
 * size. Between the samples anything may stand: so the network was poisoned.
 * Source: giFT-FastTrack src/fst_hash.c (the CRC is that of gzip without its last step, stored least
 * byte first; the checksum of old requests is CRC-16/XMODEM, 14 bits of it).
 */
import { createHash } from 'node:crypto'
import { ByteWriter, concat } from '../../core/bytes.ts'
import { crc32 } from '../formats/crc32.ts'

const CHUNK_BYTES = 307_200
const FIRST_SAMPLE = 1_048_576

/** @param part  bytes of the file from an offset */
export function fileHash(size: number, part: (at: number, size: number) => Uint8Array): Uint8Array {
  const md5 = createHash('md5').update(part(0, CHUNK_BYTES)).digest()
  const samples: Uint8Array[] = []
  if (size > CHUNK_BYTES) {
    let last = CHUNK_BYTES
    for (let at = FIRST_SAMPLE; at + 2 * CHUNK_BYTES < size; at *= 2) {
      samples.push(part(at, CHUNK_BYTES))
      last = at + CHUNK_BYTES
    }
    const end = Math.min(CHUNK_BYTES, size - last)
    samples.push(part(size - end, end))
  }
  const sum = crc32(concat(...samples)) ^ 0xffff_ffff ^ size
  return new ByteWriter().bytes(new Uint8Array(md5)).u32le(sum).finish()
}

export function checksumOf(hash: Uint8Array): number {
  let crc = 0
  for (const byte of hash) {
    crc ^= byte * 0x100
    for (let i = 0; i < 8; i++) crc = crc >= 0x8000 ? ((crc * 2) % 0x1_0000) ^ 0x1021 : crc * 2
  }
  return crc % 0x4000
}
