/** Nothing is awaited from aMule in the hour before 2^32 milliseconds are over, some minutes more, and the hour after. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { amuleCannotAsk } from './amule-clock.ts'

test('aMule is left alone around the time at which its clock begins anew', () => {
  // 418 times 49.7 days since 1970: 418 * 4,294,967,296 ms.
  const over = Date.parse('2026-11-21T21:25:29.728Z')
  assert.equal(over, 418 * 4_294_967_296)
  assert.match(String(amuleCannotAsk(over)), /every 49.7 days/)
  assert.equal(amuleCannotAsk(over + 60 * 60_000), false)
  assert.equal(amuleCannotAsk(over - 64 * 60_000), false)
  assert.match(String(amuleCannotAsk(over - 62 * 60_000)), /every 49.7 days/)
  assert.match(String(amuleCannotAsk(over - 1)), /every 49.7 days/)
})
