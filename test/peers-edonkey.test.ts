/** eDonkey peers at play, as the engine reads them back. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointText } from '../src/core/address.ts'
import { eventsOf, typed } from './lab-in-test.ts'

test('Logins, searches, sources, downloads, a callback and a list are read by their words', async () => {
  const events = await eventsOf('edonkey-sequence.yaml')
  assert.deepEqual(typed(events, 'fault'), [])
  const types = new Set(typed(events, 'message').map(({ fields }) => fields.type as string))
  const steps = [
    'login',
    'id-change',
    'offer-files',
    'search',
    'search-result',
    'get-sources',
    'found-sources',
    'hello',
    'hello-answer',
    'request-file-name',
    'start-upload',
    'accept-upload',
    'callback-request',
    'callback-requested',
    'ask-shared-files',
    'shared-files',
  ]
  assert.deepEqual(
    steps.filter((step) => !types.has(step)),
    [],
  )
  const words = typed(events, 'search').map(({ text }) => text)
  assert.deepEqual([...new Set(words)], ['orchestra AND tuning', 'quiet AND harbour', 'tuning'])

  const moved = typed(events, 'transfer').map(({ from, to, content, bytes }) => [
    from.ip,
    to.ip,
    content?.replace(/[0-9a-f]{32}$/, 'HASH'),
    bytes,
  ])
  assert.deepEqual(moved, [
    ['198.51.100.2', '192.0.2.1', 'urn:ed2k:HASH', 700_000],
    ['203.0.113.4', '192.0.2.1', 'urn:ed2k:HASH', 90_000],
    ['198.51.100.2', '203.0.113.4', 'urn:ed2k:HASH', 700_000],
  ])
  const sources = typed(events, 'claim').filter(({ via }) => via === 'server-sources')
  // Twice bob; dora has a LowID, which is no address.
  assert.deepEqual(
    [...new Set(sources.map(({ about }) => endpointText(about)))],
    ['198.51.100.2:4662'],
  )
})
