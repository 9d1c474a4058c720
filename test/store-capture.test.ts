/** The store holds what was said of a real capture: its answers are those that the events add up to. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Judge } from '../src/app/commands/formats.ts'
import { readCaptures } from '../src/app/pipeline.ts'
import { communityId } from '../src/core/community-id.ts'
import type { Event, Flow } from '../src/core/event.ts'
import { repositoryFile } from '../src/core/repository.ts'
import { Eve } from '../src/services/export/eve.ts'
import { openStore, type Store } from '../src/services/store/store.ts'

const events: Event[] = []
let store: Store
let run = 0

before(async () => {
  const judge = new Judge()
  const options = { files: [repositoryFile('samples/office.pcap')], flows: true, updateSeconds: 10 }
  await readCaptures(options, (event) => {
    events.push(event)
    judge.consume(event)
  })
  events.push(...judge.changed())
  store = await openStore(':memory:')
  run = await store.writer.begin({ source: 'office.pcap', kind: 'capture', startedMicros: 1 })
  for (const event of events) store.writer.consume(run, event)
  await store.writer.flush()
})
after(() => store.close())

const flows = () => events.filter((event): event is Flow => event.type === 'flow')
const bytesOf = (some: readonly Flow[]) =>
  some.reduce((sum, { bytes }) => sum + bytes[0] + bytes[1], 0)
const p2pFlows = () => flows().filter(({ p2p }) => p2p !== undefined && p2p.neighbour !== true)

test('the overview is the sum of the flows', async () => {
  const { p2pBytes, p2pFlows: count, families, span, bytes } = await store.reader.overview({})
  assert.ok(count > 20, 'there is much P2P in it')
  assert.equal(count, p2pFlows().length)
  assert.equal(p2pBytes, bytesOf(p2pFlows()))
  for (const { family, flows: counted, matchedFlows } of families) {
    const own = flows().filter(({ p2p }) => p2p?.family === family)
    assert.equal(counted, own.length, family)
    assert.equal(matchedFlows, own.filter(({ p2p }) => p2p?.taughtBy).length, family)
  }
  // Up to the end of the last span of traffic: ten seconds at most after the last packet.
  const last = Math.max(...flows().map(({ endMicros }) => endMicros))
  assert.ok(span !== undefined && span.to > last && span.to <= last + 10_000_001)
  // Every packet of this capture is of a flow, but for what has no IP address.
  assert.ok(bytes >= bytesOf(flows()) * 0.99)
})

test('no byte is lost between flows and chart', async () => {
  for (const which of [{}, { where: 'bytes>=0' }]) {
    const { series } = await store.reader.traffic({ ...which, steps: 60 })
    const known = flows().filter(({ p2p }) => p2p !== undefined)
    const cells = series.flatMap(({ bytes }) => bytes)
    const charted = cells.reduce((sum, bytes) => sum + bytes, 0)
    // Each cell is rounded by itself.
    assert.ok(Math.abs(charted - bytesOf(known)) <= cells.length / 2, JSON.stringify(which))
  }
})

test('every flow is found by its id and its community id, with what was said in it', async () => {
  const said = new Map<number, number>()
  for (const event of events) {
    if (event.type === 'message') said.set(event.flow, (said.get(event.flow) ?? 0) + 1)
  }
  for (const flow of p2pFlows().slice(0, 40)) {
    const stored = (await store.reader.flow(`${run}.${flow.flow}`))!
    assert.deepEqual(
      [stored.srcIp, stored.dstPort, stored.startMicros, stored.bytes, stored.frame],
      [flow.ends[0].ip, flow.ends[1].port, flow.startMicros, flow.bytes, flow.frame],
    )
    assert.deepEqual(stored.reasons, flow.p2p?.reasons)
    assert.deepEqual(stored.taughtBy, flow.p2p?.taughtBy)
    assert.equal(stored.messages, said.get(flow.flow) ?? 0)
    const { rows } = await store.reader.flows({
      where: `community==${communityId(flow.protoNumber, flow.ends)}`,
      limit: 9,
    })
    assert.ok(rows.some(({ id }) => id === stored.id))
  }
})

test('hosts, contents and search agree with what was said', async () => {
  const hosts = await store.reader.hosts({ limit: 1000 })
  const judged = new Set(events.flatMap((event) => (event.type === 'verdict' ? [event.host] : [])))
  assert.deepEqual(hosts.rows.map(({ host }) => host).sort(), [...judged].sort())
  const named = events.find((event) => event.type === 'share' && event.name !== undefined)
  assert.ok(named?.type === 'share' && named.name !== undefined)
  const swarm = (await store.reader.swarm(named.content, { limit: 100 }))!
  assert.ok(swarm.names.some(({ name, by }) => name === named.name && by !== ''))
  const hits = await store.reader.find(named.name, 20)
  assert.ok(hits.some(({ kind, key }) => kind === 'content' && key === named.content))
})

test('claims lead back to their frame', async () => {
  const claims = events.filter((event) => event.type === 'claim')
  const { rows } = await store.sql('select count(*), count(distinct about_ip) from claims')
  const about = new Set(claims.map((claim) => claim.type === 'claim' && claim.about.ip))
  assert.deepEqual(rows, [[claims.length, about.size]])
  const wrong = await store.sql('select count(*) from claims where frame = 0 or capture is null')
  assert.deepEqual(wrong.rows, [[0]])
})

test('community ids that SQL says are those of EVE, and their key finds their flows', async () => {
  const eve = new Eve()
  const written = flows().map((flow) => {
    const { community_id: id } = JSON.parse(eve.line(flow)!) as { readonly community_id: string }
    return [`${run}.${flow.flow}`, id] as const
  })
  const { rows } = await store.sql('select flow, community_id from community_ids')
  assert.deepEqual(new Map(rows as [string, string][]), new Map(written))
  const [, id] = written.find(([name]) => name === `${run}.5`)!
  const found = await store.sql(
    `select flow from flows where community = community_key('${id}') order by flow`,
  )
  const same = written.filter(([, other]) => other === id).map(([name]) => [name])
  assert.deepEqual(found.rows, same.sort())
})
