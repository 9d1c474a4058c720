/**
 * Incidents at their edges. Expected values are counted by hand from the definition: more than 100
 * sources, within 6 hours, scanners taken out.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Incident, LimitReached } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { type Contact, Incidents } from './incidents.ts'
import { keyOf } from './keys.ts'
import type { IncidentOptions } from './options.ts'

const HOUR = 3_600_000_000
const MINUTE = 60_000_000
/** 2009-06-01T00:03:07Z: on no step of ten minutes. */
const START = Date.UTC(2009, 5, 1, 0, 3, 7) * 1000
const DARK = keyOf('198.51.100.7')

function contactOf(source: number, micros: number, more: Partial<Contact> = {}): Contact {
  return {
    micros: START + micros,
    source: 0x0b00_0000 + source,
    target: DARK,
    port: 4662,
    payload: 'p2p',
    family: 'f',
    ...more,
  }
}

function found(contacts: readonly Contact[], options: Partial<IncidentOptions> = {}) {
  const said: (Incident | LimitReached)[] = []
  const incidents = new Incidents((event) => said.push(event), options)
  for (const contact of [...contacts].sort((a, b) => a.micros - b.micros)) {
    incidents.contact(contact)
  }
  incidents.finish()
  const all = said.filter((event): event is Incident => event.type === 'incident')
  return { all, over: all.filter(({ state }) => state === 'closed'), scanners: incidents.scanners }
}

/** So many sources, the first at the beginning and the last at the end of a span. */
function evenly(count: number, span: number, more: Partial<Contact> = {}): Contact[] {
  return Array.from({ length: count }, (_, i) =>
    contactOf(i, Math.round((i * span) / (count - 1)), more),
  )
}

test('101 sources in 6 hours are an incident, 100 are none, nor are 101 in 6 hours and a minute', () => {
  const [incident, ...rest] = found(evenly(101, 6 * HOUR)).over
  assert.deepEqual(rest, [])
  assert.equal(incident!.sources, 101)
  assert.equal(incident!.peak, 101)
  assert.equal(incident!.startMicros, START)
  assert.equal(incident!.endMicros, START + 6 * HOUR)
  assert.deepEqual(incident!.target, { ip: '198.51.100.7', port: 4662 })
  // 101 sources every 3.6 minutes from three minutes past the hour: 16 in the first hour.
  assert.equal(
    incident!.hours.reduce((sum, count) => sum + count),
    101,
  )
  assert.equal(incident!.hours[0], 16)
  assert.deepEqual(found(evenly(100, 6 * HOUR)).all, [])
  assert.deepEqual(found(evenly(100, MINUTE)).all, [])
  assert.deepEqual(found(evenly(101, 6 * HOUR + MINUTE)).all, [])
})

test('a source that comes again is one source', () => {
  const again = [...evenly(100, HOUR), ...evenly(100, 2 * HOUR), ...evenly(100, 3 * HOUR)]
  assert.deepEqual(found(again).all, [])
})

test('500 scanners that touch 200 dark addresses each are no incident', () => {
  const contacts: Contact[] = []
  for (let source = 0; source < 500; source++) {
    for (let i = 0; i < 200; i++) {
      // One after the other through the addresses, all in the first hour.
      const micros = source * 1000 + i * 10 * 1_000_000
      contacts.push(contactOf(source, micros, { target: Number(DARK) + i }))
    }
  }
  const { over, all, scanners } = found(contacts)
  assert.deepEqual(over, [])
  assert.equal(scanners, 500)
  // What looked like incidents for a moment was taken back.
  const states = all.map(({ target, state }) => `${target.ip} ${state}`).sort()
  assert.deepEqual(
    states.filter((state) => state.endsWith('open')).length,
    states.filter((state) => state.endsWith('withdrawn')).length,
  )
})

test('of a scanner nothing is kept but that it is one, however much it touches', () => {
  const incidents = new Incidents(() => undefined)
  const watched = () =>
    [...incidents.save()].flatMap((p) => (p.kind === 'watched' ? p.watched : []))
  const touches = (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      incidents.contact(contactOf(1, i * 1_000_000, { target: Number(DARK) + i }))
    }
    return watched().map((one) => [one.dropped, one.touches.length])
  }
  assert.deepEqual(touches(0, 9), [[undefined, 9]])
  assert.deepEqual(touches(9, 200), [['scan', 0]])
  assert.equal(incidents.scanners, 1)
  // Silent for longer than a window, it is somebody new.
  incidents.contact(contactOf(1, 7 * HOUR))
  assert.deepEqual(
    watched().map((one) => [one.dropped, one.touches.length]),
    [[undefined, 1]],
  )
})

