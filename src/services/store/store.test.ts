/** Every question of the store, on seven flows that are counted by hand (events-in-test.ts). */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { HostDetail, StoreReader } from '../../core/store.ts'
import { EVENTS, ended, HASH, OTHER_HASH, SECOND, SIX, stamp, T } from './events-in-test.ts'
import { openStore, type Store } from './store.ts'
import { ExpressionError } from './which.ts'

const MINUTE = 60 * SECOND
let store: Store
let reader: StoreReader

before(async () => {
  store = await openStore(':memory:')
  const run = await store.writer.begin({ source: 'a.pcap', kind: 'capture', startedMicros: 1 })
  for (const event of EVENTS) store.writer.consume(run, event)
  const damage = ['cut short at byte 99']
  store.writer.state(run, {
    packets: 211,
    dropped: 3,
    damage,
    span: { from: T, to: T + 500 * SECOND },
  })
  await store.writer.flush()
  reader = store.reader
})
after(() => store.close())

const ids = async (where: string) =>
  (await reader.flows({ where, limit: 10, order: 'start' })).rows.map(({ id }) => id).join(' ')

test('a run and what is known of it', async () => {
  assert.deepEqual(await reader.runs(), [
    {
      run: 1,
      source: 'a.pcap',
      kind: 'capture',
      startedMicros: 1,
      span: { from: T, to: T + 500 * SECOND },
      packets: 211,
      bytes: 0,
      flows: 0,
      dropped: 3,
      damage: ['cut short at byte 99'],
    },
  ])
})

test('the overview: neighbours are shown and held against nobody', async () => {
  assert.deepEqual(await reader.overview({}), {
    span: { from: T, to: T + 500 * SECOND + 1 },
    bytes: 62_060,
    packets: 211,
    // Flows 1, 2 and 7, and 4.
    p2pBytes: 10_000 + 1000 + 1000 + 60,
    p2pFlows: 4,
    hosts: 3,
    threats: 2,
    dropped: 3,
    families: [
      { family: 'f', neighbour: false, flows: 3, matchedFlows: 1, bytes: 12_000, hosts: 3 },
      { family: 'g', neighbour: false, flows: 1, matchedFlows: 0, bytes: 60, hosts: 1 },
      { family: 'vpn', neighbour: true, flows: 1, matchedFlows: 0, bytes: 20_000, hosts: 0 },
    ],
  })
  // From second 110 to 300 there is flow 4 only, between two judged hosts.
  const part = await reader.overview({ span: { from: T + 110 * SECOND, to: T + 300 * SECOND } })
  assert.deepEqual([part.p2pFlows, part.p2pBytes, part.hosts, part.threats], [1, 60, 2, 1])
  // The span of traffic that began at second 180.
  assert.equal(part.bytes, 60)
  // In the first minute 6000 of flow 1's 10,000 bytes moved, and all 1000 of flow 2's.
  const minute = await reader.overview({ span: { from: T, to: T + MINUTE } })
  assert.equal(minute.p2pBytes, 7000)
  // By an expression, what moved between two tellings counts where it was told: of flow 1 4000 by second 40.
  const chosen = { where: 'family==f', span: { from: T, to: T + MINUTE } }
  assert.equal((await reader.overview(chosen)).p2pBytes, 5000)
  assert.equal((await reader.overview({ where: 'family==f' })).p2pBytes, 12_000)
})

test('traffic: bytes over minutes, endpoint-matched flows as a band of their own', async () => {
  const { from, stepMicros, series, rest } = await reader.traffic({ steps: 10 })
  assert.deepEqual([from, stepMicros], [T, MINUTE])
  assert.deepEqual(series, [
    // 100 seconds from second 400: of 20,000 bytes 20, 60 and 20 seconds' worth.
    { family: 'vpn', matched: false, bytes: [0, 0, 0, 0, 0, 0, 4000, 12_000, 4000] },
    // Flow 1: 4000 until second 40, 5000 until 90 (2000 of them until 60), 1000 until 100; flow 7.
    { family: 'f', matched: false, bytes: [6000, 4000, 0, 0, 0, 0, 0, 1000, 0] },
    { family: 'f', matched: true, bytes: [1000, 0, 0, 0, 0, 0, 0, 0, 0] },
    { family: 'g', matched: false, bytes: [0, 0, 0, 60, 0, 0, 0, 0, 0] },
  ])
  // All packets less the above, and never below nothing.
  assert.deepEqual(rest, [13_000, 8000, 0, 0, 0, 0, 0, 17_000, 0])
})

