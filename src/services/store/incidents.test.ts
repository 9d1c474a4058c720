/**
 * Incidents, causes, the map of a dark network and the ways of an address, on nine flows that are counted
 * by hand. Dark is 198.51.100.0/24; D is 198.51.100.7:6881, seconds are after T:
 *
 *   1  A 10.0.0.1 → 192.0.2.1:80      1..3    f; the tracker tells A of D at second 2
 *   2  A 10.0.0.1 → B 10.0.0.2:6881   8..11   f; A tells B of D at 10, and again at 11
 *   3  A → D                          4       f, unanswered
 *   4  B → D                          12      f, unanswered
 *   5  C 203.0.113.5 → D              20      f, unanswered; nobody told C
 *   6  203.0.113.6 → 198.51.100.9:80  21      of no known protocol
 *   7  A → 7.100.51.198:6881          5       f: D read backwards
 *   8  E 10.0.0.9 → F 10.0.0.8:6881   30      f; F tells E of D, in the name of G
 *   9  C 203.0.113.5 → 198.51.100.7:80  22    of no known protocol
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Endpoint } from '../../core/address.ts'
import type { Cause, Event, Flow, Incident } from '../../core/event.ts'
import { randomFrom } from '../../core/random.ts'
import type { StoreReader } from '../../core/store.ts'
import { HASH, SECOND, T } from './events-in-test.ts'
import { openStore, type Store } from './store.ts'

const D = { ip: '198.51.100.7', port: 6881 }
const TRACKER = { ip: '192.0.2.1', port: 80 }
const A = { ip: '10.0.0.1', port: 1000 }
const B = { ip: '10.0.0.2', port: 6881 }
const C = { ip: '203.0.113.5', port: 1000 }
const E = { ip: '10.0.0.9', port: 1000 }
const F = { ip: '10.0.0.8', port: 6881 }
const G = { ip: '192.0.2.99', port: 6346 }

function flow(
  number: number,
  ends: readonly [Endpoint, Endpoint],
  [from, to]: readonly [number, number],
  how: { readonly answered: boolean; readonly p2p: boolean },
): Flow {
  const packets = [2, how.answered ? 2 : 0] as const
  return {
    ...{ type: 'flow', flow: number, ends, capture: 'a.pcap', frame: 10 * number, packets },
    ...{ proto: 'TCP', protoNumber: 6, bytes: [80, 80], payloadBytes: [8, 8], fromStart: true },
    ...{ micros: T + to * SECOND, startMicros: T + from * SECOND, endMicros: T + to * SECOND },
    ...{ reason: 'closed' as const },
    ...(how.p2p && { p2p: { family: 'f', part: 'peer', sureness: 'certain', reasons: [] } }),
  }
}

const DEAD = { answered: false, p2p: true }
const ALIVE = { answered: true, p2p: true }
const OTHER = { answered: false, p2p: false }

function told(
  number: number,
  ends: readonly [Endpoint, Endpoint],
  second: number,
  by: Endpoint,
  via: string,
  about: Endpoint = D,
): Event {
  return {
    ...{ type: 'claim', family: 'f', flow: number, ends, micros: T + second * SECOND, by, about },
    ...{ capture: 'a.pcap', frame: 10 * number + second, carrier: 'tcp', part: 'peer' },
    ...{ carriers: 'tcp', via, content: HASH },
  }
}

const INCIDENT: Incident = {
  ...{ type: 'incident', micros: T + 20 * SECOND, state: 'open', family: 'f', target: D },
  ...{ startMicros: T + 4 * SECOND, endMicros: T + 12 * SECOND, peak: 2, sources: 2 },
  ...{ counting: 'exact', targetShare: 1, hours: [2] },
  contents: [{ name: HASH, count: 2 }],
  software: [{ name: '<b>X</b> 1', count: 1 }],
}
const SMALL: Incident = {
  ...{ ...INCIDENT, target: { ip: D.ip, port: 80 }, state: 'closed', sources: 1, partOf: D },
  ...{ startMicros: T + 22 * SECOND, endMicros: T + 22 * SECOND },
}
const WITHDRAWN: Incident = { ...INCIDENT, target: { ip: '198.51.100.9', port: 80 } }

function cause(hypothesis: string, verdict: Cause['verdict'], hits: number): Cause {
  return {
    ...{ type: 'cause', micros: T, subject: 'what f peers told', family: 'f', hypothesis, verdict },
    ...{ tested: 3, hits, controls: [{ name: 'swap', tested: 3, hits: 0 }], p: 0.01, text: 'So.' },
  }
}

const EVENTS: readonly Event[] = [
  told(1, [A, TRACKER], 2, TRACKER, 'tracker'),
  told(1, [A, TRACKER], 2, TRACKER, 'tracker', { ip: '10.0.0.77', port: 1 }),
  told(2, [A, B], 10, A, 'pex'),
  told(2, [A, B], 11, A, 'pex'),
  // Of itself: that is no way, but shows that it was there.
  told(8, [E, F], 29, D, 'announce'),
  told(8, [E, F], 30, G, 'hit'),
  flow(3, [A, D], [4, 4], DEAD),
  flow(1, [A, TRACKER], [1, 3], ALIVE),
  flow(7, [A, { ip: '7.100.51.198', port: 6881 }], [5, 5], ALIVE),
  flow(2, [A, B], [8, 11], ALIVE),
  flow(4, [B, D], [12, 12], DEAD),
  flow(5, [C, D], [20, 20], DEAD),
  flow(
    6,
    [
      { ip: '203.0.113.6', port: 9 },
      { ip: '198.51.100.9', port: 80 },
    ],
    [21, 21],
    OTHER,
  ),
  flow(9, [C, { ip: D.ip, port: 80 }], [22, 22], OTHER),
  flow(8, [E, F], [28, 30], ALIVE),
  INCIDENT,
  WITHDRAWN,
  SMALL,
  { ...WITHDRAWN, state: 'withdrawn' },
  cause('injection', 'refuted', 0),
  cause('byte-order', 'untested', 0),
]

let store: Store
let reader: StoreReader

before(async () => {
  store = await openStore(':memory:')
  const run = await store.writer.begin({ source: 'a.pcap', kind: 'capture', startedMicros: 1 })
  for (const event of EVENTS) store.writer.consume(run, event)
  await store.writer.flush()
  reader = store.reader
  // What goes on is told of again; the last word counts.
  const grown = { ...INCIDENT, sources: 3, endMicros: T + 20 * SECOND, hours: [3] }
  store.writer.consume(run, { ...grown, state: 'closed' })
  store.writer.consume(run, cause('byte-order', 'confirmed', 3))
  await store.writer.flush()
})
after(() => store.close())

test('incidents by sources, with the flow that began each; what was withdrawn is not listed', async () => {
  const { rows, total } = await reader.incidents({ limit: 10 })
  assert.equal(total, 2)
  const { type, ...said } = INCIDENT
  assert.deepEqual(rows[0], {
    ...said,
    ...{ id: '1.1', run: 1, state: 'closed', sources: 3, hours: [3] },
    endMicros: T + 20 * SECOND,
    first: { run: 1, micros: T + 4 * SECOND, capture: 'a.pcap', frame: 30, flow: '1.3' },
  })
  assert.deepEqual([rows[1]!.id, rows[1]!.partOf, rows[1]!.first?.flow], ['1.3', D, '1.9'])
})

test('incidents of a span, of an expression, at an address; the youngest first where asked', async () => {
  const ids = async (question: object) =>
    (await reader.incidents({ limit: 10, ...question })).rows.map(({ id }) => id).join(' ')
  assert.equal(await ids({ order: 'start' }), '1.3 1.1')
  assert.equal(await ids({ span: { from: T, to: T + 22 * SECOND } }), '1.1')
  assert.equal(await ids({ span: { from: T + 21 * SECOND, to: T + 30 * SECOND } }), '1.3')
  assert.equal(await ids({ where: 'family==f' }), '1.1')
  assert.equal(await ids({ where: 'src==203.0.113.5' }), '1.1 1.3')
  assert.equal(await ids({ at: '198.51.100.7' }), '1.1 1.3')
  assert.equal(await ids({ at: '198.51.100.7:80' }), '1.3')
  assert.equal(await ids({ at: 'nowhere' }), '')
  assert.equal(await ids({ run: 2 }), '')
  assert.equal(await ids({ limit: 1, offset: 1 }), '1.3')
})

test('calls in order of their beginning, with what the caller sent', async () => {
  const calls: string[] = []
  for await (const rows of reader.eachCall({ where: 'dst==198.51.100.0/24' })) {
    for (const { startMicros, proto, src, dst, port, packets, bytes, family } of rows) {
      const second = (startMicros - T) / SECOND
      calls.push([second, proto, src, dst, port, packets, bytes, family].join(' '))
    }
  }
  assert.deepEqual(calls, [
    '4 TCP 10.0.0.1 198.51.100.7 6881 2 80 f',
    '12 TCP 10.0.0.2 198.51.100.7 6881 2 80 f',
    '20 TCP 203.0.113.5 198.51.100.7 6881 2 80 f',
    '21 TCP 203.0.113.6 198.51.100.9 80 2 80 ',
    '22 TCP 203.0.113.5 198.51.100.7 80 2 80 ',
  ])
})

test('causes: the last word on each hypothesis, what is sure first', async () => {
  const rows = await reader.causes({ family: 'f' })
  assert.deepEqual(
    rows.map(({ hypothesis, verdict, hits, run }) => [hypothesis, verdict, hits, run]),
    [
      ['byte-order', 'confirmed', 3, 1],
      ['injection', 'refuted', 0, 1],
    ],
  )
  const { controls, p, text } = rows[0]!
  assert.deepEqual([controls, p, text], [[{ name: 'swap', tested: 3, hits: 0 }], 0.01, 'So.'])
  assert.deepEqual(await reader.causes({ family: 'g' }), [])
})

test('the map: different callers of each cell, and those of them that spoke P2P', async () => {
  const map = await reader.darkMap({ network: '198.51.100.99/24', cellBits: 32 })
  assert.deepEqual(map, {
    ...{ network: '198.51.100.0/24', cellBits: 32, cells: [7, 9], sources: [3, 1] },
    ...{ p2pSources: [3, 0], family: [0, -1], families: ['f'] },
    // A, B, C and 203.0.113.6; C came twice.
    total: { sources: 4, p2pSources: 3, flows: 5 },
  })
  const coarse = await reader.darkMap({ network: '198.51.0.0/16', cellBits: 24 })
  assert.deepEqual([coarse?.cells, coarse?.sources], [[100], [4]])
  const some = { network: '198.51.100.0/24', cellBits: 32, where: 'src==203.0.113.0/24' }
  assert.deepEqual((await reader.darkMap(some))?.sources, [1, 1])
  for (const [network, cellBits] of [
    ['2001:db8::/64', 72],
    ['198.51.100.0/24', 23],
    ['10.0.0.0/8', 32],
    ['here', 24],
  ] as const) {
    assert.equal(await reader.darkMap({ network, cellBits }), undefined, network)
  }
})

test('of very many flows the callers of a cell are estimated, and of all, unless these are few', async () => {
  const one = await openStore(':memory:')
  const run = await one.writer.begin({ source: 'a.pcap', kind: 'capture', startedMicros: 1 })
  one.writer.consume(run, flow(3, [A, D], [4, 4], DEAD))
  one.writer.consume(run, flow(6, [A, D], [4, 4], OTHER))
  await one.writer.flush()
  // Cell c of 198.51.99.0/24 has 10, 20, … 2,000 callers from 11.c.0.0 on; those with even numbers spoke P2P.
  await one.writer.between(async (connection) => {
    await connection.run(`insert into raw.flows by name
      select t.* replace (t.id + 256 * i + c as id, 184549376 + 65536 * c + caller as src,
        3325256448 + c as dst, (caller % 2 = 0)::utinyint as kind)
      from (from raw.flows where kind = 1) t, range(200) c(c), range(5500) i(i),
        lateral (select i % (10 * c + 10) as caller)`)
    // 198.51.98.1 has a thousand callers.
    await connection.run(`insert into raw.flows by name
      select t.* replace (t.id + 2000000 + i as id, 167772416 + i % 1000 as src, 3325256193 as dst)
      from (from raw.flows where kind = 1 limit 1) t, range(1000001) i(i)`)
  })
  const map = (await one.reader.darkMap({ network: '198.51.99.0/24', cellBits: 32 }))!
  assert.deepEqual([map.isEstimate, map.cells.length], [true, 200])
  for (const [counts, share] of [[map.sources, 1] as const, [map.p2pSources, 0.5] as const]) {
    const errors = counts.map((count, c) => count / (share * 10 * (c + 1)) - 1)
    const mean = errors.reduce((sum, error) => sum + error, 0) / 200
    const deviation = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / 200)
    assert.ok(Math.abs(mean) < 0.03 && deviation < 0.14, `${mean} ± ${deviation}`)
    assert.ok(errors.every((error) => Math.abs(error) < 0.5))
  }
  assert.deepEqual([new Set(map.family), map.families], [new Set([0]), ['f']])
  // 201,000 in all: an eighth of them is enough to be sure.
  assert.equal(map.total.flows, 1_100_000)
  assert.ok(Math.abs(map.total.sources / 201_000 - 1) < 0.02, String(map.total.sources))
  assert.ok(Math.abs(map.total.p2pSources / 100_500 - 1) < 0.03, String(map.total.p2pSources))

  const few = (await one.reader.darkMap({ network: '198.51.98.0/24', cellBits: 32 }))!
  assert.deepEqual([few.isEstimate, few.cells, few.family], [true, [1], [0]])
  assert.ok(Math.abs(few.sources[0]! - 1000) < 300, String(few.sources[0]))
  assert.deepEqual(few.total, { sources: 1000, p2pSources: 1000, flows: 1_000_001 })
  await one.close()
})

const ways = (of: string, more: object = {}) => reader.propagation({ of, nodesMax: 100, ...more })

test('the ways of an address: who told whom, first in which frame, and who called it', async () => {
  const found = (await ways('198.51.100.7:6881'))!
  assert.deepEqual(
    found.edges.map(({ kind, from, to, via, count, frame, flow }) =>
      [kind, from, to, via, count, frame, flow].join(' '),
    ),
    [
      'told 192.0.2.1 10.0.0.1 tracker 1 12 1.1',
      'told 10.0.0.1 10.0.0.2 pex 2 30 1.2',
      // Handed on in the name of another: who opened the flow heard it.
      'told 192.0.2.99 10.0.0.9 hit 1 110 1.8',
      'called 10.0.0.1 of 198.51.100.7:6881 unanswered 1 30 1.3',
      'called 10.0.0.2 of 198.51.100.7:6881 unanswered 1 40 1.4',
      'called 203.0.113.5 of 198.51.100.7:6881 unanswered 1 50 1.5',
    ],
  )
  assert.deepEqual(
    found.nodes.map(({ name, kind, layer }) => `${layer} ${name} ${kind}`),
    [
      '0 192.0.2.1 host',
      '0 192.0.2.99 host',
      '1 10.0.0.1 host',
      '1 10.0.0.9 host',
      '2 10.0.0.2 host',
      '2 203.0.113.5 host',
      '3 198.51.100.7:6881 target',
    ],
  )
  const { tellings, calls, announced, twin, cut } = found
  assert.deepEqual([tellings, calls, announced, cut], [4, 3, 1, false])
  assert.deepEqual(twin, { ip: '7.100.51.198', flows: 1 })
})

test('all ports of an address, the ways of a content, a part of the time', async () => {
  assert.equal((await ways('198.51.100.7'))?.calls, 4)
  const ofContent = (await ways(HASH))!
  // Also 10.0.0.77 was told for it.
  assert.deepEqual(
    ofContent.nodes.filter(({ kind }) => kind === 'target').map(({ name }) => name),
    ['10.0.0.77', '198.51.100.7'],
  )
  assert.equal(ofContent.tellings, 5)
  // C heard nothing of the content.
  assert.equal(ofContent.calls, 2)
  const early = await ways('198.51.100.7:6881', { span: { from: T, to: T + 5 * SECOND } })
  assert.deepEqual([early?.tellings, early?.calls], [1, 1])
  assert.equal(await ways('no address'), undefined)
  const nobody = await ways('2001:db8::77')
  assert.deepEqual([nobody?.nodes, nobody?.edges], [[], []])
})

test('whatever is asked for is answered, or is said to be none', async () => {
  const random = randomFrom(7)
  const seeds = ['198.51.100.7:6881', '[2001:db8::1]:80', HASH, '198.51.0.0/16', 'urn:', "'); --"]
  for (let i = 0; i < 100; i++) {
    const signs = [...seeds[random() % seeds.length]!]
    for (let j = random() % 4; j > 0; j--) {
      const sign = String.fromCharCode(random() % 300)
      signs.splice(random() % (signs.length + 1), random() % 3, sign)
    }
    const text = signs.join('')
    const one = await reader.propagation({ of: text, nodesMax: 3 })
    assert.ok(one === undefined || one.nodes.length <= 4, text)
    assert.ok((await reader.incidents({ at: text, limit: 3 })).total <= 2, text)
    const map = await reader.darkMap({ network: text, cellBits: random() % 40 })
    assert.ok(map === undefined || map.cells.length <= 3, text)
  }
  const { rows } = await store.sql('select count(*) from duckdb_tables() where temporary')
  assert.deepEqual(rows, [[0]])
})

test('old incidents are let go, and SQL shows them', async () => {
  const { rows } = await store.sql(
    'select incident, family, ip, port, sources from incidents order by incident',
  )
  assert.deepEqual(rows[0], ['1.1', 'f', '198.51.100.7', 6881, 3])
  const hypotheses = await store.sql('select hypothesis, verdict from causes order by 1')
  assert.deepEqual(hypotheses.rows[0], ['byte-order', 'confirmed'])
  const one = await openStore(':memory:')
  const run = await one.writer.begin({ source: 'eth0', kind: 'live', startedMicros: 1 })
  one.writer.consume(run, { ...INCIDENT, state: 'closed' })
  one.writer.consume(run, cause('injection', 'refuted', 0))
  await one.writer.flush()
  await one.clean({ before: T + 13 * SECOND })
  assert.equal((await one.reader.incidents({ limit: 1 })).total, 0)
  assert.deepEqual(await one.reader.causes({}), [])
  await one.close()
})
