/** The small peers: what a tracker and a DHT node answer, and what clients say to each other. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { Endpoint } from '../../core/address.ts'
import { bytesOf, concat, fromHex, hex } from '../../core/bytes.ts'
import type { PeerSettings } from '../../core/peer.ts'
import { fileBytes } from '../../core/peer-file.ts'
import { randomFrom } from '../../core/random.ts'
import { type LinkInTest, SiteInTest, talk } from '../../core/site-in-test.ts'
import { BDict, bdecode, isBList } from '../formats/bencode.ts'
import { compactPeers } from '../formats/compact-peers.ts'
import { parseHttpHead } from '../formats/http-head.ts'
import { peer } from './peer.ts'
import { infoHashOf, NONE } from './peer-node.ts'
import { closer, Table } from './peer-table.ts'
import { type KrpcMessage, krpcQuery, krpcReply, krpcWire } from './wire/krpc.ts'
import { type PeerMessage, peerWire } from './wire/peer.ts'
import { HANDSHAKE_BYTES, PROTOCOL, peerHandshakeWire } from './wire/peer-handshake.ts'
import { pexWire } from './wire/pex.ts'
import { udpTrackerRequestWire, udpTrackerResponseWire } from './wire/udp-tracker.ts'

const ALICE = { ip: '192.0.2.1', port: 40_000 }
const BOB = { ip: '198.51.100.2', port: 6881 }
const TRACKER = { ip: '192.0.2.8', port: 6969 }
const VICTIM = { ip: '203.0.113.9', port: 80 }
const HASH = fromHex('ab'.repeat(20))
const FILE = { name: 'Quiet Harbour.ogg', size: 70_000, seed: 7 }

let made = 0

function madeOf(settings: Partial<PeerSettings>, ip?: string): SiteInTest {
  const usual = { role: 'peer', port: 6881, nick: 'alice', bugs: [], isFirewalled: false }
  return new SiteInTest(peer.make({ ...usual, ...settings }), ip, ++made)
}

function escaped(bytes: Uint8Array): string {
  return hex(bytes).replace(/../g, '%$&')
}

/** An announcement over HTTP, and the dictionary that answers it. */
function announced(tracker: SiteInTest, from: Endpoint, rest: string): BDict {
  const link = tracker.called({ ip: from.ip, port: 50_000 }, TRACKER.port)
  const query = `info_hash=${escaped(HASH)}&peer_id=${'p'.repeat(20)}&port=${from.port}&${rest}`
  link.hear(bytesOf(`GET /announce?${query} HTTP/1.1\r\nHost: t\r\n\r\n`))
  return bodyOf(link.take())
}

function bodyOf(answer: Uint8Array): BDict {
  const head = parseHttpHead(answer, 0)
  if (head.kind !== 'message') assert.fail('no head')
  const body = bdecode(answer, head.size)
  if (body.kind !== 'message' || !(body.message instanceof BDict)) assert.fail('no dictionary')
  return body.message
}

function peersIn(bytes: Uint8Array | undefined): string[] {
  const outcome = compactPeers(bytes!, 0, bytes!.length, 4)
  if (outcome.kind !== 'message') assert.fail('no list')
  return outcome.message.map(({ ip, port }) => `${ip}:${port}`)
}

test('A tracker tells each who else takes part, and forgets who stopped or stays away', () => {
  const tracker = madeOf({ role: 'tracker', port: TRACKER.port })
  assert.deepEqual(tracker.listens, ['tcp 6969', 'udp 6969'])
  const first = announced(tracker, BOB, 'left=0&compact=1')
  assert.deepEqual(peersIn(first.bytes('peers')), [])
  const second = announced(tracker, ALICE, 'left=9&compact=1&ip=203.0.113.9')
  assert.deepEqual(peersIn(second.bytes('peers')), ['198.51.100.2:6881'])
  assert.deepEqual([second.number('complete'), second.number('incomplete')], [1, 1])
  // 198.51.100.2:6881, as BEP 23 writes it.
  assert.equal(hex(second.bytes('peers')!), 'c63364021ae1')
  const listed = announced(tracker, ALICE, 'left=9&compact=0').list('peers')!
  assert.equal((listed[0] as BDict).number('port'), BOB.port)
  announced(tracker, BOB, 'left=0&event=stopped')
  assert.deepEqual(peersIn(announced(tracker, ALICE, 'left=9').bytes('peers')), [])
  announced(tracker, BOB, 'left=0')
  tracker.pass(241_000_000)
  assert.deepEqual(peersIn(announced(tracker, ALICE, 'left=9').bytes('peers')), [])
})

