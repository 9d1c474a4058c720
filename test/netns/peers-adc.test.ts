/**
 * The small ADC peers among real ones: eiskaltdcpp-daemon comes into our hub, finds what our client
 * shares and downloads it; our client finds and downloads what it shares. In uhub our clients, one of them
 * passive, find each other.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Order, PeerFile, PeerSaid } from '../../src/core/peer.ts'
import { fileBytes } from '../../src/core/peer-file.ts'
import { Capture } from './capture.ts'
import { Eiskaltdcpp } from './clients/eiskaltdcpp.ts'
import { cannotRun, type Host, Network } from './network.ts'
import type { Program } from './program.ts'
import { misnamed, read } from './reading.ts'

const skip = cannotRun(['eiskaltdcpp-daemon', 'curl', 'tcpdump', 'tshark'])

const LIVE = join(import.meta.dirname, 'live-peer.js')
const HUB = { ip: '198.51.100.1', port: 1511 }
const HUB_URL = `adc://${HUB.ip}:${HUB.port}`
const OURS: PeerFile = { name: 'quiet harbour.ogg', size: 200_000, seed: 7 }
const THEIRS = { name: 'chamber music.ogg', content: new Uint8Array(randomBytes(250_000)) }

function live(host: Host, role: string, port: number, orders: [number, Order][] = []): Program {
  const timed = orders.map(([at, order]) => JSON.stringify({ at, order }))
  const words = ['directconnect', role, host.ip, String(port), host.name, ...timed]
  return host.start(process.execPath, [LIVE, ...words])
}

function said(program: Program): PeerSaid[] {
  const lines = program.output.split('\n').filter((line) => line.startsWith('{'))
  return lines.map((line) => JSON.parse(line) as PeerSaid)
}

function isFetched(each: PeerSaid): each is Extract<PeerSaid, { type: 'fetched' }> {
  return each.type === 'fetched'
}

function isJoined({ type }: PeerSaid): boolean {
  return type === 'joined'
}

test('eiskaltdcpp in our ADC hub, and our client with it', { skip }, async (context) => {
  const network = Network.open()
  context.after(() => network.close())
  const lan = network.bridge('lan')
  const hubHost = network.host('hub', [lan, `${HUB.ip}/24`])
  const realHost = network.host('real', [lan, '198.51.100.2/24'])
  const ourHost = network.host('ours', [lan, '198.51.100.3/24'])
  const capture = await Capture.start(network, lan, join(network.folder, 'lab.pcap'))
  live(hubHost, 'adc-hub', HUB.port)
  await network.until('our hub listens', 10, () => hubHost.listens('tcp', HUB.port))
  const real = new Eiskaltdcpp(network, realHost, 'rita')
  await real.start(3100, { [THEIRS.name]: THEIRS.content })
  await real.call('hub.add', { huburl: HUB_URL, enc: 'UTF-8' })
  await network.until('rita is in our hub', 15, async () =>
    JSON.stringify(await real.call('hub.getusers', { huburl: HUB_URL, separator: ';' })).includes(
      'rita',
    ),
  )
  const ours = live(ourHost, 'adc-client', 412, [
    [0, { do: 'publish', file: OURS }],
    [0, { do: 'join', at: HUB }],
    [2, { do: 'search', text: 'chamber music' }],
    [4, { do: 'fetch', name: THEIRS.name }],
  ])
  await network.until('our client fetched', 20, () => said(ours).some(isFetched))
  const fetched = said(ours).find(isFetched)!
  assert.deepEqual([fetched.bytes, fetched.verified], [THEIRS.content.length, true])

  const published = said(ours).find((each) => each.type === 'published')!
  const root = published.content.slice('urn:tree:tiger:'.length)
  // What is wanted is known before the search: results then count as sources.
  const magnet = `magnet:?xt=urn:tree:tiger:${root}&xl=${OURS.size}&dn=quiet+harbour.ogg`
  await real.call('magnet.add', { magnet, directory: '' })
  await real.call('search.send', {
    searchstring: 'quiet harbour',
    searchtype: 0,
    sizemode: 0,
    sizetype: 0,
    size: 0,
    huburls: HUB_URL,
  })
  await network.until('rita finds our file', 10, async () =>
    JSON.stringify(await real.call('search.getresults', { huburl: HUB_URL })).includes(root),
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
})

const UHUB = `
server_bind_addr = any
server_port = ${HUB.port}
hub_name = uhub
hub_enabled = yes
tls_enable = no
`

const skipUhub = cannotRun(['uhub', 'tcpdump', 'tshark'])

test('our clients in uhub, one active and one without a port', {
  skip: skipUhub,
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
  await network.until('giver is in uhub', 10, () => said(giver).some(isJoined))
  // A result through the hub, and a connection that it asks to be told of.
  const taker = live(takerHost, 'adc-client', 0, [
    [0, { do: 'join', at: HUB }],
    [2, { do: 'search', text: 'quiet harbour' }],
    [4, { do: 'fetch', name: OURS.name }],
  ])
  await network.until('taker fetched', 20, () => said(taker).some(isFetched))
  const fetched = said(taker).find(isFetched)!
  assert.deepEqual([fetched.bytes, fetched.verified], [OURS.size, true])
  await capture.stop()
  const { talks } = await read(capture.file)
  assert.deepEqual(
    misnamed(talks, () => 'directconnect'),
    [],
  )
})
