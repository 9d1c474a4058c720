/**
 * What the kernel lets pass by its mark is judged again: connections that are older than the wall or
 * that nobody could read, and all of them when the policy is another one.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { startAria2 } from './clients/aria2.ts'
import { TRACKER_PORT } from './clients/opentracker.ts'
import { cannotRun, type Host } from './network.ts'
import type { Program } from './program.ts'
import { HANDSHAKE, PORT, place } from './wall-engine-place.ts'
import { gotFromSeed, SEED_PORT, SEEDING_PROGRAMS, seeding } from './wall-seed.ts'
import { WALL_PROGRAMS, type WallProgram, WallSite } from './wall-site.ts'

const skip = cannotRun(WALL_PROGRAMS)
const skipClients = cannotRun([...WALL_PROGRAMS, ...SEEDING_PROGRAMS, 'aria2c', 'tc'])

const UDP_PORT = 2000
const LEECH_PORT = 45_502

/** Takes what comes, says the same back. */
const SERVER = `
  require('node:net').createServer((socket) => {
    socket.on('data', (data) => socket.write(data))
    socket.on('error', ({ code }) => console.log(code))
  }).listen(${PORT}, '::')
  const socket = require('node:dgram').createSocket({ type: 'udp6' })
  socket.on('message', (data, { port, address }) => socket.send(data, port, address))
  socket.bind(${UDP_PORT}, '::')
`

/** Speaks a handshake, and goes on every tenth of a second; says how it ends. */
const CALLER = (ip: string) => `
  const socket = require('node:net').connect(${PORT}, '${ip}', () => {
    socket.write(${HANDSHAKE})
    setInterval(() => socket.write(Buffer.alloc(4)), 100)
  })
  socket.on('error', ({ code }) => { console.log(code); process.exit() })
  socket.once('data', () => console.log('heard'))
`

/** A datagram of chance each tenth of a second; says how many were answered so far. */
const STREAM = (ip: string) => `
  const { randomBytes } = require('node:crypto')
  const socket = require('node:dgram').createSocket('${ip.includes(':') ? 'udp6' : 'udp4'}')
  let heard = 0
  socket.on('message', () => console.log(++heard))
  setInterval(() => socket.send(randomBytes(200), ${UDP_PORT}, '${ip}'), 100)
`

/** The wall reads another policy. */
async function usePolicy(site: WallSite, wall: WallProgram, config: object): Promise<void> {
  const taken = () => wall.program.output.split('the policy was read again').length
  const before = taken()
  writeFileSync(wall.config, JSON.stringify({ wall: config }))
  process.kill(wall.pid, 'SIGHUP')
  await site.network.until('the policy is taken', 10, () => taken() > before)
}

function lastCount({ output }: Program): number {
  return Number(output.trim().split('\n').at(-1) ?? 0)
}

const PERMIT = { rules: [{ name: 'all', do: 'permit' }] }
const BLOCK = { rules: [{ name: 'nobody', do: 'block reset' }] }

test('what was permitted ends with a policy that blocks it, over IPv4, IPv6 and translated', {
  skip,
}, async (context) => {
  const { site, world, ours } = await place(context, SERVER)
  const { network } = site
  // biome-ignore format: a rule
  await site.gateway.run('iptables', ['-t', 'nat', '-A', 'POSTROUTING', '-o', 'eth1', '-j', 'MASQUERADE'])
  const wall = await site.wall('permits', PERMIT)
  const callers = [world.ip, site.sixOf(world)].map((ip) =>
    ours.start(process.execPath, ['-e', CALLER(ip)]),
  )
  await network.until('both are answered', 10, () =>
    callers.every(({ output }) => output.includes('heard')),
  )
  await pause(1000)
  assert.deepEqual(
    callers.map(({ hasEnded }) => hasEnded),
    [false, false],
  )
  await usePolicy(site, wall, BLOCK)
  await network.until('both are reset', 5, () =>
    callers.every(({ output }) => output.includes('ECONNRESET')),
  )
  // Blocked now, refused to its host; with the first policy again it may call.
  const sets = () => site.gateway.run('ipset', ['list'])
  await network.until('the kernel refuses it', 5, async () => (await sets()).includes(world.ip))
  await usePolicy(site, wall, PERMIT)
  await network.until('nothing is refused', 5, async () => !(await sets()).includes(world.ip))
  const again = ours.start(process.execPath, ['-e', CALLER(world.ip)])
  await network.until('it is answered', 10, () => again.output.includes('heard'))
  await wall.stop()
})

