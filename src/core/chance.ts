/**
 * Whether bytes look like chance, as everything does that a cipher has been over. Text, base64 and
 * most binary formats do not; compressed bytes do.
 *
 * Chance itself is refused about once in 1,500 times, so that what is hidden is still found.
 */

/** So many bytes are looked at. */
const WINDOW_BYTES = 1024
/** Fewer of them show no more than runs and words. */
const TELLING_BYTES_MIN = 12

/** Where a header may stand, and how often a value comes in a row there by chance: once in 2,000. */
const HEADER_BYTES_MAX = 32
const HEADER_RUN = 3
/** The same behind it: once in 16,000. */
const RUN = 4
/** So many printable bytes in a row are in 1,024 of chance once in 4,500: times and names are. */
const WORD = 15

/** Whether bytes have no runs, no words, and their values are as many and as spread as chance's. */
export function looksRandom(bytes: Uint8Array, at = 0, size = bytes.length - at): boolean {
  const end = Math.min(bytes.length, at + size, at + WINDOW_BYTES)
  SEEN.fill(0)
  let distinct = 0
  let zeros = 0
  let high = 0
  let printable = 0
  let run = 0
  let word = 0
  let before = -1
  for (let i = at; i < end; i++) {
    const byte = bytes[i]!
    run = byte === before ? run + 1 : 1
    if (run >= (i - at < HEADER_BYTES_MAX ? HEADER_RUN : RUN)) return false
    before = byte
    distinct += 1 - SEEN[byte]!
    SEEN[byte] = 1
    high += HIGH[byte]!
    printable += PRINTABLE[byte]!
    word = (word + 1) * PRINTABLE[byte]!
    if (word >= WORD) return false
    if (byte === 0) zeros++
  }
  const count = end - at
  if (count < TELLING_BYTES_MIN) return true
  const spread = Math.sqrt(count)
  return (
    distinct >= FEWEST_DISTINCT[count]! &&
    zeros <= 2 + count / 32 &&
    Math.abs(high - count / 2) < DEVIATIONS * 0.5 * spread &&
    printable - PRINTABLE_SHARE * count < DEVIATIONS * 0.49 * spread
  )
}

/** Standard deviations that chance goes off its mean once in 15,000. */
const DEVIATIONS = 4

/** 1 for each value with the top bit set, and for each that is printable: no branch for chance. */
const HIGH = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x80 ? 1 : 0))
const PRINTABLE = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte < 0x7f ? 1 : 0,
)
const PRINTABLE_SHARE = 95 / 256

/** Which values were seen; written anew by each call. */
const SEEN = new Uint8Array(256)

/**
 * For each number of bytes, fewer different values than chance has. Of 256, n draws leave out
 * 256 e^(-n/256) on average, and deviate from that by the root of 256 (p − p² (1 + n/256)),
 * p = e^(-n/256); one more for few draws, which deviate in whole values.
 */
const FEWEST_DISTINCT = Uint16Array.from({ length: WINDOW_BYTES + 1 }, (_, count) => {
  const left = Math.exp(-count / 256)
  const variance = 256 * (left - left * left * (1 + count / 256))
  return Math.max(0, Math.ceil(256 * (1 - left) - DEVIATIONS * Math.sqrt(variance) - 1))
})