test('traffic of an expression is made of slices: bytes stand where they moved', async () => {
  const { series, rest } = await reader.traffic({ where: 'family==f || family==""', steps: 10 })
  assert.deepEqual(series, [
    { family: 'f', matched: false, bytes: [4000, 6000, 0, 0, 0, 0, 0, 1000, 0] },
    { family: 'f', matched: true, bytes: [1000, 0, 0, 0, 0, 0, 0, 0, 0] },
  ])
  assert.deepEqual(rest, [100, 0, 0, 0, 0, 0, 1000, 0, 0])
})

test('steps below a minute, where a span is narrow', async () => {
  const span = { from: T, to: T + 100 * SECOND }
  const { stepMicros, series, rest } = await reader.traffic({ span, steps: 10 })
  assert.equal(stepMicros, 10 * SECOND)
  // Flow 1 told of itself at seconds 40, 90 and 100, of 4000, 5000 and 1000 bytes: a hundred a second.
  assert.deepEqual(series[0]?.bytes, Array(10).fill(1000))
  // 20,000 bytes of the first minute were counted together; of these 6000 are flow 1's and 1000 flow
  // 2's. Of the second minute's 12,000 the span holds two thirds; 4000 of these are flow 1's.
  assert.deepEqual(rest, [...Array(6).fill(2167), ...Array(4).fill(1000)])
})

test('hosts with a verdict: the last word counts, three reasons, sums of recognised flows', async () => {
  const { rows, total } = await reader.hosts({ limit: 2 })
  assert.equal(total, 3)
  assert.deepEqual(
    rows.map(({ host, score }) => [host, score]),
    [
      ['10.0.0.1', 90],
      ['198.51.100.1', 80],
    ],
  )
  assert.deepEqual(
    rows[0]?.reasons.map(({ text, run, frame }) => [text, run, frame]),
    [
      ['spoke f', 1, 10],
      ['said that it is X', 1, 11],
      ['named others', 1, 12],
    ],
  )
  const { bytesSent, bytesReceived, flows, peers, firstMicros, lastMicros } = rows[1]!
  // Flows 1, 4 and 7 with 10.0.0.1 and 10.0.0.2; it was called in all.
  assert.deepEqual([bytesSent, bytesReceived, flows, peers], [9700, 1360, 3, 2])
  assert.deepEqual([firstMicros, lastMicros], [T, T + 460 * SECOND])
  const some = await reader.hosts({ where: 'family==g', limit: 10, order: 'last' })
  assert.deepEqual(some.rows.map(({ host }) => host).sort(), ['10.0.0.2', '198.51.100.1'])
})

test('hosts by bytes and by their last packet: of the chosen flows, as the table shows them', async () => {
  const order = async (by: 'bytes' | 'last', where = '') =>
    (await reader.hosts({ limit: 9, order: by, where })).rows.map(({ host }) => host).join(' ')
  // All moved as much by their verdicts, and were seen last at the same moment.
  assert.equal(await order('bytes'), '10.0.0.1 10.0.0.2 198.51.100.1')
  // Flows 1, 4 and 7: 10,000 bytes to 10.0.0.1, 1060 to 10.0.0.2, which came later.
  assert.equal(await order('bytes', 'host==198.51.100.1'), '198.51.100.1 10.0.0.1 10.0.0.2')
  assert.equal(await order('last', 'host==198.51.100.1'), '10.0.0.2 198.51.100.1 10.0.0.1')
})

test('a host: reasons, activity, contents, clients, threats', async () => {
  const host = (await reader.host('10.0.0.1', { steps: 10 }))!
  assert.equal(host.score, 90)
  // Flow 1 began in frame 10, its messages stand in 11; of 12 and 13 nothing is stored.
  assert.deepEqual(
    host.allReasons.map(({ flow }) => flow),
    ['1.1', '1.1', undefined, undefined],
  )
  assert.deepEqual(host.contents, [
    { content: HASH, roles: ['asks', 'got'], bytesSent: 0, bytesReceived: 8000 },
  ])
  assert.deepEqual(host.clients, [
    {
      software: 'X',
      version: '1.0',
      id: 'aabb',
      nick: 'Joe',
      count: 1,
      at: { run: 1, micros: T + SECOND, capture: 'a.pcap', frame: 11 },
    },
  ])
  assert.deepEqual(
    host.threats.map(({ threat, flow, frame }) => [threat, flow, frame]),
    [['leak', '1.1', 11]],
  )
  const { from, stepMicros, lanes, sent, open } = host.activity
  assert.deepEqual([from, stepMicros], [T, 20 * SECOND])
  assert.deepEqual(lanes, [
    {
      family: 'f',
      lane: 'peer',
      kind: 'flows',
      matched: false,
      amounts: [2000, 2000, 2000, 2000, 2000, 0],
    },
    { family: 'f', lane: 'peer', kind: 'flows', matched: true, amounts: [1000, 0, 0, 0, 0, 0] },
  ])
  // Flow 1 sends ten bytes a second, flow 2 a hundred at once.
  assert.deepEqual(sent, [300, 200, 200, 200, 200, 0])
  // Flow 2 goes from second 10 to 20, flow 1 on to 100: their last moments begin a step.
  assert.deepEqual(open, [2, 2, 1, 1, 1, 1])
})

