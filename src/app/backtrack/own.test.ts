/** Of a dialogue with a peer, what the peer said of others is told. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '../../core/event.ts'
import { isOwn } from './own.ts'

const US = { ip: '127.0.0.1', port: 50_000 }
const THEY = { ip: '127.0.0.1', port: 6881 }
const OTHER = { ip: '127.0.0.1', port: 6882 }

function event(fields: object, ends = [US, THEY]): Event {
  return { ends, ...fields } as unknown as Event
}

test('What the crawl says, and what is said of it, is its own, though all share an address', () => {
  for (const [ours, theirs] of [
    [
      { type: 'message', side: 0 },
      { type: 'message', side: 1 },
    ],
    [
      { type: 'claim', by: US, about: OTHER },
      { type: 'claim', by: THEY, about: OTHER },
    ],
    [
      { type: 'claim', by: THEY, about: US },
      { type: 'claim', by: THEY, about: THEY },
    ],
    [
      { type: 'claim', by: THEY, about: { ip: US.ip, port: 0 } },
      { type: 'claim', by: THEY, about: { ip: '10.0.0.1', port: 0 } },
    ],
    [
      { type: 'request', by: US, of: THEY },
      { type: 'request', by: THEY, of: US },
    ],
    [
      { type: 'client', who: US },
      { type: 'client', who: THEY },
    ],
  ] as const) {
    assert.equal(isOwn(event(ours), US.ip), true, JSON.stringify(ours))
    assert.equal(isOwn(event(theirs), US.ip), false, JSON.stringify(theirs))
    assert.equal(isOwn(event(ours, [{ ip: '10.0.0.9', port: 1 }, US]), US.ip), false)
  }
})

test('Flows and limits are told of both sides', () => {
  assert.equal(isOwn(event({ type: 'flow' }), US.ip), false)
  assert.equal(isOwn({ type: 'limit', limit: 'x', count: 1, micros: 1 }, US.ip), false)
})