test('what nobody could read is stopped by a policy that permits nothing of the kind', {
  skip,
}, async (context) => {
  const { site, world, ours } = await place(context, SERVER)
  const { network } = site
  const wall = await site.wall('reads', {})
  const streams = [world.ip, site.sixOf(world)].map((ip) =>
    ours.start(process.execPath, ['-e', STREAM(ip)]),
  )
  await network.until('both are answered', 10, () => streams.every((each) => lastCount(each) > 10))
  await usePolicy(site, wall, { mode: 'deny', permit: { ports: ['tcp/443'] } })
  await pause(1000)
  const before = streams.map(lastCount)
  await pause(1000)
  assert.deepEqual(streams.map(lastCount), before)
  await usePolicy(site, wall, {})
  await network.until('both are answered again', 5, () =>
    streams.every((each, index) => lastCount(each) > before[index]! + 5),
  )
  await wall.stop()
})

test('marks that a killed wall left are not believed by the next one', {
  skip,
}, async (context) => {
  const { site, world, ours } = await place(context, SERVER)
  const { network } = site
  const first = await site.wall('first', PERMIT)
  const caller = ours.start(process.execPath, ['-e', CALLER(world.ip)])
  await network.until('it is answered', 10, () => caller.output.includes('heard'))
  await pause(500)
  first.program.kill()
  await first.program.ended
  // What goes on is four zeros now and then: nobody can say what that is.
  const second = await site.wall('second', { mode: 'deny' })
  await network.until('it is reset', 10, () => caller.output.includes('ECONNRESET'))
  await second.stop()
})

/** Announces a torrent, as a client does that looks for peers. */
const ANNOUNCE = (tracker: Host, infoHash: string) => {
  const hash = infoHash.replace(/../g, '%$&')
  const query = `info_hash=${hash}&peer_id=-XX0001-abcdefghijkl&port=${LEECH_PORT}&uploaded=0&downloaded=0&left=9&compact=1`
  return `http://${tracker.ip}:${TRACKER_PORT}/announce?${query}`
}

test('encrypted, begun before there was a wall: it ends once a tracker names its peer', {
  skip: skipClients,
}, async (context) => {
  const site = await WallSite.open(context)
  const { network } = site
  const { world, torrent } = await seeding(site, { encryption: 2, bytes: 40_000_000 })
  const ours = await site.host('aria2', 'ours')
  const bucket = ['tbf', 'rate', '8mbit', 'burst', '32k', 'latency', '100ms']
  await site.gateway.run('tc', ['qdisc', 'add', 'dev', 'eth0', 'root', ...bucket])
  const leech = startAria2(network, ours, torrent.file, { port: LEECH_PORT, forceEncryption: true })
  await network.until('it downloads', 30, () => /DL:[\d.]+[KM]iB/.test(leech.output))
  const rules = [{ name: 'trackers', what: { part: ['tracker-http'] }, do: 'learn' }]
  const wall = await site.wall('late', { rules: [...rules, { name: 'peers', do: 'block' }] })
  await pause(3000)
  const first = await site.capture('ours', 'first')
  await pause(2000)
  await first.stop()
  assert.ok(gotFromSeed(first.file, ours) > 50_000, 'nobody can know what it is')
  await ours.run('curl', ['-s', '-o', '/dev/null', ANNOUNCE(world, torrent.infoHash)])
  const cuts = () =>
    wall.decisions().filter(({ ends }) => ends.some(({ port }) => port === SEED_PORT))
  await network.until('it is cut', 15, () => cuts().length > 0)
  const { action, rule, taughtBy } = cuts()[0]!
  assert.deepEqual([action, rule, taughtBy?.via], ['refuse', 'named to a caught host', 'tracker'])
  await pause(500)
  const inside = await site.capture('ours', 'inside')
  await pause(3000)
  await inside.stop()
  await wall.stop()
  assert.ok(gotFromSeed(inside.file, ours) < 1000, 'it does not go on')
})