const against = async (host: string) =>
  ((await reader.host(host, { steps: 10 })) as HostDetail).against.join(' ')

test('what speaks against a host is said in words', async () => {
  assert.equal(await against('10.0.0.1'), '')
  assert.match(await against('198.51.100.77'), /Only named by 1 other host: no flow/)
  assert.match(
    await against('198.51.100.2'),
    /Only one flow .*No flow is certain.*named by what others said/,
  )
  // Flow 4 was never answered; flow 7 was.
  assert.doesNotMatch(await against('10.0.0.2'), /one side only/)
  assert.match(
    await against('10.0.0.3'),
    /1 recognition of its flows was taken back: later bytes disagree/,
  )
  // 198.51.100.99 is nowhere.
  assert.equal(await reader.host('198.51.100.99', { steps: 10 }), undefined)
  assert.equal(await reader.host('no address', { steps: 10 }), undefined)
})

test('flows by every field of an expression', async () => {
  const cases = [
    ['', '1.1 1.2 1.3 1.4 1.5 1.6 1.7'],
    ['family==f', '1.1 1.2 1.7'],
    ['family==""', '1.3 1.6'],
    ['family!=f', '1.3 1.4 1.5 1.6'],
    ['part~DH', '1.4'],
    ['part in (dht, tunnel)', '1.4 1.5'],
    ['sureness>=likely', '1.1 1.2 1.4 1.5 1.7'],
    ['sureness<certain', '1.2'],
    ['sureness!=certain', '1.2 1.3 1.6'],
    ['host==10.0.0.2/31', '1.4 1.6 1.7'],
    ['host==10.0.0.0/8 && family==""', '1.6'],
    ['src==10.0.0.1', '1.1 1.2'],
    ['dst==2001:db8::/32', '1.3 1.5'],
    ['dst==2001:db8::3/127', '1.3 1.5'],
    ['dst==2001:db8::4/127', ''],
    [`host==${SIX}`, '1.3 1.5'],
    ['host!=2001:db8::2 && proto==UDP', '1.4'],
    ['port==6881', '1.1 1.2 1.7'],
    ['sport in (1000, 1002)', '1.1 1.3'],
    ['dport<100', '1.3 1.4 1.6'],
    ['proto~d', '1.3 1.4 1.5'],
    ['bytes>=10kB', '1.1 1.5'],
    ['up>500', '1.1 1.5'],
    ['down==0', '1.4'],
    ['packets<5', '1.4'],
    ['duration>=100s', '1.1 1.5'],
    ['start>=2026-01-31T10:07', '1.7'],
    ['end<2026-01-31T10:00:31.5', '1.2 1.3'],
    [`content==${HASH}`, '1.1 1.4'],
    ['content~BTIH', '1.1 1.4'],
    [`content!=${HASH} && family==f`, '1.2 1.7'],
    ['software~y', '1.1'],
    ['software=="Y <b>"', '1.1'],
    ['message==pex', '1.1'],
    ['source==a.pcap && id==1.3', '1.3'],
    ['source~b.pcap', ''],
    ['id in (1.2, 1.4, 2.1)', '1.2 1.4'],
    ['software=="\'; drop table raw.flows; --"', ''],
    ['not (family==f or family==g) and src==10.0.0.3', '1.6'],
  ] as const
  for (const [where, expected] of cases) assert.equal(await ids(where), expected, where)
  // By the id that every other tool computes of the same ends.
  const { communityId } = (await reader.flow('1.2'))!
  assert.match(communityId, /^1:/)
  assert.equal(await ids(`community==${communityId}`), '1.2')
})

