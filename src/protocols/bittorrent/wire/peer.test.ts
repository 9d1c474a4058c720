/** Messages of a peer connection: every id of the table, bounds, and what is not known. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat, fromHex, hex } from '../../../core/bytes.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { PEER_IDS, type PeerMessage, peerMessageName, peerWire } from './peer.ts'

const RANGE = concat(new Uint8Array(32).fill(0xab), fromHex('00000001 00000200 00000010 00000003'))

// biome-ignore format: a table
const MESSAGES: readonly (readonly [string, PeerMessage])[] = [
  ['00000000', { type: 'keep-alive' }],
  ['00000001 00', { type: 'choke' }],
  ['00000001 01', { type: 'unchoke' }],
  ['00000001 02', { type: 'interested' }],
  ['00000001 03', { type: 'not-interested' }],
  ['00000005 04 0000000d', { type: 'have', piece: 13 }],
  ['00000003 05 ffe0', { type: 'bitfield', bitfield: fromHex('ffe0') }],
  ['0000000d 06 00000049 00004000 00004000', { type: 'request', piece: 73, begin: 16384, size: 16384 }],
  ['0000000c 07 00000002 00008000 616263', { type: 'piece', piece: 2, begin: 32768, data: fromHex('616263') }],
  ['0000000d 08 00000049 00004000 00004000', { type: 'cancel', piece: 73, begin: 16384, size: 16384 }],
  ['00000003 09 9fff', { type: 'port', port: 40_959 }],
  ['00000005 0d 00000007', { type: 'suggest-piece', piece: 7 }],
  ['00000001 0e', { type: 'have-all' }],
  ['00000001 0f', { type: 'have-none' }],
  ['0000000d 10 00000049 00004000 00004000', { type: 'reject-request', piece: 73, begin: 16384, size: 16384 }],
  ['00000005 11 0000000b', { type: 'allowed-fast', piece: 11 }],
  ['00000003 14 0300', { type: 'extended', extendedId: 3, body: fromHex('00') }],
  ['00000003 63 0102', { type: 'other', id: 0x63, body: fromHex('0102') }],
]

test('every message reads as written down in its specification', () => {
  for (const [bytes, expected] of MESSAGES) {
    const outcome = peerWire.parse(fromHex(bytes), 0)
    assert.equal(outcome.kind, 'message', bytes)
    if (outcome.kind === 'message') assert.deepEqual(outcome.message, expected, bytes)
  }
})

test('every message passes the examination of wires', () => {
  const hashes = [
    concat(fromHex('00000031 15'), RANGE),
    concat(fromHex('00000071 16'), RANGE, new Uint8Array(64).fill(7)),
    concat(fromHex('00000031 17'), RANGE),
  ]
  checkWire(peerWire, [...MESSAGES.map(([bytes]) => fromHex(bytes)), ...hashes])
})

test('v2 hash messages carry root and range', () => {
  const outcome = peerWire.parse(concat(fromHex('00000051 16'), RANGE, new Uint8Array(32)), 0)
  assert.equal(outcome.kind, 'message')
  if (outcome.kind !== 'message' || outcome.message.type !== 'hashes') assert.fail('not hashes')
  const { root, baseLayer, index, count, proofLayers, hashes } = outcome.message
  assert.equal(hex(root), 'ab'.repeat(32))
  assert.deepEqual([baseLayer, index, count, proofLayers], [1, 512, 16, 3])
  assert.equal(hashes.length, 32)
})

test('a length with the top bit set is too long, not a keep-alive', () => {
  assert.deepEqual(peerWire.parse(fromHex('80000001'), 0), {
    kind: 'malformed',
    fault: 'message-too-long',
    at: 0,
  })
})

test('a known id with another body length is told before the body has come', () => {
  // biome-ignore format: a table
  for (const bytes of ['00000002 00', '00000004 04', '0000000e 06', '00000008 07', '00000002 09',
    '00000001 14', '00000030 15', '00000030 16']) {
    const outcome = peerWire.parse(fromHex(bytes), 0)
    assert.equal(outcome.kind === 'malformed' && outcome.fault, 'body-length-wrong', bytes)
  }
})

test('names by id, as the log writes them', () => {
  assert.equal(peerMessageName(6), 'request')
  assert.equal(peerMessageName(99), 'other')
  assert.equal(new Set(PEER_IDS.map(([, id]) => id)).size, 19)
})
