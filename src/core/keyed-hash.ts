/**
 * HalfSipHash-2-4 over sixteen bytes: a number that nobody without the key can foretell. For cookies
 * and tables that strangers fill, not for secrets.
 * Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF"; halfsiphash.c of its authors.
 */

/** Two random words. */
export type HashKey = readonly [number, number]

const MESSAGE_BYTES = 16
const LAST_WORD = MESSAGE_BYTES << 24

/** The four words are the message, each little-endian. @returns 0 to 2^32 - 1 */
export function keyedHash(key: HashKey, a: number, b: number, c: number, d: number): number {
  let v0 = key[0]
  let v1 = key[1]
  let v2 = key[0] ^ 0x6c796765
  let v3 = key[1] ^ 0x74656462
  // Two rounds for each word and the size; behind them, four to finish.
  for (let round = 0; round < 14; round++) {
    const word = round < 2 ? a : round < 4 ? b : round < 6 ? c : round < 8 ? d : LAST_WORD
    if (round < 10 && round % 2 === 0) v3 ^= word
    if (round === 10) v2 ^= 0xff
    v0 = (v0 + v1) | 0
    v1 = turned(v1, 5) ^ v0
    v0 = turned(v0, 16)
    v2 = (v2 + v3) | 0
    v3 = turned(v3, 8) ^ v2
    v0 = (v0 + v3) | 0
    v3 = turned(v3, 7) ^ v0
    v2 = (v2 + v1) | 0
    v1 = turned(v1, 13) ^ v2
    v2 = turned(v2, 16)
    if (round < 10 && round % 2 === 1) v0 ^= word
  }
  return (v1 ^ v3) >>> 0
}

function turned(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by))
}