test('A tracker answers scrapes, and what is no announcement it does not have', () => {
  const tracker = madeOf({ role: 'tracker', port: TRACKER.port })
  announced(tracker, BOB, 'left=0')
  const asked = tracker.called(ALICE)
  asked.hear(bytesOf(`GET /scrape?info_hash=${escaped(HASH)} HTTP/1.1\r\n\r\n`))
  const counts = bodyOf(asked.take()).dict('files')!.values[0] as BDict
  assert.deepEqual([counts.number('complete'), counts.number('incomplete')], [1, 0])
  const stranger = tracker.called(ALICE)
  stranger.hear(bytesOf('GET / HTTP/1.1\r\n\r\n'))
  assert.match(new TextDecoder().decode(stranger.take()), /^HTTP\/1\.1 404 /)
})

test('Bugs of trackers: an address that is claimed, one that is injected, all in reverse', () => {
  const bugs = ['believes-ip', 'injects', 'reversed-tracker']
  const tracker = madeOf({ role: 'tracker', port: TRACKER.port, bugs })
  tracker.peer.order({ do: 'join', at: VICTIM })
  announced(tracker, BOB, 'left=9&ip=203.0.113.5')
  const told = peersIn(announced(tracker, ALICE, 'left=9').bytes('peers'))
  assert.deepEqual(told, ['5.113.0.203:6881', '9.113.0.203:80'])
})

test('Over UDP a tracker answers only who came back with the connection it gave', () => {
  const tracker = madeOf({ role: 'tracker', port: TRACKER.port })
  const ask = (request: Parameters<typeof udpTrackerRequestWire.emit>[0]) => {
    tracker.peer.datagram(TRACKER.port, ALICE, udpTrackerRequestWire.emit(request))
    const outcome = udpTrackerResponseWire.parse(tracker.datagrams.at(-1)!.bytes, 0)
    if (outcome.kind !== 'message') assert.fail('no answer')
    return outcome.message
  }
  const announce = (connectionBig: bigint) =>
    ask({
      action: 'announce',
      connectionBig,
      transaction: 8,
      infoHash: HASH,
      peerId: HASH,
      downloadedBig: 0n,
      leftBig: 1n,
      uploadedBig: 0n,
      event: 2,
      ip: '0.0.0.0',
      key: 1,
      wanted: -1,
      port: 6882,
      options: NONE,
    })
  assert.equal(announce(1n).action, 'error')
  const connected = ask({ action: 'connect', transaction: 7, rest: NONE })
  if (connected.action !== 'connect') assert.fail('no connection')
  assert.equal(connected.transaction, 7)
  announced(tracker, BOB, 'left=0')
  const told = announce(connected.connectionBig)
  if (told.action !== 'announce') assert.fail('no answer')
  assert.deepEqual([told.seeders, told.leechers, told.transaction], [1, 1, 8])
  assert.deepEqual(peersIn(told.peers), ['198.51.100.2:6881'])
})

/** A client that is in, and has published the file; with what it calls the content. */
function giver(settings: Partial<PeerSettings> = {}): { bob: SiteInTest; content: string } {
  const bob = madeOf({ nick: 'bob', ...settings }, BOB.ip)
  bob.peer.order({ do: 'join', at: TRACKER })
  bob.peer.order({ do: 'publish', file: FILE })
  return { bob, content: bob.saidOf('published')[0]!.content }
}

