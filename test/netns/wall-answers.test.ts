/**
 * What both ends of a flow hear when it does not pass, in IPv4 and IPv6, behind translated addresses, and
 * where the wall stands on the host itself.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { cannotRun, type Host } from './network.ts'
import { WALL_PROGRAMS, WallSite } from './wall-site.ts'

const skip = cannotRun(WALL_PROGRAMS)
const PORT = 6881
const UDP_PORT = 2000

/** BEP 3: what a peer says first. */
const HANDSHAKE = `Buffer.concat([Buffer.from('\\x13BitTorrent protocol'), Buffer.alloc(8), Buffer.alloc(40, 7)])`

/** Takes connections and datagrams, and says what comes of them; answers datagrams. */
const SERVER = `
  const said = (what) => console.log(JSON.stringify(what))
  require('node:net').createServer((socket) => {
    let bytes = 0
    socket.on('data', (data) => { bytes += data.length })
    socket.on('error', ({ code }) => said({ code, bytes }))
    socket.on('end', () => said({ code: 'end', bytes }))
  }).listen(${PORT}, '::')
  const socket = require('node:dgram').createSocket({ type: 'udp6' })
  socket.on('message', (data) => said({ datagram: data.toString('latin1') }))
  socket.bind(${UDP_PORT}, '::')
`

/** Speaks a handshake. Says how the connection ended and after how many milliseconds. */
const CALLER = (ip: string) => `
  const begun = Date.now()
  const end = (code) => { console.log(JSON.stringify({ code, millis: Date.now() - begun })); process.exit() }
  const socket = require('node:net').connect(${PORT}, '${ip}', () => socket.write(${HANDSHAKE}))
  socket.on('error', ({ code }) => end(code))
  socket.setTimeout(4000, () => end('nothing'))
`

interface Ending {
  readonly code: string
  readonly millis: number
}

async function call(from: Host, ip: string): Promise<Ending> {
  return JSON.parse(await from.run(process.execPath, ['-e', CALLER(ip)])) as Ending
}

async function place(context: TestContext) {
  const site = await WallSite.open(context)
  const world = await site.host('server', 'world')
  const ours = await site.host('caller', 'ours')
  const server = world.start(process.execPath, ['-e', SERVER])
  await site.network.until('it listens', 10, () => world.listens('tcp', PORT))
  const heard = () =>
    server.output
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { code?: string; bytes?: number })
  return { site, network: site.network, world, ours, heard }
}

test('a connection is reset at both ends, over IPv4 and IPv6', { skip }, async (context) => {
  const { site, network, world, ours, heard } = await place(context)
  const wall = await site.wall('reset', {})
  for (const ip of [world.ip, site.sixOf(world)]) {
    const before = heard().length
    const { code, millis } = await call(ours, ip)
    assert.equal(code, 'ECONNRESET')
    assert.ok(millis < 2000, `${ip}: ${millis} ms`)
    await network.until('the server hears it', 5, () => heard().length > before)
    assert.deepEqual([heard().at(-1)!.code, heard().at(-1)!.bytes], ['ECONNRESET', 0])
    // Whom it just called is refused at the first packet.
    assert.equal((await call(ours, ip)).code, 'ECONNREFUSED')
  }
  await wall.stop()
})

test('behind translated addresses, the world hears it in the name it knows', {
  skip,
}, async (context) => {
  const { site, network, world, ours, heard } = await place(context)
  // biome-ignore format: a rule
  await site.gateway.run('iptables', ['-t', 'nat', '-A', 'POSTROUTING', '-o', 'eth1', '-j', 'MASQUERADE'])
  // It knows no way to our networks.
  await world.run('ip', ['route', 'delete', 'default'])
  const wall = await site.wall('nat', {})
  assert.equal((await call(ours, world.ip)).code, 'ECONNRESET')
  await network.until('the server hears it', 5, () => heard().length > 0)
  const { code, bytes } = heard()[0]!
  assert.deepEqual([code, bytes], ['ECONNRESET', 0])
  await wall.stop()
})

test('on the host itself: what its own programs do is decided too', { skip }, async (context) => {
  const { site, world, ours, heard } = await place(context)
  const wall = await site.wall('local', {}, ['--local'], ours)
  assert.equal((await call(ours, world.ip)).code, 'ECONNRESET')
  await wall.stop()
  assert.ok(heard().every(({ bytes }) => bytes === 0))
  assert.equal((await call(ours, world.ip)).code, 'nothing')
})

test('an address of a list is refused before a byte', { skip }, async (context) => {
  const { site, network, world, ours, heard } = await place(context)
  const file = join(network.folder, 'list.p2p')
  writeFileSync(file, `Somebody:${world.ip}-${world.ip}\n`)
  const wall = await site.wall('list', { lists: [{ name: 'bad', file }] })
  assert.equal((await call(ours, world.ip)).code, 'ECONNREFUSED')
  assert.deepEqual(heard(), [])
  await wall.stop()
  assert.ok(wall.decisions().some(({ rule }) => rule === 'list bad'))
})

/** Sends one datagram, and says what is answered, and by whom. */
const ASKER = (ip: string, port: number, hex: string) => `
  const socket = require('node:dgram').createSocket('udp4')
  const end = (said) => { console.log(JSON.stringify(said)); process.exit() }
  socket.on('message', (data, { address }) => end({ from: address, hex: data.toString('hex') }))
  socket.send(Buffer.from('${hex}', 'hex'), ${port}, '${ip}')
  setTimeout(() => end({ from: 'nobody', hex: '' }), 2000)
`

async function asked(from: Host, ip: string, port: number, hex: string) {
  const said = await from.run(process.execPath, ['-e', ASKER(ip, port, hex)])
  return JSON.parse(said) as { from: string; hex: string }
}

test('a ping of Kazaa is answered by the wall in the name of its peer, who hears nothing', {
  skip,
}, async (context) => {
  const { site, world, ours, heard } = await place(context)
  const wall = await site.wall('decoy', {})
  // 27, encryption 29, 80, "KaZaA", 0.
  const { from, hex } = await asked(ours, world.ip, UDP_PORT, '2700000029804b615a614100')
  assert.equal(from, world.ip)
  assert.equal(hex.slice(0, 2), '29')
  await wall.stop()
  assert.deepEqual(heard(), [])
})

test('a refused name is refused at once, its neighbour is not', { skip }, async (context) => {
  const { site, network, world, ours } = await place(context)
  const resolver = `
    const socket = require('node:dgram').createSocket('udp4')
    socket.on('message', (data, { port, address }) => socket.send('resolved', port, address))
    socket.bind(53)
  `
  world.start(process.execPath, ['-e', resolver])
  await network.until('it resolves', 10, () => world.listens('udp', 53))
  const wall = await site.wall('names', { names: { refuse: ['example.com'] } })
  // RFC 1035: id 1234, recursion desired, one question: NAME, type A, class IN.
  const question = (name: string) =>
    `123401000001000000000000${Buffer.from(name, 'latin1').toString('hex')}0000010001`
  const refused = await asked(ours, world.ip, 53, question('\x05seeds\x07example\x03com'))
  assert.equal(refused.from, world.ip)
  // The id again, and in the last four bits of the flags REFUSED (5).
  assert.match(refused.hex, /^12348[0-9a-f][0-9a-f]5/)
  const resolved = await asked(ours, world.ip, 53, question('\x05seeds\x07example\x03org'))
  assert.equal(resolved.hex, Buffer.from('resolved').toString('hex'))
  await wall.stop()
})
