/**
 * The small peers of both dialects among real ones: eiskaltdcpp-daemon comes into our hub, finds what our client
 * shares and downloads it; our client finds and downloads what it shares.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { PeerFile } from '../../src/core/peer.ts'
import { fileBytes } from '../../src/core/peer-file.ts'
import { Capture } from './capture.ts'
import { Eiskaltdcpp } from './clients/eiskaltdcpp.ts'
import { livePeers, said } from './live-peers.ts'
import { cannotRun, Network } from './network.ts'
import { misnamed, read } from './reading.ts'

const skip = cannotRun(['eiskaltdcpp-daemon', 'curl', 'tcpdump', 'tshark'])

const live = livePeers('directconnect')
const HUB_IP = '198.51.100.1'
// biome-ignore format: a table
const DIALECTS = [
  { hubName: 'our hub', hub: 'hub', client: 'client', scheme: 'dchub', port: 4111 },
  { hubName: 'our ADC hub', hub: 'adc-hub', client: 'adc-client', scheme: 'adc', port: 1511 },
]
const OURS: PeerFile = { name: 'quiet harbour.ogg', size: 200_000, seed: 7 }
const THEIRS = { name: 'chamber music.ogg', content: new Uint8Array(randomBytes(250_000)) }

for (const dialect of DIALECTS) {
  test(`eiskaltdcpp in ${dialect.hubName}, and our client with it`, { skip }, (context) =>
    meet(dialect, context),
  )
}

async function meet(dialect: (typeof DIALECTS)[number], context: TestContext): Promise<void> {
  const hub = { ip: HUB_IP, port: dialect.port }
  const hubUrl = `${dialect.scheme}://${hub.ip}:${hub.port}`
  const network = Network.open()
  context.after(() => network.close())
  const lan = network.bridge('lan')
  const hubHost = network.host('hub', [lan, `${hub.ip}/24`])
  const realHost = network.host('real', [lan, '198.51.100.2/24'])
  const ourHost = network.host('ours', [lan, '198.51.100.3/24'])
  const capture = await Capture.start(network, lan, join(network.folder, 'lab.pcap'))
  live(hubHost, dialect.hub, hub.port)
  await network.until('our hub listens', 10, () => hubHost.listens('tcp', hub.port))
  const real = new Eiskaltdcpp(network, realHost, 'rita')
  await real.start(3100, { [THEIRS.name]: THEIRS.content })
  await real.call('hub.add', { huburl: hubUrl, enc: 'UTF-8' })
  await network.until('rita is in our hub', 15, async () =>
    JSON.stringify(await real.call('hub.getusers', { huburl: hubUrl, separator: ';' })).includes(
      'rita',
    ),
  )
  const ours = live(ourHost, dialect.client, 412, [
    [0, { do: 'publish', file: OURS }],
    [0, { do: 'join', at: hub }],
    [2, { do: 'search', text: 'chamber music' }],
    [4, { do: 'fetch', name: THEIRS.name }],
  ])
  await network.until('our client fetched', 20, () => said(ours, 'fetched').length > 0)
  const fetched = said(ours, 'fetched')[0]!
  assert.deepEqual([fetched.bytes, fetched.verified], [THEIRS.content.length, true])

  const [published] = said(ours, 'published')
  const root = published!.content.slice('urn:tree:tiger:'.length)
  // What is wanted is known before the search: results then count as sources.
  const magnet = `magnet:?xt=urn:tree:tiger:${root}&xl=${OURS.size}&dn=quiet+harbour.ogg`
  await real.call('magnet.add', { magnet, directory: '' })
  await real.call('search.send', {
    searchstring: 'quiet harbour',
    searchtype: 0,
    sizemode: 0,
    sizetype: 0,
    size: 0,
    huburls: hubUrl,
  })
  await network.until('rita finds our file', 10, async () =>
    JSON.stringify(await real.call('search.getresults', { huburl: hubUrl })).includes(root),
  )
  await network.until('rita has our file', 20, () =>
    real.has(OURS.name, fileBytes(OURS, 0, OURS.size)),
  )
  await capture.stop()

  const { talks, summary } = await read(capture.file)
  assert.deepEqual(
    misnamed(talks, () => 'directconnect'),
    [],
  )
  for (const part of [root, OURS.name, THEIRS.name]) assert.ok(summary.includes(part), part)
}
