/** Every path of the page's server, over a made network: what is answered, and what is refused. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Failure, WallPreview } from './api.ts'
import { DARK, DARK_PART } from './dark-in-test.ts'
import { partsInTest } from './parts-in-test.ts'
import { Busy, type PageParts, pageApp } from './server.ts'
import { CONTENT, DARK_TARGET, FORMULA, START, XSS } from './store-in-test.ts'
import { WALL, WALL_PART } from './wall-in-test.ts'

const HOST = { host: '127.0.0.1:8686' }

function page(more: Partial<PageParts> = {}) {
  const parts = partsInTest(more)
  const app = pageApp(parts)
  const ask = async (path: string, init: RequestInit & { headers?: Record<string, string> } = {}) =>
    app.request(`http://127.0.0.1:8686${path}`, { ...init, headers: { ...HOST, ...init.headers } })
  return { parts, ask }
}

async function json(response: Response): Promise<Record<string, unknown>> {
  assert.equal(response.headers.get('content-type'), 'application/json')
  return (await response.json()) as Record<string, unknown>
}

test('every question is answered by the store, with its bounds passed on', async () => {
  const { ask } = page()
  const answer = async (path: string) => json(await ask(`/api/${path}`))
  assert.equal((await answer('status')).packets, 6600)
  assert.equal(((await answer('runs')) as unknown as unknown[]).length, 1)
  assert.equal(((await answer('families')) as unknown as unknown[]).length, 2)
  assert.deepEqual((await answer('names')).hosts, { '10.0.0.1': XSS })
  assert.equal((await answer('overview')).p2pFlows, 200)
  // Flow i begins at second i and lasts 30; the span holds the beginnings 0 … 9.
  const span = `from=${START - 1}&to=${START + 10_000_000}`
  assert.equal((await answer(`flows?${span}`)).total, 10)
  assert.equal((await answer('flows?where=family%3D%3Dedonkey&limit=5')).total, 100)
  assert.equal(((await answer('flows?limit=5&offset=298')).rows as unknown[]).length, 2)
  const traffic = await answer('traffic?steps=7')
  assert.equal((traffic.rest as unknown[]).length, 7)
  const histogram = await answer('histogram?steps=10')
  const sum = (histogram.recognised as number[]).reduce((a, b) => a + b, 0)
  assert.equal(sum, 200)
  assert.equal((await answer('hosts?limit=3&order=bytes')).total, 8)
  assert.equal((await answer('host?host=10.0.0.1&steps=5')).host, '10.0.0.1')
  assert.equal((await answer('flow?id=1.1')).frame, 1)
  assert.equal((await answer('messages?flow=1.1')).total, 1)
  assert.equal((await answer('swarms')).total, 1)
  assert.equal((await answer(`swarm?content=${CONTENT}&limit=10`)).content, CONTENT)
  assert.equal((await answer('threats')).total, 1)
  const facets = (await answer('facets?limit=10')) as unknown as { values: { flows: number }[] }[]
  assert.deepEqual(
    facets[0]?.values.map(({ flows }) => flows),
    [100, 100],
  )
  const hits = (await answer('find?text=10.0.0.1')) as unknown as { key: string }[]
  assert.equal(hits[0]?.key, '10.0.0.1')
})

test('dark networks: incidents, another definition, the map, the ways of an address', async () => {
  const { ask } = page({ dark: DARK_PART })
  const answer = async (path: string) => json(await ask(`/api/${path}`))
  assert.deepEqual(await answer('dark'), DARK)
  assert.equal((await answer('incidents?at=198.51.100.7:80&order=start')).total, 1)
  const detected = async (query: string) => (await answer(`detect?${query}`)).rows as unknown[]
  assert.equal((await detected('sources=120&hours=6')).length, 1)
  assert.equal((await detected('sources=120&hours=6&from=1&to=2')).length, 1)
  assert.equal(((await answer('causes')) as unknown as unknown[]).length, 2)
  const map = await answer('map?network=198.51.100.0/24&cellBits=32')
  assert.deepEqual(map.cells, [0, 1, 255])
  assert.equal((await answer(`propagation?of=${DARK_TARGET}`)).tellings, 13)
  for (const [path, status] of [
    ['map?network=10.0.0.0/8&cellBits=32', 404],
    ['map?network=10.0.0.0/8&cellBits=33', 400],
    ['map?network=10.0.0.0/8', 400],
    ['propagation?of=nonsense', 404],
    ['propagation?of=192.0.2.1&nodesMax=301', 400],
    ['detect?sources=-1', 400],
    ['detect?hours=0', 400],
    ['incidents?order=colour', 400],
  ] as const) {
    assert.equal((await ask(`/api/${path}`)).status, status, path)
  }
  const file = async (path: string) => {
    const response = await ask(`/api/${path}`)
    assert.match(response.headers.get('content-disposition') ?? '', /^attachment; /)
    return (await response.text()).split('\n')
  }
  assert.equal((await file('incidents.csv?at=198.51.100.7')).length, 4)
  assert.equal((await file(`propagation.csv?of=${DARK_TARGET}`)).length, 6)
  assert.match((await file(`propagation.graphml?of=${DARK_TARGET}`))[1]!, /^<graphml /)
  assert.deepEqual(await file('bug-report.md'), ['# No client', ''])
  // Where nobody looks for incidents, there are none of another definition.
  const bare = page().ask
  assert.equal((await bare('/api/detect')).status, 404)
  assert.deepEqual((await json(await bare('/api/dark'))).networks, [])
})

test('what is asked wrongly is told with the key, or the place in the expression', async () => {
  const { ask } = page()
  const refused = async (path: string) => {
    const response = await ask(`/api/${path}`)
    assert.equal(response.status, 400, path)
    return (await json(response)) as unknown as Failure
  }
  assert.match((await refused('flows?limit=0')).error, /^limit: /)
  assert.match((await refused('flows?limit=1001')).error, /^limit: /)
  assert.match((await refused('flows?limit=1e3')).error, /^limit: /)
  assert.match((await refused('flows?colour=red')).error, /^colour: unknown/)
  assert.match((await refused('flows?limit=1&limit=2')).error, /^limit: said twice/)
  assert.match((await refused('flows?__proto__=1')).error, /^__proto__/)
  assert.match((await refused('traffic?steps=99999')).error, /^steps: /)
  assert.match((await refused('flow?id=1.1;drop')).error, /^id: /)
  assert.match((await refused(`find?text=${'x'.repeat(513)}`)).error, /^text: /)
  assert.match((await refused('host')).error, /^host: /)
  const expression = await refused(`flows?where=${encodeURIComponent('family==edonkey &&')}`)
  assert.equal(expression.at, 18)
})

test('what is not there is 404, what fails is told without its inside', async () => {
  const told: string[] = []
  const { ask, parts } = page({ onError: ({ message }, path) => told.push(`${path} ${message}`) })
  for (const path of ['host?host=192.0.2.99', 'flow?id=9.9', 'swarm?content=urn:btih:00', 'nope']) {
    const response = await ask(`/api/${path}`)
    assert.equal(response.status, 404, path)
    assert.equal(typeof (await json(response)).error, 'string')
  }
  assert.equal((await ask('/api/bytes?flow=1.1')).status, 404)
  parts.reader.error = new Error('secret path /var/lib/x')
  const failed = await ask('/api/overview')
  assert.equal(failed.status, 500)
  assert.doesNotMatch(await failed.text(), /secret/)
  assert.deepEqual(told, ['/api/overview secret path /var/lib/x'])
  // Also before the first byte of an export.
  assert.equal((await ask('/api/flows.csv')).status, 500)
})

test('too many questions at once are told to come back', async () => {
  const { ask, parts } = page()
  let letGo = () => {}
  parts.reader.held = new Promise((resolve) => {
    letGo = () => resolve()
  })
  const asked = Array.from({ length: 300 }, () => ask('/api/runs'))
  const busy = await Promise.race(asked.slice(270))
  assert.equal(busy.status, 503)
  assert.equal(busy.headers.get('retry-after'), '2')
  letGo()
  const statuses = (await Promise.all(asked)).map(({ status }) => status)
  assert.equal(statuses.filter((status) => status === 200).length, 8 + 256)
})

test('a server that is going down says so', async () => {
  const { ask, parts } = page({ isReady: () => false })
  parts.reader.error = new Error('closed')
  assert.equal((await ask('/readyz')).status, 503)
  assert.equal((await ask('/healthz')).status, 200)
  assert.equal((await ask('/api/overview')).status, 503)
})

test('exports: every row, formulas and quotes made harmless', async () => {
  const { ask } = page()
  const csv = await ask('/api/flows.csv?where=family%3D%3Dedonkey')
  assert.equal(csv.headers.get('content-disposition'), 'attachment; filename="peerscope-flows.csv"')
  const lines = (await csv.text()).trimEnd().split('\n')
  assert.equal(lines.length, 101)
  assert.ok(lines[1]?.includes(`"'${FORMULA.replaceAll('"', '""')} frame 7 via tracker"`))
  assert.match(lines[1]!, /^1\.2,2026-11-22T09:00:01\.000000Z,/)
  const ndjson = (await (await ask('/api/flows.ndjson')).text()).trimEnd().split('\n')
  assert.equal(ndjson.length, 300)
  assert.equal(JSON.parse(ndjson[0]!).reasons[0], XSS)
  const eve = await (await ask('/api/flows.eve')).text()
  assert.equal(eve.split('\n')[0], '{"event_type":"flow","id":"1.1"}')
  const peers = (await (await ask(`/api/peers.csv?content=${CONTENT}`)).text())
    .trimEnd()
    .split('\n')
  assert.equal(peers.length, 41)
  assert.ok(peers[1]?.includes(`"'${FORMULA.replaceAll('"', '""')}"`))
})

test('packets: of flows or of an expression, never of both', async () => {
  const asked: unknown[] = []
  const packets = {
    async *capture(which: object) {
      asked.push(which)
      yield new Uint8Array([0x0a, 0x0d])
    },
    rows: async () => ({ rows: [], total: 0 }),
  }
  const { ask } = page({ packets })
  const file = await ask('/api/packets.pcapng?flow=1.1&flow=1.2')
  assert.deepEqual([...new Uint8Array(await file.arrayBuffer())], [0x0a, 0x0d])
  await (await ask('/api/packets.pcapng?where=family%3D%3Dedonkey')).arrayBuffer()
  assert.deepEqual(asked, [{ flows: ['1.1', '1.2'] }, { where: 'family==edonkey' }])
  assert.equal((await ask('/api/packets.pcapng?flow=1.1&where=x')).status, 400)
  assert.equal((await ask('/api/packets.pcapng?flow=../etc')).status, 400)
  assert.equal((await ask('/api/bytes?flow=1.1')).status, 200)
})

test('a client that leaves in the middle of an export gives its place back', async () => {
  const { ask } = page()
  for (let i = 0; i < 300; i++) {
    const response = await ask('/api/flows.csv')
    assert.equal(response.status, 200, `export ${i}`)
    await response.body?.cancel()
  }
})

test('whoever only asks for heads takes nobody’s place', async () => {
  const { ask } = page()
  for (let i = 0; i < 10; i++) {
    for (const path of ['/api/flows.csv', '/api/events', '/api/status']) {
      assert.equal((await ask(path, { method: 'HEAD' })).status, 405)
    }
  }
  assert.equal((await ask('/api/flows.csv')).status, 200)
  assert.equal((await ask('/healthz', { method: 'HEAD' })).status, 200)
})

test('metrics are what Prometheus reads, labels escaped', async () => {
  const { ask } = page()
  const response = await ask('/metrics')
  assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  assert.equal(
    await response.text(),
    '# HELP peerscope_packets_total Packets seen.\n# TYPE peerscope_packets_total counter\n' +
      'peerscope_packets_total{iface="a \\"b\\"\\\\\\n"} 6600\n',
  )
})

test('a capture is taken whole, once, and within its bounds', async () => {
  const taken: string[] = []
  const captures = {
    bytesMax: 10,
    take: async (name: string, body: AsyncIterable<Uint8Array>) => {
      let size = 0
      for await (const piece of body) size += piece.length
      if (name === 'busy') throw new Busy('later')
      taken.push(`${name} ${size}`)
      return { name }
    },
  }
  const { ask } = page({ captures })
  const post = (path: string, body: string, headers = {}) =>
    ask(path, { method: 'POST', body, headers })
  const response = await post(`/api/captures?name=${encodeURIComponent(XSS)}`, '12345')
  assert.equal(response.status, 202)
  assert.equal((await json(response)).name, XSS)
  assert.deepEqual(taken, [`${XSS} 5`])
  assert.equal((await post('/api/captures?name=a', 'x', { 'content-length': '11' })).status, 413)
  assert.equal((await post('/api/captures?name=busy', 'x')).status, 503)
  assert.equal((await post('/api/captures', 'x')).status, 400)
  assert.equal(
    (await page().ask('/api/captures?name=a', { method: 'POST', body: 'x' })).status,
    404,
  )
  assert.equal((await ask('/api/captures?name=a')).status, 404)
})

test('a wall says how it stands; where there is none, that is the answer', async () => {
  assert.deepEqual(await json(await page().ask('/api/wall')), { running: false })
  const { ask } = page({ wall: WALL_PART })
  assert.deepEqual(await json(await ask('/api/wall')), WALL)
  assert.equal((await ask('/api/wall?where=x')).status, 400)
})

test('another policy is looked at, never taken, and only for the page itself', async () => {
  const policies: string[] = []
  const wall = {
    state: () => WALL,
    preview(policy: string) {
      policies.push(policy)
      return WALL_PART.preview(policy)
    },
  }
  const { ask } = page({ wall })
  const post = (body: string, headers = {}) =>
    ask('/api/wall/preview', { method: 'POST', body, headers })
  const seen = (await json(await post('wall: {} # ä'))) as unknown as WallPreview
  assert.deepEqual(
    seen.rules.map(({ change }) => change),
    ['same', 'gone', 'new'],
  )
  assert.equal(((await json(await post('a slip'))) as unknown as WallPreview).faults[0]?.line, 3)
  assert.deepEqual(policies, ['wall: {} # ä', 'a slip'])
  assert.equal((await post('#'.repeat(262_145))).status, 413)
  assert.equal((await post('x', { origin: 'http://elsewhere.example' })).status, 403)
  assert.equal((await post('x', { 'sec-fetch-site': 'cross-site' })).status, 403)
  const guarded = page({ wall, token: '0123456789abcdef' })
  const refused = await guarded.ask('/api/wall/preview', { method: 'POST', body: 'x' })
  assert.equal(refused.status, 401)
  const none = await page().ask('/api/wall/preview', { method: 'POST', body: 'x' })
  assert.equal(none.status, 404)
  // HEAD and GET are not for it.
  assert.equal((await ask('/api/wall/preview')).status, 404)
  assert.equal(policies.length, 2)
})
