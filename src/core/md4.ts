/**
 * MD4, by which eDonkey names files and Kad its words. OpenSSL 3 no longer offers it.
 * Source: RFC 1320.
 */
import { ByteWriter, u32le } from './bytes.ts'

const BLOCK = 64

/** Order of words and shifts of the three rounds. */
// biome-ignore format: a table
const ROUNDS = [
  { order: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], shifts: [3, 7, 11, 19], add: 0 },
  { order: [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15], shifts: [3, 5, 9, 13], add: 0x5a827999 },
  { order: [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15], shifts: [3, 9, 11, 15], add: 0x6ed9eba1 },
] as const

/** @returns 16 bytes */
export function md4(bytes: Uint8Array): Uint8Array {
  const state = Int32Array.of(0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476)
  const whole = bytes.length - (bytes.length % BLOCK)
  for (let at = 0; at < whole; at += BLOCK) compress(state, bytes, at)
  const padded = new ByteWriter().bytes(bytes.subarray(whole)).u8(0x80)
  while (padded.size % BLOCK !== BLOCK - 8) padded.u8(0)
  const tail = padded.u64le(bytes.length * 8).finish()
  for (let at = 0; at < tail.length; at += BLOCK) compress(state, tail, at)
  const out = new ByteWriter()
  for (const word of state) out.u32le(word >>> 0)
  return out.finish()
}

const words = new Int32Array(16)

function compress(state: Int32Array, bytes: Uint8Array, at: number): void {
  for (let i = 0; i < 16; i++) words[i] = u32le(bytes, at + 4 * i)
  let [a, b, c, d] = [state[0]!, state[1]!, state[2]!, state[3]!]
  for (let round = 0; round < 3; round++) {
    const { order, shifts, add } = ROUNDS[round]!
    for (let step = 0; step < 16; step++) {
      const sum = (a + mix(round, b, c, d) + words[order[step]!]! + add) | 0
      const shift = shifts[step & 3]!
      a = d
      d = c
      c = b
      b = (sum << shift) | (sum >>> (32 - shift))
    }
  }
  state[0] = state[0]! + a
  state[1] = state[1]! + b
  state[2] = state[2]! + c
  state[3] = state[3]! + d
}

function mix(round: number, x: number, y: number, z: number): number {
  if (round === 0) return (x & y) | (~x & z)
  if (round === 1) return (x & y) | (x & z) | (y & z)
  return x ^ y ^ z
}
