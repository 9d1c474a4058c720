/**
 * Peers with their octets in reverse reach real clients and a crowd of ours, by a tracker or by peer exchange; all
 * call addresses that never were. The honeynet behind these finds incidents; asked back, they come in where
 * they were put in; what was seen on the link says why: byte order.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointText } from '../../src/core/address.ts'
import type { Cause } from '../../src/core/incident.ts'
import type { Order } from '../../src/core/peer.ts'
import { cannotBeDark } from './dark.ts'
import { areReversed, crowdIps, reversed, SEED_IPS } from './injected.ts'
import { CONTENT, LIVE, PORT, SEEDS, SwarmScene, TRACKER } from './injected-bittorrent.ts'
import { livePeers } from './live-peers.ts'
import { Network } from './network.ts'

const skip = cannotBeDark(['transmission-daemon', 'transmission-remote', 'aria2c', 'tcpdump'])

const live = livePeers('bittorrent')

test('A tracker has reversed entries', { skip }, async (context) => {
  const network = Network.open()
  context.after(() => network.close())
  const scene = new SwarmScene(network)
  const tracker = scene.host('tracker', `${TRACKER.ip}/24`)
  const seeds = scene.host('seeds', '198.51.100.3/24')
  const crowd = scene.host('crowd', '198.51.100.4/24')
  await scene.open()
  const victims = LIVE.map((seed): [number, Order] => [0, { do: 'join', at: reversed(seed) }])
  live(tracker, 'tracker,injects', TRACKER.port, victims)
  await network.until('our tracker listens', 10, () => tracker.listens('tcp', TRACKER.port))
  await scene.peers(seeds, 'peer', SEED_IPS, TRACKER)
  await scene.clients([TRACKER])
  await scene.peers(crowd, 'deaf:peer', crowdIps(105), TRACKER)
  await scene.call()

  await context.test('addresses that all called are incidents', async () => {
    const incidents = await scene.incidents()
    areReversed(incidents, LIVE, CONTENT)
    for (const { software } of incidents) {
      for (const real of ['Transmission ', 'aria2 ']) {
        const isThere = software.some(({ name }) => name.startsWith(real))
        assert.ok(isThere, real)
      }
    }
  })

  await context.test('asked back, they come in at the tracker', async () => {
    assert.deepEqual(await scene.origins(), [`${endpointText(TRACKER)} tracker index`])
  })

  await context.test('what passed on the link says why', async () => {
    const { causes } = await scene.diagnosis()
    const cause = causes.find(({ verdict }) => verdict === 'confirmed')
    assert.deepEqual(
      [cause?.hypothesis, cause?.tested, cause?.hits],
      ['byte-order', LIVE.length, LIVE.length],
    )
  })
})

/** It takes so many connections that half of the crowd asks another tracker, that names another of its kind. */
const OTHER_TRACKER = { ip: '198.51.100.8', port: 6969 }
const KTORRENTS = ['198.51.100.6', '198.51.100.7'] as const

test('Two KTorrents of 2008 tell peers in reverse', { skip }, async (context) => {
  const network = Network.open()
  context.after(() => network.close())
  const scene = new SwarmScene(network)
  const trackers = [TRACKER, OTHER_TRACKER]
  const hosts = trackers.map(({ ip }, i) => scene.host(`tracker${i}`, `${ip}/24`))
  const seeds = scene.host('seeds', '198.51.100.3/24')
  const crowds = [4, 5].map((last) => scene.host(`crowd${last}`, `198.51.100.${last}/24`))
  const liars = KTORRENTS.map((ip, i) => scene.host(`liar${i}`, `${ip}/24`))
  await scene.open()
  const joins = (at: { ip: string; port: number }): [number, Order] => [0, { do: 'join', at }]
  for (const [i, host] of hosts.entries()) {
    const named = [{ ip: KTORRENTS[i]!, port: PORT }, ...(i === 0 ? [] : SEEDS)]
    live(host, 'tracker,injects', TRACKER.port, named.map(joins))
    await network.until('a tracker listens', 10, () => host.listens('tcp', TRACKER.port))
  }
  const seeding = await scene.peers(seeds, 'peer', SEED_IPS, TRACKER)
  await network.until('the seeds are there', 15, () => seeding.output.includes('all are there'))
  for (const [i, liar] of liars.entries()) {
    live(liar, 'peer,reversed-pex', PORT, [
      [1, { do: 'join', at: trackers[i]! }],
      [1, { do: 'fetch', name: 'nothing', content: CONTENT }],
    ])
    // Whom it meets later it tells of a minute later.
    await network.until('a liar has met the seeds', 60, async () => {
      const links = await liar.run('ss', ['-Htn', 'state', 'established'])
      return SEED_IPS.every((ip) => links.includes(`${ip}:`))
    })
  }
  await scene.clients(trackers)
  const crowd = await Promise.all(
    crowds.map((host, i) => scene.peers(host, 'deaf:peer', crowdIps(60, i), trackers[i]!)),
  )
  await scene.call()
  // With all of them there, nobody else finds a place at a liar's.
  for (const each of crowd) await each.stop()

  await context.test('addresses that most called are incidents', async () => {
    areReversed(await scene.incidents(), LIVE, CONTENT)
  })

  await context.test('asked back, they come in at a liar', async () => {
    assert.deepEqual(await scene.origins(), [`${KTORRENTS[0]}:${PORT} pex exchange`])
  })

  await context.test('byte order, by exchange and not by the index', async () => {
    const { causes, channels } = await scene.diagnosis()
    const confirmed = causes.filter(({ verdict }) => verdict === 'confirmed')
    assert.deepEqual(
      confirmed.map(({ hypothesis }) => hypothesis),
      ['byte-order'],
    )
    const [{ tested, hits }] = confirmed as [Cause]
    assert.ok(hits === tested && hits >= SEEDS.length, `${hits} of ${tested}`)
    assert.deepEqual(
      channels.map(({ via, spreads }) => `${via} ${spreads}`),
      ['pex yes', 'tracker no'],
    )
  })
})
