/** Out of what the wire says: what a suspect was told, whom it called, what it passed on, as what. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Endpoint } from '../../core/address.ts'
import type { Event } from '../../core/event.ts'
import { MARK_GROUPS, type MarkGroup } from '../../core/taint.ts'
import { markAt } from './marks.ts'
import { Taint } from './taint.ts'

const SUSPECT = { ip: '203.0.113.5', port: 45_100 }
const TRACKER = { ip: '198.18.0.1', port: 6969 }
const LISTENER = { ip: '198.18.5.1', port: 6881 }
const FED = [
  { name: 'tracker', groups: MARK_GROUPS },
  { name: 'pex', groups: MARK_GROUPS },
] as const

function mark(channel: number, group: MarkGroup, number = 0): Endpoint {
  return markAt({ channel, group: MARK_GROUPS.indexOf(group), number })
}

function reversed({ ip, port }: Endpoint): Endpoint {
  return { ip: ip.split('.').reverse().join('.'), port }
}

/** `by` says to `to`, so many seconds after the beginning, that there is `about`. */
function claim(by: Endpoint, to: Endpoint, via: string, about: Endpoint, seconds = 0): Event {
  const fields = { type: 'claim', by, about, via, ends: [to, by], micros: 1e6 * seconds }
  return fields as unknown as Event
}

function call(to: Endpoint): Event {
  return { type: 'flow', proto: 'TCP', ends: [SUSPECT, to] } as unknown as Event
}

function taintOf(events: readonly Event[]) {
  const taint = new Taint({
    suspect: SUSPECT.ip,
    fed: FED,
    told: ['pex', 'dht-values'],
    count: 2,
    known: new Set([TRACKER.ip, LISTENER.ip]),
  })
  for (const event of events) taint.consume(event)
  return taint.result()
}

const fedAll = MARK_GROUPS.map((group) => claim(TRACKER, SUSPECT, 'tracker', mark(0, group), 1))
const pass = (group: MarkGroup) => claim(SUSPECT, LISTENER, 'pex', mark(0, group), 91)

function classOf(events: readonly Event[]): string {
  const { classes } = taintOf([...fedAll, ...events])
  return classes.find(({ channel, via }) => channel === 'tracker' && via === 'pex')!.passes
}

test('the class is that of the most distant group that is passed on', () => {
  assert.equal(classOf([pass('silent'), pass('answering'), pass('peer')]), 'full')
  assert.equal(classOf([pass('answering'), pass('peer')]), 'partial')
  assert.equal(classOf([pass('peer')]), 'handshake-only')
})

test('telling of others only is none; telling nothing is mute; being told nothing is unfed', () => {
  assert.equal(classOf([claim(SUSPECT, LISTENER, 'pex', TRACKER)]), 'none')
  assert.equal(classOf([claim(SUSPECT, LISTENER, 'pex', SUSPECT)]), 'mute')
  assert.equal(classOf([]), 'mute')
  const { classes } = taintOf(fedAll)
  assert.ok(
    classes.filter(({ channel }) => channel === 'pex').every((row) => row.passes === 'unfed'),
  )
})

test('rows say how many of how many, in which order of octets, and how long after', () => {
  const { told, fed } = taintOf([
    ...fedAll,
    claim(TRACKER, SUSPECT, 'tracker', mark(0, 'peer', 1), 11),
    call(mark(0, 'peer')),
    call(reversed(mark(0, 'answering'))),
    claim(SUSPECT, LISTENER, 'pex', mark(0, 'peer'), 61),
    claim(SUSPECT, LISTENER, 'pex', mark(0, 'peer', 1), 121),
    claim(SUSPECT, LISTENER, 'pex', mark(0, 'peer', 1), 181),
    claim(SUSPECT, LISTENER, 'pex', reversed(mark(0, 'silent')), 31),
  ])
  assert.deepEqual(told, [
    {
      channel: 'tracker',
      group: 'silent',
      via: 'pex',
      order: 'reversed',
      port: 'same',
      marks: 1,
      seconds: [30, 30],
    },
    {
      channel: 'tracker',
      group: 'peer',
      via: 'pex',
      order: 'identity',
      port: 'same',
      marks: 2,
      seconds: [60, 110],
    },
  ])
  assert.deepEqual(fed.slice(0, 3), [
    { channel: 'tracker', group: 'silent', marks: 2, fed: 1, called: 0, calledWrongly: {} },
    {
      channel: 'tracker',
      group: 'answering',
      marks: 2,
      fed: 1,
      called: 0,
      calledWrongly: { reversed: 1 },
    },
    { channel: 'tracker', group: 'peer', marks: 2, fed: 2, called: 1, calledWrongly: {} },
  ])
})

test('a mark is fed by its own channel only, and who is told of himself learns nothing', () => {
  const { fed, told, classes } = taintOf([
    claim(LISTENER, SUSPECT, 'pex', mark(0, 'peer')),
    claim(SUSPECT, mark(0, 'peer'), 'pex', mark(0, 'peer')),
  ])
  assert.equal(fed.find(({ group }) => group === 'peer')?.fed, 0)
  assert.deepEqual(told, [])
  assert.equal(classes[0]?.passes, 'unfed')
})

test('what others say to others is nobody’s telling here', () => {
  const { fed, told } = taintOf([claim(TRACKER, LISTENER, 'tracker', mark(0, 'peer'))])
  assert.ok(fed.every((row) => row.fed === 0))
  assert.deepEqual(told, [])
})

test('addresses that nobody fed are listed; those of who stands around are not', () => {
  const stray = { ip: '81.0.14.34', port: 57 }
  const { strange, strangeCount } = taintOf([
    claim(SUSPECT, LISTENER, 'pex', stray),
    claim(SUSPECT, LISTENER, 'pex', stray),
    claim(SUSPECT, LISTENER, 'pex', TRACKER),
  ])
  assert.deepEqual(strange, [{ via: 'pex', about: '81.0.14.34:57' }])
  assert.equal(strangeCount, 2)
})
