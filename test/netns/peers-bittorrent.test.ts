/**
 * The small BitTorrent peers among real ones. Through our tracker aria2 loads from our peer with nothing
 * but a link, and our peer loads from Transmission; through a DHT of our nodes the same without a
 * tracker, with two of aria2. All of it is named in the capture. One of ours that has KTorrent's bug misleads
 * Transmission, and the capture says who did.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Endpoint, endpointText } from '../../src/core/address.ts'
import type { Order, PeerFile } from '../../src/core/peer.ts'
import { Capture } from './capture.ts'
import { startAria2 } from './clients/aria2.ts'
import { makeTorrent, type Torrent } from './clients/torrent.ts'
import { Transmission } from './clients/transmission.ts'
import { livePeers, said } from './live-peers.ts'
import { type Bridge, cannotRun, type Host, Network } from './network.ts'
import type { Program } from './program.ts'
import { misnamed, type Reading, read } from './reading.ts'

// biome-ignore format: what is started below
const skip = cannotRun([
  'transmission-daemon', 'transmission-remote', 'transmission-create', 'aria2c', 'tcpdump', 'tshark',
])

const live = livePeers('bittorrent')
const TRACKER = { ip: '198.51.100.1', port: 6969 }
const ROUTER = { ip: '198.51.100.1', port: 6881 }
const OUR_PORT = 6881
const ARIA2_PORT = 45_103
const TRANSMISSION_PORT = 45_101
const OURS: PeerFile = { name: 'quiet harbour.ogg', size: 500_000, seed: 7 }
const THEIRS_BYTES = 600_000

interface Swarm {
  readonly network: Network
  readonly lan: Bridge
  readonly first: Host
  readonly giver: Host
  readonly taker: Host
  readonly aria2: Host
  readonly real: Host
}

function swarmOf(network: Network): Swarm {
  const lan = network.bridge('lan')
  return {
    network,
    lan,
    first: network.host('first', [lan, '198.51.100.1/24']),
    giver: network.host('giver', [lan, '198.51.100.2/24']),
    taker: network.host('taker', [lan, '198.51.100.3/24']),
    aria2: network.host('aria2', [lan, '198.51.100.4/24']),
    real: network.host('real', [lan, '198.51.100.5/24']),
  }
}

/** Our giver publishes, and says under which name. */
async function published({ network }: Swarm, giver: Program): Promise<string> {
  await network.until('our giver is in', 15, () => said(giver, 'joined').length > 0)
  return said(giver, 'published')[0]!.content
}

/** Our taker wants what the real client has. */
async function takes(swarm: Swarm, role: string, at: Endpoint, theirs: Torrent): Promise<void> {
  const content = `urn:btih:${theirs.infoHash}`
  const taker = live(swarm.taker, role, OUR_PORT, [
    [0, { do: 'join', at }],
    [1, { do: 'fetch', name: theirs.name, content }],
  ])
  await swarm.network.until('our taker has its file', 60, () => said(taker, 'fetched').length > 0)
  const [fetched] = said(taker, 'fetched')
  assert.deepEqual(
    [fetched!.name, fetched!.bytes, fetched!.verified, fetched!.from.ip],
    [theirs.name, THEIRS_BYTES, true, swarm.real.ip],
  )
}

function isTold({ talks, summary }: Reading, ours: string, theirs: Torrent): void {
  assert.deepEqual(
    misnamed(talks, () => 'bittorrent'),
    [],
  )
  for (const part of [ours, OURS.name, `urn:btih:${theirs.infoHash}`, theirs.name]) {
    assert.ok(summary.includes(part), `${part} in ${summary}`)
  }
}

test('aria2 and Transmission with our peers at our tracker', { skip }, async (context) => {
  const network = Network.open()
  context.after(() => network.close())
  const swarm = swarmOf(network)
  const place = `${endpointText(TRACKER)}/announce`
  const theirs = await makeTorrent(network, swarm.real, 'chamber music.ogg', THEIRS_BYTES, [
    `udp://${place}`,
    `http://${place}`,
  ])
  const capture = await Capture.start(network, swarm.lan, join(network.folder, 'lab.pcap'))
  live(swarm.first, 'tracker', TRACKER.port)
  await network.until('our tracker listens', 10, () => swarm.first.listens('tcp', TRACKER.port))
  const giver = live(swarm.giver, 'peer', OUR_PORT, [
    [0, { do: 'join', at: TRACKER }],
    [0, { do: 'publish', file: OURS }],
  ])
  const ours = await published(swarm, giver)
  const link = `magnet:?xt=${ours}&tr=${encodeURIComponent(`http://${place}`)}`
  const loading = startAria2(network, swarm.aria2, link, { port: ARIA2_PORT })
  const files = { [theirs.name]: theirs.content }
  const settings = { port: TRANSMISSION_PORT, encryption: 0, extras: true } as const
  const seed = await Transmission.start(network, swarm.real, settings, files)
  await seed.add(theirs.file)
  await seed.has(theirs, 15)
  await seed.isAnnounced(theirs, 15)
  await takes(swarm, 'udp-peer', TRACKER, theirs)
  await network.until('aria2 has its file', 60, () => loading.hasEnded)
  await capture.stop()
  isTold(await read(capture.file), ours, theirs)
})

