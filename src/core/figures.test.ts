/** Numbers in words: units change where four digits would stand, and nothing is rounded away. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  bytesText,
  countText,
  dateText,
  durationText,
  isoText,
  manyText,
  shareText,
} from './figures.ts'

test('bytes', () => {
  assert.equal(bytesText(0), '0 B')
  assert.equal(bytesText(999), '999 B')
  assert.equal(bytesText(1000), '1.0 kB')
  assert.equal(bytesText(9_960), '10 kB')
  assert.equal(bytesText(999_600), '1.0 MB')
  assert.equal(bytesText(12_345_678), '12 MB')
})

test('counts', () => {
  assert.equal(countText(999), '999')
  assert.equal(countText(1_234_567), '1,234,567')
  assert.equal(manyText(1, 'flow'), '1 flow')
  assert.equal(manyText(1000, 'flow'), '1,000 flows')
})

test('shares', () => {
  assert.equal(shareText(1, 3), '33.3 %')
  assert.equal(shareText(1, 100_000), '< 0.1 %')
  assert.equal(shareText(99_999, 100_000), '> 99.9 %')
  assert.equal(shareText(3, 3), '100.0 %')
  assert.equal(shareText(0, 0), '–')
})

test('times', () => {
  assert.equal(durationText(500_000), '500 ms')
  assert.equal(durationText(12_340_000), '12.3 s')
  assert.equal(durationText(125_000_000), '2 min 5 s')
  assert.equal(durationText(90_061_000_000), '1 d 1 h')
  assert.equal(dateText(1_795_165_200_000_000), '2026-11-20 09:00:00 UTC')
  assert.equal(dateText(1e30), '9999-12-31 23:59:59 UTC')
  assert.equal(isoText(1_795_165_200_000_042), '2026-11-20T09:00:00.000042Z')
})

test('dates are those of the platform, over leap years and centuries', () => {
  for (let day = 0; day < 2_900_000; day += 1 + (day % 37)) {
    const seconds = day * 86_400 + (day % 86_400)
    const expected = new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')
    assert.equal(dateText(seconds * 1_000_000), `${expected} UTC`)
  }
})