test('an expression that means nothing is refused with its place', async () => {
  await assert.rejects(
    reader.flows({ where: 'family==f && foo==1', limit: 1 }),
    (error) => error instanceof ExpressionError && error.at === 13,
  )
})

test('flows are sorted, cut into pages and counted', async () => {
  const page = async (order: 'bytes' | 'duration' | 'family' | 'packets' | 'end') =>
    (await reader.flows({ limit: 3, offset: 1, order, descending: true })).rows
      .map(({ id }) => id)
      .join(' ')
  assert.equal(await page('bytes'), '1.1 1.2 1.6')
  assert.equal(await page('duration'), '1.5 1.2 1.7')
  assert.equal(await page('family'), '1.4 1.1 1.2')
  assert.equal(await page('end'), '1.7 1.6 1.4')
  assert.equal((await reader.flows({ limit: 1 })).total, 7)
  const span = { from: T + 20 * SECOND, to: T + 30 * SECOND }
  // Flow 2 ends as the span begins, flow 3 begins as it ends.
  assert.deepEqual(
    (await reader.flows({ span, limit: 9 })).rows.map(({ id }) => id),
    ['1.1', '1.2'],
  )
})

test('a flow with its reasons, and the message that taught its endpoint', async () => {
  const flow = (await reader.flow('1.2'))!
  assert.deepEqual(flow.reasons, ['bytes like noise', 'it was named'])
  assert.equal(flow.taughtBy?.frame, 5)
  assert.deepEqual([flow.run, flow.capture, flow.frame, flow.reason], [1, 'a.pcap', 20, 'closed'])
  assert.deepEqual((await reader.flow('1.6'))?.withdrawn, ['g hub: later bytes disagree'])
  assert.equal((await reader.flow('1.7'))?.open, true)
  assert.equal(await reader.flow('1.99'), undefined)
  assert.equal(await reader.flow("1.1' or 1=1"), undefined)
})

test('messages of a flow, with their fields as they were said', async () => {
  const { rows, total } = await reader.messages('1.1', { limit: 1, offset: 1 })
  assert.equal(total, 2)
  assert.deepEqual(rows, [
    {
      run: 1,
      micros: T + 2 * SECOND,
      capture: 'a.pcap',
      frame: 11,
      side: 1,
      family: 'f',
      log: 'f_peer',
      name: 'pex',
      fields: { added: 2, list: ['x'] },
    },
  ])
})

test('histogram and facets', async () => {
  const { recognised, rest } = await reader.histogram({ steps: 10 })
  assert.deepEqual(recognised, [2, 0, 0, 1, 0, 0, 1, 1, 0])
  assert.deepEqual(rest, [1, 0, 0, 0, 0, 0, 1, 0, 0])
  const some = await reader.histogram({ steps: 10, where: 'proto==UDP' })
  assert.deepEqual(some.recognised, [0, 0, 0, 1, 0, 0, 1, 0, 0])
  const facets = await reader.facets({ limit: 2 })
  assert.deepEqual(facets, [
    {
      field: 'family',
      values: [
        { value: 'f', flows: 3 },
        { value: 'g', flows: 1 },
      ],
    },
    {
      field: 'part',
      values: [
        { value: 'peer', flows: 3 },
        { value: 'dht', flows: 1 },
      ],
    },
    {
      field: 'sureness',
      values: [
        { value: 'certain', flows: 4 },
        { value: 'likely', flows: 1 },
      ],
    },
    {
      field: 'proto',
      values: [
        { value: 'TCP', flows: 4 },
        { value: 'UDP', flows: 3 },
      ],
    },
    {
      field: 'software',
      values: [
        { value: 'X', flows: 1 },
        { value: 'Y <b>', flows: 1 },
      ],
    },
    {
      field: 'host',
      values: [
        { value: '198.51.100.1', flows: 3 },
        { value: '10.0.0.1', flows: 2 },
      ],
    },
    {
      field: 'port',
      values: [
        { value: '6881', flows: 3 },
        { value: '9', flows: 1 },
      ],
    },
  ])
})

