/** Key blocks check and tell who speaks; lists of caches hold one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex } from '../../../core/bytes.ts'
import { randomFrom } from '../../../core/random.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { block, cacheTalk } from '../fixtures/make-links.ts'
import { cacheWire } from './cache.ts'
import { keyBlockWire, keyIdAt, ROLES } from './key-block.ts'

/** wpnp-crypto, test/crypto-test.js, "Crypt Key Extraction": a block that is one of a secondary client. */
const GOLDEN = fromHex('b89d3b49 71d6d135 07e720f6 a04934af')

test('the block that another program’s test gives is one of a secondary client', () => {
  const outcome = keyBlockWire.parse(GOLDEN, 0)
  assert.equal(outcome.kind, 'message')
  assert.equal(keyIdAt(GOLDEN, 0), 0x52)
  assert.equal(ROLES[0x52], 'secondary-client')
})

test('the contract of wires', () => {
  checkWire(keyBlockWire, [GOLDEN, ...Object.keys(ROLES).map((id) => block(Number(id)))])
  checkWire(cacheWire, [cacheTalk[0]![1]])
})

test('of 200,000 blocks of chance hardly one checks', () => {
  const random = randomFrom(16)
  let passed = 0
  const bytes = new Uint8Array(16)
  for (let round = 0; round < 200_000; round++) {
    for (let at = 0; at < 16; at++) bytes[at] = random()
    if (keyIdAt(bytes, 0) !== 0) passed++
  }
  // Two bytes must agree and the third be one of seven: 200,000 × 7 / 2^24 = 0.08.
  assert.ok(passed <= 2, `${passed}`)
})

test('a list whose block is not a cache’s is damage', () => {
  const bytes = cacheTalk[0]![1].slice()
  bytes.set(GOLDEN, 1)
  assert.deepEqual(cacheWire.parse(bytes, 0), {
    kind: 'malformed',
    fault: 'key-block-wrong',
    at: 1,
  })
})
