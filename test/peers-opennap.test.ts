/** OpenNap peers at play: the sequence of the specification, as the engine reads it back. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointText } from '../src/core/address.ts'
import { eventsOf, typed } from './lab-in-test.ts'

const TUNING = 'urn:x-peerscope:opennap:350000:orchestra%20tuning.mp3'
const HARBOUR = 'urn:x-peerscope:opennap:90000:quiet%20harbour.mp3'

test('Login, search, download, alternate download and browse are read by their words', async () => {
  const events = await eventsOf('opennap-sequence.yaml')
  assert.deepEqual(typed(events, 'fault'), [])
  const types = typed(events, 'message').map(({ fields }) => fields.type as string)
  // In the order of the specification; what repeats is left out.
  const steps = [
    'login',
    'login-ok',
    'share',
    'search',
    'search-result',
    'search-end',
    'download',
    'upload-request',
    'upload-accept',
    'download-ok',
    'get',
    'push',
    'push-request',
    'send',
    'browse',
    'hotlist-add',
    'browse-file',
    'browse-end',
    // Nothing ends its digits but the end of the connection.
    'offset',
    'get-list',
    'list',
    'sign-off',
  ]
  const seen = [...new Set(types)].filter((type) => steps.includes(type))
  assert.deepEqual(seen, steps)

  const searches = typed(events, 'search').map(({ text }) => text)
  assert.deepEqual(searches, ['orchestra tuning', 'quiet harbour'])
  const moved = typed(events, 'transfer').map((each) => [
    endpointText(each.from),
    each.name,
    each.content,
    each.bytes,
  ])
  assert.deepEqual(moved, [
    ['198.51.100.2:6699', 'orchestra tuning.mp3', TUNING, 350_000],
    // Dora called: her port is that of her NAT.
    ['203.0.113.4:20001', 'quiet harbour.mp3', HARBOUR, 90_000],
  ])
  const nicks = new Set(typed(events, 'client').flatMap(({ nick }) => nick ?? []))
  assert.deepEqual([...nicks].sort(), ['alice', 'bob', 'dora'])
})

test('Of a call to a reversed address the claim names the address that was meant', async () => {
  const events = await eventsOf('opennap-reversed.yaml')
  const claims = typed(events, 'claim').map(({ about }) => endpointText(about))
  assert.ok(claims.includes('198.51.100.2:6699'), claims.join(' '))
  // Mallory's SYNs go to nobody, and the file comes by the alternate way.
  assert.equal(typed(events, 'transfer').length, 1)
  assert.ok(typed(events, 'message').some(({ fields }) => fields.type === 'push-request'))
})
