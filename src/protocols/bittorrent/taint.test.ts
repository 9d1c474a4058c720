/** The players around a suspect: who asks, who trickles, who makes up nodes; and what the suspect is given. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { fromHex, hex } from '../../core/bytes.ts'
import type { PeerSettings } from '../../core/peer.ts'
import { type LinkInTest, SiteInTest } from '../../core/site-in-test.ts'
import type { Scene } from '../../core/taint.ts'
import { BDict, bdecode } from '../formats/bencode.ts'
import { compactNodes } from '../formats/compact-peers.ts'
import { peer } from './peer.ts'
import { taint } from './taint.ts'
import { type KrpcMessage, krpcQuery, krpcReply, krpcWire } from './wire/krpc.ts'
import { peerWire } from './wire/peer.ts'
import { HANDSHAKE_BYTES, PROTOCOL, peerHandshakeWire } from './wire/peer-handshake.ts'

const NODE = { ip: '203.0.113.5', port: 45_100 }
const VICTIM = { ip: '11.33.55.78', port: 20_608 }
const FILE = { name: 'Quiet Harbour.ogg', size: 70_000, seed: 7 }

function madeOf(settings: Partial<PeerSettings>): SiteInTest {
  const usual = { role: 'quiet-peer', port: 6881, nick: 'alice', bugs: [], isFirewalled: false }
  return new SiteInTest(peer.make({ ...usual, ...settings }))
}

function krpcsOf(site: SiteInTest): KrpcMessage[] {
  return site.datagrams.splice(0).map(({ bytes }) => {
    const outcome = krpcWire.parse(bytes, 0)
    if (outcome.kind !== 'message') assert.fail('no krpc')
    return outcome.message
  })
}

test('An asker asks for nodes and peers, and announces with the token that it was given', () => {
  const asker = madeOf({ role: 'dht-asker' })
  asker.peer.order({ do: 'publish', file: FILE })
  asker.peer.order({ do: 'join', at: NODE })
  asker.pass(0)
  const [nodes, peers] = krpcsOf(asker)
  if (nodes?.kind !== 'query' || peers?.kind !== 'query') assert.fail('no queries')
  assert.deepEqual([nodes.method, peers.method], ['find_node', 'get_peers'])
  // BEP 43: who says so is no node.
  assert.deepEqual([nodes.readOnly, peers.readOnly], [true, true])
  const token = fromHex('0102')
  const id = fromHex('cd'.repeat(20))
  const reply = krpcReply(peers.transaction.slice(), BDict.of({ id, token }))
  asker.peer.datagram(6881, { ...NODE, port: 1 }, krpcWire.emit(reply))
  assert.deepEqual(krpcsOf(asker), [], 'another port is another node')
  asker.peer.datagram(6881, NODE, krpcWire.emit(reply))
  const [announced] = krpcsOf(asker)
  if (announced?.kind !== 'query') assert.fail('no announcement')
  assert.equal(announced.method, 'announce_peer')
  assert.equal(announced.args.number('port'), 6881)
  assert.deepEqual(announced.args.bytes('token'), token)
  // Ten seconds later all is asked again.
  asker.pass(10_000_000)
  assert.equal(krpcsOf(asker).length, 2)
})

test('A node that makes up others names them with an id that stays', () => {
  const node = madeOf({ role: 'dht-node', bugs: ['injects-nodes'] })
  node.peer.order({ do: 'join', at: { ip: '198.51.100.2', port: 6881 } })
  node.peer.order({ do: 'join', at: VICTIM })
  node.datagrams.length = 0
  const ids = [0, 1].map(() => {
    const id = fromHex('cd'.repeat(20))
    const args = BDict.of({ id, target: fromHex('ef'.repeat(20)) })
    node.peer.datagram(6881, NODE, krpcWire.emit(krpcQuery('find_node', fromHex('0001'), args)))
    const [answer] = krpcsOf(node)
    if (answer?.kind !== 'reply') assert.fail('no reply')
    const bytes = answer.values.bytes('nodes')!
    const read = compactNodes(bytes, 0, bytes.length, 4)
    if (read.kind !== 'message') assert.fail('no nodes')
    const { ip, port, id: made } = read.message[0]!
    assert.deepEqual({ ip, port }, VICTIM)
    return made
  })
  assert.equal(ids[0], ids[1])
})

function messagesOf(link: LinkInTest): string[] {
  const bytes = link.take()
  const found: string[] = []
  for (let at = bytes[0] === PROTOCOL.length ? HANDSHAKE_BYTES : 0; at < bytes.length; ) {
    const outcome = peerWire.parse(bytes, at)
    if (outcome.kind !== 'message') assert.fail('no message')
    const { message } = outcome
    found.push(message.type === 'bitfield' ? `bitfield ${hex(message.bitfield)}` : message.type)
    at += outcome.size
  }
  return found
}

test('Who trickles lacks the last piece, and gives one block each time he looks around', () => {
  const giver = madeOf({ bugs: ['trickles'] })
  giver.peer.order({ do: 'publish', file: FILE })
  const { content } = giver.saidOf('published')[0]!
  const link = giver.called(NODE)
  const infoHash = fromHex(content.slice('urn:btih:'.length))
  const peerId = new Uint8Array(20).fill(65)
  const reserved = new Uint8Array(8)
  link.hear(peerHandshakeWire.emit({ protocol: PROTOCOL, reserved, infoHash, peerId }))
  // 70,000 bytes are three pieces of 32,768: the first two are there.
  assert.deepEqual(messagesOf(link), ['bitfield c0'])
  link.hear(peerWire.emit({ type: 'interested' }))
  for (const begin of [0, 16_384]) {
    link.hear(peerWire.emit({ type: 'request', piece: 0, begin, size: 16_384 }))
  }
  assert.deepEqual(messagesOf(link), ['unchoke'])
  giver.pass(15_000_000)
  assert.deepEqual(messagesOf(link), ['piece'])
  giver.pass(15_000_000)
  assert.deepEqual(messagesOf(link), ['piece'])
})

function sceneOf(fed: readonly string[]): Scene {
  return {
    suspect: NODE,
    own: (number) => `198.51.100.${1 + number}`,
    marks: (channel) => (fed.includes(channel) ? [VICTIM] : []),
  }
}

test('The torrent is what its tracker and its magnet link name; without marks there is no tracker', () => {
  const { words, files } = taint.stage(sceneOf(['tracker']))
  const [torrent] = Object.values(files)
  const outcome = bdecode(torrent!, 0)
  if (outcome.kind !== 'message' || !(outcome.message instanceof BDict)) assert.fail('no torrent')
  assert.equal(outcome.size, torrent!.length)
  assert.equal(new TextDecoder().decode(outcome.message.bytes('announce')), words.tracker)
  const info = torrent!.subarray(Buffer.from(torrent!).indexOf('4:info') + 6, -1)
  const infoHash = createHash('sha1').update(info).digest('hex')
  assert.ok(words.magnet!.startsWith(`magnet:?xt=urn:btih:${infoHash}&tr=`))
  const alone = taint.stage(sceneOf(['dht-values']))
  const [without] = Object.values(alone.files)
  assert.ok(!Buffer.from(without!).includes('announce'))
  assert.equal(alone.words.magnet, `magnet:?xt=urn:btih:${infoHash}`)
})
