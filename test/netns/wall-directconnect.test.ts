/**
 * Direct Connect behind the wall: hubs of both dialects that a real client does not come into, and users of a
 * hub that is permitted, who do not come together.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Eiskaltdcpp } from './clients/eiskaltdcpp.ts'
import { cannotRun, type Host, type Network } from './network.ts'
import { blocked } from './wall-seed.ts'
import { heard, WALL_PROGRAMS, WallSite } from './wall-site.ts'

const skip = cannotRun(['eiskaltdcpp-daemon', 'uhub', 'curl', ...WALL_PROGRAMS])

const HUB_PORT = 1511
const FILE = { name: 'chamber music.ogg', content: new Uint8Array(randomBytes(250_000)) }

const AFTER_MILLIS = 3000

async function startUhub(network: Network, host: Host): Promise<void> {
  const config = {
    server_bind_addr: 'any',
    server_port: HUB_PORT,
    hub_name: 'uhub',
    hub_enabled: 'yes',
    tls_enable: 'no',
  }
  const lines = Object.entries(config).map(([key, value]) => `${key} = ${value}\n`)
  const home = network.home({ 'uhub.conf': lines.join('') })
  host.start('uhub', ['-c', join(home.path, 'uhub.conf')], home)
  await network.until('uhub listens', 10, () => host.listens('tcp', HUB_PORT))
}

/** Of Debian's packages none is a hub of the older dialect: the lab's stands in. */
async function startOldHub(network: Network, host: Host): Promise<void> {
  const peer = join(import.meta.dirname, 'live-peer.js')
  const what = ['directconnect', 'hub', host.ip, String(HUB_PORT), 'hub']
  host.start(process.execPath, [peer, ...what])
  await network.until('the hub listens', 10, () => host.listens('tcp', HUB_PORT))
}

for (const [dialect, scheme, startHub, hubSaysMax] of [
  // A hub of the older dialect speaks first: its lock.
  ['NMDC', 'dchub', startOldHub, 200],
  ['ADC', 'adc', startUhub, 0],
] as const) {
  test(`eiskaltdcpp does not come into a hub: ${dialect}`, { skip }, async (context) => {
    const site = await WallSite.open(context)
    const { network } = site
    const hub = await site.host('hub', 'world')
    const ours = await site.host('rita', 'ours')
    await startHub(network, hub)
    const wall = await site.wall('wall', {})
    const inside = await site.capture('ours', 'inside')
    const rita = new Eiskaltdcpp(network, ours, 'rita')
    await rita.start(3100, {})
    const huburl = `${scheme}://${hub.ip}:${HUB_PORT}`
    await rita.call('hub.add', { huburl, enc: 'UTF-8' })
    await network.until('it is blocked', 20, () => blocked(wall, ours).length > 0)
    await pause(AFTER_MILLIS)
    const users = JSON.stringify(await rita.call('hub.getusers', { huburl, separator: ';' }))
    await inside.stop()
    await wall.stop()
    assert.ok(!users.includes('rita'), users)
    const filter = `ip.dst == ${ours.ip} and tcp.srcport == ${HUB_PORT}`
    const got = heard(inside.file, filter).payloadBytes
    context.diagnostic(`${got} bytes of the hub came`)
    assert.ok(got <= hubSaysMax, `${got} bytes`)
  })
}

test('who met in a hub that is permitted gets nothing of each other', { skip }, async (context) => {
  const site = await WallSite.open(context)
  const { network } = site
  const [world, hubHost] = [await site.host('giver', 'world'), await site.host('hub', 'world')]
  const ours = await site.host('taker', 'ours')
  await startUhub(network, hubHost)
  const huburl = `adc://${hubHost.ip}:${HUB_PORT}`
  const [giver, taker] = [
    new Eiskaltdcpp(network, world, 'greta'),
    new Eiskaltdcpp(network, ours, 'tom'),
  ]
  await Promise.all([giver.start(3100, { [FILE.name]: FILE.content }), taker.start(3200, {})])
  const wall = await site.wall('wall', {
    rules: [
      { name: 'hubs', what: { part: ['hub'] }, do: 'permit' },
      { name: 'users', do: 'block reset' },
    ],
  })
  const inside = await site.capture('ours', 'inside')
  for (const each of [giver, taker]) await each.call('hub.add', { huburl, enc: 'UTF-8' })
  const users = async () =>
    JSON.stringify(await taker.call('hub.getusers', { huburl, separator: ';' }))
  await network.until('both are in uhub', 15, async () => (await users()).includes('greta'))
  // What she shares is a file too, loaded as all others are.
  await taker.call('list.download', { huburl, nick: 'greta' })
  await network.until('users are blocked', 20, () => blocked(wall, ours).includes('peer'))
  await pause(AFTER_MILLIS)
  await inside.stop()
  await wall.stop()
  const got = heard(
    inside.file,
    `ip.src == ${world.ip} and ip.dst == ${ours.ip} and tcp`,
  ).payloadBytes
  context.diagnostic(`${got} bytes of the other user came`)
  assert.equal(got, 0)
})
