/**
 * The rules of nft in a kernel. Where it cannot queue by nft, all of them are tried but the one
 * statement that queues: in its place packets are marked, and iptables queues what is marked so.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { repositoryFile } from '../../src/core/repository.ts'
import type { Refused } from '../../src/services/wall/judgement.ts'
import { nftInstall, nftRefuse, nftRefuseNone } from '../../src/services/wall/rules-nft.ts'
import { cannotRun, type Host } from './network.ts'
import { HANDSHAKE, PORT, place } from './wall-engine-place.ts'
import { WALL_PROGRAMS, type WallProgram, WallSite } from './wall-site.ts'

const skip = cannotRun([...WALL_PROGRAMS, 'nft', 'conntrack', 'tc'])

const MAIN = repositoryFile('dist/src/app/main.js')
const QUEUE_STATEMENT = /queue (?:flags bypass )?to \d+/

const MEGABYTES = 4
/** The kernel's bucket holds a second's bytes and the burst: what comes after that has the rate. */
const BURST_BYTES = 1.6e6

/** Says a handshake back, and much more. */
const SERVER = `
  require('node:net').createServer((socket) => {
    socket.once('data', (data) => { socket.write(data); socket.write(Buffer.alloc(${MEGABYTES}e6)) })
    socket.on('error', ({ code }) => console.log(code))
  }).listen(${PORT}, '::')
`

/** Says how it ended, or how many bytes a second came after the burst. */
const CALLER = (ip: string) => `
  let bytes = 0
  let begun
  const end = (what) => { console.log(what); process.exit() }
  const socket = require('node:net').connect(${PORT}, '${ip}', () => socket.write(${HANDSHAKE}))
  socket.on('error', ({ code }) => end(code))
  socket.on('data', (data) => {
    bytes += data.length
    if (bytes > ${BURST_BYTES}) begun ??= [performance.now(), bytes]
    if (bytes >= ${MEGABYTES}e6) end(Math.round(1000 * (bytes - begun[1]) / (performance.now() - begun[0])))
  })
  setTimeout(() => end('nothing'), 20_000)
`

async function call(from: Host, ip: string): Promise<string> {
  return (await from.run(process.execPath, ['-e', CALLER(ip)])).trim()
}

function nft(site: WallSite, text: string): Promise<string> {
  const file = join(site.network.folder, 'rules.nft')
  writeFileSync(file, text)
  return site.gateway.run('nft', ['--file', file])
}

async function canQueue(site: WallSite): Promise<boolean> {
  const chain = 'type filter hook forward priority 10;'
  const text = `table inet probe { chain c { ${chain} queue to 0;\n } }\ndelete table inet probe\n`
  return nft(site, text).then(
    () => true,
    () => false,
  )
}

/** A wall by nft, as far as this kernel goes. */
async function nftWall(site: WallSite, context: TestContext, config: object): Promise<WallProgram> {
  if (await canQueue(site)) return site.wall('nft', config, ['--engine', 'nft'])
  context.diagnostic('this kernel cannot queue by nft: iptables queues what nft marks')
  const path = join(site.network.folder, 'dry.yaml')
  writeFileSync(path, JSON.stringify({ wall: config }))
  const dry = ['wall', '--config', path, '--engine', 'nft', '--dry-run']
  const text = await site.gateway.run(process.execPath, [MAIN, ...dry])
  assert.match(text, QUEUE_STATEMENT)
  await nft(site, text.replace(QUEUE_STATEMENT, 'meta mark set meta mark or 0x200'))
  for (const program of ['iptables', 'ip6tables']) {
    const marked = ['-m', 'mark', '--mark', '0x200/0x200']
    const rule = ['FORWARD', ...marked, '-j', 'NFQUEUE', '--queue-num', '0', '--queue-bypass']
    await site.gateway.run(program, ['-t', 'security', '-A', ...rule])
  }
  return site.wall('nft', config, ['--no-rules'])
}

/** Marks of the connections to the server's port, as the kernel has them. */
async function marks(site: WallSite): Promise<string[]> {
  const text = await site.gateway.run('sh', ['-c', 'conntrack -L; conntrack -f ipv6 -L'])
  const lines = new Set(text.split('\n').filter((line) => line.includes(`dport=${PORT}`)))
  return [...lines].map((line) => /mark=(\d+)/.exec(line)![1]!)
}

