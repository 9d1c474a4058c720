/**
 * Two amuled want a file of which a client of ours has a part. It names an address where nobody is as a source,
 * by source exchange; a node of ours names another in Kad. Both amuled call them. Each is found where it
 * came in, through its channel and no other.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Endpoint, endpointText } from '../../src/core/address.ts'
import { Shares } from '../../src/protocols/edonkey/peer-shares.ts'
import { Capture } from './capture.ts'
import { Amule, kadPeer } from './clients/amule.ts'
import { livePeers } from './live-peers.ts'
import { cannotRun, type Host, Network } from './network.ts'
import { read } from './reading.ts'

const skip = cannotRun(['amuled', 'amulecmd', 'tcpdump', 'tshark'])

const MAIN = join(import.meta.dirname, '../../src/app/main.js')
const live = livePeers('edonkey')
const NETWORK = '198.51.100.0/24'
const ONE_PORT = 45_201
const TWO_PORT = 45_301
const HOLDER_PORT = 45_400
const KAD_PORT = 45_500
const OF_EXCHANGE = { ip: '198.51.100.66', port: 4662 }
const OF_KAD = { ip: '198.51.100.99', port: 4711 }
/**
 * Ids follow from addresses. A client asks a node for sources only where the node's id begins with the
 * same eight bits as the file's hash (eMule Search.cpp, SEARCHTOLERANCE): that of .56 and this file do.
 */
const KAD_LAST = 56
/** A search in Kad takes its time to begin. */
const CALL_SECONDS = 90
/** Two parts, of which the holder has the first. */
const FILE = { name: 'field recordings.ogg', size: 12_000_000, seed: 7 }

interface Found {
  readonly ip: string
  readonly channels: readonly { channel: string; kind: string; answered: number; tells: string }[]
  readonly told: readonly { via: string; frame: number; by: { ip: string; port: number } }[]
  readonly origins: readonly { at: { ip: string; port: number }; via: string; why: string }[]
}

/** `dht yes`, of every kind that somebody answered for. */
function kindsOf({ channels }: Found): string[] {
  const asked = channels.filter(({ answered }) => answered > 0)
  return [...new Set(asked.map(({ kind, tells }) => `${kind} ${tells}`))].sort()
}

