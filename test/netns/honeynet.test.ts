/**
 * Real clients are told a dark address by a tracker that names it as a peer of everything. The honeynet
 * behind it learns what they want, who they are, and, by their peer exchange, whom else they know.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointText } from '../../src/core/address.ts'
import type { Event } from '../../src/core/event.ts'
import { startAria2 } from './clients/aria2.ts'
import { makeTorrent } from './clients/torrent.ts'
import { Transmission } from './clients/transmission.ts'
import { cannotBeDark, DarkNetwork } from './dark.ts'
import { Lan } from './lan.ts'
import { livePeers } from './live-peers.ts'
import type { Host } from './network.ts'
import { read } from './reading.ts'

const programs = ['transmission-daemon', 'transmission-remote', 'transmission-create', 'aria2c']
const skip = cannotBeDark(programs)

const TRACKER = { ip: '198.51.100.1', port: 6969 }
const DARK = { ip: '10.99.3.7', port: 6881 }
const TRANSMISSION_PORT = 45_101
const ARIA2_PORT = 45_103
/** Transmission tells whom it knows each 90 s. */
const EXCHANGE_SECONDS = 200

/** Peer exchange that names one of these hosts. */
function tellsOf(hosts: readonly Host[]): (event: Event) => boolean {
  return (event) =>
    event.type === 'claim' && event.via === 'pex' && hosts.some(({ ip }) => ip === event.about.ip)
}

test('Transmission and aria2 call a dark address that a tracker named', {
  skip,
}, async (context) => {
  const lan = Lan.open(context)
  const { network } = lan
  const first = lan.host('first', 1)
  const dark = lan.host('dark', 2)
  const real = lan.host('real', 5)
  const other = lan.host('other', 4)
  const honeynet = await DarkNetwork.start(network, dark, [real, other])
  const victim = { do: 'join', at: DARK } as const
  livePeers('bittorrent')(first, 'tracker,injects', TRACKER.port, [[0, victim]])
  await network.until('our tracker listens', 10, () => first.listens('tcp', TRACKER.port))
  const wanted = await makeTorrent(network, real, 'chamber music.ogg', 600_000, [
    `http://${endpointText(TRACKER)}/announce`,
  ])
  const settings = { port: TRANSMISSION_PORT, encryption: 0, extras: true } as const
  const heard = (text: string) => () => honeynet.hears(text)
  startAria2(network, other, wanted.file, { port: ARIA2_PORT })
  await network.until('aria2 calls', 60, heard('"software":"aria2"'))
  const transmission = await Transmission.start(network, real, settings)
  await transmission.add(wanted.file)
  await network.until('one of the two tells of the other', EXCHANGE_SECONDS, () =>
    honeynet.events.some(tellsOf([real, other])),
  )
  await honeynet.program.stop()
  for (const [host, software] of [
    [real, 'Transmission'],
    [other, 'aria2'],
  ] as const) {
    const clients = honeynet.of('client').filter(({ who }) => who.ip === host.ip)
    assert.ok(
      clients.some((client) => client.software === software && client.version !== undefined),
      `${software} in ${JSON.stringify(clients)}`,
    )
    const greeted = honeynet
      .of('message')
      .some(
        ({ name, fields, ends }) =>
          name === 'handshake' &&
          ends[0].ip === host.ip &&
          (fields as { info_hash?: string }).info_hash === wanted.infoHash,
      )
    assert.ok(greeted, `${software} wants ${wanted.infoHash}`)
  }
  // Nothing is told that a dark address said.
  assert.deepEqual(
    honeynet.of('client').filter(({ who }) => who.ip.startsWith('10.99.')),
    [],
  )
  const { events: again } = await read(honeynet.capture)
  assert.ok(again.some(tellsOf([real, other])))
})
