/** uTP streams put together: reordered, repeated, lost, begun before the capture, several at once. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { type CapturedFlow, factsOfFlow, flowsOf, transcriptOf } from '../../core/captured-flows.ts'
import type { Side } from '../../core/event.ts'
import { repositoryFile } from '../../core/repository.ts'
import { checkSession, factsOf, feed, Kept } from '../../core/session-check.ts'
import { bittorrent } from './index.ts'
import { peerWire } from './wire/peer.ts'
import { peerHandshakeWire } from './wire/peer-handshake.ts'
import { type UtpType, utpWire } from './wire/utp.ts'

function fixture(name: string): CapturedFlow {
  return flowsOf(readFileSync(repositoryFile(`src/protocols/bittorrent/fixtures/${name}.pcap`)))[0]!
}

const PEER = fixture('utp-peer')

test('a connection of Transmission inside uTP: handshakes, claims, transfer', () => {
  const kept = checkSession(bittorrent, factsOfFlow(PEER, 'utp'), transcriptOf(PEER))
  assert.deepEqual(
    kept.of('message').flatMap(({ log, name }) => (log === 'bittorrent_utp' ? [name] : [])),
    ['syn', 'state'],
  )
  assert.deepEqual(
    kept.of('client').map(({ software, version }) => `${software} ${version}`),
    Array.from({ length: 4 }, () => 'Transmission 3.00'),
  )
  const [transfer] = kept.of('transfer')
  assert.equal(transfer?.content, 'urn:btih:ad99b69f77289f9fef0a164c68f28be999bfe528')
  assert.equal(transfer?.via, 'utp')
  assert.deepEqual(kept.of('fault'), [])
})

test('neighbours that change places give the same events', () => {
  const straight = feed(bittorrent, factsOfFlow(PEER, 'utp'), transcriptOf(PEER)).kept
  const parts = [...transcriptOf(PEER)]
  // Behind the opening packets, pairs of data packets of one side are exchanged.
  for (let i = 16; i + 1 < parts.length; i += 2) {
    const [a, b] = [parts[i]!, parts[i + 1]!]
    if (a[0] === b[0] && a[1].length > 28 && b[1].length > 28) [parts[i], parts[i + 1]] = [b, a]
  }
  const mixed = feed(bittorrent, factsOfFlow(PEER, 'utp'), parts).kept
  const facts = (kept: Kept) => [kept.of('transfer'), kept.counts.get('piece'), kept.of('client')]
  assert.deepEqual(facts(mixed), facts(straight))
})

test('an MSE handshake inside uTP is told, and is no fault', () => {
  const flow = fixture('utp-mse')
  const kept = checkSession(bittorrent, factsOfFlow(flow, 'utp'), transcriptOf(flow))
  assert.deepEqual(
    kept.of('recognition').map(({ part, sureness }) => [part, sureness]),
    [['utp-encrypted', 'certain']],
  )
  assert.deepEqual(kept.of('fault'), [])
})

test('two connections, begun by either side, beside DHT messages on one flow', () => {
  const flow = fixture('utp-many')
  const kept = checkSession(bittorrent, factsOfFlow(flow, 'dht'), transcriptOf(flow))
  const syns = kept
    .of('message')
    .filter(({ name, log }) => log === 'bittorrent_utp' && name === 'syn')
  assert.deepEqual(
    syns.map(({ side, fields }) => [side, fields.connection_id]),
    [
      [0, 62_755],
      [1, 15_710],
    ],
  )
  assert.equal(kept.counts.get('handshake'), 4)
  assert.ok(kept.of('message').some(({ log }) => log === 'bittorrent_dht'))
})

// --- Made packets ------------------------------------------------------------------------------

const HELLO = peerHandshakeWire.emit({
  protocol: 'BitTorrent protocol',
  reserved: fromHex('0000000000000000'),
  infoHash: new Uint8Array(20).fill(0xaa),
  peerId: bytesOf('-TR3000-abcdefghijkl'),
})

interface Given {
  readonly type?: UtpType
  readonly id: number
  readonly seq: number
  readonly ack?: number
  readonly payload?: Uint8Array
}

function packet(side: Side, given: Given): readonly [Side, Uint8Array] {
  const { type = 'data', id, seq, ack = 0, payload = new Uint8Array(0) } = given
  return [
    side,
    utpWire.emit({
      type,
      connectionId: id,
      timestampMicros: 1_000,
      timestampDifferenceMicros: 0,
      windowBytes: 1_000_000,
      seq,
      ack,
      extensions: [],
      payload,
    }),
  ]
}

function have(...pieces: number[]): Uint8Array {
  return concat(...pieces.map((piece) => peerWire.emit({ type: 'have', piece })))
}

function read(...parts: (readonly [Side, Uint8Array])[]): Kept {
  return checkSession(bittorrent, factsOf('udp', 'utp'), parts)
}

test('sequence numbers and ids go round at 65,536', () => {
  const kept = read(
    packet(0, { type: 'syn', id: 65_535, seq: 65_534 }),
    packet(1, { type: 'state', id: 65_535, seq: 100, ack: 65_534 }),
    packet(0, { id: 0, seq: 65_535, ack: 99, payload: HELLO }),
    packet(0, { id: 0, seq: 1, ack: 99, payload: have(3, 4) }),
    packet(0, { id: 0, seq: 0, ack: 99, payload: have(1, 2) }),
  )
  assert.equal(kept.counts.get('handshake'), 1)
  assert.deepEqual(
    kept.of('message').flatMap(({ name, fields }) => (name === 'have' ? [fields.piece] : [])),
    [1, 2, 3, 4],
  )
})

test('a repeated packet is read once', () => {
  const kept = read(
    packet(0, { type: 'syn', id: 7, seq: 1 }),
    packet(0, { type: 'syn', id: 7, seq: 1 }),
    packet(1, { type: 'state', id: 7, seq: 50, ack: 1 }),
    packet(0, { id: 8, seq: 2, ack: 49, payload: HELLO }),
    packet(0, { id: 8, seq: 2, ack: 49, payload: HELLO }),
    packet(0, { id: 8, seq: 3, ack: 49, payload: have(1) }),
  )
  assert.equal(kept.counts.get('handshake'), 1)
  assert.equal(kept.counts.get('utp-retransmitted'), 1)
  assert.equal(kept.of('message').filter(({ name }) => name === 'syn').length, 1)
})

test('the other side may count its STATE as a packet (BEP 29) or not (libutp)', () => {
  for (const [acknowledged, first] of [
    [49, 50],
    [50, 51],
  ] as const) {
    const kept = read(
      packet(0, { type: 'syn', id: 7, seq: 1 }),
      packet(1, { type: 'state', id: 7, seq: 50, ack: 1 }),
      packet(0, { id: 8, seq: 2, ack: acknowledged, payload: HELLO }),
      packet(1, { id: 7, seq: first, ack: 2, payload: HELLO }),
      packet(1, { id: 7, seq: first + 1, ack: 2, payload: have(5) }),
    )
    assert.equal(kept.counts.get('handshake'), 2, `first data ${first}`)
    assert.equal(kept.counts.get('have'), 1, `first data ${first}`)
  }
})

test('a packet that the receiver has and the capture has not is given up; reading resumes', () => {
  const opening = [
    packet(0, { type: 'syn', id: 7, seq: 1 }),
    packet(1, { type: 'state', id: 7, seq: 50, ack: 1 }),
    packet(0, { id: 8, seq: 2, ack: 49, payload: HELLO }),
  ]
  const later = [4, 5, 6, 7].map((seq) => packet(0, { id: 8, seq, ack: 49, payload: have(seq, 9) }))
  const without = read(...opening, ...later)
  const acknowledged = read(
    ...opening,
    ...later,
    packet(1, { type: 'state', id: 7, seq: 50, ack: 7 }),
  )
  assert.equal(without.counts.get('have'), 8, 'at the end what waited is read')
  assert.equal(acknowledged.counts.get('have'), 8)
  assert.equal(acknowledged.counts.get('utp-gap'), 1)
  assert.deepEqual(acknowledged.of('fault'), [])
})

test('a connection begun before the capture is read from where messages begin', () => {
  const kept = read(
    packet(1, { id: 200, seq: 10, ack: 5, payload: concat(fromHex('ffffff'), have(1, 2)) }),
    packet(0, { id: 201, seq: 6, ack: 10, payload: have(3, 4) }),
    packet(1, { id: 200, seq: 11, ack: 6, payload: have(5, 6) }),
  )
  assert.equal(kept.counts.get('have'), 6)
})

test('more connections than are read at once: the oldest ends, memory stays bounded', () => {
  const parts: (readonly [Side, Uint8Array])[] = []
  for (let i = 0; i < 500; i++) {
    parts.push(packet(0, { type: 'syn', id: 2 * i, seq: 1 }))
    parts.push(packet(0, { id: 2 * i + 1, seq: 2, ack: 9, payload: HELLO }))
  }
  const { kept } = feed(bittorrent, factsOf('udp', 'utp'), parts)
  assert.equal(kept.counts.get('handshake'), 500)
})

test('packets that the capture cut: the stream goes on behind what is missing, nothing is a fault', () => {
  const kept = new Kept()
  const session = bittorrent.openSession!(factsOfFlow(PEER, 'utp'), kept)
  for (const [frame, { from: side, bytes }] of PEER.pieces.entries()) {
    session.data(side, bytes.slice(0, 300), { micros: frame, frame, wireSize: bytes.length })
  }
  session.end({ micros: 0, frame: 0 })
  assert.deepEqual(kept.of('fault'), [])
  const cut = PEER.pieces.filter(({ bytes }) => bytes.length > 300).length
  assert.equal(kept.counts.get('cut-by-capture'), cut)
  assert.ok(kept.counts.get('utp-data')! > 0)
  const [transfer] = kept.of('transfer')
  assert.equal(transfer?.content, 'urn:btih:ad99b69f77289f9fef0a164c68f28be999bfe528')
})
