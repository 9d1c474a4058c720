/**
 * Incidents on the page and in EVE, as users start the program: over a trace of dark addresses, over calls in
 * vain with the messages that made them, and while an interface is watched.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../src/core/bytes.ts'
import { CaptureMaker } from '../src/core/capture-maker.ts'
import { repositoryFile } from '../src/core/repository.ts'
import type {
  CauseRow,
  DarkMap,
  FlowDetail,
  IncidentRow,
  Listed,
  Propagation,
} from '../src/core/store.ts'
import { temporaryFolder } from '../src/core/temporary-folder-in-test.ts'
import type { DarkPlaces, DarkView, Detected } from '../src/services/page/api.ts'
import { play } from './lab-in-test.ts'
import { Server } from './serving.ts'

const MAIN = repositoryFile('dist/src/app/main.js')
const isLinuxRoot = process.platform === 'linux' && process.getuid?.() === 0
const noCapture = !isLinuxRoot && 'capturing needs root on Linux'
const HERE = ['--listen', '127.0.0.1:0', '-q']
const MINUTE = 60_000_000
const DARK = { ip: '198.51.100.7', port: 6881 }
const HASH = '0123456789abcdef0123456789abcdef01234567'
const folder = temporaryFolder()

/** BEP 3: 19, the protocol's name, eight reserved bytes, info hash, peer id. */
function handshake(): Uint8Array {
  const head = concat(Uint8Array.of(19), bytesOf('BitTorrent protocol'), new Uint8Array(8))
  return concat(head, fromHex(HASH), bytesOf('-KT3150-'.padEnd(20, 'x')))
}

/** RFC 1035: `router.bittorrent.com` is at this address. */
function dnsAnswer(ip: string): Uint8Array {
  const name = fromHex('06726f757465720a626974746f7272656e7403636f6d00')
  const ask = concat(fromHex('123481800001000100000000'), name, fromHex('00010001'))
  const record = fromHex('c00c0001000100000e100004')
  return concat(ask, record, Uint8Array.from(ip.split('.'), Number))
}

/** 130 who want a content, a minute apart, and 20 who do not speak P2P. */
function trace(): string {
  const maker = new CaptureMaker(Date.UTC(2009, 3, 1) * 1000)
  const resolver = { ip: '192.0.2.53', port: 53 }
  maker.udp(resolver, { ip: '203.0.113.1', port: 5353 }, dnsAnswer(DARK.ip))
  for (let i = 0; i < 130; i++) {
    const caller = { ip: `203.0.113.${1 + i}`, port: 40_000 + i }
    maker.tcp(caller, DARK).send(0, handshake()).close()
    maker.wait(MINUTE)
    if (i >= 20) continue
    const other = { ip: `192.0.2.${1 + i}`, port: 40_000 }
    maker.tcp(other, { ip: DARK.ip, port: 80 }).send(0, bytesOf('GET / HTTP/1.0\r\n\r\n')).close()
  }
  const path = join(folder, 'dark.pcap')
  writeFileSync(path, maker.finish())
  return path
}

test('a trace of dark addresses: the incident, the map, another definition', async (context) => {
  const dark = ['--dark', '198.51.100.0/25,198.51.100.128/25']
  const server = await Server.start(context, ['-r', trace(), '--serve', ...dark, ...HERE])
  await server.settled()
  const { rows, total } = await server.json<Listed<IncidentRow>>('/api/incidents')
  assert.equal(total, 1)
  const [incident] = rows
  assert.deepEqual(incident!.target, DARK)
  assert.deepEqual([incident!.sources, incident!.state], [130, 'closed'])
  assert.deepEqual(incident!.contents, [{ name: `urn:btih:${HASH}`, count: 130 }])
  assert.equal(incident!.first?.frame, 2)
  const flow = await server.json<FlowDetail>(`/api/flow?id=${incident!.first!.flow}`)
  assert.deepEqual([flow.srcIp, flow.dstIp], ['203.0.113.1', DARK.ip])
  const causes = await server.json<CauseRow[]>('/api/causes')
  const dns = causes.find(({ hypothesis }) => hypothesis === 'dns-misdirection')
  assert.deepEqual([dns?.verdict, dns?.hits, dns?.tested], ['confirmed', 130, 130])
  assert.match(dns!.text, /router\.bittorrent\.com/)
  const view = await server.json<DarkView>('/api/dark')
  assert.deepEqual(view.networks, ['198.51.100.0/25', '198.51.100.128/25'])
  assert.deepEqual([view.connections, view.p2pConnections, view.scanners], [150, 130, 20])
  const map = await server.json<DarkMap>('/api/map?network=198.51.100.0/24&cellBits=32')
  assert.deepEqual([map.cells, map.sources, map.p2pSources], [[7], [150], [130]])
  const detect = async (query: string) =>
    (await server.json<Detected>(`/api/detect?${query}`)).rows.map(({ sources }) => sources)
  assert.deepEqual(await detect('sources=129&hours=6'), [130])
  assert.deepEqual(await detect('sources=130&hours=6'), [])
  // They come a little more than a minute apart, so there are sixty in an hour.
  assert.deepEqual(await detect('sources=60&hours=1'), [])
  assert.deepEqual(await detect('sources=59&hours=1'), [130])
  assert.equal(await server.stop(), 0)
})

