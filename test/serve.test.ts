/** `peerscope serve` as its users start it: the page says what the other outputs say. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createWriteStream, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { ByteWriter, concat } from '../src/core/bytes.ts'
import { CaptureMaker } from '../src/core/capture-maker.ts'
import type { Event } from '../src/core/event.ts'
import { repositoryFile } from '../src/core/repository.ts'
import type {
  FlowDetail,
  FlowRow,
  HostDetail,
  HostRow,
  Listed,
  MessageRow,
  Overview,
  Run,
  SwarmDetail,
  SwarmRow,
  TrafficChart,
} from '../src/core/store.ts'
import { temporaryFolder } from '../src/core/temporary-folder-in-test.ts'
import type { Names, PacketRow, Status } from '../src/services/page/api.ts'
import { Server } from './serving.ts'

const MAIN = repositoryFile('dist/src/app/main.js')
const SAMPLE = repositoryFile('samples/office.pcap')
const isEve = new Ajv2020({ strict: false }).compile(
  JSON.parse(readFileSync(repositoryFile('src/services/export/eve.schema.json'), 'utf8')) as object,
)
const HERE = ['--listen', '127.0.0.1:0']

function program(...args: string[]) {
  const done = spawnSync(process.execPath, [MAIN, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { PATH: process.env.PATH ?? '' },
  })
  return { status: done.status, out: done.stdout, err: done.stderr }
}

function eventsOf(path: string): Event[] {
  const { out } = program('-r', path, '--format', 'ndjson')
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event)
}

test('every question is answered, and with the counts of --format ndjson', async (context) => {
  const events = eventsOf(SAMPLE)
  const flows = events.filter((event) => event.type === 'flow')
  const p2p = flows.filter(({ p2p }) => p2p !== undefined && !p2p.neighbour)
  const verdicts = events.filter((event) => event.type === 'verdict')
  const messages = events.filter((event) => event.type === 'message')
  const server = await Server.start(context, ['-r', SAMPLE, '--serve', ...HERE])
  assert.equal((await server.settled()).packets, 4242)

  const runs = await server.json<Run[]>('/api/runs')
  assert.deepEqual(
    runs.map(({ source, packets, flows }) => [source, packets, flows]),
    [['office.pcap', 4242, flows.length]],
  )
  const overview = await server.json<Overview>('/api/overview')
  assert.equal(overview.p2pFlows, p2p.length)
  assert.equal(overview.hosts, verdicts.length)
  const sum = (some: typeof flows) => some.reduce((all, { bytes }) => all + bytes[0] + bytes[1], 0)
  assert.equal(overview.p2pBytes, sum(p2p))
  assert.equal(overview.bytes, sum(flows))
  const chart = await server.json<TrafficChart>('/api/traffic?steps=10')
  const drawn = chart.series.flatMap(({ bytes }) => bytes)
  // Each step is rounded by itself.
  const apart = drawn.reduce((a, b) => a + b, 0) - sum(p2p)
  assert.ok(Math.abs(apart) <= drawn.length, `${apart} bytes too many`)
  // Where in its ten seconds a flow moved is known better than of all the rest: a little is lost.
  const whole = [...drawn, ...chart.rest].reduce((a, b) => a + b, 0)
  assert.ok(Math.abs(whole / overview.bytes - 1) < 0.01, `${whole} of ${overview.bytes} bytes`)
  const hosts = await server.json<Listed<HostRow>>('/api/hosts?limit=1000')
  assert.deepEqual(
    hosts.rows.map(({ host, score }) => `${host} ${score}`).sort(),
    verdicts.map(({ host, score }) => `${host} ${score}`).sort(),
  )
  const host = await server.json<HostDetail>(
    `/api/host?steps=20&host=${encodeURIComponent(hosts.rows[0]!.host)}`,
  )
  assert.equal(
    host.allReasons.length,
    verdicts.find((one) => one.host === host.host)!.reasons.length,
  )

  const listed = await server.json<Listed<FlowRow>>('/api/flows?limit=1000&order=start')
  assert.equal(listed.total, flows.length)
  let counted = 0
  for (const { id } of listed.rows) {
    const flow = await server.json<FlowDetail>(`/api/flow?id=${id}`)
    counted += flow.messages
    const event = flows.find(({ flow }) => id === `1.${flow}`)!
    assert.deepEqual(
      [flow.frame, flow.packets, flow.bytes],
      [event.frame, event.packets, event.bytes],
    )
    assert.deepEqual(flow.reasons, event.p2p?.reasons ?? [])
  }
  assert.equal(counted, messages.length)
  const one = p2p.find(({ proto }) => proto === 'TCP')!
  const said = await server.json<Listed<MessageRow>>(`/api/messages?limit=1000&flow=1.${one.flow}`)
  assert.equal(said.total, messages.filter(({ flow }) => flow === one.flow).length)
  const packets = await server.json<Listed<PacketRow>>(`/api/bytes?limit=1000&flow=1.${one.flow}`)
  assert.equal(packets.rows.length, one.packets[0] + one.packets[1])

  const swarms = await server.json<Listed<SwarmRow>>('/api/swarms?limit=5')
  const content = encodeURIComponent(swarms.rows[0]!.content)
  const swarm = await server.json<SwarmDetail>(`/api/swarm?limit=5&content=${content}`)
  assert.equal(swarm.content, swarms.rows[0]!.content)
  for (const path of [
    'histogram?steps=9',
    'facets?limit=5',
    'threats',
    'families',
    'find?text=10.',
  ]) {
    await server.json(`/api/${path}`)
  }
  const family = p2p[0]!.p2p!.family
  const some = await server.json<Listed<FlowRow>>(`/api/flows?limit=1&where=family%3D%3D${family}`)
  assert.equal(some.total, p2p.filter((flow) => flow.p2p!.family === family).length)

  const csv = await (await server.ask('/api/flows.csv')).text()
  assert.equal(csv.trimEnd().split('\n').length, flows.length + 1)
  const eve = (await (await server.ask('/api/flows.eve')).text()).trimEnd().split('\n')
  const plain = program('-r', SAMPLE, '--format', 'eve').out.split('\n')
  const flowIds = (lines: string[]) =>
    lines
      .filter((line) => line.includes('"event_type":"flow"'))
      .map((line) => (JSON.parse(line) as { flow_id: number }).flow_id)
      .sort()
  assert.deepEqual(flowIds(eve), flowIds(plain))
  for (const line of eve) {
    assert.ok(isEve(JSON.parse(line)), `${line}: ${JSON.stringify(isEve.errors)}`)
  }
  const peers = await (await server.ask(`/api/peers.csv?content=${content}`)).text()
  assert.equal(peers.trimEnd().split('\n').length, swarm.peers.total + 1)
  assert.match(await (await server.ask('/metrics')).text(), /^peerscope_flows_total 250$/m)
  assert.equal(await server.stop(), 0)
})

test('a hostile capture given through the page is a message, and the next one is read', async (context) => {
  const server = await Server.start(context, ['serve', ...HERE])
  const give = (name: string, body: Uint8Array) =>
    server.ask(`/api/captures?name=${encodeURIComponent(name)}`, {
      method: 'POST',
      body: body as Uint8Array<ArrayBuffer>,
    })
  const nonsense = await give('../../etc/<script>.pcap', new TextEncoder().encode('not a capture'))
  assert.equal(nonsense.status, 202)
  const failed = await server.settled()
  assert.equal(failed.state, 'failed')
  assert.equal(failed.source, '../../etc/<script>.pcap')
  assert.doesNotMatch(failed.error ?? '', /\/tmp\/peerscope|\.\.\//)
  // A header that claims a record of four gigabytes.
  const header = new CaptureMaker().finish()
  await give('huge.pcap', new Uint8Array([...header, ...new Array<number>(16).fill(0xff)]))
  await give('good.pcap', readFileSync(SAMPLE))
  for (let i = 0; i < 200; i++) {
    const runs = await server.json<Run[]>('/api/runs')
    if (runs.some(({ source, endedMicros }) => source === 'good.pcap' && endedMicros)) break
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const runs = await server.json<Run[]>('/api/runs')
  assert.deepEqual(
    runs.map(({ source, packets, damage }) => [source, packets, damage.length]),
    [
      ['huge.pcap', 0, 1],
      ['good.pcap', 4242, 0],
    ],
  )
  assert.equal(await server.stop('SIGTERM'), 0)
})

test('a torrent named like a script stays a name, in answers and in the report', async (context) => {
  const folder = temporaryFolder(context)
  const path = join(folder, 'script.pcap')
  writeFileSync(path, scriptTorrent())
  const server = await Server.start(context, ['serve', path, ...HERE])
  await server.settled()
  const response = await server.ask('/api/swarms')
  assert.equal(response.headers.get('content-type'), 'application/json')
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
  const { rows } = (await response.json()) as Listed<SwarmRow>
  assert.ok(
    rows.some(({ name }) => name === NAME),
    JSON.stringify(rows),
  )
  assert.equal(await server.stop(), 0)
  const report = join(folder, 'report.html')
  assert.equal(program('report', path, '-o', report).status, 0)
  const html = readFileSync(report, 'utf8')
  assert.doesNotMatch(html, /<script/i)
  assert.match(html, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/)
})

const NAME = '<script>alert(1)</script>'

/** A peer tells another the metadata (BEP 9) of a torrent with that name, and so its name is checked. */
function scriptTorrent(): Uint8Array {
  const info = latin1Bytes(
    `d6:lengthi5e4:name${NAME.length}:${NAME}12:piece lengthi16384e6:pieces20:${'p'.repeat(20)}e`,
  )
  const hash = createHash('sha1').update(info).digest()
  const handshake = (id: string) =>
    concat(
      latin1Bytes('\x13BitTorrent protocol\0\0\0\0\0\x10\0\x01'),
      hash,
      latin1Bytes(`-TR4060-${id.repeat(12)}`),
    )
  const extended = (number: number, bytes: Uint8Array) =>
    new ByteWriter()
      .u32be(bytes.length + 2)
      .u8(20)
      .u8(number)
      .bytes(bytes)
      .finish()
  const hello = extended(0, latin1Bytes(`d1:md11:ut_metadatai3ee13:metadata_sizei${info.length}ee`))
  const maker = new CaptureMaker()
  const connection = maker.tcp(
    { ip: '192.0.2.10', port: 40_000 },
    { ip: '198.51.100.20', port: 51_413 },
  )
  connection.send(0, handshake('a')).send(1, handshake('b')).send(0, hello).send(1, hello)
  connection.send(0, extended(3, latin1Bytes('d8:msg_typei0e5:piecei0ee')))
  const head = latin1Bytes(`d8:msg_typei1e5:piecei0e10:total_sizei${info.length}ee`)
  connection.send(1, extended(3, concat(head, info)))
  connection.close()
  return maker.finish()
}

