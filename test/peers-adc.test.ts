/** ADC peers at play, as the engine reads them back. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '../src/core/event.ts'
import { eventsOf } from './lab-in-test.ts'

function typed<T extends Event['type']>(events: readonly Event[], type: T) {
  return events.filter((event): event is Extract<Event, { type: T }> => event.type === type)
}

test('In an ADC hub searches, calls both ways, lists and files are read by their words', async () => {
  const events = await eventsOf('directconnect-adc-sequence.yaml')
  assert.deepEqual(typed(events, 'fault'), [])
  const messages = typed(events, 'message')
  const count = (type: string) => messages.filter(({ fields }) => fields.type === type).length
  // Each is said to the hub, and by it to one other.
  assert.equal(count('rev-connect-to-me'), 2 * 2)
  assert.equal(count('connect-to-me'), 5 * 2)

  const moved = typed(events, 'transfer').map(({ from, to, bytes, content }) => [
    from.ip,
    to.ip,
    bytes,
    content?.replace(/[A-Z2-7]{39}$/, 'ROOT'),
  ])
  const files = moved.filter(([, , , content]) => content === 'urn:tree:tiger:ROOT')
  assert.deepEqual(files, [
    ['198.51.100.2', '192.0.2.1', 350_000, 'urn:tree:tiger:ROOT'],
    ['198.51.100.2', '203.0.113.4', 350_000, 'urn:tree:tiger:ROOT'],
    ['203.0.113.4', '192.0.2.1', 90_000, 'urn:tree:tiger:ROOT'],
  ])
  const listed = typed(events, 'share').filter(({ via }) => via === 'file-list')
  assert.deepEqual(listed.map(({ name }) => name).sort(), [
    'orchestra tuning.ogg',
    'quiet harbour.ogg',
  ])
  const words = new Set(typed(events, 'search').map(({ text }) => text))
  assert.deepEqual([...words].sort(), ['orchestra', 'orchestra tuning', 'quiet harbour'])
})
