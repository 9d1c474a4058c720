/** Bodies of extension messages: handshake, peer exchange, metadata, holepunch. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../../core/bytes.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { clientOfText, extendedFields, extendedHandshakeWire } from './extended.ts'
import { holepunchAction, holepunchWire } from './holepunch.ts'
import { metadataWire } from './metadata.ts'
import { pexFlagNames, pexWire } from './pex.ts'

/** libtorrent 2.0.8 in capture bt-pex, the body behind `14 00`. */
const LIBTORRENT = fromHex(
  '6431323a636f6d706c6574655f61676f692d3165313a6d6431313a6c745f646f6e746861766569376531303a73686172655f6d6f646569386531313a75706c6f61645f6f6e6c7969336531323a75745f686f6c6570756e636869346531313a75745f6d65746164617461693265363a75745f7065786931656531333a6d657461646174615f73697a656936343665343a7265717169323030306531313a75706c6f61645f6f6e6c79693165313a7631363a6c6962746f7272656e742f322e302e38363a796f75726970343a0a42010d65',
)
/** Transmission 3.00 in the same capture: two peers, both reachable. */
const PEX_TRANSMISSION = fromHex(
  '64353a616464656431323a0a42010a1ae10a42010b1ae2373a61646465642e66323a101065',
)
/** libtorrent's, with all six lists. */
const PEX_LIBTORRENT = fromHex(
  '64353a616464656431383a0a42010b1ae20a42010dc8d50a42010c1ae3373a61646465642e66333a080008363a616464656436303a383a6164646564362e66303a373a64726f70706564303a383a64726f7070656436303a65',
)

test('the extension handshake of libtorrent, read and written', () => {
  checkWire(extendedHandshakeWire, [LIBTORRENT, bytesOf('de')])
  const outcome = extendedHandshakeWire.parse(LIBTORRENT, 0)
  assert.equal(outcome.kind, 'message')
  if (outcome.kind !== 'message') return
  assert.deepEqual(extendedFields(outcome.message.dict), {
    extensions: [
      ['lt_donthave', 7],
      ['share_mode', 8],
      ['upload_only', 3],
      ['ut_holepunch', 4],
      ['ut_metadata', 2],
      ['ut_pex', 1],
    ],
    client: 'libtorrent/2.0.8',
    yourIp: '10.66.1.13',
    requestQueue: 2000,
    metadataSize: 646,
    uploadOnly: true,
    completeAgoSeconds: -1,
  })
})

test('values of a wrong type are left in the dictionary and read as absent', () => {
  const outcome = extendedHandshakeWire.parse(
    bytesOf('d1:e1:x4:ipv43:abc1:mli1ee1:pi70000e4:reqqde1:vi5e6:yourip1:xe'),
    0,
  )
  assert.equal(outcome.kind, 'message')
  if (outcome.kind === 'message') {
    assert.deepEqual(extendedFields(outcome.message.dict), { extensions: [] })
  }
})

test('peer exchange: lists, flags, and what follows', () => {
  checkWire(pexWire, [
    PEX_TRANSMISSION,
    PEX_LIBTORRENT,
    bytesOf('d6:added618:aaaaaaaaaaaaaaaabb8:dropped618:ccccccccccccccccdde'),
  ])
  const outcome = pexWire.parse(PEX_LIBTORRENT, 0)
  assert.equal(outcome.kind, 'message')
  if (outcome.kind !== 'message') return
  assert.deepEqual(outcome.message.added, [
    { ip: '10.66.1.11', port: 6882, flags: 8 },
    { ip: '10.66.1.13', port: 51413, flags: 0 },
    { ip: '10.66.1.12', port: 6883, flags: 8 },
  ])
  assert.deepEqual(outcome.message.dropped, [])
  assert.deepEqual(pexFlagNames(0x13), ['prefers-encryption', 'seed', 'reachable'])
})

