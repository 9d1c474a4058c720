/** Incidents and causes are said while events come, once each, and memory is let go. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Endpoint, endpointText } from '../../core/address.ts'
import type { Cause, Event, Flow, Incident, Stamp } from '../../core/event.ts'
import { Names } from '../../services/diagnose/misdirection.ts'
import { UsageError } from '../exit-codes.ts'
import { readDark } from './dark.ts'
import { type Found, Investigation } from './investigation.ts'
import { NO_NETWORKS } from './investigations.ts'

const T = 1_769_853_600_000_000
const SECOND = 1_000_000
const DARK = { ip: '198.51.100.7', port: 6881 }
const TELLER = { ip: '203.0.113.7', port: 6881 }
const HEARER = { ip: '10.0.0.1', port: 50_000 }

function stamp(second: number, ends: readonly [Endpoint, Endpoint]): Stamp {
  const micros = T + second * SECOND
  return {
    ...{ family: 'f', flow: second + 1, micros, ends, carrier: 'tcp' },
    ...{ capture: 'a', frame: second + 1 },
  }
}

const caller = (i: number) => ({ ip: `203.0.${Math.floor(i / 250)}.${1 + (i % 250)}`, port: 1000 })

function called(second: number, from: Endpoint, to: Endpoint): Event {
  const how = { part: 'peer', sureness: 'certain', reasons: [] } as const
  return { type: 'recognition', ...stamp(second, [from, to]), ...how }
}

function flow(second: number, from: Endpoint, to: Endpoint, isAnswered: boolean): Flow {
  const { micros, flow: number, capture, frame } = stamp(second, [from, to])
  return {
    ...{ type: 'flow', flow: number, micros, capture, frame, proto: 'TCP', protoNumber: 6 },
    ...{ ends: [from, to], startMicros: micros, endMicros: micros, bytes: [80, 80] },
    ...{ packets: [3, isAnswered ? 3 : 0], payloadBytes: [8, isAnswered ? 8 : 0] },
    ...{ tcpFlags: [2, isAnswered ? 18 : 0], fromStart: true, reason: 'closed' },
    p2p: { family: 'f', part: 'peer', sureness: 'certain', reasons: [] },
  }
}

function told(second: number, about: Endpoint): Event {
  return {
    ...{ type: 'claim', ...stamp(second, [HEARER, TELLER]), by: TELLER, about, part: 'peer' },
    ...{ carriers: 'tcp', via: 'pex' },
  }
}

/** Peers that are there, each told with its octets the other way round, and called so in vain. */
function* reversedWorld(from: number, count: number): Generator<Event> {
  for (let i = from; i < from + count; i++) {
    yield flow(10 * i, HEARER, { ip: `198.51.100.${i + 1}`, port: 6881 }, true)
    const wrong = { ip: `${i + 1}.100.51.198`, port: 6881 }
    yield told(10 * i + 1, wrong)
    yield flow(10 * i + 2, HEARER, wrong, false)
  }
}

const incidents = (found: readonly Found[]) =>
  found
    .filter((one): one is Incident => one.type === 'incident')
    .map(({ state, target, sources }) => `${state} ${endpointText(target)} ${sources}`)
const causes = (found: readonly Found[], hypothesis = 'byte-order') =>
  found.filter((one): one is Cause => one.type === 'cause' && one.hypothesis === hypothesis)

test('an incident is said when it opens, told of as it grows, and said again when it is over', () => {
  const found: Found[] = []
  const one = new Investigation(readDark(['198.51.100.0/24'])!, (event) => found.push(event))
  one.standing()
  for (let i = 0; i < 105; i++) one.consume(called(i, caller(i), DARK))
  assert.deepEqual(incidents(found), ['open 198.51.100.7:6881 101'])
  one.standing()
  one.standing()
  assert.deepEqual(incidents(found).slice(1), ['open 198.51.100.7:6881 105'])
  // Nobody came any more for longer than window and gap.
  const micros = T + 13 * 3600 * SECOND
  one.consume({ type: 'traffic', micros, seconds: 1, packets: 0, bytes: 0, flows: 0 })
  assert.deepEqual(incidents(found).slice(2), ['closed 198.51.100.7:6881 105'])
  one.standing()
  assert.equal(incidents(found).length, 3)
})

test('without dark networks a call in vain to what was named is one', () => {
  const found: Found[] = []
  const one = new Investigation(NO_NETWORKS, (event) => found.push(event))
  for (const event of reversedWorld(0, 1)) one.consume(event)
  one.finish()
  assert.deepEqual(incidents(found), ['open 1.100.51.198:6881 1', 'closed 1.100.51.198:6881 1'])
  assert.equal(one.counts.connections, 1)
})

