/** A host that is throttled to a megabyte a second gets a megabyte a second, and its neighbour all there is. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { startAria2 } from './clients/aria2.ts'
import { cannotRun } from './network.ts'
import { SEEDING_PROGRAMS, seeding } from './wall-seed.ts'
import { WALL_PROGRAMS, WallSite } from './wall-site.ts'

const skip = cannotRun(['curl', 'aria2c', 'tc', ...SEEDING_PROGRAMS, ...WALL_PROGRAMS])

const RATE = 1_000_000
const LEECH_PORT = 45_602
const WEB_PORT = 8080
/** What the bucket holds at first passes faster. */
const SETTLE_SECONDS = 3
const MEASURED_SECONDS = 20

/** Bytes of IP packets a second to an address, in the seconds after the first ones. */
function rateTo(file: string, ip: string): number {
  const fields = ['-T', 'fields', '-e', 'frame.time_relative', '-e', 'ip.len']
  const text = execFileSync(
    'tshark',
    ['-n', '-r', file, '-Y', `ip.dst == ${ip} and tcp`, ...fields],
    {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  let bytes = 0
  for (const line of text.split('\n')) {
    const [at, size] = line.split('\t').map(Number)
    const isIn = at! >= SETTLE_SECONDS && at! < SETTLE_SECONDS + MEASURED_SECONDS
    if (isIn) bytes += size!
  }
  return bytes / MEASURED_SECONDS
}

function isKept(rate: number): boolean {
  return Math.abs(rate - RATE) <= 0.05 * RATE
}

// biome-ignore format: a table
const WAYS: readonly (readonly [how: string, rule: string, args: readonly string[]])[] = [
  ['what is above the rate of a host is dropped', 'throttle 1MB/s per host', []],
  ['what is above the rate of a rule waits (HTB)', 'throttle 1MB/s per all', ['--shape', 'eth0', 'eth1']],
]

for (const [how, rule, args] of WAYS)
  test(`1 MB/s within 5 %: ${how}`, {
    skip,
  }, async (context) => {
    const site = await WallSite.open(context)
    const { network } = site
    const { world, torrent } = await seeding(site, { encryption: 0, bytes: 60_000_000 })
    const ours = await site.host('aria2', 'ours')
    const neighbour = await site.host('neighbour', 'ours')
    const web = `
    const bytes = Buffer.alloc(30_000_000)
    require('node:http').createServer((_, answer) => answer.end(bytes)).listen(${WEB_PORT})
  `
    world.start(process.execPath, ['-e', web])
    await network.until('it serves', 10, () => world.listens('tcp', WEB_PORT))
    const wall = await site.wall('throttle', { rules: [{ name: 'slowly', do: rule }] }, args)
    const leech = startAria2(network, ours, torrent.file, { port: LEECH_PORT })
    await network.until('it downloads', 30, () => /DL:[\d.]+[KM]iB/.test(leech.output))
    const measured = async (name: string) => {
      const inside = await site.capture('ours', name)
      await pause(1000 * (SETTLE_SECONDS + MEASURED_SECONDS + 1))
      await inside.stop()
      return rateTo(inside.file, ours.ip)
    }
    let rate = await measured('first')
    // Whoever gets no processor for seconds loads nothing in them.
    if (!isKept(rate)) {
      context.diagnostic(`${Math.round(rate / 1000)} kB/s, and once more`)
      rate = await measured('second')
    }
    const begun = performance.now()
    await neighbour.run('curl', ['-s', '-o', '/dev/null', `http://${world.ip}:${WEB_PORT}/`])
    const seconds = (performance.now() - begun) / 1000
    await wall.stop()
    const left = await site.gateway.run('tc', ['qdisc', 'show', 'dev', 'eth0'])
    assert.ok(!left.includes('htb'), left)
    const others = Math.round(30_000 / seconds)
    context.diagnostic(`${Math.round(rate / 1000)} kB/s; the neighbour ${others} kB/s`)
    assert.ok(isKept(rate), `${Math.round(rate)} bytes a second`)
    assert.ok(seconds < 5, `30 MB took the neighbour ${seconds} s`)
  })
