/** The reference vector of the hash's authors for sixteen bytes, and that its key and all words count. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyedHash } from './keyed-hash.ts'

test('vector 16 of vectors_hsip32: key 00 to 07, message 00 to 0f', () => {
  const key = [0x03020100, 0x07060504] as const
  const hash = keyedHash(key, 0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c)
  // d9 b5 ac 84
  assert.equal(hash, 0x84acb5d9)
})

test('another key, or another word at any place, gives another hash', () => {
  const words = [1, 2, 3, 4] as const
  const seen = new Set([keyedHash([5, 6], ...words), keyedHash([5, 7], ...words)])
  seen.add(keyedHash([4, 6], ...words))
  for (let at = 0; at < 4; at++) {
    const other = words.map((word, i) => (i === at ? word + 1 : word))
    seen.add(keyedHash([5, 6], ...(other as [number, number, number, number])))
  }
  assert.equal(seen.size, 7)
})