test('a content: names and who told them, peers and through which channel, what is not routed', async () => {
  const { rows, total } = await reader.swarms({ limit: 5, text: 'FILM' })
  assert.equal(total, 1)
  const row = {
    content: HASH,
    name: 'A film',
    size: 700,
    families: ['f', 'g'],
    hosts: 4,
    asking: 1,
    bytes: 8000,
    lastMicros: T + 200 * SECOND,
  }
  assert.deepEqual(rows, [row])
  assert.equal((await reader.swarms({ limit: 5, text: 'no such' })).total, 0)
  const swarm = (await reader.swarm(HASH, { limit: 10 }))!
  assert.deepEqual(swarm.also, [OTHER_HASH])
  assert.deepEqual(swarm.files, [{ path: 'a/b', size: 700 }])
  const names = swarm.names.map(({ name, via, by, verified, frame }) => [
    name,
    via,
    by,
    verified,
    frame,
  ])
  assert.deepEqual(names, [['A film', 'metadata', '198.51.100.1', true, 11]])
  const peers = swarm.peers.rows.map(({ ip, port, via, seen }) => `${ip}:${port} ${via} ${seen}`)
  assert.deepEqual(peers, [
    '198.51.100.2:4000 values false',
    '10.0.0.1:1000 flow true',
    '198.51.100.1:6881 flow true',
    '10.9.9.9:6881 pex false',
    '198.51.100.2:6881 pex false',
  ])
  // All of them are private or of the documentation.
  assert.deepEqual(swarm.channels, [
    { via: 'pex', claims: 2 },
    { via: 'values', claims: 1 },
  ])
  // 195 seconds in 80 steps at most: steps of 5 seconds from second 5 on, 40 of them.
  const { from, stepMicros, channels } = swarm.overTime
  assert.deepEqual([from, stepMicros], [T + 5 * SECOND, 5 * SECOND])
  assert.deepEqual(channels, [
    { via: 'pex', peers: [2, ...Array(39).fill(0)] },
    { via: 'values', peers: [...Array(39).fill(0), 1] },
  ])
  assert.equal(await reader.swarm('urn:btih:none', { limit: 1 }), undefined)
})

test('threats, the worst first', async () => {
  const { rows } = await reader.threats({ limit: 9 })
  assert.deepEqual(
    rows.map(({ threat, flow, severity }) => [threat, flow, severity]),
    [
      ['bot', '1.4', 'high'],
      ['leak', '1.1', 'low'],
    ],
  )
  assert.equal((await reader.threats({ limit: 9, where: 'family==g' })).total, 1)
})

test('a search box takes addresses, networks, hashes, ids, names and words', async () => {
  const kinds = async (text: string) =>
    (await reader.find(text, 10)).map(({ kind, key }) => `${kind} ${key}`)
  assert.deepEqual(await kinds('10.0.0.1'), ['host 10.0.0.1'])
  assert.deepEqual(await kinds(' 2001:DB8::3 '), [`host ${SIX}`])
  assert.deepEqual(await kinds('10.0.0.0/8'), [
    'network 10.0.0.0/8',
    'host 10.0.0.1',
    'host 10.0.0.2',
  ])
  assert.deepEqual(await kinds('1.2'), ['flow 1.2'])
  assert.deepEqual(await kinds((await reader.flow('1.4'))!.communityId), ['flow 1.4'])
  assert.deepEqual(await kinds(HASH), [`content ${HASH}`])
  assert.deepEqual(await kinds('31D6CFE0D16AE931B73C59D7E0C089C0'), [`content ${OTHER_HASH}`])
  assert.deepEqual(await kinds('a film'), [`content ${HASH}`])
  assert.deepEqual(await kinds('joe'), ['client 10.0.0.1'])
  assert.deepEqual(await kinds('CCDD'), ['client 198.51.100.1'])
  assert.deepEqual(await kinds('192.0.2.200'), [])
  assert.deepEqual(await kinds("'; drop table raw.flows; --"), [])
})

test('every flow is handed out once, in order of its beginning', async () => {
  const found: string[] = []
  for await (const piece of reader.eachFlow!({ where: 'family!=f' })) {
    found.push(...piece.map(({ id }) => id))
  }
  assert.deepEqual(found, ['1.3', '1.4', '1.5', '1.6'])
})

test('SQL reads the views, with addresses and names as text, back to capture and frame', async () => {
  const { columns, rows } = await store.sql(
    "select flow, capture, frame, about_ip, via, content from claims where about_port = 4000 and part = 'peer'",
  )
  assert.deepEqual(columns, ['flow', 'capture', 'frame', 'about_ip', 'via', 'content'])
  assert.deepEqual(rows, [['1.4', 'a.pcap', 41, '198.51.100.2', 'values', HASH]])
  const hosts = await store.sql('select host, score from hosts order by score desc')
  assert.deepEqual(hosts.rows, [
    ['10.0.0.1', 90],
    ['198.51.100.1', 80],
    ['10.0.0.2', 60],
  ])
})