test('nine addresses are no scan, ten are; on other ports, or in more than 6 hours, they are none', () => {
  const touching = (addresses: number, span: number, port = (_: number) => 4662) =>
    Array.from({ length: addresses }, (_, i) =>
      contactOf(0, (i * span) / addresses, { target: Number(DARK) + i, port: port(i) }),
    )
  assert.equal(found(touching(9, HOUR)).scanners, 0)
  assert.equal(found(touching(10, HOUR)).scanners, 1)
  assert.equal(found(touching(10, HOUR, (i) => 4662 + i)).scanners, 0)
  // Ten in seven hours, evenly: nine in any six.
  assert.equal(found(touching(10, 7 * HOUR)).scanners, 0)
})

test('scanners are taken out of an incident, also where they came before they were known', () => {
  const honest = evenly(120, 2 * HOUR)
  const scanners = Array.from({ length: 50 }, (_, i) =>
    Array.from({ length: 10 }, (_, j) =>
      contactOf(1000 + i, (i + 50 * j) * MINUTE * 0.5, { target: Number(DARK) + j }),
    ),
  ).flat()
  const [incident, ...rest] = found([...honest, ...scanners]).over
  assert.deepEqual(rest, [])
  assert.equal(incident!.sources, 120)
  assert.equal(incident!.peak, 120)
  assert.equal(
    incident!.hours.reduce((sum, count) => sum + count),
    120,
  )
})

test('whose first payload is something else does not count, unless it then speaks to the same port', () => {
  const other = evenly(150, HOUR, { payload: 'other', port: 80 })
  const later = evenly(150, HOUR).map((each) => ({ ...each, micros: each.micros + 2 * HOUR }))
  assert.deepEqual(found([...other, ...later]).all, [])
  // Encrypted at first, and openly at the second try.
  const retried = evenly(150, HOUR, { payload: 'other' })
  const [incident] = found([...retried, ...later]).over
  assert.equal(incident!.sources, 150)
  // A connection that was told late, at its end, and had come first.
  const told = later.map((each) => ({ ...each, micros: each.micros + HOUR }))
  const said: Incident[] = []
  const incidents = new Incidents((event) => event.type === 'incident' && said.push(event))
  for (const each of later) incidents.contact(each)
  for (const each of told) {
    incidents.contact({ ...each, micros: START, payload: 'other', port: 80 })
  }
  incidents.finish()
  assert.deepEqual(
    said.map(({ state }) => state),
    ['open', 'withdrawn'],
  )
})

test('an incident goes on while the window is too full, and ends six hours after', () => {
  const two = (gap: number) => [
    ...evenly(150, HOUR),
    ...evenly(150, HOUR).map((each) => ({ ...each, micros: each.micros + gap })),
  ]
  // The first burst leaves the window 6 to 7 hours after; 6 hours later it is over.
  const [one, ...none] = found(two(11 * HOUR)).over
  assert.deepEqual(none, [])
  assert.equal(one!.endMicros, START + 12 * HOUR)
  assert.equal(one!.sources, 150)
  const [first, second, ...rest] = found(two(16 * HOUR)).over
  assert.deepEqual(rest, [])
  assert.deepEqual([first!.startMicros, first!.endMicros], [START, START + HOUR])
  assert.deepEqual([second!.startMicros, second!.endMicros], [START + 16 * HOUR, START + 17 * HOUR])
})

test('an incident is said at once, and told with all once it is over', () => {
  const { all } = found(evenly(300, 3 * HOUR))
  assert.deepEqual(
    all.map(({ state, sources }) => [state, sources]),
    [
      ['open', 101],
      ['closed', 300],
    ],
  )
})

test('contents and software are those of the sources, each counted once', () => {
  const contacts = evenly(120, HOUR).flatMap((each, i) => {
    const what = { content: i < 80 ? 'urn:a' : 'urn:b', software: i < 30 ? 'X 1' : 'Y 2' }
    return [
      { ...each, ...what },
      { ...each, ...what, micros: each.micros + HOUR },
    ]
  })
  const [incident] = found(contacts).over
  assert.deepEqual(incident!.contents, [
    { name: 'urn:a', count: 80 },
    { name: 'urn:b', count: 40 },
  ])
  assert.deepEqual(incident!.software, [
    { name: 'Y 2', count: 90 },
    { name: 'X 1', count: 30 },
  ])
})

test('what some of the same sources ask on another port is part of the incident, not another', () => {
  const tcp = evenly(300, HOUR)
  const udp = evenly(150, HOUR, { port: 4672 })
  const [main, part, ...rest] = found([...tcp, ...udp]).over
  assert.deepEqual(rest, [])
  assert.deepEqual([main!.target.port, main!.targetShare, main!.partOf], [4662, 1, undefined])
  assert.deepEqual([part!.target.port, part!.targetShare], [4672, 0.5])
  assert.deepEqual(part!.partOf, { ip: '198.51.100.7', port: 4662 })
  // Others on the other port: two incidents.
  const others = udp.map((each) => ({ ...each, source: Number(each.source) + 10_000 }))
  const both = found([...tcp, ...others]).over
  assert.deepEqual(
    both.map(({ partOf }) => partOf),
    [undefined, undefined],
  )
})