test('of dark networks of IPv6 the called /64s and addresses are told, most callers first', async (context) => {
  const maker = new CaptureMaker(Date.UTC(2026, 3, 1) * 1000)
  const called = ['2001:db8:0:7::1', '2001:db8:0:7::2', '2001:db8:0:8::1', '3fff:1:2:3::9']
  for (const [i, ip] of called.entries()) {
    for (let caller = 0; caller <= i; caller++) {
      const from = { ip: `2001:db9::${caller + 1}`, port: 40_000 }
      maker.tcp(from, { ip, port: 6881 }).send(0, handshake()).close()
    }
  }
  // Who speaks no P2P, and who calls elsewhere.
  const other = { ip: '2001:db9::99', port: 40_000 }
  const asks = bytesOf('GET / HTTP/1.0\r\n\r\n')
  maker.tcp(other, { ip: '3fff:1:2:3::9', port: 80 }).send(0, asks).close()
  maker.tcp(other, { ip: '2001:dba::1', port: 6881 }).send(0, handshake()).close()
  const path = join(folder, 'six.pcap')
  writeFileSync(path, maker.finish())
  const dark = ['--dark', '2001:db8::/32,3fff:1:2:3::/64,198.51.100.0/24']
  const server = await Server.start(context, ['-r', path, '--serve', ...dark, ...HERE])
  await server.settled()
  const places = await server.json<DarkPlaces>('/api/places')
  const family = 'bittorrent'
  assert.deepEqual(places, {
    rows: [
      { place: '3fff:1:2:3::9', sources: 5, p2pSources: 4, family },
      { place: '2001:db8:0:8::/64', sources: 3, p2pSources: 3, family },
      { place: '2001:db8:0:7::/64', sources: 2, p2pSources: 2, family },
    ],
    ...{ total: 3, flows: 11, isCut: false },
  })
  const one = await server.json<DarkPlaces>('/api/places?where=dst==2001:db8:0:8::/64')
  assert.deepEqual([one.total, one.rows[0]?.sources], [1, 3])
})

test('without dark networks: who told of what nobody answered, why, and a report', async (context) => {
  const path = join(folder, 'reversed.pcapng')
  writeFileSync(path, play('bittorrent-reversed.yaml').capture)
  const server = await Server.start(context, ['serve', path, ...HERE])
  await server.settled()
  const { rows } = await server.json<Listed<IncidentRow>>('/api/incidents')
  assert.ok(rows.some(({ target }) => target.ip === '2.100.51.198'))
  const [cause] = await server.json<CauseRow[]>('/api/causes')
  assert.deepEqual([cause!.hypothesis, cause!.verdict], ['byte-order', 'confirmed'])
  const ways = await server.json<Propagation>('/api/propagation?of=2.100.51.198:6881')
  const told = ways.edges.filter(({ kind }) => kind === 'told')
  assert.ok(
    told.length > 0 && told.every(({ from, via }) => `${from} ${via}` === '203.0.113.7 pex'),
  )
  assert.equal(ways.twin?.ip, '198.51.100.2')
  // The step leads to a frame, and the frame to the message.
  const { flow, frame } = told[0]!
  const messages = await server.json<Listed<{ frame: number; name: string }>>(
    `/api/messages?flow=${flow}&limit=1000`,
  )
  assert.ok(messages.rows.some((row) => row.frame === frame && row.name === 'ut_pex'))
  assert.equal((await server.ask('/api/detect')).status, 404)
  assert.match(await (await server.ask('/api/bug-report.md')).text(), /KTorrent 3\.1\.5/)
})

