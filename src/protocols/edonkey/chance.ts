/** Whether bytes look like chance, as everything obfuscated does. */
import type { Datagram } from '../../core/protocol.ts'

/** Bytes of a head that are looked at for randomness. */
const RANDOM_BYTES_MAX = 256

/**
 * Whether bytes look like chance: not mostly text, no value several times in a row, about as many
 * different values as n draws out of 256 give.
 */
export function looksRandom(bytes: Uint8Array): boolean {
  const size = Math.min(bytes.length, RANDOM_BYTES_MAX)
  if (hasRun(bytes, size) || hasWord(bytes, size)) return false
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

/** Where a header may stand, and how often a value comes in a row there by chance: once in 2,000. */
const HEADER_BYTES_MAX = 32
const HEADER_RUN = 3
/** The same behind it: once in 60,000. */
const RUN = 4

function hasRun(bytes: Uint8Array, size: number): boolean {
  let run = 1
  for (let at = 1; at < size; at++) {
    run = bytes[at] === bytes[at - 1] ? run + 1 : 1
    if (run >= (at < HEADER_BYTES_MAX ? HEADER_RUN : RUN)) return true
  }
  return false
}

/** So many printable bytes in a row are in 256 of chance once in 4,000 times: times and names are. */
const WORD = 14

function hasWord(bytes: Uint8Array, size: number): boolean {
  let run = 0
  for (let at = 0; at < size; at++) {
    run = bytes[at]! >= 0x20 && bytes[at]! < 0x7f ? run + 1 : 0
    if (run >= WORD) return true
  }
  return false
}

/** How often each byte value was seen; written anew by each call. */
const SEEN = new Uint16Array(256)

/** Bytes of two datagrams that are compared, and how many of them agree once in 10^5 by chance. */
const COMPARED_BYTES = 12
const AGREEING_BYTES = 3

/**
 * Whether datagrams look like chance: each by itself, and each beside the one before it. Where
 * several first bytes repeat, they are a header; a datagram sent again is hidden anew.
 */
export function datagramsLookRandom(datagrams: readonly Datagram[]): boolean {
  return datagrams.every(
    ({ bytes }, index) => looksRandom(bytes) && (index === 0 || differ(datagrams, index)),
  )
}

function differ(datagrams: readonly Datagram[], index: number): boolean {
  const [before, own] = [datagrams[index - 1]!, datagrams[index]!]
  const size = Math.min(before.bytes.length, own.bytes.length, COMPARED_BYTES)
  let agreeing = 0
  for (let at = 0; at < size; at++) if (before.bytes[at] === own.bytes[at]) agreeing++
  // All of them: captured twice, if it was at once.
  const twice = agreeing === size && own.micros - before.micros < CAPTURED_TWICE_MICROS
  return agreeing < AGREEING_BYTES || twice
}

const CAPTURED_TWICE_MICROS = 1_000
