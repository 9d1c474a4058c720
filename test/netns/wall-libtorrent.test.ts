/**
 * Clients on libtorrent-rasterbar behind the wall, side by side: qbittorrent over TCP alone and over uTP
 * alone, and deluge, which takes what it gets; in the clear and with nothing but encryption.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Deluge } from './clients/deluge.ts'
import { Qbittorrent } from './clients/qbittorrent.ts'
import { cannotRun } from './network.ts'
import {
  BLOCK_BYTES,
  blocked,
  gotFromSeed,
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
