/**
 * A swarm of real clients at a real tracker is asked for two addresses where nobody is: one was announced to
 * the tracker by a host that went away, the other is told by one peer of ours, by peer exchange. In a
 * DHT of real clients a node of ours names a third. Each is found where it came in, through its channel
 * and no other.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { endpointText } from '../../src/core/address.ts'
import type { Order } from '../../src/core/peer.ts'
import { backtrack, type Found, kindsOf, originsOf } from './backtracking.ts'
import { startAria2 } from './clients/aria2.ts'
import { startOpentracker, TRACKER_PORT } from './clients/opentracker.ts'
import { makeTorrent } from './clients/torrent.ts'
import { Transmission } from './clients/transmission.ts'
import { LAN, Lan } from './lan.ts'
import { livePeers, said } from './live-peers.ts'
import { cannotRun } from './network.ts'
import { read } from './reading.ts'

// biome-ignore format: what is started below
const skip = cannotRun([
  'opentracker', 'transmission-daemon', 'transmission-remote', 'transmission-create', 'aria2c', 'tshark',
])

const live = livePeers('bittorrent')
const TRANSMISSION_PORT = 45_101
const ARIA2_PORT = 45_103
const OUR_PORT = 6881
/** Announced to the tracker, and gone. */
const GHOST = { ip: '198.51.100.66', port: 4662 }
/** Never there. */
const DARK = { ip: '198.51.100.99', port: 4711 }

test('Bogus addresses of a tracker and of peer exchange among real clients', {
  skip,
}, async (context) => {
  const lan = Lan.open(context)
  const { network } = lan
  const tracker = lan.host('tracker', 1)
  const [seed, leech, aria2] = [lan.host('seed', 2), lan.host('leech', 3), lan.host('aria2', 4)]
  const [injector, ghost] = [lan.host('injector', 13), lan.host('ghost', 66)]
  const crawler = lan.host('crawler', 7)

  const announce = `http://${tracker.ip}:${TRACKER_PORT}/announce`
  const torrent = await makeTorrent(network, tracker, 'field recordings.flac', 900_000, [announce])
  const content = `urn:btih:${torrent.infoHash}`
  await startOpentracker(network, tracker, [torrent.infoHash])
  const joins: [number, Order][] = [
    [0, { do: 'join', at: { ip: tracker.ip, port: TRACKER_PORT } }],
    [0, { do: 'fetch', name: torrent.name, content }],
  ]
  const gone = live(ghost, 'peer', GHOST.port, joins)
  await network.until('the ghost is announced', 10, () => said(gone, 'joined').length > 0)
  await gone.stop()
  await ghost.run('ip', ['link', 'set', 'eth0', 'down'])

  const settings = { port: TRANSMISSION_PORT, encryption: 0, extras: true } as const
  const files = { [torrent.name]: torrent.content }
  const seeding = await Transmission.start(network, seed, settings, files)
  await seeding.add(torrent.file)
  await seeding.has(torrent, 15)
  await seeding.isAnnounced(torrent, 15)
  const leeching = await Transmission.start(network, leech, settings)
  await leeching.add(torrent.file)
  startAria2(network, aria2, torrent.file, { port: ARIA2_PORT, seeds: torrent })
  live(injector, 'peer,injects', OUR_PORT, [...joins, [5, { do: 'join', at: DARK }]])
  await leeching.has(torrent, 30)

  const [capture, state, graph] = ['crawl.pcapng', 'crawl.state', 'told.graphml'].map((name) =>
    join(network.folder, name),
  ) as [string, string, string]
  const words = [
    ...[endpointText(GHOST), endpointText(DARK), content],
    ...['--ask', `tracker@${tracker.ip}:${TRACKER_PORT}/announce`, '--allow', LAN],
    ...['-w', capture, '--state', state, '--graph', graph],
  ]
  const { findings, output } = await backtrack(crawler, words)
  const [ofGhost, ofDark] = findings as [Found, Found]

  await context.test('what the tracker gives out comes from the tracker', () => {
    assert.deepEqual(kindsOf(ofGhost), ['dht no', 'exchange no', 'index yes'], output)
    assert.deepEqual(originsOf(ofGhost), [`${tracker.ip}:${TRACKER_PORT} tracker index`])
  })

  await context.test('what one peer tells by peer exchange comes from that peer', () => {
    assert.deepEqual(kindsOf(ofDark), ['dht no', 'exchange yes', 'index no'], output)
    assert.deepEqual(originsOf(ofDark), [`${injector.ip}:${OUR_PORT} pex exchange`])
  })

  await context.test('the capture is the evidence: frame and bytes', async () => {
    const { events } = await read(capture)
    const [edge] = ofDark.told
    const claim = events
      .filter((event) => event.type === 'claim')
      .find(({ via, about }) => via === 'pex' && about.ip === DARK.ip)
    assert.deepEqual([claim?.frame, claim?.capture], [edge?.frame, capture])
    const asked = events.filter((event) => event.type === 'transfer')
    assert.deepEqual(asked, [])
  })

  await context.test('real clients answered, and were asked for peer exchange', () => {
    const pex = ofDark.channels.find(({ channel }) => channel === 'pex')
    assert.ok(pex!.answered >= 4, JSON.stringify(ofDark.channels))
    const told = readFileSync(graph, 'utf8')
    for (const each of [GHOST, DARK]) assert.ok(told.includes(`<node id="${endpointText(each)}"`))
  })
})

test('A bogus address that a node of the DHT names, among real nodes', {
  skip,
}, async (context) => {
  const lan = Lan.open(context)
  const { network } = lan
  const [router, injector] = [lan.host('router', 1), lan.host('injector', 13)]
  const [seed, leech, crawler] = [lan.host('seed', 2), lan.host('leech', 3), lan.host('crawler', 7)]
  const dhtEntry = { ip: router.ip, port: OUR_PORT }
  const torrent = await makeTorrent(network, router, 'field recordings.flac', 900_000, [])
  live(router, 'dht-node', OUR_PORT)
  await network.until('our node listens', 10, () => router.listens('udp', OUR_PORT))
  const joins: [number, Order][] = [
    [0, { do: 'join', at: dhtEntry }],
    [3, { do: 'join', at: DARK }],
  ]
  const ours = live(injector, 'dht-node,injects', OUR_PORT, joins)
  await network.until('the injector is in', 10, () => said(ours, 'joined').length > 0)
  const settings = { port: ARIA2_PORT, dhtEntry }
  startAria2(network, seed, torrent.file, { ...settings, seeds: torrent })
  const loading = startAria2(network, leech, torrent.magnet, settings)
  await network.until('aria2 has its file', 90, () => loading.hasEnded)
  const { findings, output } = await backtrack(crawler, [
    ...[endpointText(DARK), `urn:btih:${torrent.infoHash}`],
    ...['--ask', `dht@${endpointText(dhtEntry)}`, '--allow', LAN],
  ])
  const [found] = findings as [Found]
  assert.ok(kindsOf(found).includes('dht yes'), output)
  // aria2 passes on by peer exchange what it only heard of, and is not taken for the source.
  assert.deepEqual(originsOf(found), [`${injector.ip}:${OUR_PORT} dht-values table`])
  // The seed is a node, and a peer that the others name.
  const answered = found.channels.find(({ channel }) => channel === 'dht')!.answered
  assert.ok(answered >= 3, output)
})