function latin1Bytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1')
}

test('a pipe that keeps silent: what came is shown, and a signal ends it', async (context) => {
  const folder = temporaryFolder(context)
  const store = join(folder, 'pipe.duckdb')
  const fifo = join(folder, 'fifo')
  spawnSync('mkfifo', [fifo])
  // Each end waits for the other to open it.
  const writing = createWriteStream(fifo)
  context.after(() => writing.destroy())
  const server = await Server.start(context, ['serve', '--store', store, ...HERE], fifo)
  writing.write(readFileSync(SAMPLE))
  // Flows of TCP that closed have ended; the pipe is still open.
  let flows = 0
  for (let i = 0; flows === 0 && i < 100; i++) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    flows = (await server.json<Listed<FlowRow>>('/api/flows?limit=1')).total
  }
  assert.equal((await server.json<Status>('/api/status')).state, 'reading')
  assert.equal(await server.stop(), 0)
  writing.destroy()
  const again = await Server.start(context, ['serve', '--store', store, ...HERE])
  assert.equal((await again.json<Listed<FlowRow>>('/api/flows?limit=1')).total, 250)
  assert.equal(await again.stop(), 0)
})

test('beyond this machine a token is needed, told once', async (context) => {
  const server = await Server.start(context, ['serve', '--listen', '0.0.0.0:0'])
  const token = /\?token=([0-9a-f]{32})$/m.exec(server.errors)?.[1]
  assert.ok(token !== undefined)
  server.url = server.url.replace('0.0.0.0', '127.0.0.1')
  assert.equal((await server.ask('/api/status')).status, 401)
  const opened = await server.ask(`/?token=${token}`, { redirect: 'manual' })
  assert.equal(opened.status, 303)
  const cookie = opened.headers.get('set-cookie')!.split(';')[0]!
  assert.equal((await server.ask('/api/status', { headers: { cookie } })).status, 200)
  assert.equal(await server.stop(), 0)
})