test('blocked: reset at once, marked in the kernel, refused there to the next', {
  skip,
}, async (context) => {
  const { site, world, ours } = await place(context, SERVER)
  const wall = await nftWall(site, context, {})
  for (const ip of [world.ip, site.sixOf(world)]) {
    assert.equal(await call(ours, ip), 'ECONNRESET')
    assert.equal(await call(ours, ip), 'ECONNREFUSED')
  }
  assert.deepEqual(new Set(await marks(site)), new Set(['4']))
  await wall.stop()
})

test('permitted: it is marked, and hardly anything of it comes up', { skip }, async (context) => {
  const { site, world, ours } = await place(context, SERVER)
  const wall = await nftWall(site, context, { rules: [{ name: 'all', do: 'permit' }] })
  for (const ip of [world.ip, site.sixOf(world)]) assert.ok(Number(await call(ours, ip)) > 4e6)
  assert.deepEqual(new Set(await marks(site)), new Set(['1']))
  const counters = await site.gateway.run('nft', ['list', 'table', 'inet', 'peerscope'])
  const [, queued] = /counter packets (\d+) bytes \d+ (?:meta mark set|queue)/.exec(counters)!
  assert.ok(Number(queued) > 0 && Number(queued) < 100, `${queued} packets came up`)
  await wall.stop()
})

for (const per of ['host', 'flow', 'all']) {
  test(`throttled per ${per}: at the rate, over IPv4 and IPv6`, { skip }, async (context) => {
    const { site, world, ours } = await place(context, SERVER)
    const wall = await nftWall(site, context, { rules: [{ do: `throttle 1MB/s per ${per}` }] })
    for (const ip of [world.ip, site.sixOf(world)]) {
      const rate = Number(await call(ours, ip))
      context.diagnostic(`${ip}: ${rate} bytes a second`)
      assert.ok(rate > 7e5 && rate < 1.05e6, `${rate} bytes a second`)
    }
    assert.deepEqual(new Set(await marks(site)), new Set(['2']))
    await wall.stop()
  })
}

test('endpoints that are refused stay so while nobody decides, until they are refused no more', {
  skip,
}, async (context) => {
  const { site, world, ours } = await place(context, SERVER)
  const wall = await nftWall(site, context, { rules: [{ do: 'permit' }] })
  await wall.stop()
  const taughtBy = { capture: 'c', frame: 1, via: 'x', micros: 0 }
  const refused = [
    [ours.ip, world.ip],
    [site.sixOf(ours), site.sixOf(world)],
  ].map(([host, ip]): Refused => {
    const endpoint = { ip: ip!, port: PORT }
    const told = { ...taughtBy, by: endpoint, endpoint }
    return { host: host!, endpoint, carriers: 'both', seconds: 60, taughtBy: told }
  })
  // A wall that is stopped takes its rules along; those that the test made stay.
  const tables = await site.gateway.run('nft', ['list', 'tables'])
  if (!tables.includes('inet peerscope')) return context.skip('they went with the wall')
  await nft(site, nftRefuse(refused))
  for (const { endpoint } of refused) assert.equal(await call(ours, endpoint.ip), 'ECONNREFUSED')
  await nft(site, nftRefuseNone())
  for (const { endpoint } of refused) assert.ok(Number(await call(ours, endpoint.ip)) > 4e6)
})

test('nothing but the queue is refused by a kernel that has none for nft', {
  skip,
}, async (context) => {
  const site = await WallSite.open(context)
  const throttles = (['host', 'flow', 'all'] as const).map((per) => ({ rate: 1e6, per }))
  for (const fail of ['open', 'closed'] as const) {
    const options = { queue: 7, fail, local: true, throttles, sets: true, htb: true }
    const file = join(site.network.folder, `${fail}.nft`)
    writeFileSync(file, nftInstall(options))
    const check = `nft --check --debug=netlink --file ${file} 2>&1 || true`
    const said = await site.gateway.run('sh', ['-c', check])
    // The statement as the kernel is given it; 7 is the queue's number.
    assert.match(said, fail === 'open' ? /\[ queue num 7 bypass \]/ : /\[ queue num 7 \]/)
    const errors = said.split('\n').filter((line) => line.includes('Error:'))
    const places = errors.map((line) => Number(/:(\d+):/.exec(line)?.[1]))
    const lines = nftInstall(options).split('\n')
    for (const at of places) assert.match(lines[at - 1]!, QUEUE_STATEMENT)
  }
})