test('causes are tested at most every ten seconds, and said where something is new', () => {
  const found: Found[] = []
  const one = new Investigation(NO_NETWORKS, (event) => found.push(event))
  for (const event of reversedWorld(0, 6)) one.consume(event)
  one.test(0)
  assert.equal(causes(found)[0]?.verdict, 'confirmed')
  assert.deepEqual([causes(found)[0]?.tested, causes(found)[0]?.hits], [6, 6])
  for (const event of reversedWorld(6, 2)) one.consume(event)
  one.test(9_999)
  assert.equal(causes(found).length, 1)
  one.test(1e9)
  assert.equal(causes(found)[1]?.hits, 8)
  // Nothing came since.
  one.test(2e9)
  assert.equal(causes(found).length, 2)
})

test('for a log only a verdict that turned is new, and what cannot be tested is none', () => {
  const found: Found[] = []
  const one = new Investigation(NO_NETWORKS, (event) => found.push(event))
  for (const event of reversedWorld(0, 2)) one.consume(event)
  one.test(0, true)
  assert.deepEqual(causes(found), [])
  for (const event of reversedWorld(2, 4)) one.consume(event)
  one.test(1e6, true)
  for (const event of reversedWorld(6, 2)) one.consume(event)
  one.test(2e6, true)
  assert.deepEqual(
    causes(found).map(({ verdict, hits }) => [verdict, hits]),
    [['confirmed', 6]],
  )
})

test('what explains is let go where there is too much, and does not unsay what was found', () => {
  const found: Found[] = []
  const one = new Investigation(NO_NETWORKS, (event) => found.push(event), { keptMax: 100 })
  for (const event of reversedWorld(0, 8)) one.consume(event)
  const client = { type: 'client', ...stamp(900, [HEARER, TELLER]), who: TELLER } as const
  for (let i = 0; i < 100; i++) one.consume({ ...client, software: 'X' })
  assert.deepEqual(
    causes(found).map(({ verdict }) => verdict),
    ['confirmed'],
  )
  one.consume(told(901, { ip: '9.9.9.9', port: 1 }))
  one.finish()
  assert.equal(causes(found).length, 1)
})

test('what DNS and requests call an address explains calls to it, also after the rest was let go', () => {
  const found: Found[] = []
  const names = Names.youngest(2)
  const one = new Investigation(readDark(['198.51.100.0/24'])!, (event) => found.push(event), {
    names,
    keptMax: 50,
  })
  const name = (ip: string) =>
    names.add({ name: 'tracker.example.net', ip, how: 'dns', capture: 'eth0', frame: 3 })
  name('192.0.2.1')
  name(DARK.ip)
  for (let i = 0; i < 60; i++) one.consume(flow(i, caller(i), DARK, false))
  one.test(0)
  const told = causes(found, 'dns-misdirection')
  const figures = told.map(({ verdict, hits, tested }) => [verdict, hits, tested])
  // Fifty are kept, and of those that come then the name is still known.
  assert.deepEqual(figures, [
    ['confirmed', 50, 50],
    ['confirmed', 10, 10],
  ])
  assert.match(
    told[0]!.text,
    /tracker\.example\.net stands for 198\.51\.100\.7:6881 \(DNS gave it in frame 3 of eth0\)/,
  )
  // A third address: the one named longest ago gives way, and that is said.
  name('192.0.2.2')
  assert.deepEqual(
    ['192.0.2.1', DARK.ip, '192.0.2.2'].map((ip) => names.of(ip).length),
    [0, 1, 1],
  )
  one.finish()
  const limit = found.find(({ type }) => type === 'limit')
  assert.deepEqual(limit, {
    ...{ type: 'limit', limit: 'investigatedNamesMax', count: 1 },
    micros: T + 59 * SECOND,
  })
})

test('so does the name by which a request calls its target', () => {
  const found: Found[] = []
  const one = new Investigation(readDark(['198.51.100.0/24'])!, (event) => found.push(event))
  const ends = [caller(0), DARK] as const
  const request = {
    log: 'tracker',
    name: 'announce',
    side: 0,
    fields: { host: 'tracker.example.net' },
  }
  one.consume({ type: 'message', ...stamp(0, ends), ...request } as Event)
  for (let i = 0; i < 20; i++) one.consume(flow(i, caller(i), DARK, false))
  one.finish()
  assert.equal(causes(found, 'dns-misdirection').at(-1)?.hits, 20)
})

test('dark networks are read, and what is none is refused', () => {
  assert.equal(readDark(undefined), undefined)
  assert.deepEqual(readDark(['unanswered']), NO_NETWORKS)
  assert.ok(readDark(['10.99.0.0/16', '2001:db8::/64'])?.space?.has('2001:db8::7'))
  assert.throws(() => readDark(['10.99.0.0/16', 'unanswered']), UsageError)
})
