/** What of the events is a contact with dark space, and what came to it in all. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event, Flow, Incident, Recognition, Stamp } from '../../core/event.ts'
import { Contacts, WITHOUT_DARK } from './contacts.ts'
import { DarkSpace } from './dark-space.ts'
import { Incidents } from './incidents.ts'
import { evenness, growthOf, Radiation } from './radiation.ts'

const MINUTE = 60_000_000
const START = Date.UTC(2026, 0, 31, 23, 50) * 1000
const DARK = { ip: '198.51.100.7', port: 6881 }

function stampOf(flow: number, to = DARK): Stamp {
  const opener = { ip: `203.0.113.${flow % 200}`, port: 40_000 + flow }
  const micros = START + flow * 1_000_000
  return {
    family: 'f',
    ...{ flow, micros, ends: [opener, to], carrier: 'tcp', capture: 'a', frame: flow },
  }
}

function recognition(flow: number, to = DARK): Recognition {
  return {
    ...stampOf(flow, to),
    type: 'recognition',
    part: 'peer',
    sureness: 'certain',
    reasons: [],
  }
}

function flowOf(flow: number, more: Partial<Flow> = {}, to = DARK): Flow {
  const { micros, ends, capture, frame } = stampOf(flow, to)
  return {
    ...{ type: 'flow', flow, micros, capture, frame, proto: 'TCP', protoNumber: 6, ends },
    ...{ startMicros: micros, endMicros: micros + MINUTE, packets: [3, 3], bytes: [200, 200] },
    ...{ payloadBytes: [68, 0], fromStart: true, reason: 'timeout' },
    p2p: { family: 'f', part: 'peer', sureness: 'certain', reasons: [] },
    ...more,
  }
}

const { p2p: _, ...SILENT } = flowOf(0, { payloadBytes: [0, 0] })

function seen(events: readonly Event[], cidrs: readonly string[] | undefined) {
  const said: Incident[] = []
  const radiation = new Radiation()
  const hear = (event: Event) => event.type === 'incident' && said.push(event)
  const options = cidrs === undefined ? WITHOUT_DARK : { sourcesMax: 2 }
  const incidents = new Incidents(hear, options)
  const dark = cidrs && DarkSpace.of(cidrs)
  assert.ok(typeof dark !== 'string')
  const contacts = new Contacts(
    incidents,
    radiation,
    dark,
    new Set(['vpn']),
    new Set(['f results']),
  )
  for (const event of events) contacts.consume(event)
  incidents.finish()
  for (const incident of said) contacts.count(incident)
  const over = said.filter(({ state }) => state === 'closed')
  return { over, contacts, report: radiation.report(dark?.networks ?? 0) }
}

function asked(flow: number): Event[] {
  const by = stampOf(flow).ends[0]
  return [
    recognition(flow),
    { ...stampOf(flow), type: 'client', who: by, software: 'X', version: '1' },
    { ...stampOf(flow), type: 'client', who: DARK, software: 'of ours' },
    { ...stampOf(flow), type: 'request', by, of: DARK, what: 'handshake', content: 'urn:a' },
    flowOf(flow),
  ]
}

test('those who speak P2P to dark space are sources, with what they ask and what they are', () => {
  const { over } = seen([1, 2, 3].flatMap(asked), ['198.51.100.0/24'])
  assert.equal(over.length, 1)
  assert.deepEqual(over[0]!.target, DARK)
  assert.deepEqual(over[0]!.contents, [{ name: 'urn:a', count: 3 }])
  assert.deepEqual(over[0]!.software, [{ name: 'X 1', count: 3 }])
})

test('other addresses, neighbours and what was taken back are none', () => {
  const none = (events: readonly Event[], cidr = '198.51.100.0/24') =>
    assert.deepEqual(seen(events, [cidr]).over, [])
  const three = [1, 2, 3]
  none(three.flatMap(asked), '198.51.101.0/24')
  const vpn = three.map((flow) => ({ ...recognition(flow), family: 'vpn' }))
  none(vpn)
  none(three.flatMap((flow) => [recognition(flow), { ...recognition(flow), withdrawn: 'no' }]))
})

test('share of the radiation, systems, months and networks are counted', () => {
  const silent = { ...SILENT, flow: 900, ends: stampOf(900).ends }
  // 23:50 and a quarter of an hour: two months.
  const later = Array.from({ length: 5 }, (__, i) => {
    const { p2p: _, ...flow } = flowOf(
      i,
      { startMicros: START + 15 * MINUTE },
      {
        ip: '198.51.101.9',
        port: 23,
      },
    )
    return flow
  })
  const events = [...[1, 2, 3].flatMap(asked), silent, ...later]
  const { report } = seen(events, ['198.51.100.0/23'])
  assert.equal(report.connections, 9)
  assert.equal(report.p2p, 3)
  assert.deepEqual(report.months, [
    { month: '2026-01', connections: 4, p2p: 3, incidents: 1 },
    { month: '2026-02', connections: 5, p2p: 0, incidents: 0 },
  ])
  const [system] = report.systems
  assert.deepEqual(
    [system!.family, system!.connections, system!.incidents, system!.sources],
    ['f', 3, 1, 3],
  )
  assert.deepEqual(report.dispersion, {
    networks: 2,
    asked: 1,
    withIncidents: 1,
    evenness: 0,
    most: [{ network: '198.51.100.0/24', p2p: 3, incidents: 1 }],
  })
})

test('growth is that of the line through the logarithms; evenness that of the entropy', () => {
  // Twice as many each month is 2^12 times as many a year.
  const months = [100, 200, 400, 800].map((p2p, i) => ({
    ...{ month: `2009-${String(11 + i).padStart(2, '0')}`, connections: 0, p2p, incidents: 0 },
  }))
  months[2] = { ...months[2]!, month: '2010-01' }
  months[3] = { ...months[3]!, month: '2010-02' }
  assert.ok(Math.abs(growthOf(months)! - (4096 - 1)) < 1e-6)
  assert.equal(growthOf(months.slice(0, 2)), undefined)
  assert.equal(evenness([5, 5, 5, 5], 4), 1)
  assert.equal(evenness([20], 4), 0)
  // Two of four alike: ln 2 / ln 4.
  assert.ok(Math.abs(evenness([5, 5], 4) - 0.5) < 1e-12)
})

test('dark space is given as networks, and what is none is said', () => {
  assert.equal(DarkSpace.of(['198.51.100.0/24', 'here']), 'here')
  const dark = DarkSpace.of(['198.51.100.0/24', '198.51.101.0/24', '10.0.0.0/8', '2001:db8::/33'])
  assert.ok(typeof dark !== 'string')
  const inside = ['198.51.100.0', '198.51.101.255', '10.255.0.1', '2001:db8:7fff::1']
  const outside = ['198.51.99.255', '198.51.102.0', '11.0.0.0', '2001:db8:8000::1', '9.255.255.255']
  assert.deepEqual(
    inside.map((ip) => dark.has(ip)),
    inside.map(() => true),
  )
  assert.deepEqual(
    outside.map((ip) => dark.has(ip)),
    outside.map(() => false),
  )
  assert.equal(dark.networks, 2 + 65_536)
})

test('without dark space: who never answered and was named by P2P, and which message named it', () => {
  const gone = { ip: '192.0.2.99', port: 4662 }
  const here = { ip: '192.0.2.98', port: 4662 }
  const unknown = { ip: '192.0.2.97', port: 443 }
  const groups = ['239.192.152.143', '255.255.255.255', 'ff15::efc0:988f']
  const by = { ip: '198.51.100.3', port: 1 }
  const claim = (about: typeof gone): Event => ({
    ...{ ...stampOf(1), type: 'claim', by, about, part: 'peer', carriers: 'tcp', via: 'exchange' },
    content: 'urn:b',
  })
  const call = (flow: number, to: typeof gone, answers: number): Event => {
    const { p2p: _, ...silent } = flowOf(flow, { packets: [3, answers], payloadBytes: [0, 0] }, to)
    return silent
  }
  const { over, contacts } = seen(
    [
      claim(gone),
      claim(here),
      call(5, gone, 0),
      call(6, here, 1),
      call(7, here, 0),
      call(8, unknown, 0),
      // Nobody answers as a group.
      ...groups.flatMap((ip, i) => {
        const group = { ip, port: 6771 }
        return [claim(group), call(9 + i, group, 0)]
      }),
    ],
    undefined,
  )
  assert.deepEqual(
    over.map(({ target, family, sources, contents }) => [target, family, sources, contents]),
    [[gone, 'f', 1, [{ name: 'urn:b', count: 1 }]]],
  )
  assert.equal(contacts.taughtBy(gone)!.via, 'exchange')
  assert.deepEqual(contacts.taughtBy(gone)!.by, by)
})

test('a datagram to whoever answers none is no call in vain, told or recognised; a connection is', () => {
  const to = { ip: '203.0.113.44', port: 3100 }
  const by = { ip: '203.0.113.77', port: 9 }
  const about = (part: string): Event => ({
    ...{ ...stampOf(1), type: 'claim', by, about: to, part, carriers: 'udp', via: 'search' },
  })
  const p2p = (part: string) => ({
    p2p: { family: 'f', part, sureness: 'certain', reasons: [] } as const,
  })
  const [udp, unanswered] = [{ proto: 'UDP', protoNumber: 17 }, { packets: [1, 0] as const }]
  const { p2p: _, ...plain } = flowOf(2, { ...udp, ...unanswered }, to)
  const count = (...events: Event[]) => seen(events, undefined).over.length
  assert.equal(count(flowOf(2, { ...udp, ...unanswered, ...p2p('results') }, to)), 0)
  assert.equal(count(about('results'), plain), 0)
  assert.equal(count(flowOf(2, { ...udp, ...unanswered, ...p2p('peer') }, to)), 1)
  assert.equal(count(about('peer'), plain), 1)
  assert.equal(count(flowOf(2, { ...unanswered, ...p2p('results') }, to)), 1)
})

test('a call that speaks P2P counts while it goes on, and once', () => {
  const dark = ['198.51.100.0/24']
  assert.equal(seen([recognition(1), recognition(2)], dark).contacts.going, 2)
  const { contacts, report } = seen([recognition(1), recognition(2), flowOf(1)], dark)
  assert.deepEqual([contacts.going, report.connections, report.p2p], [1, 1, 1])
})
