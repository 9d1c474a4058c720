/** Of a dialogue with a dark address, only what the caller said is told. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '../../core/event.ts'
import { isOwn } from './own.ts'

const CALLER = { ip: '192.0.2.9', port: 40_000 }
const DARK = { ip: '10.99.3.7', port: 6881 }
const isDark = (ip: string) => ip.startsWith('10.99.')

/** An event of a flow from the caller to the dark address, as far as it is looked at. */
function event(fields: object): Event {
  return { ends: [CALLER, DARK], ...fields } as unknown as Event
}

test('what the dark address says or is, is its own', () => {
  const both = [
    [
      { type: 'message', side: 0 },
      { type: 'message', side: 1 },
    ],
    [
      { type: 'fault', side: 0 },
      { type: 'fault', side: 1 },
    ],
    [
      { type: 'claim', by: CALLER, about: DARK },
      { type: 'claim', by: DARK, about: DARK },
    ],
    [
      { type: 'request', by: CALLER, of: DARK },
      { type: 'request', by: DARK, of: CALLER },
    ],
    [
      { type: 'client', who: CALLER },
      { type: 'client', who: DARK },
    ],
    [
      { type: 'verdict', host: CALLER.ip },
      { type: 'verdict', host: DARK.ip },
    ],
  ] as const
  for (const [theirs, ours] of both) {
    assert.equal(isOwn(event(theirs), isDark), false, theirs.type)
    assert.equal(isOwn(event(ours), isDark), true, ours.type)
  }
  assert.equal(isOwn(event({ type: 'flow' }), isDark), false)
})
