/**
 * The small ADC peers in a real hub: in uhub our clients, one of them passive, find each other. How they do
 * among real clients is in peers-directconnect.test.ts.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { PeerFile } from '../../src/core/peer.ts'
import { Capture } from './capture.ts'
import { livePeers, said } from './live-peers.ts'
import { cannotRun, Network } from './network.ts'
import { misnamed, read } from './reading.ts'

const skip = cannotRun(['uhub', 'tcpdump', 'tshark'])

const live = livePeers('directconnect')
const HUB = { ip: '198.51.100.1', port: 1511 }
const OURS: PeerFile = { name: 'quiet harbour.ogg', size: 200_000, seed: 7 }

const UHUB = `
server_bind_addr = any
server_port = ${HUB.port}
hub_name = uhub
hub_enabled = yes
tls_enable = no
`

test('our clients in uhub, one active and one without a port', {
  skip,
}, async (context) => {
  const network = Network.open()
  context.after(() => network.close())
  const lan = network.bridge('lan')
  const hubHost = network.host('hub', [lan, `${HUB.ip}/24`])
  const giverHost = network.host('giver', [lan, '198.51.100.2/24'])
  const takerHost = network.host('taker', [lan, '198.51.100.3/24'])
  const home = network.home({ 'uhub.conf': UHUB })
  const capture = await Capture.start(network, lan, join(network.folder, 'lab.pcap'))
  hubHost.start('uhub', ['-c', join(home.path, 'uhub.conf')], home)
  await network.until('uhub listens', 10, () => hubHost.listens('tcp', HUB.port))
  const giver = live(giverHost, 'adc-client', 412, [
    [0, { do: 'publish', file: OURS }],
    [0, { do: 'join', at: HUB }],
  ])
  await network.until('giver is in uhub', 10, () => said(giver, 'joined').length > 0)
  // A result through the hub, and a connection that it asks to be told of.
  const taker = live(takerHost, 'adc-client', 0, [
    [0, { do: 'join', at: HUB }],
    [2, { do: 'search', text: 'quiet harbour' }],
    [4, { do: 'fetch', name: OURS.name }],
  ])
  await network.until('taker fetched', 20, () => said(taker, 'fetched').length > 0)
  const fetched = said(taker, 'fetched')[0]!
  assert.deepEqual([fetched.bytes, fetched.verified], [OURS.size, true])
  await capture.stop()
  const { talks } = await read(capture.file)
  assert.deepEqual(
    misnamed(talks, () => 'directconnect'),
    [],
  )
})