test('names change while the page is open', async (context) => {
  const config = join(temporaryFolder(context), 'peerscope.yaml')
  writeFileSync(config, 'hosts: { 10.17.5.33: printer }\n')
  const server = await Server.start(context, ['serve', '-c', config, ...HERE])
  const names = () => server.json<Names>('/api/names')
  assert.deepEqual((await names()).hosts, { '10.17.5.33': 'printer' })
  const again = async (text: string, until: RegExp) => {
    writeFileSync(config, text)
    server.signal('SIGHUP')
    for (let i = 0; !until.test(server.errors) && i < 500; i++) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    assert.match(server.errors, until)
  }
  // A slip changes nothing and ends nothing.
  await again('hosts: [', /stays as it was/)
  assert.deepEqual((await names()).hosts, { '10.17.5.33': 'printer' })
  const networks = 'networks: [{ name: office, cidrs: [10.17.0.0/16], policy: forbid }]\n'
  await again(networks, /was read again/)
  assert.deepEqual((await names()).hosts, {})
  const body = readFileSync(SAMPLE) as Uint8Array<ArrayBuffer>
  await server.ask('/api/captures?name=a', { method: 'POST', body })
  await server.settled()
  assert.match(server.errors, /"network":"office".*"msg":"P2P where it is forbidden"/)
  assert.equal(await server.stop(), 0)
})

