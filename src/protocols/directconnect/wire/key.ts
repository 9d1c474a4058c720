/**
 * What a client answers to a hub's or peer's `$Lock`: a sum without a secret, meant to keep other
 * programs out.
 *
 *     key[0] = lock[0] ^ lock[n−1] ^ lock[n−2] ^ 5        key[i] = lock[i] ^ lock[i−1]
 *     then the halves of each byte change places; 0, 5, 36, 96, 124, 126 are written `/%DCNnnn%/`
 *
 * Source: mldonkey, docs/dc1.txt and src/networks/direct_connect/dcKey.ml; fixtures/nmdc-hub.pcap.
 */
import { bits, bytesOf, concat } from '../../../core/bytes.ts'

const ESCAPED = [0, 5, 36, 96, 124, 126]

/** @returns undefined for a lock too short to have a key */
export function keyOf(lock: Uint8Array): Uint8Array | undefined {
  const count = lock.length
  if (count < 3) return undefined
  const parts: Uint8Array[] = []
  for (let i = 0; i < count; i++) {
    const plain =
      i === 0 ? lock[0]! ^ lock[count - 1]! ^ lock[count - 2]! ^ 5 : lock[i]! ^ lock[i - 1]!
    const byte = 16 * bits(plain, 0, 4) + bits(plain, 4, 4)
    parts.push(
      ESCAPED.includes(byte)
        ? bytesOf(`/%DCN${String(byte).padStart(3, '0')}%/`)
        : Uint8Array.of(byte),
    )
  }
  return concat(...parts)
}
