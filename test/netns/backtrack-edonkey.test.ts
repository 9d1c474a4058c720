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
import { backtrack, type Found, kindsOf, originsOf } from './backtracking.ts'
import { Capture } from './capture.ts'
import { Amule, fileLink, kadPeer, meet } from './clients/amule.ts'
import { LAN, Lan } from './lan.ts'
import { livePeers } from './live-peers.ts'
import { cannotRun, type Host } from './network.ts'
import { read } from './reading.ts'

const skip = cannotRun(['amuled', 'amulecmd', 'tcpdump', 'tshark'])

const live = livePeers('edonkey')
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

test('Bogus sources of source exchange and of Kad among real clients', {
  skip,
}, async (context) => {
  const lan = Lan.open(context)
  const { network } = lan
  const [one, two, crawler] = [lan.host('one', 2), lan.host('two', 3), lan.host('crawler', 7)]
  const [holder, kad] = [lan.host('holder', 13), lan.host('kad', KAD_LAST)]
  // Nobody listens there; that somebody refuses makes the calls short.
  lan.host('dark', 66)
  lan.host('darker', 99)

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

  const capture = await Capture.start(network, lan.bridge, join(network.folder, 'lan.pcap'))
  const amuled = (host: Host, nick: string, tcpPort: number) => {
    const settings = { nick, tcpPort, udpPort: tcpPort + 10, obfuscated: false }
    return new Amule(network, host, settings)
  }
  const [first, second] = [amuled(one, 'Greta', ONE_PORT), amuled(two, 'Tom', TWO_PORT)]
  const node = kadPeer(kad, KAD_PORT)
  await meet([first, second], [node])
  const atHolder = { ip: holder.ip, port: HOLDER_PORT }
  await first.add(fileLink(FILE, hash, [atHolder, { ip: two.ip, port: TWO_PORT }]))
  await second.add(fileLink(FILE, hash, [atHolder, { ip: one.ip, port: ONE_PORT }]))
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
  await network.until(`${one.name} asked the holder for a place`, CALL_SECONDS, async () => {
    const { events } = await read(capture.file)
    return events.some((event) => {
      return event.type === 'request' && event.what === 'start-upload' && event.by.ip === one.ip
    })
  })
  await capture.stop()

  const evidence = join(network.folder, 'crawl.pcapng')
  const words = [
    ...[endpointText(OF_EXCHANGE), endpointText(OF_KAD), content],
    ...['--ask', `peer@${one.ip}:${ONE_PORT}`, '--ask', `kad@${two.ip}:${TWO_PORT + 10}`],
    ...['--size', String(FILE.size), '--allow', LAN, '-w', evidence],
  ]
  const { findings, output } = await backtrack(crawler, words)
  const [ofExchange, ofKad] = findings as [Found, Found]

  await context.test('what one client tells by source exchange comes from that client', () => {
    assert.deepEqual(kindsOf(ofExchange), ['dht no', 'exchange yes'], output)
    assert.deepEqual(originsOf(ofExchange), [`${endpointText(atHolder)} source-exchange exchange`])
  })

  await context.test('what a node of Kad tells comes from that node', () => {
    assert.deepEqual(kindsOf(ofKad), ['dht yes', 'exchange no'], output)
    assert.deepEqual(originsOf(ofKad), [`${kad.ip}:${KAD_PORT} kad-source table`])
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