test('a list that is no multiple of its entries is a fault; missing flags are not', () => {
  const broken = pexWire.parse(bytesOf('d5:added5:abcdee'), 0)
  assert.equal(broken.kind === 'malformed' && broken.fault, 'list-not-multiple-of-6')
  const bare = pexWire.parse(bytesOf('d5:added12:abcdefghijkl7:added.f1:\x02e'), 0)
  assert.equal(bare.kind, 'message')
  if (bare.kind !== 'message') return
  assert.deepEqual(
    bare.message.added.map(({ flags }) => flags),
    [2, undefined],
  )
})

test('metadata: request, data with its piece behind the dictionary, rejection', () => {
  const data = concat(bytesOf('d8:msg_typei1e5:piecei0e10:total_sizei5ee'), bytesOf('hello'))
  const request = bytesOf('d8:msg_typei0e5:piecei3ee')
  checkWire(metadataWire, [data, request, bytesOf('d8:msg_typei2e5:piecei3ee')])
  const outcome = metadataWire.parse(data, 0)
  assert.equal(outcome.kind, 'message')
  if (outcome.kind !== 'message') return
  assert.equal(outcome.message.totalSize, 5)
  assert.deepEqual(outcome.message.rest, bytesOf('hello'))
})

test('metadata without type or piece, or with a piece above 16 KiB, is a fault', () => {
  const long = concat(bytesOf('d8:msg_typei1e5:piecei0ee'), new Uint8Array(16_385))
  // biome-ignore format: a table
  for (const [bytes, fault] of [
    [bytesOf('d5:piecei0ee'), 'message-type-missing'],
    [bytesOf('d8:msg_typei0ee'), 'piece-missing'],
    [bytesOf('d8:msg_typei0e5:piecei-1ee'), 'piece-missing'],
    [bytesOf('d8:msg_typei0e'), 'bencode-cut-short'],
    [bytesOf('le'), 'not-a-dictionary'],
    [long, 'piece-too-long'],
  ] as const) {
    const outcome = metadataWire.parse(bytes, 0)
    assert.equal(outcome.kind === 'malformed' && outcome.fault, fault)
  }
})

test('holepunch: BEP 55 layout, both address sizes, with and without error', () => {
  const samples = [
    fromHex('00 00 c0000201 1ae1 00000000'),
    fromHex('01 01 20010db8000000000000000000000001 1ae1'),
    fromHex('02 00 c0000201 1ae1 00000003'),
    fromHex('02 01 00000000000000000000ffffc0000201 1ae1 00000003'),
  ]
  checkWire(holepunchWire, samples)
  const outcome = holepunchWire.parse(samples[2]!, 0)
  assert.deepEqual(outcome.kind === 'message' && outcome.message, {
    action: 2,
    ip: '192.0.2.1',
    port: 6881,
    sixteen: false,
    error: 3,
  })
  assert.deepEqual([0, 1, 2, 9].map(holepunchAction), ['rendezvous', 'connect', 'error', 'other-9'])
})

test('names and versions out of what clients call themselves', () => {
  // biome-ignore format: a table
  for (const [said, software, version] of [
    ['libtorrent/2.0.8', 'libtorrent (Rasterbar)', '2.0.8'], // as its peer id and DHT version say
    ['libTorrent 0.13.8', 'libTorrent', '0.13.8'], // rTorrent's
    ['Transmission 3.00', 'Transmission', '3.00'],
    ['µTorrent 3.4.5', 'µTorrent', '3.4.5'],
    ['qBittorrent v4.1.9.1', 'qBittorrent', '4.1.9.1'],
    ['µTorrent Mac 1.8.6', 'µTorrent Mac', '1.8.6'],
    ['rTorrent 0.9.8 beta', 'rTorrent', '0.9.8 beta'],
    ['just words', 'just words', undefined],
  ] as const) {
    const client = clientOfText(said)
    assert.deepEqual([client.software, client.version], [software, version])
  }
})
