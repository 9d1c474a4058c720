/** The 68 bytes that open a peer connection, and the capability bits in them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat, fromHex, hex } from '../../../core/bytes.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { featuresOf, peerHandshakeWire, VARIANT_START } from './peer-handshake.ts'

/** Transmission 3.00, capture bt-pex. */
const TRANSMISSION = fromHex(
  '13426974546f7272656e742070726f746f636f6c 0000000000100004 4d8f1ffc0dae25905476da05fd42f4854ebad241 2d5452333030302d39383831336977766e337862',
)
/** libtorrent 2.0.8, the same. */
const LIBTORRENT = fromHex(
  '13426974546f7272656e742070726f746f636f6c 0000000000100005 4d8f1ffc0dae25905476da05fd42f4854ebad241 2d4c54323038302d7532557a6c2a4f7a5f375669',
)

test('handshakes of two clients, and of the variant, read and written', () => {
  const variant = concat(VARIANT_START, new Uint8Array(57))
  checkWire(peerHandshakeWire, [TRANSMISSION, LIBTORRENT, variant])
})

test('fields stand where BEP 3 puts them', () => {
  const outcome = peerHandshakeWire.parse(LIBTORRENT, 0)
  assert.equal(outcome.kind, 'message')
  if (outcome.kind !== 'message') return
  assert.equal(outcome.message.protocol, 'BitTorrent protocol')
  assert.equal(hex(outcome.message.infoHash), '4d8f1ffc0dae25905476da05fd42f4854ebad241')
  assert.equal(hex(outcome.message.peerId, 0, 8), '2d4c54323038302d')
  assert.deepEqual(featuresOf(outcome.message.reserved), ['extension-protocol', 'dht', 'fast'])
})

test('Azureus, v2 and preference bits have names', () => {
  assert.deepEqual(featuresOf(fromHex('8000000000130015')), [
    'azureus-messaging',
    'extension-protocol',
    'prefer-azureus',
    'prefer-azureus-strong',
    'dht',
    'fast',
    'v2',
  ])
})

test('another first byte, or another text, is malformed at once', () => {
  for (const bytes of ['14', '1342', '13426974546f7272656e74207072707a']) {
    const outcome = peerHandshakeWire.parse(fromHex(bytes), 0)
    assert.equal(outcome.kind, bytes === '1342' ? 'need' : 'malformed', bytes)
  }
})
