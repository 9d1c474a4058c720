/**
 * Real clients on both sides of the wall: what is blocked gets nothing of its content through, and
 * whoever does something else beside it notices nothing.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { startAria2 } from './clients/aria2.ts'
import { SSH_PROGRAMS, Ssh } from './clients/ssh.ts'
import { Transmission } from './clients/transmission.ts'
import { askNeighbours, NEIGHBOUR_PROGRAMS, serveNeighbours } from './neighbours.ts'
import { cannotRun } from './network.ts'
import {
  BLOCK_BYTES,
  blocked,
  gotFromSeed,
  KEY_EXCHANGE_BYTES_MAX,
  SEEDING_PROGRAMS,
  seeding,
  TRACKERS_ALLOWED,
} from './wall-seed.ts'
import { packets, WALL_PROGRAMS, WallSite } from './wall-site.ts'

const LEECH_PORT = 45_502

const skip = cannotRun([
  ...SEEDING_PROGRAMS,
  ...WALL_PROGRAMS,
  ...NEIGHBOUR_PROGRAMS,
  ...SSH_PROGRAMS,
  'aria2c',
  'tc',
])

/** All parts of BitTorrent are blocked, the default. */
const NOTHING_ALLOWED = {}

/** A megabyte a second, so that a download lasts. */
async function slow(site: WallSite): Promise<void> {
  const bucket = ['tbf', 'rate', '8mbit', 'burst', '32k', 'latency', '100ms']
  await site.gateway.run('tc', ['qdisc', 'add', 'dev', 'eth0', 'root', ...bucket])
}

const COPIED_BYTES = 3_000_000

const SETTLED_MILLIS = 1500
const STREAM_PORT = 27_015
const STREAM_DATAGRAMS = 600

/** As games do: a small datagram each few milliseconds, each answered; says how many answers came. */
const STREAM = (ip: string) => `
  const socket = require('node:dgram').createSocket('udp4')
  let sent = 0
  let heard = 0
  socket.on('message', () => heard++)
  const timer = setInterval(() => {
    if (sent === ${STREAM_DATAGRAMS}) {
      clearInterval(timer)
      setTimeout(() => { console.log(heard); socket.close() }, 500)
    } else socket.send(Buffer.from('position ' + sent++), ${STREAM_PORT}, '${ip}')
  }, 5)
`
const STREAM_SERVER = `
  const socket = require('node:dgram').createSocket('udp4')
  socket.on('message', (bytes, { port, address }) => socket.send(bytes, port, address))
  socket.bind(${STREAM_PORT})
`

test('in the clear: not a byte of content, and neighbours are not disturbed', {
  skip,
}, async (context) => {
  const site = await WallSite.open(context)
  const { network } = site
  const { world, torrent } = await seeding(site, { encryption: 0 })
  const [first, second, neighbour] = [
    await site.host('transmission', 'ours'),
    await site.host('aria2', 'ours'),
    await site.host('neighbour', 'ours'),
  ]
  await serveNeighbours(network, world, torrent.file)
  const ssh = await Ssh.serve(network, world)
  const wall = await site.wall('plain', TRACKERS_ALLOWED)
  const inside = await site.capture('ours', 'inside')
  const outside = await site.capture('world', 'outside')
  const settings = { port: LEECH_PORT, encryption: 0, extras: true } as const
  const leech = await Transmission.start(network, first, settings)
  await leech.add(torrent.file)
  startAria2(network, second, torrent.file, { port: LEECH_PORT })
  // Whatever is said between these hosts is let pass, or the programs would fail.
  world.start(process.execPath, ['-e', STREAM_SERVER])
  await network.until('it answers', 10, () => world.listens('udp', STREAM_PORT))
  const streaming = neighbour.run(process.execPath, ['-e', STREAM(world.ip)])
  await askNeighbours(network, neighbour, world)
  await ssh.session(neighbour, COPIED_BYTES)
  assert.equal(Number(await streaming), STREAM_DATAGRAMS)
  await network.until('both are blocked', 30, () =>
    [first, second].every((host) => blocked(wall, host).length > 0),
  )
  await askNeighbours(network, neighbour, world)
  // Nor is a caught host, in what else it does.
  await Promise.all([neighbour, first].map((host) => ssh.session(host, COPIED_BYTES)))
  // The last segments of what ended are on their way.
  await pause(SETTLED_MILLIS)
  await inside.stop()
  await outside.stop()
  await wall.stop()
  assert.equal(gotFromSeed(inside.file, first), 0)
  // aria2 asks whether the seed would rather be encrypted.
  const answer = gotFromSeed(inside.file, second)
  assert.ok(answer <= KEY_EXCHANGE_BYTES_MAX, `${answer} bytes`)
  assert.deepEqual(
    wall.decisions().filter(({ host }) => host === neighbour.ip),
    [],
  )
  // Whatever of it came to the gateway on one side left it on the other.
  for (const way of ['src', 'dst']) {
    const [here, there] = [inside, outside].map(({ file }) =>
      packets(file, `ip.${way} == ${neighbour.ip}`),
    )
    context.diagnostic(`${here} packets of the neighbour, ${there} in the world`)
    assert.ok(here! > 1000)
    assert.equal(here, there)
  }
  const permitted = wall.decisions().filter(({ rule }) => rule === 'trackers')
  assert.ok(permitted.length >= 2 && permitted.every(({ action }) => action === 'permit'))
})

