/**
 * A swarm of real clients beside other traffic of the same hosts: every flow of the swarm is named,
 * nothing else is, and what is told is what the clients were told to do.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Client, Transfer } from '../../src/core/event.ts'
import { Capture } from './capture.ts'
import { startAria2 } from './clients/aria2.ts'
import { startOpentracker, TRACKER_PORT } from './clients/opentracker.ts'
import { makeTorrent } from './clients/torrent.ts'
import { Transmission } from './clients/transmission.ts'
import {
  askNeighbours,
  NEIGHBOUR_FLOWS_MIN,
  NEIGHBOUR_PORTS,
  NEIGHBOUR_PROGRAMS,
  serveNeighbours,
} from './neighbours.ts'
import { cannotRun, Network } from './network.ts'
import { misnamed, read, type Talk } from './reading.ts'

const SEED_PORT = 45_101
const LEECH_PORT = 45_102
const ARIA2_PORT = 45_103

// biome-ignore format: what is started below
const skip = cannotRun([
  'opentracker', 'transmission-daemon', 'transmission-remote', 'transmission-create', 'aria2c',
  'tcpdump', 'tshark', ...NEIGHBOUR_PROGRAMS,
])

/** All programs have a server port of their own, so that it alone says whose a flow is. */
function familyOf({ ends }: Talk): string {
  return ends.some(({ port }) => NEIGHBOUR_PORTS.includes(port)) ? 'none' : 'bittorrent'
}

test('a swarm with tracker, DHT and peer exchange among web, DNS, TLS and chance', {
  skip,
}, async (context) => {
  const network = Network.open()
  context.after(() => network.close())
  const lan = network.bridge('lan')
  const tracker = network.host('tracker', [lan, '198.51.100.1/24'])
  const seed = network.host('seed', [lan, '198.51.100.2/24'])
  const leech = network.host('leech', [lan, '198.51.100.3/24'])
  const aria2 = network.host('aria2', [lan, '198.51.100.4/24'])

  const place = `${tracker.ip}:${TRACKER_PORT}/announce`
  const trackers = [`http://${place}`, `udp://${place}`]
  const torrent = await makeTorrent(network, tracker, 'field recordings.flac', 900_000, trackers)
  await startOpentracker(network, tracker, [torrent.infoHash])
  await serveNeighbours(network, seed, torrent.file)

  const capture = await Capture.start(network, lan, join(network.folder, 'swarm.pcap'))
  const settings = { encryption: 0, extras: true } as const
  const content = { [torrent.name]: torrent.content }
  const seeding = await Transmission.start(network, seed, { ...settings, port: SEED_PORT }, content)
  await seeding.add(torrent.file)
  await seeding.has(torrent, 15)
  await seeding.isAnnounced(torrent, 15)
  const leeching = await Transmission.start(network, leech, { ...settings, port: LEECH_PORT })
  // Without the torrent file it must ask the seed for it, names and all.
  await leeching.add(torrent.magnet)
  const fetching = startAria2(network, aria2, torrent.file, { port: ARIA2_PORT })
  await askNeighbours(network, leech, seed)
  await askNeighbours(network, aria2, seed)
  await leeching.has(torrent, 30)
  await network.until('aria2 has its file', 30, () => fetching.hasEnded)
  await capture.stop()

  const { talks, events, summary } = await read(capture.file)
  const urn = `urn:btih:${torrent.infoHash}`

  await context.test('every flow of the swarm is named, and no other', () => {
    assert.deepEqual(misnamed(talks, familyOf), [])
    const others = talks.filter((talk) => familyOf(talk) === 'none')
    assert.ok(others.length >= 2 * NEIGHBOUR_FLOWS_MIN, `${others.length} flows of neighbours`)
    const parts = new Set(talks.flatMap(({ flows }) => flows.map(({ p2p }) => p2p?.part)))
    for (const part of ['tracker-http', 'tracker-udp', 'dht']) assert.ok(parts.has(part), part)
  })

  await context.test('what moved is told by its hash, its name and its size', () => {
    assert.ok(summary.includes(urn), summary)
    assert.ok(summary.includes(`“${torrent.name}”`), summary)
    const shares = events.filter((event) => event.type === 'share')
    assert.ok(
      shares.some(
        ({ content, name, size, verified }) =>
          content === urn &&
          name === torrent.name &&
          size === torrent.content.length &&
          verified === true,
      ),
      JSON.stringify(shares),
    )
    for (const { content } of events.filter((event) => event.type === 'transfer')) {
      assert.equal(content, urn)
    }
    for (const { ip } of [leech, aria2]) {
      const got = events.filter((event) => event.type === 'transfer' && event.to.ip === ip)
      const bytes = got.reduce((sum, event) => sum + (event as Transfer).bytes, 0)
      // What came twice or was cancelled too late comes on top.
      assert.ok(bytes >= torrent.content.length, `${ip} got ${bytes} bytes`)
      assert.ok(bytes < 1.5 * torrent.content.length, `${ip} got ${bytes} bytes`)
    }
  })

  await context.test('where the clients listen is learnt, and nothing of the neighbours', () => {
    const claims = events.filter((event) => event.type === 'claim')
    for (const [{ ip }, port] of [
      [seed, SEED_PORT],
      [leech, LEECH_PORT],
      [aria2, ARIA2_PORT],
    ] as const) {
      const about = claims.filter((claim) => claim.about.ip === ip && claim.about.port === port)
      const vias = new Set(about.map(({ via, content }) => content === urn && via))
      assert.ok(vias.has('tracker'), `${ip}:${port} by the tracker`)
    }
    for (const { about } of claims) assert.ok(!NEIGHBOUR_PORTS.includes(about.port), about.ip)
  })

  await context.test('which client runs where, in which version', async () => {
    for (const [host, command, software] of [
      [seed, 'transmission-daemon', 'Transmission'],
      [leech, 'transmission-daemon', 'Transmission'],
      [aria2, 'aria2c', 'aria2'],
    ] as const) {
      const version = await host.versionOf(command)
      const told = events.filter((event) => event.type === 'client' && event.who.ip === host.ip)
      const names = told.map(
        (event) => `${(event as Client).software} ${(event as Client).version}`,
      )
      assert.ok(names.includes(`${software} ${version}`), `${host.name}: ${names}`)
    }
  })
})
