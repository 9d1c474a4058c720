/** Our own events come out as they are. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EVENTS } from './fake-events.ts'
import { ndjsonLine } from './ndjson.ts'

test('every event reads back', () => {
  for (const event of EVENTS) {
    const line = ndjsonLine(event)
    assert.ok(!line.includes('\n'))
    assert.deepEqual(JSON.parse(line), event)
  }
})

test('a number that JSON cannot hold becomes a string', () => {
  const line = ndjsonLine({ type: 'totals', big: 2n ** 60n } as { type: 'totals' })
  assert.deepEqual(JSON.parse(line), { type: 'totals', big: '1152921504606846976' })
})
