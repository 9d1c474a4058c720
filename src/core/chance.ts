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

/** So many places at the head of datagrams are compared. */
const COMPARED_BYTES = 16
/** Of ten datagrams whose heads are chance, five places agree with the one before once in 3,000. */
const AGREEING_MAX = 4

/**
 * Whether datagrams look like chance each for itself, and together: a head in the clear has the same
 * values at the same places (a type, a version, an id), whatever chance follows it. Also not chance: a
 * DER sequence or application tag whose length is that of the datagram.
 */
export function lookRandomTogether(
  datagrams: readonly { readonly from: 0 | 1; readonly bytes: Uint8Array }[],
): boolean {
  const before: (Uint8Array | undefined)[] = [undefined, undefined]
  let agreeing = 0
  for (const { from, bytes } of datagrams) {
    if (!looksRandom(bytes) || isDer(bytes)) return false
    const last = before[from]
    before[from] = bytes
    if (last === undefined) continue
    const agree = agreeingBytes(last, bytes)
    // All of them: the same datagram sent again, which says nothing.
    if (agree < COMPARED_BYTES) agreeing += agree
    if (agreeing > AGREEING_MAX) return false
  }
  return true
}

function agreeingBytes(a: Uint8Array, b: Uint8Array): number {
  const end = Math.min(COMPARED_BYTES, a.length, b.length)
  let agree = 0
  for (let i = 0; i < end; i++) if (a[i] === b[i]) agree++
  return agree
}

/** A constructed tag, and a length in one or two bytes that is the rest: once in 2 million. */
function isDer(bytes: Uint8Array): boolean {
  const tag = bytes[0]!
  if (tag !== 0x30 && (tag < 0x60 || tag > 0x7f)) return false
  if (bytes[1] === 0x81) return bytes[2] === bytes.length - 3
  return bytes[1] === 0x82 && bytes[2]! * 256 + bytes[3]! === bytes.length - 4
}

/** Types and versions are small numbers; TLS has records of 22, RTMP version 3. */
const SMALL_NUMBER_MAX = 0x17

/** Whether both sides of a stream look like chance, and do not begin with the same small number. */
export function bothLookRandom([opener, other]: readonly [Uint8Array, Uint8Array]): boolean {
  if (opener[0] === other[0] && opener[0]! <= SMALL_NUMBER_MAX) return false
  return looksRandom(opener) && looksRandom(other)
}
