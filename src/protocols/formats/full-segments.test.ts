/** A file being sent is told by its full segments, whether they come as they were sent or joined. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mostAreFull, segmentsSent } from './full-segments.ts'

test('segments that were joined count as those that were sent', () => {
  assert.equal(segmentsSent([]), 0)
  assert.equal(segmentsSent([1, -1460, 1448]), 3)
  // 65,160 bytes are 45 segments of 1,448, or 44.6 of 1,460.
  assert.equal(segmentsSent([-65_160]), 45)
})

test('most are full: as sent, joined, and both', () => {
  const sent = Array.from({ length: 12 }, () => -1448)
  assert.equal(mostAreFull(sent), true)
  assert.equal(mostAreFull([...sent, -100, -200, -300]), true)
  assert.equal(mostAreFull([-1448, -2896, -1448, -14_480, -1448, -4344]), true)
  assert.equal(mostAreFull([-65_160, -20_000]), true)
})

test('messages of all sizes are not, nor small ones of one size, nor none', () => {
  assert.equal(mostAreFull([1448, 300, 912, 77, 1448, 640]), false)
  assert.equal(mostAreFull([100, 100, 100, 100]), false)
  assert.equal(mostAreFull([2896, 300, 912, 77, 640]), false)
  assert.equal(mostAreFull([]), false)
})