test('Bogus sources of source exchange and of Kad among real clients', {
  skip,
}, async (context) => {
  const network = Network.open()
  context.after(() => network.close())
  const lan = network.bridge('lan')
  const place = (name: string, last: number) =>
    network.host(name, [lan, `198.51.100.${last}/24`] as const)
  const [one, two] = [place('one', 2), place('two', 3)]
  const [holder, kad, crawler] = [place('holder', 13), place('kad', KAD_LAST), place('crawler', 7)]
  // Nobody listens there; that somebody refuses makes the calls short.
  place('dark', 66)
  place('darker', 99)

  const { hash } = new Shares().add(FILE)!
  const content = `urn:ed2k:${hash}`
  live(holder, 'holder,injects', HOLDER_PORT, [
    [0, { do: 'publish', file: FILE }],
    [0, { do: 'join', at: OF_EXCHANGE }],
  ])
  live(kad, 'kad-node,injects', KAD_PORT, [[0, { do: 'join', at: OF_KAD }]])
  await network.until('ours listen', 10, () => {
    return holder.listens('tcp', HOLDER_PORT) && kad.listens('udp', KAD_PORT)
  })

  const capture = await Capture.start(network, lan, join(network.folder, 'lan.pcap'))
  const amuled = (host: Host, nick: string, tcpPort: number) => {
    const settings = { nick, tcpPort, udpPort: tcpPort + 10, obfuscated: false }
    return new Amule(network, host, settings)
  }
  const [first, second] = [amuled(one, 'Greta', ONE_PORT), amuled(two, 'Tom', TWO_PORT)]
  const node = kadPeer(kad, KAD_PORT)
  await Promise.all([first.start([second, node]), second.start([first, node])])
  await Promise.all([first.isConnected(30), second.isConnected(30)])
  const sources = [`${holder.ip}:${HOLDER_PORT}`, `${one.ip}:${ONE_PORT}`, `${two.ip}:${TWO_PORT}`]
  for (const client of [first, second]) {
    const others = sources.filter((source) => !source.startsWith(`${client.host.ip}:`)).join(',')
    const shown = FILE.name.replaceAll(' ', '%20')
    await client.add(
      `ed2k://|file|${shown}|${FILE.size}|${hash.toUpperCase()}|/|sources,${others}|/`,
    )
  }
  const called = async (host: Host, { ip, port }: Endpoint) => {
    const { events } = await read(capture.file)
    return events.some((event) => {
      const ends = event.type === 'flow' ? event.ends : undefined
      return ends?.[0].ip === host.ip && ends[1].ip === ip && ends[1].port === port
    })
  }
  for (const told of [OF_EXCHANGE, OF_KAD]) {
    await network.until(`somebody calls ${endpointText(told)}`, CALL_SECONDS, async () => {
      return (await called(one, told)) || (await called(two, told))
    })
  }
  // An amuled tells others only of those in whose queue it stands.
  await network.until(`${one.name} asked the holder for a place`, 30, async () => {
    const { events } = await read(capture.file)
    return events.some((event) => {
      return event.type === 'request' && event.what === 'start-upload' && event.by.ip === one.ip
    })
  })
  await capture.stop()

  const evidence = join(network.folder, 'crawl.pcapng')
  const words = [
    ...['backtrack', endpointText(OF_EXCHANGE), endpointText(OF_KAD), content],
    ...['--ask', `peer@${one.ip}:${ONE_PORT}`, '--ask', `kad@${two.ip}:${TWO_PORT + 10}`],
    ...['--size', String(FILE.size), '--allow', NETWORK, '-w', evidence, '--format', 'json', '-q'],
  ]
  const output = await crawler.run(process.execPath, [MAIN, ...words])
  const { findings } = JSON.parse(output.slice(output.indexOf('{"'))) as { findings: Found[] }
  const [ofExchange, ofKad] = findings as [Found, Found]
  const origins = ({ origins: all }: Found) =>
    all.map(({ at, via, why }) => [endpointText(at), via, why])

  await context.test('what one client tells by source exchange comes from that client', () => {
    assert.deepEqual(kindsOf(ofExchange), ['dht no', 'exchange yes'], output)
    const from = `${holder.ip}:${HOLDER_PORT}`
    assert.deepEqual(origins(ofExchange), [[from, 'source-exchange', 'exchange']])
  })

  await context.test('what a node of Kad tells comes from that node', () => {
    assert.deepEqual(kindsOf(ofKad), ['dht yes', 'exchange no'], output)
    assert.deepEqual(origins(ofKad), [[`${kad.ip}:${KAD_PORT}`, 'kad-source', 'table']])
  })

  await context.test('a real client led to it, and nothing of the file was asked for', async () => {
    const { events } = await read(evidence)
    const claims = events.filter((event) => event.type === 'claim')
    assert.ok(
      claims.some(({ by, about, via }) => {
        return by.ip === one.ip && about.ip === holder.ip && via === 'source-exchange'
      }),
      `${one.name} tells the holder`,
    )
    assert.ok(claims.some(({ by, about }) => by.ip === two.ip && about.ip === kad.ip))
    const asked = events.filter((event) => event.type === 'request' && event.by.ip === crawler.ip)
    const whats = new Set(asked.map((event) => event.type === 'request' && event.what))
    assert.deepEqual([...whats].sort(), ['ask-file', 'search-source', 'source-exchange'])
    assert.deepEqual(
      events.filter((event) => event.type === 'transfer'),
      [],
    )
  })
})
