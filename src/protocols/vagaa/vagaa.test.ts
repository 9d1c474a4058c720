/** Vagaa has no bytes of its own: its card is on no carrier and recognises nothing. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { vagaa } from './index.ts'

test('the card is on no carrier, so that no flow is ever shown to it', () => {
  assert.deepEqual(vagaa.carriers, [])
  assert.deepEqual(vagaa.starts, {})
  assert.equal(vagaa.openSession, undefined)
})