test('aria2 with our peers in a DHT of our nodes', { skip }, async (context) => {
  const network = Network.open()
  context.after(() => network.close())
  const swarm = swarmOf(network)
  const theirs = await makeTorrent(network, swarm.real, 'chamber music.ogg', THEIRS_BYTES, [])
  const capture = await Capture.start(network, swarm.lan, join(network.folder, 'lab.pcap'))
  live(swarm.first, 'dht-node', ROUTER.port)
  await network.until('our node listens', 10, () => swarm.first.listens('udp', ROUTER.port))
  const giver = live(swarm.giver, 'dht-peer', OUR_PORT, [
    [0, { do: 'join', at: ROUTER }],
    [0, { do: 'publish', file: OURS }],
  ])
  const ours = await published(swarm, giver)
  const settings = { port: ARIA2_PORT, dhtEntry: ROUTER }
  const loading = startAria2(network, swarm.aria2, `magnet:?xt=${ours}`, settings)
  startAria2(network, swarm.real, theirs.file, { ...settings, seeds: theirs })
  await takes(swarm, 'dht-peer', ROUTER, theirs)
  await network.until('aria2 has its file', 60, () => loading.hasEnded)
  await capture.stop()
  isTold(await read(capture.file), ours, theirs)
})

/** Nobody has it: who wants it goes on looking. */
const NOTHING = 'a5'.repeat(20)
/** 198.51.100.2, our giver, read backwards. */
const DARK = '2.100.51.198'

test('Transmission calls the address that a KTorrent of 2008 tells it', {
  skip,
}, async (context) => {
  const network = Network.open()
  context.after(() => network.close())
  const swarm = swarmOf(network)
  const dark = network.host('dark', [swarm.lan, `${DARK}/24`])
  for (const host of [swarm.real, dark]) {
    await host.run('ip', ['route', 'add', 'default', 'dev', 'eth0'])
  }
  const capture = await Capture.start(network, swarm.lan, join(network.folder, 'lab.pcap'))
  const watch = dark.start('tcpdump', ['-i', 'eth0', '-nl', `tcp and dst ${DARK}`])
  live(swarm.first, 'tracker', TRACKER.port)
  await network.until('our tracker listens', 10, () => swarm.first.listens('tcp', TRACKER.port))
  const tracker = `http://${endpointText(TRACKER)}/announce`
  const settings = { port: TRANSMISSION_PORT, encryption: 0, extras: true } as const
  const transmission = await Transmission.start(network, swarm.real, settings)
  const content = `urn:btih:${NOTHING}`
  await transmission.add(`magnet:?xt=${content}&tr=${encodeURIComponent(tracker)}`)
  await transmission.isAnnounced({ infoHash: NOTHING }, 15)
  const wants: [number, Order][] = [
    [0, { do: 'join', at: TRACKER }],
    [0, { do: 'fetch', name: 'nothing', content }],
  ]
  const giver = live(swarm.giver, 'peer', OUR_PORT, wants)
  await network.until('one is there', 10, () => said(giver, 'joined').length > 0)
  live(swarm.taker, 'peer,reversed-pex', OUR_PORT, wants)
  await network.until('somebody calls the dark address', 45, () =>
    watch.output.includes(`> ${DARK}`),
  )
  await capture.stop()
  const { events } = await read(capture.file)
  const callers = events.flatMap((event) =>
    event.type === 'flow' && event.ends[1].ip === DARK ? [event.ends[0].ip] : [],
  )
  assert.deepEqual([...new Set(callers)], [swarm.real.ip])
  const told = events.flatMap((event) =>
    event.type === 'claim' && event.about.ip === DARK ? [`${event.via} of ${event.by.ip}`] : [],
  )
  assert.deepEqual([...new Set(told)], [`pex of ${swarm.taker.ip}`])
})
