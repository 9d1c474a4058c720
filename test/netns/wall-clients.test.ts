/**
 * More real clients behind the wall, each with its counterpart in the world: what came of the peer before the
 * wall knew what it was.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Amule, shareable } from './clients/amule.ts'
import { startAria2 } from './clients/aria2.ts'
import { Rtorrent } from './clients/rtorrent.ts'
import { cannotRun, type Host } from './network.ts'
import {
  BLOCK_BYTES,
  blocked,
  gotFromSeed,
  SEEDING_PROGRAMS,
  seeding,
  TRACKERS_ALLOWED,
} from './wall-seed.ts'
import { heard, WALL_PROGRAMS, WallSite } from './wall-site.ts'

// biome-ignore format: what is started below
const skip = cannotRun([
  'rtorrent', 'aria2c', 'amuled', 'amulecmd', 'alcc', ...SEEDING_PROGRAMS, ...WALL_PROGRAMS,
])

const LEECH_PORT = 45_702
const SHARED_BYTES = 20_000
/** Far from a piece of content: keys, padding, greetings. */
const GREETINGS_BYTES_MAX = 2000
/** A try more after the verdict, with which the client gets no further. */
const AFTER_MILLIS = 3000

for (const [how, encryption] of [
  ['in the clear', 'none'],
  ['encrypted', 'allow_incoming,try_outgoing,require,require_RC4'],
] as const) {
  test(`rtorrent, ${how}`, { skip }, async (context) => {
    const site = await WallSite.open(context)
    const isClear = encryption === 'none'
    const { torrent } = await seeding(site, { encryption: isClear ? 0 : 2 })
    const ours = await site.host('rtorrent', 'ours')
    const wall = await site.wall('wall', TRACKERS_ALLOWED)
    const inside = await site.capture('ours', 'inside')
    Rtorrent.start(site.network, ours, torrent, { port: LEECH_PORT, encryption })
    await site.network.until('it is blocked', 30, () => blocked(wall, ours).length > 0)
    await pause(AFTER_MILLIS)
    await inside.stop()
    await wall.stop()
    const got = gotFromSeed(inside.file, ours)
    context.diagnostic(`${got} bytes came before the verdict`)
    if (isClear) assert.equal(got, 0)
    else assert.ok(got < BLOCK_BYTES, `${got} bytes`)
  })
}

for (const obfuscated of [false, true]) {
  test(`amuled, ${obfuscated ? 'obfuscated' : 'in the clear'}`, { skip }, async (context) => {
    const site = await WallSite.open(context)
    const { network } = site
    const world = await site.host('giver', 'world')
    const [alone, inKad] = [await site.host('alone', 'ours'), await site.host('in Kad', 'ours')]
    const file = await shareable(network, world, 'chamber music.ogg', SHARED_BYTES)
    const settings = (tcpPort: number) => ({ tcpPort, udpPort: tcpPort + 10, obfuscated })
    const giver = new Amule(network, world, { nick: 'Greta', ...settings(45_711) })
    const takers = [alone, inKad].map(
      (host) => new Amule(network, host, { nick: 'Tom', ...settings(45_731) }),
    )
    const kad = { part: ['kad', 'kad-obfuscated'] }
    const wall = await site.wall('wall', {
      rules: [
        { name: 'Kad', who: [inKad.ip], what: kad, do: 'permit' },
        { name: 'the rest', do: 'block reset' },
      ],
    })
    const inside = await site.capture('ours', 'inside')
    await Promise.all([giver.start(takers, [file]), ...takers.map((taker) => taker.start([giver]))])
    // Before its Kad answers, it calls nobody.
    await takers[1]!.isConnected(30)
    const parts = (host: Host) => new Set(blocked(wall, host))
    // One after the other: of two that call in the same moment, amuled may leave one without an answer.
    await takers[0]!.add(giver.link(file))
    await network.until('who is alone is blocked', 60, () => parts(alone).size > 0)
    await takers[1]!.add(giver.link(file))
    await network.until('who is in Kad is blocked', 60, () =>
      [...parts(inKad)].some((part) => part.startsWith('peer')),
    )
    await pause(AFTER_MILLIS)
    await inside.stop()
    await wall.stop()
    const from = (host: Host, filter = '') =>
      heard(inside.file, `ip.src == ${world.ip} and ip.dst == ${host.ip}${filter}`).payloadBytes
    const [fromAlone, fromPeer] = [from(alone), from(inKad, ' and tcp')]
    context.diagnostic(`${fromAlone} bytes came to who is alone (${[...parts(alone)]})`)
    context.diagnostic(`${fromPeer} bytes of the peer to who is in Kad (${[...parts(inKad)]})`)
    assert.ok(fromAlone < GREETINGS_BYTES_MAX)
    assert.ok(obfuscated ? fromPeer < GREETINGS_BYTES_MAX : fromPeer === 0)
  })
}

test('a magnet link and the DHT alone', { skip }, async (context) => {
  const site = await WallSite.open(context)
  const { network } = site
  const { world, torrent } = await seeding(site, { encryption: 0 })
  const ours = await site.host('aria2', 'ours')
  const wall = await site.wall('wall', {})
  const inside = await site.capture('ours', 'inside')
  const dhtEntry = { ip: world.ip, port: 45_501 }
  const magnet = torrent.magnet.replace(/&tr=.*/, '')
  startAria2(network, ours, magnet, { port: LEECH_PORT, dhtEntry })
  await network.until('it is blocked', 30, () => blocked(wall, ours).length > 0)
  await pause(AFTER_MILLIS)
  await inside.stop()
  await wall.stop()
  assert.deepEqual(new Set(blocked(wall, ours)), new Set(['dht']))
  assert.equal(gotFromSeed(inside.file, ours), 0)
})