test('other families, addresses and IPv6 are counted apart', () => {
  const contacts = [
    ...evenly(101, HOUR),
    ...evenly(101, HOUR, { family: 'g' }),
    ...evenly(101, HOUR, { target: keyOf('2001:db8::7') }),
    ...evenly(100, HOUR, { target: keyOf('2001:db8::8') }),
  ]
  assert.deepEqual(
    found(contacts)
      .over.map(({ family, target }) => `${family} ${target.ip}`)
      .sort(),
    ['f 198.51.100.7', 'f 2001:db8::7', 'g 198.51.100.7'],
  )
})

test('more sources than are told apart are estimated to a few percent', () => {
  const [incident] = found(evenly(40_000, 5 * HOUR)).over
  assert.equal(incident!.counting, 'estimate')
  // Four standard errors of 2.3 %.
  assert.ok(Math.abs(incident!.sources - 40_000) < 0.092 * 40_000, String(incident!.sources))
  assert.ok(Math.abs(incident!.peak - 40_000) < 0.092 * 40_000, String(incident!.peak))
})

test('thresholds are options', () => {
  const contacts = evenly(11, HOUR)
  assert.equal(found(contacts, { sourcesMax: 10 }).over.length, 1)
  assert.equal(found(contacts, { sourcesMax: 11 }).over.length, 0)
  assert.equal(found(contacts, { sourcesMax: 10, windowHours: 0.9 }).over.length, 0)
})

test('more addresses and sources than are watched: the oldest go, which is said, and no open incident', () => {
  const said: (Incident | LimitReached)[] = []
  const incidents = new Incidents((event) => said.push(event))
  for (const contact of evenly(150, MINUTE)) incidents.contact(contact)
  const count = limits.incidentWatchedMax + 1000
  for (let i = 0; i < count; i++) {
    incidents.contact(contactOf(1000 + i, 2 * MINUTE + i, { target: 0x0a00_0000 + i, port: 1024 }))
  }
  for (const contact of evenly(200, MINUTE)) {
    incidents.contact({ ...contact, micros: contact.micros + 20 * MINUTE })
  }
  incidents.finish()
  const counts = Object.fromEntries(
    said.flatMap((event) => (event.type === 'limit' ? [[event.limit, event.count]] : [])),
  )
  // One address is the incident's, and its sources came first.
  assert.ok(counts.incidentAddressesMax! >= count + 1 - limits.incidentAddressesMax)
  assert.ok(counts.incidentWatchedMax! >= 1000 + 150)
  const over = said.filter((event) => event.type === 'incident' && event.state === 'closed')
  assert.deepEqual(
    over.map((event) => event.type === 'incident' && event.sources),
    [200],
  )
})

test('what was saved at any moment goes on as if nothing had been, estimates too', () => {
  const contacts = [
    ...evenly(9_000, 5 * HOUR),
    ...evenly(300, 9 * HOUR, { port: 4672, software: 'X 1', content: 'urn:a' }),
    ...evenly(120, 20 * HOUR, { target: Number(DARK) + 3, family: 'g' }),
    ...Array.from({ length: 400 }, (_, i) =>
      contactOf(7 + (i % 40), i * 3 * MINUTE, { target: Number(DARK) + (i % 11), port: 9 }),
    ),
    ...evenly(150, 15 * HOUR, { payload: 'other', port: 80 }),
  ].sort((a, b) => a.micros - b.micros)
  const told = (cuts: readonly number[]) => {
    const said: (Incident | LimitReached)[] = []
    let incidents = new Incidents((event) => said.push(event))
    for (const [i, contact] of contacts.entries()) {
      if (cuts.includes(i)) {
        const pieces = [...incidents.save()].map((piece) => JSON.stringify(piece))
        incidents = new Incidents((event) => said.push(event))
        for (const piece of pieces) incidents.restore(JSON.parse(piece))
      }
      incidents.contact(contact)
    }
    incidents.finish()
    return { said, scanners: incidents.scanners }
  }
  const whole = told([])
  assert.ok(whole.said.some((event) => event.type === 'incident' && event.counting === 'estimate'))
  assert.ok(whole.scanners > 0)
  for (const cuts of [[1], [4_000], [8_700, 8_900, 9_300], [contacts.length - 1]]) {
    assert.deepEqual(told(cuts), whole, String(cuts))
  }
})
