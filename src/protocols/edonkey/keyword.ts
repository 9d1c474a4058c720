/**
 * Keywords of Kad: MD4 (RFC 1320) of a word in lower case and UTF-8. A hash cannot be turned back,
 * but the words of a file's name can be tried.
 * Source: eMule kademlia/kademlia/SearchManager.cpp (`GetWords`, `KadGetKeywordHash`).
 */
import { ByteWriter, hex, u32le } from '../../core/bytes.ts'

/** Words shorter than this many bytes are not keywords. */
const WORD_BYTES_MIN = 3
/** Names are at most a few hundred characters; more words are not tried. */
const WORDS_MAX = 32
const SEPARATORS = /[ ()[\]{}<>,._\-!?:;\\/"]+/

/** Hash → word, of the words that a name would be found by. */
export function keywordsIn(name: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const word of name.split(SEPARATORS).slice(0, WORDS_MAX)) {
    const lower = word.toLowerCase()
    const bytes = new TextEncoder().encode(lower)
    if (bytes.length >= WORD_BYTES_MIN) found.set(md4(bytes), lower)
  }
  return found
}

/** Order of words and shifts of the three rounds. */
// biome-ignore format: a table
const ROUNDS = [
  { order: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], shifts: [3, 7, 11, 19], add: 0 },
  { order: [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15], shifts: [3, 5, 9, 13], add: 0x5a827999 },
  { order: [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15], shifts: [3, 9, 11, 15], add: 0x6ed9eba1 },
] as const

/** MD4 as hex. OpenSSL 3 no longer offers it. */
export function md4(bytes: Uint8Array): string {
  const padded = new ByteWriter().bytes(bytes).u8(0x80)
  while (padded.size % 64 !== 56) padded.u8(0)
  const whole = padded.u64le(bytes.length * 8).finish()
  let state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]
  for (let at = 0; at < whole.length; at += 64) {
    let [a, b, c, d] = state as [number, number, number, number]
    for (const [round, { order, shifts, add }] of ROUNDS.entries()) {
      for (const [step, word] of order.entries()) {
        const mixed = a + mix(round, b, c, d) + u32le(whole, at + 4 * word) + add
        a = d
        d = c
        c = b
        b = rotated(mixed % 2 ** 32, shifts[step % 4]!)
      }
    }
    state = [a + state[0]!, b + state[1]!, c + state[2]!, d + state[3]!].map((x) => x % 2 ** 32)
  }
  const to = new ByteWriter()
  for (const word of state) to.u32le(word)
  return hex(to.finish())
}

function mix(round: number, x: number, y: number, z: number): number {
  if (round === 0) return ((x & y) | (~x & z)) >>> 0
  if (round === 1) return ((x & y) | (x & z) | (y & z)) >>> 0
  return (x ^ y ^ z) >>> 0
}

function rotated(value: number, count: number): number {
  return ((value * 2 ** count) % 2 ** 32) + Math.floor(value / 2 ** (32 - count))
}
