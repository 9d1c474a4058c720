/** Over IPv6 alone: clients that have no other way into the world meet a seed by a tracker that names it in IPv6. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { startAria2 } from './clients/aria2.ts'
import { Qbittorrent } from './clients/qbittorrent.ts'
import { makeTorrent } from './clients/torrent.ts'
import { Transmission } from './clients/transmission.ts'
import { cannotRun, type Host } from './network.ts'
import {
  BLOCK_BYTES,
  blocked,
  gotFromSeed,
  KEY_EXCHANGE_BYTES_MAX,
  SEED_PORT,
  SEEDING_PROGRAMS,
  TRACKERS_ALLOWED,
} from './wall-seed.ts'
import { WALL_PROGRAMS, WallSite } from './wall-site.ts'

const skip = cannotRun([
  ...['aria2c', 'qbittorrent-nox', 'curl'],
  ...SEEDING_PROGRAMS,
  ...WALL_PROGRAMS,
])

const TRACKER_PORT = 6970
const LEECH_PORT = 45_802
/** A try more after the verdict, with which the clients get no further. */
const AFTER_MILLIS = 3000

/** Names one peer to whoever asks, BEP 7. */
const TRACKER = (ip: string) => `
  const groups = '${ip}'.split('::').map((part) => part.split(':').map((group) => parseInt(group, 16)))
  const peer = Buffer.alloc(18)
  groups[0].forEach((group, index) => peer.writeUInt16BE(group, 2 * index))
  groups[1].forEach((group, index) => peer.writeUInt16BE(group, 16 - 2 * (groups[1].length - index)))
  peer.writeUInt16BE(${SEED_PORT}, 16)
  const ends = ['d8:intervali1800e5:peers0:6:peers618:', 'e'].map((text) => Buffer.from(text))
  require('node:http').createServer((_, answer) => {
    answer.end(Buffer.concat([ends[0], peer, ends[1]]))
  }).listen(${TRACKER_PORT}, '::')
`

/** Of its addresses one is left that leads out: a public one, as IPv6 has it. Transmission uses no other. */
async function readdressed(host: Host, number: number) {
  const ip = `2001:db8:7::${number}`
  await host.run('ip', ['-4', 'route', 'delete', 'default'])
  await host.run('ip', ['-6', 'address', 'flush', 'scope', 'global', 'dev', 'eth0'])
  await host.run('ip', ['address', 'add', `${ip}/64`, 'dev', 'eth0', 'nodad'])
  await host.run('ip', ['-6', 'route', 'replace', 'default', 'via', '2001:db8:7::1'])
  return { name: host.name, ip }
}

for (const encryption of ['clear', 'forced'] as const) {
  test(`over IPv6, ${encryption}`, { skip }, async (context) => {
    const isForced = encryption === 'forced'
    const level = isForced ? 2 : 0
    const site = await WallSite.open(context)
    const { network } = site
    const world = await site.host('seed', 'world')
    world.start(process.execPath, ['-e', TRACKER(site.sixOf(world))])
    const announce = `http://[${site.sixOf(world)}]:${TRACKER_PORT}/announce`
    const torrent = await makeTorrent(network, world, 'tall tales.flac', 2_000_000, [announce])
    const content = { [torrent.name]: torrent.content }
    const seedSettings = { port: SEED_PORT, encryption: level, extras: true } as const
    const seed = await Transmission.start(network, world, seedSettings, content)
    await seed.add(torrent.file)
    await seed.has(torrent, 30)
    await site.gateway.run('ip', ['address', 'add', '2001:db8:7::1/64', 'dev', 'eth0', 'nodad'])
    const names = ['transmission', 'aria2', 'qbittorrent'] as const
    const hosts = await Promise.all(names.map((name) => site.host(name, 'ours')))
    const six = await Promise.all(hosts.map((host, index) => readdressed(host, index + 2)))
    const wall = await site.wall('wall', TRACKERS_ALLOWED, ['--interface-in', 'eth0'])
    const inside = await site.capture('ours', 'inside')
    const settings = { port: LEECH_PORT, encryption: level, extras: true } as const
    const [leech, other] = await Promise.all([
      Transmission.start(network, hosts[0]!, settings),
      Qbittorrent.start(network, hosts[2]!, { port: LEECH_PORT, encryption, carrier: 'tcp' }),
    ])
    await Promise.all([leech.add(torrent.file), other.add(torrent)])
    startAria2(network, hosts[1]!, torrent.file, { port: LEECH_PORT, forceEncryption: isForced })
    await network.until('all are blocked', 30, () =>
      six.every((host) => blocked(wall, host).length > 0),
    )
    await pause(AFTER_MILLIS)
    await inside.stop()
    await wall.stop()
    for (const host of six) {
      const got = gotFromSeed(inside.file, host)
      context.diagnostic(`${host.name}: ${[...new Set(blocked(wall, host))]}; ${got} bytes came`)
      // aria2 asks whether the seed would rather be encrypted.
      const bound = isForced ? BLOCK_BYTES : host.name === 'aria2' ? KEY_EXCHANGE_BYTES_MAX : 0
      assert.ok(got <= bound, `${host.name}: ${got} bytes`)
    }
  })
}