/** The tracker's answer to the last who asked it. */
function answer(client: SiteInTest, peers: string): void {
  const link = client.calls.at(-1)!
  assert.deepEqual(link.remote, TRACKER)
  link.open()
  link.take()
  const list = fromHex(peers)
  const body = concat(bytesOf(`d8:intervali120e5:peers${list.length}:`), list, bytesOf('e'))
  link.hear(bytesOf(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`), body)
}

/** One who wants the content and calls bob. */
function taker(content: string, settings: Partial<PeerSettings> = {}): SiteInTest {
  const alice = madeOf(settings, ALICE.ip)
  alice.peer.order({ do: 'join', at: TRACKER })
  alice.peer.order({ do: 'fetch', name: FILE.name, content })
  answer(alice, 'c63364021ae1')
  assert.deepEqual(alice.calls.at(-1)!.remote, BOB)
  return alice
}

test('The info hash is SHA-1 of the info dictionary: name, size, pieces', () => {
  const { content } = giver()
  const sha1 = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest().toString('latin1')
  const pieces = [0, 32_768, 65_536].map((at) => sha1(fileBytes(FILE, at, 32_768))).join('')
  const info = `d6:lengthi70000e4:name17:Quiet Harbour.ogg12:piece lengthi32768e6:pieces60:${pieces}e`
  const hash = createHash('sha1').update(info, 'latin1').digest('hex')
  assert.equal(content, `urn:btih:${hash}`)
})

test('By a link alone a content is found, named, loaded, checked, and given on', () => {
  const { bob, content } = giver()
  const alice = taker(content)
  const called = bob.called(ALICE)
  alice.calls.at(-1)!.open()
  talk(alice.calls.at(-1)!, called)
  const [fetched] = alice.saidOf('fetched')
  assert.deepEqual([fetched?.name, fetched?.bytes, fetched?.verified], [FILE.name, 70_000, true])
  // She tells the tracker that it is complete, and serves the next.
  const completed = alice.calls.at(-1)!
  completed.open()
  assert.match(new TextDecoder().decode(completed.take()), /left=0&.*&event=completed/)
  const carol = taker(content)
  const again = alice.called({ ip: '203.0.113.3', port: 1 })
  carol.calls.at(-1)!.open()
  talk(carol.calls.at(-1)!, again)
  assert.equal(carol.saidOf('fetched')[0]?.verified, true)
  again.fall()
  assert.deepEqual(
    alice.saidOf('served').map(({ bytes }) => bytes),
    [70_000],
  )
})

test('Who sends a wrong piece is left', () => {
  const { bob, content } = giver()
  const alice = taker(content)
  const called = bob.called(ALICE)
  const link = alice.calls.at(-1)!
  link.open()
  let isSpoilt = false
  for (let i = 0; i < 100 && !link.isClosed; i++) {
    called.hear(link.take())
    const said = called.take()
    // The last byte of the first piece that comes is not what it should be.
    const isPiece = said.length > 16_000
    if (isPiece && !isSpoilt) said[said.length - 1]! ^= 1
    isSpoilt ||= isPiece
    link.hear(said)
  }
  assert.ok(link.isClosed)
  assert.deepEqual(alice.saidOf('fetched'), [])
})

test('Who was called in vain is called again after two minutes, not before', () => {
  const { content } = giver()
  const alice = taker(content)
  alice.calls.at(-1)!.fall('refused')
  const called = (): number => alice.calls.filter(({ remote }) => remote.ip === BOB.ip).length
  for (let seconds = 0; seconds < 105; seconds += 15) alice.pass(15_000_000)
  assert.equal(called(), 1)
  for (let seconds = 0; seconds < 30; seconds += 15) alice.pass(15_000_000)
  assert.equal(called(), 2)
})

test('What nobody has, or no link names, is not got', () => {
  const { content } = giver()
  const alice = madeOf({})
  alice.peer.order({ do: 'fetch', name: 'x', content })
  alice.peer.order({ do: 'join', at: TRACKER })
  alice.peer.order({ do: 'fetch', name: 'x' })
  alice.peer.order({ do: 'search', text: 'x' })
  alice.peer.order({ do: 'fetch', name: 'x', content })
  for (let seconds = 0; seconds < 200; seconds += 15) {
    const link = alice.calls.at(-1)!
    if (!link.isClosed) answer(alice, '')
    alice.pass(15_000_000)
  }
  assert.deepEqual(
    alice.saidOf('failed').map(({ order, why }) => `${order}: ${why}`),
    [
      'fetch: has not joined',
      'fetch: no link to x',
      'search: there is no search: contents are named by links',
      'fetch: nobody has it',
    ],
  )
})

/** A handshake with a client's content, and its messages from then on. */
function met(client: SiteInTest, content: string, from: Endpoint, id: number): LinkInTest {
  const link = client.called(from)
  const infoHash = fromHex(infoHashOf(content)!)
  const reserved = Uint8Array.of(0, 0, 0, 0, 0, 0x10, 0, 0)
  const peerId = new Uint8Array(20).fill(id)
  link.hear(peerHandshakeWire.emit({ protocol: PROTOCOL, reserved, infoHash, peerId }))
  const body = bytesOf('d1:md6:ut_pexi7ee1:pi6881ee')
  link.hear(peerWire.emit({ type: 'extended', extendedId: 0, body }))
  return link
}

function messagesOf(link: LinkInTest, from = 0): PeerMessage[] {
  const bytes = link.take()
  const found: PeerMessage[] = []
  for (let at = from; at < bytes.length; ) {
    const outcome = peerWire.parse(bytes, at)
    if (outcome.kind !== 'message') assert.fail(`broken at ${at}`)
    found.push(outcome.message)
    at += outcome.size
  }
  return found
}

/** What a client tells the second that it meets, of the first. */
function toldOf(bugs: string[], orders: readonly Endpoint[] = []): string[] {
  const { bob, content } = giver({ bugs })
  for (const at of orders) bob.peer.order({ do: 'join', at })
  met(bob, content, ALICE, 1)
  const second = met(bob, content, { ip: '203.0.113.3', port: 2 }, 2)
  const told = messagesOf(second, HANDSHAKE_BYTES).flatMap((message) => {
    if (message.type !== 'extended' || message.extendedId !== 7) return []
    const outcome = pexWire.parse(message.body, 0)
    return outcome.kind === 'message' ? outcome.message.added : []
  })
  return told.map(({ ip, port }) => `${ip}:${port}`)
}

test('Peer exchange tells of those met, by the port they listen at; bugs tell otherwise', () => {
  assert.deepEqual(toldOf([]), ['192.0.2.1:6881'])
  assert.deepEqual(toldOf(['reversed-pex']), ['1.2.0.192:6881'])
  assert.deepEqual(toldOf(['injects'], [VICTIM]), ['192.0.2.1:6881', '203.0.113.9:80'])
  assert.deepEqual(toldOf([], [VICTIM]), ['192.0.2.1:6881'])
})

test('Who was only heard of is told only by those who pass all on', () => {
  const { content } = giver()
  for (const [bugs, expected] of [
    [[], []],
    [['passes-answering'], []],
    [['passes-heard'], ['198.51.100.2:6881']],
  ] as const) {
    const alice = taker(content, { bugs })
    const second = met(alice, content, { ip: '203.0.113.3', port: 2 }, 2)
    const bodies = messagesOf(second, HANDSHAKE_BYTES).flatMap((message) => {
      return message.type === 'extended' && message.extendedId === 7 ? [message.body] : []
    })
    const told = bodies.flatMap((body) => {
      const outcome = pexWire.parse(body, 0)
      return outcome.kind === 'message' ? outcome.message.added : []
    })
    assert.deepEqual(
      told.map(({ ip, port }) => `${ip}:${port}`),
      expected,
    )
  }
})

test('A farm has whatever it is asked for; others hang up', () => {
  const content = `urn:btih:${'cd'.repeat(20)}`
  const farm = madeOf({ bugs: ['any-content'] })
  const link = met(farm, content, ALICE, 3)
  assert.equal(link.isClosed, false)
  const shaken = peerHandshakeWire.parse(link.take(), 0)
  if (shaken.kind !== 'message') assert.fail('no handshake')
  assert.match(new TextDecoder().decode(shaken.message.peerId), /^-AZ2500-/)
  assert.equal(met(madeOf({}), content, ALICE, 1).isClosed, true)
})

function krpc(site: SiteInTest, from: Endpoint, message: KrpcMessage): KrpcMessage {
  site.peer.datagram(6881, from, krpcWire.emit(message))
  const outcome = krpcWire.parse(site.datagrams.at(-1)!.bytes, 0)
  if (outcome.kind !== 'message') assert.fail('no answer')
  return outcome.message
}

const T = bytesOf('aa')

function asked(site: SiteInTest, method: string, args: Record<string, Uint8Array | number>) {
  const id = new Uint8Array(20).fill(1)
  return krpc(site, ALICE, krpcQuery(method, T, BDict.of({ ...args, id })))
}

function valuesOf(message: KrpcMessage): BDict {
  if (message.kind !== 'reply') assert.fail(`it is a ${message.kind}`)
  return message.values
}

test('A DHT node gives out who announced with the token it gave, and nobody else', () => {
  const node = madeOf({ role: 'dht-node' })
  assert.equal(valuesOf(asked(node, 'ping', {})).bytes('id')?.length, 20)
  const first = valuesOf(asked(node, 'get_peers', { info_hash: HASH }))
  assert.equal(first.has('values'), false)
  const announce = { info_hash: HASH, port: 7000, token: bytesOf('wrong') }
  assert.equal(asked(node, 'announce_peer', announce).kind, 'error')
  const token = first.bytes('token')!
  assert.equal(asked(node, 'announce_peer', { ...announce, token }).kind, 'reply')
  const values = valuesOf(asked(node, 'get_peers', { info_hash: HASH })).get('values')
  // 192.0.2.1, port 7000.
  assert.deepEqual(isBList(values) && values.map((each) => hex(each as Uint8Array)), [
    'c00002011b58',
  ])
  assert.equal(asked(node, 'get_feed', {}).kind, 'error')
  // Tokens are taken for ten minutes.
  node.pass(300_000_000)
  assert.equal(asked(node, 'announce_peer', { ...announce, token }).kind, 'reply')
  node.pass(300_000_000)
  assert.equal(asked(node, 'announce_peer', { ...announce, token }).kind, 'error')
})

test('Nodes are told as they are, or with their octets in reverse', () => {
  for (const [bugs, ip] of [
    [[], 'c0000201'],
    [['reversed-nodes'], '010200c0'],
  ] as const) {
    const node = madeOf({ role: 'dht-node', bugs })
    asked(node, 'ping', {})
    const nodes = valuesOf(asked(node, 'find_node', { target: HASH })).bytes('nodes')!
    assert.equal(hex(nodes), `${'01'.repeat(20)}${ip}9c40`)
  }
})

test('Who enters the DHT asks for himself, then for who has it, and announces', () => {
  const alice = madeOf({ role: 'dht-peer' }, ALICE.ip)
  alice.peer.order({ do: 'join', at: BOB })
  alice.peer.order({ do: 'fetch', name: 'x', content: `urn:btih:${hex(HASH)}` })
  const replied = (method: string, values: BDict): BDict => {
    const last = krpcWire.parse(alice.datagrams.at(-1)!.bytes, 0)
    if (last.kind !== 'message' || last.message.kind !== 'query') assert.fail('it asks nothing')
    assert.equal(last.message.method, method)
    const { args, transaction } = last.message
    alice.peer.datagram(6881, BOB, krpcWire.emit(krpcReply(transaction, values)))
    return args
  }
  const id = new Uint8Array(20).fill(9)
  const found = replied('find_node', BDict.of({ id, nodes: NONE }))
  assert.deepEqual(found.bytes('target'), found.bytes('id'))
  assert.deepEqual(alice.saidOf('joined')[0]?.at, BOB)
  const values = [fromHex('cb0071031ae2')]
  replied('get_peers', BDict.of({ id, nodes: NONE, token: bytesOf('tok'), values }))
  const announce = replied('announce_peer', BDict.of({ id }))
  assert.deepEqual([announce.number('port'), announce.bytes('token')], [6881, bytesOf('tok')])
  assert.deepEqual(alice.calls.at(-1)!.remote, { ip: '203.0.113.3', port: 6882 })
})

test('One in both asks the tracker first, then enters the DHT, and joins no more', () => {
  const both = madeOf({ role: 'hybrid-peer' })
  both.peer.order({ do: 'publish', file: FILE })
  both.peer.order({ do: 'join', at: TRACKER })
  answer(both, '')
  assert.equal(both.datagrams.length, 0)
  both.peer.order({ do: 'join', at: BOB })
  const [query] = both.datagrams
  assert.deepEqual(query!.to, BOB)
  both.peer.order({ do: 'join', at: ALICE })
  assert.deepEqual(both.saidOf('failed'), [{ type: 'failed', order: 'join', why: 'is in already' }])
})

test('Damaged words stop no peer', () => {
  const random = randomFrom(5)
  const below = (count: number): number => random() % count
  const damaged = (bytes: Uint8Array): Uint8Array => {
    const copy = bytes.slice(0, below(20) === 0 ? below(bytes.length + 1) : bytes.length)
    if (copy.length > 0 && below(8) === 0) copy[below(copy.length)] = below(256)
    return copy
  }
  let fetched = 0
  for (let round = 0; round < 80; round++) {
    const { bob, content } = giver({ bugs: round % 3 === 0 ? ['injects', 'any-content'] : [] })
    const alice = taker(content)
    const called = bob.called(ALICE)
    const link = alice.calls.at(-1)!
    link.open()
    for (let i = 0; i < 30; i++) {
      called.hear(damaged(link.take()))
      link.hear(damaged(called.take()))
      if (i % 5 === 0) for (const site of [alice, bob]) site.pass(16_000_000)
    }
    if (!called.isClosed) called.fall()
    if (!link.isClosed) link.fall()
    fetched += alice.saidOf('fetched').length
    const node = madeOf({ role: 'dht-node' })
    const id = new Uint8Array(20)
    const query = krpcWire.emit(krpcQuery('get_peers', T, BDict.of({ id, info_hash: HASH })))
    for (let i = 0; i < 20; i++) node.peer.datagram(6881, ALICE, damaged(query))
  }
  // Some come through whole: the words were those of a transfer.
  assert.ok(fetched > 5 && fetched < 80, String(fetched))
})

test('A table keeps eight of each distance, and of those the old rather than the new', () => {
  const own = new Uint8Array(20)
  const table = new Table(own)
  const nodeOf = (first: number, last: number) => {
    const id = new Uint8Array(20)
    id[0] = first
    id[19] = last
    return { id, ip: `192.0.2.${last}`, port: 6881 }
  }
  for (let last = 1; last <= 12; last++) table.heard(nodeOf(0x80, last), 0)
  assert.equal(table.size, 8)
  table.heard(nodeOf(0x40, 20), 0)
  assert.equal(table.size, 9)
  const [nearest] = table.closest(own)
  assert.equal(nearest!.ip, '192.0.2.20')
  // One that failed makes room.
  table.failed({ ip: '192.0.2.1', port: 6881 })
  table.heard(nodeOf(0x80, 12), 0)
  assert.ok(table.closest(nodeOf(0x80, 12).id).some(({ ip }) => ip === '192.0.2.12'))
  assert.ok(closer(own, nodeOf(0, 1).id, nodeOf(1, 0).id) < 0)
})
