/** ADC peers at play, as the engine reads them back. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertMovedAndListed } from './directconnect-in-test.ts'
import { eventsOf, typed } from './lab-in-test.ts'

test('In an ADC hub searches, calls both ways, lists and files are read by their words', async () => {
  const events = await eventsOf('directconnect-adc-sequence.yaml')
  assert.deepEqual(typed(events, 'fault'), [])
  const messages = typed(events, 'message')
  const count = (type: string) => messages.filter(({ fields }) => fields.type === type).length
  // Each is said to the hub, and by it to one other.
  assert.equal(count('rev-connect-to-me'), 2 * 2)
  assert.equal(count('connect-to-me'), 5 * 2)
  assertMovedAndListed(events)
  const words = new Set(typed(events, 'search').map(({ text }) => text))
  assert.deepEqual([...words].sort(), ['orchestra', 'orchestra tuning', 'quiet harbour'])
})