test('a store stays: what was read is there when it is opened again', async (context) => {
  const folder = temporaryFolder(context)
  const store = join(folder, 'office.duckdb')
  const first = await Server.start(context, ['serve', SAMPLE, '--store', store, ...HERE])
  await first.settled()
  assert.equal(await first.stop(), 0)
  const second = await Server.start(context, ['serve', '--store', store, ...HERE])
  assert.equal((await second.json<Listed<FlowRow>>('/api/flows?limit=1')).total, 250)
  // Two processes cannot have it.
  const third = program('serve', '--store', store, ...HERE)
  assert.equal(third.status, 1)
  assert.equal(await second.stop(), 0)
  const file = join(folder, 'report.html')
  assert.deepEqual(program('report', store, '-w', file), { status: 0, out: '', err: '' })
  const report = program('report', store)
  assert.equal(report.status, 0)
  assert.match(report.out, /<h1>Peer-to-peer traffic<\/h1>/)
  assert.match(readFileSync(file, 'utf8'), /<h1>Peer-to-peer traffic<\/h1>/)
})

test('what cannot be opened is told before there is a page', () => {
  const missing = program('serve', '/nowhere.pcap', ...HERE)
  assert.equal(missing.status, 1)
  assert.match(missing.err, /^peerscope: \/nowhere\.pcap: /)
  assert.equal(program('serve', '--listen', 'nonsense').status, 2)
  assert.equal(program('config', 'check', SAMPLE).status, 2)
  const idle = program('serve', SAMPLE, '--keep-packets', '1GB', '--workers', '2', ...HERE)
  assert.equal(idle.status, 2)
  assert.match(idle.err, /^peerscope: --workers, --keep-packets: no interface is watched; say -i$/m)
})
