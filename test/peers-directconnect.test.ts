/** Direct Connect peers at play, as the engine reads them back. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointText } from '../src/core/address.ts'
import { Hosts } from '../src/services/detect/hosts.ts'
import { assertMovedAndListed } from './directconnect-in-test.ts'
import { eventsOf, typed } from './lab-in-test.ts'

test('Active and passive searches, calls both ways, lists and files are read by their words', async () => {
  const events = await eventsOf('directconnect-sequence.yaml')
  assert.deepEqual(typed(events, 'fault'), [])
  const messages = typed(events, 'message')
  const keys = messages.filter(({ fields }) => fields.type === 'key')
  // Three logins; of each of the five connections between clients both sides.
  assert.equal(keys.length, 3 + 2 * 5)
  assert.ok(keys.every(({ fields }) => fields.right === true))
  const count = (type: string) => messages.filter(({ fields }) => fields.type === type).length
  // Each is said to the hub, and by it to one other.
  assert.equal(count('rev-connect-to-me'), 2 * 2)
  assert.equal(count('connect-to-me'), 5 * 2)
  assertMovedAndListed(events)
})

test('Of a hub that misdirects all calls to the victim are told, and which hub they come from', async () => {
  const events = await eventsOf('directconnect-misdirects.yaml')
  const misled = typed(events, 'threat').filter(({ threat }) => threat === 'misdirected-connection')
  // A hundred by its order, and those who were asked to call others later.
  assert.ok(misled.length >= 100, String(misled.length))
  const hubs = typed(events, 'claim').filter(({ via }) => via === 'lock-ref')
  assert.ok(hubs.length >= 100, String(hubs.length))
  assert.deepEqual([...new Set(hubs.map(({ about }) => endpointText(about)))], ['192.0.2.8:411'])
  // Being called by hosts makes nobody one of them; the hub and those who called are.
  const judged = new Hosts()
  for (const event of events) judged.consume(event)
  const found = new Set(judged.verdicts().map(({ host }) => host))
  assert.ok(found.has('192.0.2.8'))
  assert.ok(found.size > 100, String(found.size))
  assert.ok(!found.has('198.51.100.80'))
})
