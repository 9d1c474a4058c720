/** XXH64 against an implementation in big integers, and against known values. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, u32le, u64leBig } from '../../core/bytes.ts'
import { randomFrom } from '../../core/random.ts'
import { Xxh64 } from './xxh64.ts'

const MASK = (1n << 64n) - 1n
const P1 = 0x9e3779b185ebca87n
const P2 = 0xc2b2ae3d27d4eb4fn
const P3 = 0x165667b19e3779f9n
const P4 = 0x85ebca77c2b2ae63n
const P5 = 0x27d4eb2f165667c5n
const rotated = (x: bigint, bits: bigint) => ((x << bits) | (x >> (64n - bits))) & MASK
const round = (lane: bigint, input: bigint) =>
  (rotated((lane + input * P2) & MASK, 31n) * P1) & MASK

/** The specification, word for word. */
function slow(bytes: Uint8Array): bigint {
  let at = 0
  let hash = P5
  if (bytes.length >= 32) {
    const lanes = [(P1 + P2) & MASK, P2, 0n, -P1 & MASK]
    for (; at + 32 <= bytes.length; at += 32) {
      for (let i = 0; i < 4; i++) lanes[i] = round(lanes[i]!, u64leBig(bytes, at + 8 * i))
    }
    const [a, b, c, d] = lanes as [bigint, bigint, bigint, bigint]
    hash = (rotated(a, 1n) + rotated(b, 7n) + rotated(c, 12n) + rotated(d, 18n)) & MASK
    for (const lane of lanes) hash = ((hash ^ round(0n, lane)) * P1 + P4) & MASK
  }
  hash = (hash + BigInt(bytes.length)) & MASK
  for (; at + 8 <= bytes.length; at += 8) {
    hash = (rotated(hash ^ round(0n, u64leBig(bytes, at)), 27n) * P1 + P4) & MASK
  }
  if (at + 4 <= bytes.length) {
    hash = (rotated(hash ^ ((BigInt(u32le(bytes, at)) * P1) & MASK), 23n) * P2 + P3) & MASK
    at += 4
  }
  for (; at < bytes.length; at++) {
    hash = (rotated(hash ^ ((BigInt(bytes[at]!) * P5) & MASK), 11n) * P1) & MASK
  }
  hash = ((hash ^ (hash >> 33n)) * P2) & MASK
  hash = ((hash ^ (hash >> 29n)) * P3) & MASK
  return hash ^ (hash >> 32n)
}

function quick(bytes: Uint8Array, cut: number): number {
  const hash = new Xxh64()
  for (let at = 0; at < bytes.length; at += cut) hash.update(bytes.subarray(at, at + cut))
  return hash.low32()
}

test('known values', () => {
  // Of the empty text and of "abc", as xxhsum -H64 prints them.
  for (const [text, wanted] of [
    ['', 0xef46db3751d8e999n],
    ['abc', 0x44bc2cf5ad770999n],
  ] as const) {
    assert.equal(slow(bytesOf(text)), wanted)
    assert.equal(quick(bytesOf(text), 1), Number(wanted & 0xffffffffn))
  }
})

test('every length, however it is cut, as big integers have it', () => {
  const random = randomFrom(4)
  for (let size = 0; size < 200; size++) {
    const bytes = Uint8Array.from({ length: size }, () => random())
    const wanted = Number(slow(bytes) & 0xffffffffn)
    for (const cut of [1, 7, 32, 33, 1000])
      assert.equal(quick(bytes, cut), wanted, `${size}, ${cut}`)
  }
})
