/**
 * Clients on libtorrent-rasterbar behind the wall, side by side: qbittorrent over TCP alone and over uTP
 * alone, and deluge, which takes what it gets; in the clear and with nothing but encryption.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Deluge } from './clients/deluge.ts'
import { startOpentracker, TRACKER_PORT } from './clients/opentracker.ts'
import { Qbittorrent } from './clients/qbittorrent.ts'
import { makeTorrent } from './clients/torrent.ts'
import { cannotRun, type Host } from './network.ts'
import {
  BLOCK_BYTES,
  blocked,
  gotFromSeed,
  SEED_PORT,
  SEEDING_PROGRAMS,
  seeding,
  TRACKERS_ALLOWED,
} from './wall-seed.ts'
import { WALL_PROGRAMS, WallSite } from './wall-site.ts'

// biome-ignore format: what is started below
const skip = cannotRun([
  'qbittorrent-nox', 'deluged', 'deluge-console', 'curl', ...SEEDING_PROGRAMS, ...WALL_PROGRAMS,
])

const LEECH_PORT = 45_702
/** Tries more after the verdict, with which the clients get no further. */
const AFTER_MILLIS = 3000

for (const encryption of ['clear', 'forced'] as const) {
  test(`qbittorrent and deluge, ${encryption}`, { skip }, async (context) => {
    const site = await WallSite.open(context)
    const { network } = site
    const { torrent } = await seeding(site, { encryption: encryption === 'clear' ? 0 : 2 })
    const wall = await site.wall('wall', TRACKERS_ALLOWED)
    const inside = await site.capture('ours', 'inside')
    const settings = { port: LEECH_PORT, encryption }
    const [tcp, utp, deluge] = await Promise.all([
      Qbittorrent.start(network, await site.host('tcp', 'ours'), { ...settings, carrier: 'tcp' }),
      Qbittorrent.start(network, await site.host('utp', 'ours'), { ...settings, carrier: 'utp' }),
      Deluge.start(network, await site.host('deluge', 'ours'), settings),
    ])
    const clients = [tcp, utp, deluge]
    await Promise.all(clients.map((client) => client.add(torrent)))
    await network.until('all are blocked', 40, () =>
      clients.every(({ host }) => blocked(wall, host).length > 0),
    )
    await pause(AFTER_MILLIS)
    // They say it themselves: no seed is there, and nothing was had. Of each other they know, on our side.
    for (const client of [tcp, utp]) {
      const { num_seeds, progress } = await client.told(torrent)
      assert.deepEqual([num_seeds, progress], [0, 0], client.host.name)
    }
    const deluges = await deluge.told(torrent)
    assert.match(deluges, /Seeds: 0 \(1\)/)
    assert.match(deluges, /Progress: 0\.00%/)
    await inside.stop()
    await wall.stop()
    for (const { host } of clients) {
      const got = gotFromSeed(inside.file, host)
      context.diagnostic(`${host.name}: ${[...new Set(blocked(wall, host))]}; ${got} bytes came`)
      if (encryption === 'clear') assert.equal(got, 0, host.name)
      else assert.ok(got < BLOCK_BYTES, `${host.name}: ${got} bytes`)
    }
  })
}

/** Its answer to a key is padded: its peer is known, or its host, or how content begins behind it. */
test('both ends libtorrent, forced: less than a block, whoever told of the peer', {
  skip,
}, async (context) => {
  const site = await WallSite.open(context)
  const { network } = site
  const world = await site.host('seed', 'world')
  const announce = `http://${world.ip}:${TRACKER_PORT}/announce`
  const torrent = await makeTorrent(network, world, 'tall tales.flac', 4_000_000, [announce])
  await startOpentracker(network, world, [torrent.infoHash])
  const settings = { encryption: 'forced', carrier: 'tcp' } as const
  const content = { [torrent.name]: torrent.content }
  const seed = await Qbittorrent.start(network, world, { ...settings, port: SEED_PORT }, content)
  await seed.add(torrent)
  await network.until('it gives, and its tracker knows', 30, async () => {
    const { progress, num_complete } = await seed.told(torrent)
    return progress === 1 && num_complete > 0
  })
  const [learner, caught, stranger] = [
    await site.host('learner', 'ours'),
    await site.host('caught', 'ours'),
    await site.host('stranger', 'ours'),
  ]
  const trackers = { part: ['tracker-http'] }
  const wall = await site.wall('wall', {
    rules: [
      { name: 'heard', who: [learner.ip], what: trackers, do: 'learn' },
      { name: 'unheard', who: [stranger.ip], what: trackers, do: 'permit' },
      { name: 'the rest', do: 'block reset' },
    ],
  })
  const inside = await site.capture('ours', 'inside')
  const [learning, held, alone] = await Promise.all(
    [learner, caught, stranger].map((host) =>
      Qbittorrent.start(network, host, { ...settings, port: LEECH_PORT }),
    ),
  )
  // Who is not told what a tracker says has no more than the connection itself: nobody is named to it before.
  await alone!.add(torrent)
  await network.until('it is named', 30, () => blocked(wall, stranger).length > 0)
  for (const client of [learning!, held!]) await client.add(torrent)
  await network.until('its tracker is blocked', 20, () => blocked(wall, caught).length > 0)
  // Somebody told it, by means that nobody sees.
  await held!.addPeers(torrent, [`${world.ip}:${SEED_PORT}`])
  const did = (host: Host, ...wanted: string[]) =>
    wall
      .decisions()
      .some(
        ({ host: ip, action, part }) =>
          ip === host.ip && wanted.includes(action) && part !== 'tracker-http',
      )
  // It looks like more of the same, or its neighbour was told what listens there.
  await network.until(
    'both are stopped',
    30,
    () => did(learner, 'refuse') && did(caught, 'lock', 'block'),
  )
  await pause(AFTER_MILLIS)
  await inside.stop()
  await wall.stop()
  const [fromNamed, fromTold, fromStranger] = [learner, caught, stranger].map((host) =>
    gotFromSeed(inside.file, host),
  )
  context.diagnostic(
    `${fromNamed} bytes came of who was named, ${fromTold} of who was not, ${fromStranger} where trackers pass`,
  )
  assert.equal(fromNamed, 0)
  assert.ok(fromTold! < BLOCK_BYTES, `${fromTold} bytes`)
  // Some connections are one segment at a time; what reaches it is no block.
  assert.ok(fromStranger! < BLOCK_BYTES, `${fromStranger} bytes`)
})