test('encrypted from the first byte: named by its shape and by who named it', {
  skip,
}, async (context) => {
  const site = await WallSite.open(context)
  const { network } = site
  const { torrent } = await seeding(site, { encryption: 2 })
  const ours = await site.host('aria2', 'ours')
  const wall = await site.wall('sealed', TRACKERS_ALLOWED)
  const inside = await site.capture('ours', 'inside')
  startAria2(network, ours, torrent.file, { port: LEECH_PORT, forceEncryption: true })
  await network.until('it is blocked', 30, () => blocked(wall, ours).length > 0)
  await pause(3000)
  await inside.stop()
  await wall.stop()
  assert.deepEqual(new Set(blocked(wall, ours)), new Set(['peer-encrypted']))
  const got = gotFromSeed(inside.file, ours)
  context.diagnostic(`${got} bytes came before the verdict`)
  assert.ok(got < BLOCK_BYTES, `${got} bytes: a block of content or more`)
})

test('begun before there was a wall: in the clear it ends at once', { skip }, async (context) => {
  const site = await WallSite.open(context)
  const { network } = site
  const { torrent } = await seeding(site, { encryption: 0, bytes: 20_000_000 })
  const ours = await site.host('aria2', 'ours')
  await slow(site)
  const leech = startAria2(network, ours, torrent.file, { port: LEECH_PORT })
  await network.until('it downloads', 30, () => /DL:[\d.]+[KM]iB/.test(leech.output))
  const wall = await site.wall('late', NOTHING_ALLOWED)
  const inside = await site.capture('ours', 'inside')
  await network.until('it is blocked', 30, () => blocked(wall, ours).includes('peer'))
  await pause(4000)
  await inside.stop()
  await wall.stop()
  // It stood before the capture began; what waited at the shaper may have come after.
  const got = gotFromSeed(inside.file, ours)
  context.diagnostic(`${got} bytes came after the wall stood`)
  assert.ok(got < 8 * BLOCK_BYTES, `${got} bytes`)
})

test('begun before there was a wall, encrypted: its client names the peer, and it ends', {
  skip,
}, async (context) => {
  const site = await WallSite.open(context)
  const { network } = site
  const { torrent } = await seeding(site, { encryption: 2, bytes: 80_000_000 })
  const ours = await site.host('leech', 'ours')
  await slow(site)
  const settings = { port: LEECH_PORT, encryption: 2, extras: 'dht' } as const
  const leech = await Transmission.start(network, ours, settings)
  await leech.add(torrent.file)
  await network.until('it downloads', 30, async () => (await leech.percent(torrent)) > 0)
  const wall = await site.wall('late', NOTHING_ALLOWED)
  const stands = performance.now()
  // Nothing of the connection tells what it is; the client's own datagrams tell who its peer is.
  const refused = () => wall.decisions().some(({ action }) => action === 'refuse')
  await network.until('it is refused', 60, () => blocked(wall, ours).includes('dht') && refused())
  const seconds = (performance.now() - stands) / 1000
  await pause(500)
  const inside = await site.capture('ours', 'inside')
  await pause(4000)
  await inside.stop()
  await wall.stop()
  context.diagnostic(`${seconds.toFixed(1)} s after the wall stood it was over`)
  assert.ok((await leech.percent(torrent)) < 100)
  assert.equal(gotFromSeed(inside.file, ours), 0)
})

test('peers that were learned before, encrypted: their client gives itself away', {
  skip,
}, async (context) => {
  const site = await WallSite.open(context)
  const { network } = site
  const { torrent } = await seeding(site, { encryption: 2, bytes: 20_000_000 })
  const ours = await site.host('leech', 'ours')
  await slow(site)
  const settings = { port: LEECH_PORT, encryption: 2, extras: true } as const
  const leech = await Transmission.start(network, ours, settings)
  await leech.add(torrent.file)
  await network.until('it downloads', 30, async () => (await leech.percent(torrent)) > 0)
  await leech.pause(torrent)
  const wall = await site.wall('known', NOTHING_ALLOWED)
  const inside = await site.capture('ours', 'inside')
  await leech.resume(torrent)
  await network.until('it is blocked', 20, () => blocked(wall, ours).length > 0)
  await pause(4000)
  await inside.stop()
  await wall.stop()
  const got = gotFromSeed(inside.file, ours)
  context.diagnostic(`${got} bytes came`)
  assert.ok(got < BLOCK_BYTES, `${got} bytes: a block of content or more`)
})
