/** Whether bytes look like chance, as everything obfuscated does. */
import type { Datagram } from '../../core/protocol.ts'

/** Bytes of a head that are looked at for randomness. */
const RANDOM_BYTES_MAX = 256

/**
 * Whether bytes look like chance: not mostly text, no run of zeros, about as many different values
 * as n draws out of 256 give.
 */
export function looksRandom(bytes: Uint8Array): boolean {
  const size = Math.min(bytes.length, RANDOM_BYTES_MAX)
  if (size < 12) return true
  SEEN.fill(0)
  let distinct = 0
  let printable = 0
  for (let at = 0; at < size; at++) {
    const byte = bytes[at]!
    if (SEEN[byte] === 0) distinct++
    SEEN[byte]!++
    if (byte >= 0x20 && byte < 0x7f) printable++
  }
  if (printable >= 0.7 * size || SEEN[0]! > 2 + size / 32) return false
  return distinct >= 0.8 * 256 * (1 - (255 / 256) ** size)
}

/** How often each byte value was seen; written anew by each call. */
const SEEN = new Uint16Array(256)

/** Bytes of two datagrams that are compared, and how many of them agree once in 10^5 by chance. */
const COMPARED_BYTES = 12
const AGREEING_BYTES = 3

/**
 * Whether datagrams look like chance: each by itself, and each beside the one before it. Where
 * several first bytes repeat, they are a header.
 */
export function datagramsLookRandom(datagrams: readonly Datagram[]): boolean {
  return datagrams.every(
    ({ bytes }, index) =>
      looksRandom(bytes) && (index === 0 || !shareHeader(datagrams[index - 1]!.bytes, bytes)),
  )
}

function shareHeader(a: Uint8Array, b: Uint8Array): boolean {
  const size = Math.min(a.length, b.length)
  let agreeing = 0
  for (let at = 0; at < Math.min(size, COMPARED_BYTES); at++) if (a[at] === b[at]) agreeing++
  if (agreeing < AGREEING_BYTES) return false
  // The same datagram captured twice is one.
  return a.length !== b.length || a.some((byte, at) => byte !== b[at])
}
