/**
 * The small eDonkey peers among real ones: amuled logs in to our server, is called by it and gets a
 * HighID, finds what our client offers and downloads it; our client finds and downloads what amuled
 * offers, and both are named in the capture.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { PeerFile } from '../../src/core/peer.ts'
import { fileBytes } from '../../src/core/peer-file.ts'
import { Capture } from './capture.ts'
import { Amule, shareable } from './clients/amule.ts'
import { livePeers, said } from './live-peers.ts'
import { cannotRun, Network } from './network.ts'
import { misnamed, read } from './reading.ts'

const skip = cannotRun(['amuled', 'amulecmd', 'alcc', 'tcpdump', 'tshark'])

const live = livePeers('edonkey')
const SERVER = { ip: '198.51.100.1', port: 4661 }
/** Small: amuled 2.3.3 now and then leaves bytes of larger ones in its socket for half a minute. */
const OURS: PeerFile = { name: 'quiet harbour.ogg', size: 20_000, seed: 7 }

test('amuled at our server, and our client with amuled', { skip }, async (context) => {
  const network = Network.open()
  context.after(() => network.close())
  const lan = network.bridge('lan')
  const serverHost = network.host('server', [lan, `${SERVER.ip}/24`])
  const amuleHost = network.host('amule', [lan, '198.51.100.2/24'])
  const giverHost = network.host('giver', [lan, '198.51.100.3/24'])
  const takerHost = network.host('taker', [lan, '198.51.100.4/24'])
  const theirs = await shareable(network, amuleHost, 'chamber music.ogg', 20_000)
  const capture = await Capture.start(network, lan, join(network.folder, 'lab.pcap'))
  live(serverHost, 'server', SERVER.port)
  await network.until('our server listens', 10, () => serverHost.listens('tcp', SERVER.port))
  const ports = { tcpPort: 45_401, udpPort: 45_411 }
  const amule = new Amule(network, amuleHost, {
    nick: 'Ada',
    ...ports,
    obfuscated: false,
    server: SERVER,
  })
  await amule.start([], [theirs])
  await amule.isLoggedIn(15)
  const giver = live(giverHost, 'client', 4662, [
    [0, { do: 'join', at: SERVER }],
    [1, { do: 'publish', file: OURS }],
  ])
  const taker = live(takerHost, 'client', 4662, [
    [0, { do: 'join', at: SERVER }],
    [2, { do: 'search', text: 'chamber music' }],
    [3, { do: 'fetch', name: theirs.name }],
  ])
  await network.until('our client fetched', 15, () => said(taker, 'fetched').length > 0)
  const fetched = said(taker, 'fetched')[0]!
  assert.deepEqual(
    [fetched.name, fetched.bytes, fetched.verified],
    [theirs.name, theirs.content.length, true],
  )
  await amule.finds('harbour', OURS.name, 40)
  const [published] = said(giver, 'published')
  const hash = published!.content.slice('urn:ed2k:'.length)
  await amule.add(`ed2k://|file|${OURS.name.replaceAll(' ', '%20')}|${OURS.size}|${hash}|/`)
  await amule.has({ name: OURS.name, content: fileBytes(OURS, 0, OURS.size), hash }, 30)
  await capture.stop()

  const { talks, summary } = await read(capture.file)
  assert.deepEqual(
    misnamed(talks, () => 'edonkey'),
    [],
  )
  for (const part of [hash, theirs.hash, OURS.name, theirs.name]) {
    assert.ok(summary.includes(part), `${part} in ${summary}`)
  }
})
