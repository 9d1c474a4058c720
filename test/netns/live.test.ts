/**
 * Real clients watched as they talk: every host is named within ten seconds of its first P2P packet,
 * whichever way packets come, and in the end just what a capture of the same packets tells.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { readCaptures } from '../../src/app/pipeline.ts'
import type { Flow } from '../../src/core/event.ts'
import { Capture } from './capture.ts'
import { Amule } from './clients/amule.ts'
import { startAria2 } from './clients/aria2.ts'
import { startOpentracker, TRACKER_PORT } from './clients/opentracker.ts'
import { makeTorrent } from './clients/torrent.ts'
import { Transmission } from './clients/transmission.ts'
import { recognised, Watch } from './live-watch.ts'
import { type Bridge, cannotRun, type Host, Network } from './network.ts'

const SECONDS = 10

/** How the same packets are watched at once. */
// biome-ignore format: a table
const WAYS: readonly (readonly [name: string, args: readonly string[]])[] = [
  ['ring',        ['--capture', 'ring']],
  ['two threads', ['--capture', 'ring', '--workers', '2']],
  ['pipe',        ['--capture', 'pipe']],
]

/** Watch a bridge in all ways while clients talk, and hold each against a capture. */
async function watched(
  context: TestContext,
  network: Network,
  lan: Bridge,
  hosts: readonly Host[],
  talk: () => Promise<void>,
): Promise<readonly Flow[]> {
  const capture = await Capture.start(network, lan, join(network.folder, 'talk.pcap'))
  const watches = await Promise.all(
    WAYS.map(([name, args]) =>
      Watch.start(network, lan.namespace, name.replace(' ', '-'), ['-i', 'br0', ...args]),
    ),
  )
  await talk()
  // All fall silent at once: what one way of watching saw, the others saw too.
  for (const { namespace } of hosts) {
    execFileSync('ip', ['-n', namespace, 'link', 'set', 'eth0', 'down'])
  }
  const isNamed = (watch: Watch) => hosts.every(({ ip }) => watch.verdictMillis.has(ip))
  for (let left = SECONDS; left > 0 && !watches.every(isNamed); left--) await pause(1000)
  const totals = await Promise.all(watches.map((watch) => watch.stop()))
  await capture.stop()

  const flows: Flow[] = []
  await readCaptures({ files: [capture.file], flows: true }, (event) => {
    if (event.type === 'flow') flows.push(event)
  })
  assert.ok(recognised(flows).length >= hosts.length / 2)
  for (const [index, [name]] of WAYS.entries()) {
    const watch = watches[index]!
    await context.test(`${name}: every host is named in time`, () => {
      for (const { ip } of hosts) {
        const late = watch.verdictMillis.get(ip)! - firstMicros(flows, ip) / 1000
        assert.ok(late < 1000 * SECONDS, `${ip} after ${late} ms`)
        context.diagnostic(`${name}: ${ip} after ${Math.round(late)} ms`)
      }
    })
    await context.test(
      `${name}: the same is recognised as in a capture, nothing is dropped`,
      () => {
        assert.deepEqual(watch.recognised(), recognised(flows))
        assert.equal(totals[index]!.live.dropped, 0)
      },
    )
  }
  return flows
}

/** When a host first sent something of a P2P flow, or opened it. */
function firstMicros(flows: readonly Flow[], ip: string): number {
  const own = flows.filter(({ p2p, ends }) => p2p && ends.some((end) => end.ip === ip))
  return Math.min(...own.map(({ startMicros }) => startMicros))
}

const skipBitTorrent = cannotRun([
  'opentracker',
  'transmission-daemon',
  'transmission-remote',
  'transmission-create',
  'aria2c',
  'tcpdump',
])

test('a swarm, half of it encrypted', { skip: skipBitTorrent }, async (context) => {
  const network = Network.open()
  context.after(() => network.close())
  const lan = network.bridge('lan')
  const tracker = network.host('tracker', [lan, '198.51.100.1/24'])
  const seed = network.host('seed', [lan, '198.51.100.2/24'])
  const leech = network.host('leech', [lan, '198.51.100.3/24'])
  const aria2 = network.host('aria2', [lan, '198.51.100.4/24'])
  const announce = `http://${tracker.ip}:${TRACKER_PORT}/announce`
  const torrent = await makeTorrent(network, tracker, 'field.flac', 900_000, [announce])
  await startOpentracker(network, tracker, [torrent.infoHash])
  const flows = await watched(context, network, lan, [tracker, seed, leech, aria2], async () => {
    const content = { [torrent.name]: torrent.content }
    const settings = { encryption: 1, extras: false } as const
    const seeding = await Transmission.start(network, seed, { ...settings, port: 45_101 }, content)
    await seeding.add(torrent.file)
    await seeding.has(torrent, 20)
    await seeding.isAnnounced(torrent, 20)
    const hidden = { encryption: 2, extras: false, port: 45_102 } as const
    const leeching = await Transmission.start(network, leech, hidden)
    await leeching.add(torrent.file)
    const fetching = startAria2(network, aria2, torrent.file, { port: 45_103 })
    await leeching.has(torrent, 40)
    await network.until('aria2 has its file', 40, () => fetching.hasEnded)
  })
  // Only what others said of their endpoints tells what these are.
  assert.ok(flows.some(({ p2p }) => p2p?.taughtBy !== undefined))
})

const skipAmule = cannotRun(['amuled', 'amulecmd', 'openssl', 'tcpdump'])

test('two eDonkey clients', { skip: skipAmule }, async (context) => {
  const network = Network.open()
  context.after(() => network.close())
  const lan = network.bridge('lan')
  const give = network.host('give', [lan, '203.0.113.1/24'])
  const take = network.host('take', [lan, '203.0.113.2/24'])
  const ports = (tcpPort: number) => ({ tcpPort, udpPort: tcpPort + 10, obfuscated: false })
  const giver = new Amule(network, give, { nick: 'Greta', ...ports(46_101) })
  const taker = new Amule(network, take, { nick: 'Tom', ...ports(46_102) })
  await watched(context, network, lan, [give, take], async () => {
    await Promise.all([giver.start([taker]), taker.start([giver])])
    await Promise.all([giver.isConnected(15), taker.isConnected(15)])
  })
})