test('peerscope.yaml names dark networks; a slip in the option is told', async (context) => {
  const config = join(folder, 'peerscope.yaml')
  writeFileSync(config, 'dark: [198.51.100.0/24]\n')
  const server = await Server.start(context, ['serve', '-c', config, ...HERE])
  assert.deepEqual((await server.json<DarkView>('/api/dark')).networks, ['198.51.100.0/24'])
  await assert.rejects(
    Server.start(context, ['serve', '--dark', 'here', ...HERE]),
    /ended with 2: .*--dark here: not a network/,
  )
  await assert.rejects(
    Server.start(context, ['-r', 'x.pcap', '--dark', '10.0.0.0/8']),
    /ended with 2: .*--dark is for --serve/,
  )
})

const LOOPBACK_DARK = '127.77.0.0/16'
/** BEP 5: somebody asks for a content. */
const QUERY = `d1:ad2:id20:${'a'.repeat(20)}9:info_hash20:${'h'.repeat(20)}e1:q9:get_peers1:t2:aa1:y1:qe`

/** A resolver on loopback tells that one name stands for where nobody is. */
async function tellName(): Promise<void> {
  const resolver = createSocket('udp4')
  resolver.bind(53, '127.79.0.53')
  await once(resolver, 'listening')
  await new Promise((resolve) =>
    resolver.send(dnsAnswer('127.77.0.7'), 46_882, '127.79.0.1', resolve),
  )
  resolver.close()
}

/** A hundred and one sources on loopback ask one address where nobody is. */
async function callInVain(): Promise<void> {
  for (let i = 0; i <= 100; i++) {
    const socket = createSocket('udp4')
    socket.on('error', () => undefined)
    socket.bind(0, `127.78.0.${1 + i}`)
    await once(socket, 'listening')
    await new Promise((resolve) =>
      socket.send(Buffer.from(QUERY, 'latin1'), 46_881, '127.77.0.7', resolve),
    )
    socket.close()
  }
}

test('an incident on an interface is on the page while it goes on', {
  skip: noCapture,
}, async (context) => {
  const store = join(folder, 'live.duckdb')
  const server = await Server.start(context, [
    ...['serve', '-i', 'lo', '-f', 'udp port 46881', '--store', store],
    ...['--dark', LOOPBACK_DARK, ...HERE],
  ])
  await callInVain()
  const incidents = await until(async () => {
    const found = await server.json<Listed<IncidentRow>>('/api/incidents')
    return found.total > 0 ? found : undefined
  })
  assert.deepEqual(
    incidents.rows.map(({ state, target, sources }) => [state, target.ip, sources]),
    [['open', '127.77.0.7', 101]],
  )
  assert.equal(await server.stop(), 0)
  // Whoever stops it has lost nothing.
  assert.doesNotMatch(server.errors, /"level":50/)
})

test('peerscope live tells it in EVE at once, and which name DNS gave to the address', {
  skip: noCapture,
}, async (context) => {
  const child = spawn(
    process.execPath,
    [
      ...[MAIN, 'live', '-i', 'lo', '--workers', '2', '-f', 'udp port 46881 or udp src port 53'],
      ...['--dark', LOOPBACK_DARK, '--format', 'eve', '-l', '--duration', '30'],
    ],
    { env: { PATH: process.env.PATH ?? '' }, stdio: ['ignore', 'pipe', 'ignore'] },
  )
  context.after(() => child.kill('SIGKILL'))
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    out += more
  })
  const told = (type: string) =>
    out
      .split('\n')
      .filter((one) => one.includes(`"event_type":"${type}"`))
      .map((one) => JSON.parse(one))
  const line = await until(async () => {
    // It takes a while until the interface is watched.
    await tellName()
    await callInVain()
    return told('p2p_incident')[0]
  })
  const { dest_ip: ip, p2p_incident: incident } = line
  assert.deepEqual([ip, incident.state, incident.sources], ['127.77.0.7', 'open', 101])
  // The watch may have begun between the first name and the calls.
  await tellName()
  // What was called is known once it is over.
  child.kill('SIGINT')
  await once(child, 'close')
  const causes = told('p2p_cause').map(({ p2p_cause: cause }) => cause)
  const dns = causes.findLast(({ hypothesis }) => hypothesis === 'dns-misdirection')
  assert.equal(dns?.verdict, 'confirmed')
  assert.match(
    dns.text,
    /router\.bittorrent\.com, known as .* stands for 127\.77\.0\.7:46881 \(DNS gave it/,
  )
})

const PATIENCE_MS = 20_000

async function until<Found>(look: () => Promise<Found | undefined>): Promise<Found> {
  const end = Date.now() + PATIENCE_MS
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    assert.ok(Date.now() < end, 'it did not come')
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