test('SQL hands times out as everywhere, protocols by name, and lists as lists', async () => {
  const { rows } = await store.sql(
    "select proto, start, reasons, taught_by->'via' from flows where start in ('2026-01-31 10:00:10', '2026-01-31 10:06:40') order by start",
  )
  assert.deepEqual(rows, [
    ['TCP', '2026-01-31T10:00:10.000000Z', ['bytes like noise', 'it was named'], 'pex'],
    ['UDP', '2026-01-31T10:06:40.000000Z', ['an initiation'], null],
  ])
  const plain = await store.sql(
    "select make_timestamp(1), '[1]', null::json, null::timestamp, 1::bigint",
  )
  assert.deepEqual(plain.rows, [['1970-01-01T00:00:00.000001Z', '[1]', null, null, 1]])
})

test('SQL cannot write, read other files or hold two statements', async () => {
  for (const text of [
    'delete from raw.flows',
    'drop view flows',
    "copy flows to 'x.csv'",
    "attach 'other.duckdb'",
    'set enable_external_access = true',
    'select 1; select 2',
    'explain analyze delete from raw.flows',
    "select * from read_text('/etc/hostname')",
    "from '/etc/hostname'",
    'select no such thing',
  ]) {
    await assert.rejects(store.sql(text), { name: 'StoreError' }, text)
  }
  assert.equal((await reader.flows({ limit: 1 })).total, 7)
})

test('many questions at once are all answered, and leave nothing behind', async () => {
  const which = { where: 'family==f', steps: 5, limit: 5 }
  const answers = await Promise.all(
    Array.from({ length: 12 }, () => [
      reader.host('10.0.0.1', which),
      reader.overview(which),
      reader.facets(which),
      reader.hosts(which),
      reader.swarms(which),
      reader.swarm(HASH, which),
    ]).flat(),
  )
  assert.ok(answers.every((answer) => answer !== undefined))
  const { rows } = await store.sql(
    "select count(*) from duckdb_tables() where database_name = 'scratch' or temporary",
  )
  assert.deepEqual(rows, [[0]])
})

test('a flow that goes on is replaced by its end, and counted once', async () => {
  const own = await openStore(':memory:')
  const run = await own.writer.begin({ source: 'x', kind: 'live', startedMicros: 1 })
  for (const event of EVENTS) own.writer.consume(run, event)
  await own.writer.flush()
  own.writer.consume(run, ended(7))
  // Flow 1 of another run is another flow.
  const second = await own.writer.begin({ source: 'y', kind: 'capture', startedMicros: 2 })
  own.writer.consume(second, { ...ended(2), flow: 1 })
  await own.writer.flush()
  assert.equal((await own.reader.flows({ where: 'id==1.7', limit: 9 })).total, 1)
  assert.equal((await own.reader.flow('1.7'))?.open, false)
  assert.equal((await own.reader.flows({ run: second, limit: 9 })).rows[0]?.id, '2.1')
  assert.equal((await own.reader.overview({ run: 1 })).p2pFlows, 4)
  const charted = async (steps: number) => (await own.reader.traffic({ run: 1, steps })).series[1]
  assert.deepEqual((await charted(10))?.bytes, [6000, 4000, 0, 0, 0, 0, 0, 1000, 0])
  await own.close()
})

test('a recognition that is taken back is no recognised flow any more', async () => {
  const own = await openStore(':memory:')
  const run = await own.writer.begin({ source: 'x', kind: 'live', startedMicros: 1 })
  const { p2p: _, reason: __, ...six } = { p2p: undefined, ...ended(6) }
  const p2p = { family: 'g', part: 'hub', sureness: 'likely', reasons: ['a line'] } as const
  own.writer.consume(run, { ...six, type: 'flow-update', p2p })
  await own.writer.flush()
  assert.equal((await own.reader.overview({})).p2pFlows, 1)
  const taken = { part: 'hub', sureness: 'likely', reasons: ['a line'], withdrawn: 'no' } as const
  own.writer.consume(run, { type: 'recognition', ...stamp(6, 411, 'g'), ...taken })
  own.writer.consume(run, ended(6))
  await own.writer.flush()
  assert.equal((await own.reader.overview({})).p2pFlows, 0)
  const { recognised, rest } = await own.reader.histogram({
    span: { from: T, to: T + 60 * MINUTE },
    steps: 60,
  })
  assert.deepEqual([recognised[6], rest[6]], [0, 1])
  await own.close()
})
