/**
 * Peer connections of real clients, read whole, in pieces, with gaps and from the middle; and what
 * their extension messages say.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { type CapturedFlow, factsOfFlow, flowsOf, transcriptOf } from '../../core/captured-flows.ts'
import type { Side } from '../../core/event.ts'
import { repositoryFile } from '../../core/repository.ts'
import { checkSession, factsOf, feed, Kept } from '../../core/session-check.ts'
import { StreamReader } from '../../core/stream-reader.ts'
import { BDict, bencode } from '../formats/bencode.ts'
import { bittorrent } from './index.ts'
import { azureusWire } from './wire/azureus.ts'
import { peerWire } from './wire/peer.ts'
import { peerHandshakeWire } from './wire/peer-handshake.ts'

function fixture(name: string): CapturedFlow {
  return flowsOf(readFileSync(repositoryFile(`src/protocols/bittorrent/fixtures/${name}.pcap`)))[0]!
}

const MAGNET = fixture('peer-magnet')
const MAGNET_CONTENT = 'urn:btih:ebd50a93f04e8da3606dfc35054b3976301fad30'

test('libtorrent fetches metadata and pieces: the same however the bytes are cut', () => {
  const kept = checkSession(bittorrent, factsOfFlow(MAGNET, 'peer'), transcriptOf(MAGNET))
  const [seedShare] = kept.of('share')
  assert.deepEqual(seedShare, {
    type: 'share',
    by: { ip: '198.18.120.5', port: 33_333 },
    content: MAGNET_CONTENT,
    via: 'ut_metadata',
    name: 'conference talk.mp4',
    size: 400_000,
    verified: true,
  })
  assert.deepEqual(
    kept.of('request').map(({ what }) => what),
    ['handshake', 'metadata', 'pieces'],
  )
  assert.deepEqual(
    kept.of('claim').map(({ about, part, via }) => [about.port, part, via]),
    [
      [33_333, 'dht', 'port-message'],
      [44_444, 'peer', 'extended-handshake'],
      [44_444, 'dht', 'port-message'],
    ],
  )
  assert.deepEqual(kept.of('fault'), [])
})

test('the transfer counts the bytes of pieces that were seen, also of the last, unfinished one', () => {
  const { kept } = feed(bittorrent, factsOfFlow(MAGNET, 'peer'), transcriptOf(MAGNET))
  const [transfer] = kept.of('transfer')
  assert.equal(transfer?.content, MAGNET_CONTENT)
  assert.equal(transfer?.name, 'conference talk.mp4')
  // The other side's stream less the 68 bytes of handshake and all that is not piece data.
  const stream = concat(...MAGNET.pieces.filter(({ from }) => from === 1).map(({ bytes }) => bytes))
  let expected = 0
  for (let at = 68; at < stream.length; ) {
    const size = 4 + stream[at + 2]! * 256 + stream[at + 3]!
    if (stream[at + 4] === 7) expected += Math.min(stream.length, at + size) - at - 13
    at += size
  }
  assert.equal(transfer?.bytes, expected)
})

test('peer exchange names a seed, with the flags of its entry in the log', () => {
  const flow = fixture('peer-fast')
  const kept = checkSession(bittorrent, factsOfFlow(flow, 'peer'), transcriptOf(flow))
  const [pex] = kept.of('message').filter(({ name }) => name === 'ut_pex')
  assert.deepEqual(pex?.fields.added, [
    { ip: '10.66.1.10', port: 6881, flags: ['seed', 'holepunch'] },
  ])
  assert.deepEqual(kept.of('claim').at(-1), {
    type: 'claim',
    by: { ip: '10.66.1.11', port: 38_085 },
    about: { ip: '10.66.1.10', port: 6881 },
    part: 'peer',
    carriers: 'both',
    via: 'pex',
    content: 'urn:btih:4d8f1ffc0dae25905476da05fd42f4854ebad241',
  })
  assert.equal(kept.counts.get('allowed-fast'), 5)
})

test('a v2 torrent is named by its SHA-256 cut to 20 bytes', () => {
  const flow = fixture('peer-v2')
  const { kept } = feed(bittorrent, factsOfFlow(flow, 'peer'), transcriptOf(flow))
  assert.equal(kept.of('transfer')[0]?.content, 'urn:btih:fedd8e77e6e04d1a2517169fe7c79682127e54f3')
})

test('without everyMessage the messages that only carry data are counted, not said', () => {
  const kept = new Kept(false)
  const session = bittorrent.openSession!(factsOfFlow(MAGNET, 'peer'), kept)
  const reader = new StreamReader(session)
  for (const { from: side, bytes } of MAGNET.pieces)
    reader.push(side, bytes, { micros: 0, frame: 0 })
  const said = new Set(kept.of('message').map(({ name }) => name))
  for (const name of ['piece', 'request', 'have', 'allowed-fast', 'unchoke', 'interested']) {
    assert.ok(!said.has(name), name)
  }
  assert.equal(kept.counts.get('request'), 6)
  assert.equal(kept.counts.get('piece'), 4)
})

test('from the middle: the place is found in both directions, and nothing is a fault', () => {
  const flow = fixture('peer-middle')
  const facts = { ...factsOfFlow(flow, 'peer'), fromStart: false }
  const kept = checkSession(bittorrent, facts, transcriptOf(flow))
  assert.deepEqual(kept.of('fault'), [])
  assert.equal(kept.of('request')[0]?.by.port, 6881)
  assert.ok(kept.of('transfer')[0]!.bytes > 3 * 16_384)
})

test('a gap inside a piece costs nothing; a gap elsewhere costs until the next two messages', () => {
  const bodies = MAGNET.pieces.map(({ bytes }) => bytes.length)
  const inside = bodies.lastIndexOf(1448) - 3
  const kept = withGap(inside)
  const { kept: whole } = feed(bittorrent, factsOfFlow(MAGNET, 'peer'), transcriptOf(MAGNET))
  assert.deepEqual(kept.counts, whole.counts)
  assert.equal(kept.of('transfer')[0]!.bytes, whole.of('transfer')[0]!.bytes - 1448)
  const atHandshake = withGap(0)
  assert.deepEqual(atHandshake.of('fault'), [])
  assert.ok(atHandshake.counts.get('request')! >= 4)
})

function withGap(skipped: number): Kept {
  const kept = new Kept()
  const reader = new StreamReader(bittorrent.openSession!(factsOfFlow(MAGNET, 'peer'), kept))
  for (const [index, { from: side, bytes }] of MAGNET.pieces.entries()) {
    const moment = { micros: index, frame: index }
    if (index === skipped) reader.gap(side, bytes.length, moment)
    else reader.push(side, bytes, moment)
  }
  reader.session.end({ micros: 0, frame: 0 })
  return kept
}

// --- Made conversations ----------------------------------------------------------------------

const INFO = bencode(
  BDict.of({
    length: 5,
    name: bytesOf('five.txt'),
    'piece length': 16_384,
    pieces: new Uint8Array(20),
  }),
)
const INFO_HASH = new Uint8Array(createHash('sha1').update(INFO).digest())

function hello(reserved = '0000000000100005', infoHash = INFO_HASH): Uint8Array {
  return peerHandshakeWire.emit({
    protocol: 'BitTorrent protocol',
    reserved: fromHex(reserved),
    infoHash,
    peerId: bytesOf('-qB4520-abcdefghijkl'),
  })
}

function extended(extendedId: number, body: Uint8Array | string): Uint8Array {
  const bytes = typeof body === 'string' ? bytesOf(body) : body
  return peerWire.emit({ type: 'extended', extendedId, body: bytes })
}

function read(...parts: (readonly [Side, Uint8Array])[]): Kept {
  return checkSession(bittorrent, factsOf('tcp', 'peer'), parts)
}

test('ids of extensions are those that the receiver of the message chose', () => {
  const kept = read(
    [0, concat(hello(), extended(0, 'd1:md6:ut_pexi7eee'))],
    [1, concat(hello(), extended(0, 'd1:md6:ut_pexi9eee'))],
    [0, extended(9, 'd5:added6:\xc0\x00\x02\x01\x1a\xe1e')],
    [1, extended(9, 'd5:added6:\xc0\x00\x02\x02\x1a\xe1e')],
    [1, extended(7, 'd5:added6:\xc0\x00\x02\x03\x1a\xe1e')],
  )
  assert.deepEqual(
    kept.of('claim').map(({ by, about }) => [by.port, about.ip]),
    [
      [40_000, '192.0.2.1'],
      [6881, '192.0.2.3'],
    ],
  )
  const [unknown] = kept.of('message').filter(({ name }) => name === 'extended')
  assert.deepEqual(unknown?.fields.extended_id, 9)
})

test('a later extension handshake changes ids and switches extensions off', () => {
  const kept = read(
    [1, concat(hello(), extended(0, 'd1:md11:lt_donthavei2e6:ut_pexi1eee'))],
    [1, extended(0, 'd1:md11:lt_donthavei0e6:ut_pexi2eee')],
    [0, concat(hello(), extended(2, 'd5:added6:\xc0\x00\x02\x01\x1a\xe1e'), extended(1, 'de'))],
  )
  assert.equal(kept.of('claim').length, 1)
  assert.equal(kept.of('message').at(-1)?.name, 'extended')
})

test('metadata with a wrong hash is a fault and no share; the right one afterwards is believed', () => {
  const wrong = INFO.slice()
  wrong[INFO.length - 2]! ^= 1
  const piece = (bytes: Uint8Array) =>
    extended(3, concat(bytesOf(`d8:msg_typei1e5:piecei0e10:total_sizei${INFO.length}ee`), bytes))
  const kept = read(
    [0, concat(hello(), extended(0, 'd1:md11:ut_metadatai3eee'))],
    [1, concat(hello(), piece(wrong), piece(INFO), piece(INFO))],
  )
  assert.deepEqual(
    kept.of('fault').map(({ wire, fault, resumes }) => [wire, fault, resumes]),
    [['bittorrent/ut_metadata', 'metadata-hash-wrong', true]],
  )
  assert.deepEqual(
    kept.of('share').map(({ name, verified }) => [name, verified]),
    [['five.txt', true]],
  )
})

test('holepunch, donthave, upload_only and share_mode are read', () => {
  const m = 'd1:md11:lt_donthavei1e10:share_modei4e11:upload_onlyi3e12:ut_holepunchi2eee'
  const kept = read(
    [1, concat(hello(), extended(0, m))],
    [
      0,
      concat(
        hello(),
        extended(2, fromHex('00 00 c0000209 1ae1 00000000')),
        extended(1, fromHex('00000011')),
        extended(3, fromHex('01')),
        extended(4, fromHex('00')),
        extended(1, fromHex('0011')),
      ),
    ],
  )
  assert.deepEqual(
    kept.of('claim').map(({ about, via }) => [about, via]),
    [[{ ip: '192.0.2.9', port: 6881 }, 'holepunch']],
  )
  const names = kept.of('message').map(({ name }) => name)
  // biome-ignore format: a list
  assert.deepEqual(names, [
    'handshake', 'extended-handshake', 'handshake', 'ut_holepunch', 'lt_donthave', 'upload_only', 'share_mode',
  ])
  assert.deepEqual(
    kept.of('fault').map(({ wire }) => wire),
    ['bittorrent/lt_donthave'],
  )
})

test('listen port, other addresses and the version are told; port 0 is kept', () => {
  const kept = read([
    0,
    concat(hello(), extended(0, 'd4:ipv44:\xcb\x00\x71\x081:pi0e1:v17:qBittorrent/4.5.2e')),
  ])
  assert.deepEqual(
    kept.of('claim').map(({ about }) => about),
    [
      { ip: '192.0.2.1', port: 0 },
      { ip: '203.0.113.8', port: 0 },
    ],
  )
  assert.deepEqual(kept.of('client').at(-1), {
    type: 'client',
    who: { ip: '192.0.2.1', port: 40_000 },
    software: 'qBittorrent',
    version: '4.5.2',
    listens: { ip: '192.0.2.1', port: 0 },
  })
})

test('Azureus messaging is read where it stands in place of plain messages', () => {
  const az = (name: string, payload: Uint8Array) => azureusWire.emit({ name, version: 1, payload })
  const kept = read(
    [0, hello('8000000000000000')],
    [1, hello('8000000000000000')],
    [
      0,
      concat(
        az('AZ_HANDSHAKE', bytesOf('d6:client4:Vuze8:tcp_porti7000e7:version5:5.7.6e')),
        az('AZ_PEER_EXCHANGE', bytesOf('d5:addedl6:\xc0\x00\x02\x05\x1a\xe1ee')),
        az('BT_HAVE', fromHex('00000007')),
        az('BT_REQUEST', fromHex('00000007 00000000 00004000')),
      ),
    ],
    [1, az('BT_PIECE', concat(fromHex('00000007 00000000'), new Uint8Array(100)))],
  )
  assert.deepEqual(
    kept.of('claim').map(({ about, via }) => [about.ip, about.port, via]),
    [
      ['192.0.2.1', 7000, 'azureus-handshake'],
      ['192.0.2.5', 6881, 'pex'],
    ],
  )
  assert.equal(kept.counts.get('have'), 1)
  assert.deepEqual(
    kept.of('request').map(({ by, what }) => [by, what]),
    [
      [{ ip: '192.0.2.1', port: 40_000 }, 'handshake'],
      [{ ip: '192.0.2.1', port: 40_000 }, 'pieces'],
    ],
  )
  assert.equal(kept.of('transfer')[0]?.bytes, 100)
})

test('damage is a fault; reading goes on at the next messages', () => {
  const have = (piece: number) => peerWire.emit({ type: 'have', piece })
  const kept = read([
    0,
    concat(
      hello(),
      have(1),
      fromHex('00000002 00 ff ff ff ff ff ff ff ff'),
      have(2),
      have(3),
      have(4),
    ),
  ])
  assert.deepEqual(
    kept.of('fault').map(({ fault, at, resumes }) => [fault, at, resumes]),
    [['body-length-wrong', 77, true]],
  )
  assert.equal(kept.counts.get('have'), 4)
})

test('a handshake that ends before the peer id still tells the content', () => {
  const kept = read([0, hello().subarray(0, 48)])
  const [cut] = kept.of('message')
  assert.equal(cut?.fields.cut_short, true)
  assert.equal(cut?.fields.info_hash, Buffer.from(INFO_HASH).toString('hex'))
  const [request] = kept.of('request')
  assert.equal(request?.content, `urn:btih:${Buffer.from(INFO_HASH).toString('hex')}`)
})

test('who only answers a handshake asked for nothing', () => {
  assert.deepEqual(read([1, hello()]).of('request'), [])
})
