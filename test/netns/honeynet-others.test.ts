/**
 * Other real clients at dark addresses: aMule looks for a source that never was, eiskaltdcpp calls where
 * a hub sends it. The honeynet learns who they are, which file they want, which hub it was.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { endpointText } from '../../src/core/address.ts'
import { Amule, type AmuleSettings, fileLink, meet } from './clients/amule.ts'
import { startAria2 } from './clients/aria2.ts'
import { Eiskaltdcpp } from './clients/eiskaltdcpp.ts'
import { makeTorrent } from './clients/torrent.ts'
import { Transmission } from './clients/transmission.ts'
import { cannotBeDark, DarkNetwork } from './dark.ts'
import { Lan } from './lan.ts'
import { livePeers } from './live-peers.ts'
import type { Host } from './network.ts'

const TRACKER = { ip: '198.51.100.1', port: 6969 }
const HASH = '31d6cfe0d16ae931b73c59d7e0c089c0'
const LOST = { name: 'lost opera.ogg', size: 4_711_000 }
const NOBODY = { ip: '10.99.3.7', port: 4662 }

test('aMule asks a dark address for a file', {
  skip: cannotBeDark(['amuled', 'amulecmd']),
}, async (context) => {
  const lan = Lan.open(context)
  const { network } = lan
  const dark = lan.host('dark', 2)
  const real = lan.host('real', 5)
  const other = lan.host('other', 6)
  const honeynet = await DarkNetwork.start(network, dark, [real, other])
  const settings = (nick: string, tcpPort: number): AmuleSettings => {
    return { nick, tcpPort, udpPort: tcpPort + 10, obfuscated: false }
  }
  const asking = new Amule(network, real, settings('Ada', 46_201))
  await meet([asking, new Amule(network, other, settings('Kai', 46_221))])
  await asking.add(fileLink(LOST, HASH, [NOBODY]))
  await network.until('aMule says what it wants', 60, () =>
    honeynet.of('request').some(({ content }) => content === `urn:ed2k:${HASH}`),
  )
  await honeynet.program.stop()
  const [client] = honeynet.of('client').filter(({ who }) => who.ip === real.ip)
  assert.equal(client?.software, 'aMule')
  const [request] = honeynet.of('request')
  assert.deepEqual(
    [request!.by.ip, request!.of.ip, request!.of.port],
    [real.ip, NOBODY.ip, NOBODY.port],
  )
})

test('eiskaltdcpp calls where a hub sends it', {
  skip: cannotBeDark(['eiskaltdcpp-daemon', 'curl']),
}, async (context) => {
  const hub = { ip: '198.51.100.1', port: 4111 }
  const lan = Lan.open(context)
  const { network } = lan
  const first = lan.host('hub', 1)
  const dark = lan.host('dark', 2)
  const real = lan.host('real', 5)
  const honeynet = await DarkNetwork.start(network, dark, [real])
  const victim = { do: 'join', at: { ip: '10.99.4.2', port: 1412 } } as const
  livePeers('directconnect')(first, 'hub,misdirects', hub.port, [[6, victim]])
  await network.until('our hub listens', 10, () => first.listens('tcp', hub.port))
  const rita = new Eiskaltdcpp(network, real, 'rita')
  await rita.start(3100, { 'chamber music.ogg': new Uint8Array(randomBytes(5000)) })
  const huburl = `dchub://${hub.ip}:${hub.port}`
  await rita.call('hub.add', { huburl, enc: 'UTF-8' })
  await network.until('she says who she is', 30, () => honeynet.of('client').length > 0)
  await honeynet.program.stop()
  const [client] = honeynet.of('client')
  assert.deepEqual([client!.who.ip, client!.nick], [real.ip, 'rita'])
  assert.deepEqual(client!.ends[1], victim.at)
  // Nobody in that hub has the dark address's name, so she says no more; but her lock names the hub.
  const [claim] = honeynet.of('claim')
  assert.deepEqual([claim!.via, claim!.about], ['lock-ref', hub])
})

test('encryption hides from no honeynet what others asked for in the clear', {
  skip: cannotBeDark(['transmission-daemon', 'transmission-create', 'aria2c']),
}, async (context) => {
  const lan = Lan.open(context)
  const { network } = lan
  const first = lan.host('first', 1)
  const dark = lan.host('dark', 2)
  const open = lan.host('open', 3)
  const strict = lan.host('strict', 4)
  const required = lan.host('required', 5)
  const honeynet = await DarkNetwork.start(network, dark, [open, strict, required])
  const victim = { do: 'join', at: { ip: '10.99.3.7', port: 6881 } } as const
  livePeers('bittorrent')(first, 'tracker,injects', TRACKER.port, [[0, victim]])
  await network.until('our tracker listens', 10, () => first.listens('tcp', TRACKER.port))
  const wanted = await makeTorrent(network, open, 'chamber music.ogg', 600_000, [
    `http://${endpointText(TRACKER)}/announce`,
  ])
  startAria2(network, open, wanted.file, { port: 45_101 })
  const content = `urn:btih:${wanted.infoHash}`
  const asked = (host: Host, what: string) => () =>
    honeynet
      .of('request')
      .some(
        (request) =>
          request.by.ip === host.ip && request.what === what && request.content === content,
      )
  await network.until('one asks in the clear', 60, asked(open, 'handshake'))
  startAria2(network, strict, wanted.file, { port: 45_102, forceEncryption: true })
  const transmission = await Transmission.start(network, required, {
    port: 45_103,
    encryption: 2,
    extras: false,
  })
  await transmission.add(wanted.file)
  await network.until('aria2, with RC4 alone', 60, asked(strict, 'encrypted'))
  await network.until('Transmission, with RC4 alone', 60, asked(required, 'encrypted'))
})
