/**
 * The rights of a wall: who reads packets has two capabilities, who answers strangers has none; and
 * what monitoring is told.
 */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { cannotRun, type Host } from './network.ts'
import { WALL_PROGRAMS, WallSite } from './wall-site.ts'

const skip = cannotRun([...WALL_PROGRAMS, 'curl'])
const PAGE = '127.0.0.1:8686'

function get(from: Host, path: string): Promise<string> {
  return from.run('curl', ['-s', '-m', '5', `http://${PAGE}${path}`])
}

/** What the threads of a process may do, each once, as /proc tells it. */
function capabilitiesOf(pid: number): string[] {
  const all = readdirSync(`/proc/${pid}/task`).map((thread) => {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8')
    return /^CapEff:\s+([0-9a-f]+)$/m.exec(status)![1]!
  })
  return [...new Set(all)]
}

function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0])
}

function isRunning(pid: number): boolean {
  const status = existsSync(`/proc/${pid}`) ? readFileSync(`/proc/${pid}/status`, 'utf8') : ''
  return /^State:\s+[^ZX]/m.test(status)
}

const NOTHING = '0000000000000000'
/** Bits 12 and 13: CAP_NET_ADMIN, CAP_NET_RAW. */
const NET_ONLY = '0000000000003000'

test('the page has no right, monitoring has its figures, and without the page the wall stands', {
  skip,
}, async (context) => {
  const site = await WallSite.open(context)
  const { network, gateway } = site
  const world = await site.host('server', 'world')
  const ours = await site.host('asker', 'ours')
  world.start(process.execPath, [
    '-e',
    `require('node:http').createServer((_, a) => a.end('x')).listen(8080)`,
  ])
  await network.until('it serves', 10, () => world.listens('tcp', 8080))
  const wall = await site.wall('page', {}, ['--listen', PAGE])
  const asks = () => ours.run('curl', ['-s', '-m', '5', `http://${world.ip}:8080/`])
  assert.equal(await asks(), 'x')
  assert.equal(await get(gateway, '/healthz'), 'ok\n')
  await network.until('what came up is counted', 10, async () =>
    /^peerscope_nfqueue_verdicts_total\{verdict="accept"\} [1-9]/m.test(
      await get(gateway, '/metrics'),
    ),
  )
  const metrics = await get(gateway, '/metrics')
  const count = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1])
  const packets = count('peerscope_nfqueue_latency_seconds_count')
  assert.equal(packets, count('peerscope_nfqueue_verdicts_total{verdict="accept"}'))
  const seconds = count('peerscope_nfqueue_latency_seconds_sum') / packets
  assert.ok(seconds > 0 && seconds < 0.1, `${seconds} s a packet`)

  const page = childOf(wall.pid)
  assert.deepEqual(capabilitiesOf(page), [NOTHING])
  assert.ok(capabilitiesOf(wall.pid).includes(NET_ONLY), 'the thread that decides')
  process.kill(page, 'SIGKILL')
  await network.until('it is told', 5, () =>
    wall.program.output.includes('the page is gone; the wall stands'),
  )
  assert.equal(await asks(), 'x')
  const before = wall.decisions().length
  await ours.run('sh', [
    '-c',
    `printf '\\023BitTorrent protocol%048d' 0 | curl -s -m 2 telnet://${world.ip}:8080 || true`,
  ])
  await network.until('it decides', 5, () => wall.decisions().length > before)
  await wall.stop()
})

test('the page goes with its wall, however that ends', { skip }, async (context) => {
  const site = await WallSite.open(context)
  const wall = await site.wall('killed', {}, ['--listen', PAGE])
  const page = childOf(wall.pid)
  wall.program.kill()
  await site.network.until('it is gone', 10, () => !site.gateway.listens('tcp', 8686))
  await site.network.until('its process too', 10, () => !isRunning(page))
})

test('a page that hangs holds nothing up, and is ended with its wall', {
  skip,
}, async (context) => {
  const site = await WallSite.open(context)
  const { network } = site
  const world = await site.host('server', 'world')
  const ours = await site.host('asker', 'ours')
  const wall = await site.wall('hung', {}, ['--listen', PAGE])
  const page = childOf(wall.pid)
  process.kill(page, 'SIGSTOP')
  // Each of a flow of its own, so that each is an event.
  const flows = `for (let i = 0; i < 3000; i++) {
    const socket = require('node:dgram').createSocket('udp4')
    socket.send('d1:ad2:id20:aaaaaaaaaaaaaaaaaaaae1:q4:ping1:t2:aa1:y1:qe', 6881, '${world.ip}', () => socket.close())
  }`
  await ours.run(process.execPath, ['-e', flows])
  await network.until('all is decided', 10, () => wall.decisions().length >= 2000)
  const begun = performance.now()
  await wall.stop()
  assert.ok(performance.now() - begun < 8000, 'it was ended after five seconds')
  assert.ok(!isRunning(page))
})
