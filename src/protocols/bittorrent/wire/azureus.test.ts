/** Azureus messaging: the frame, its telling apart from plain messages, and its dictionaries. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../../core/bytes.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { azureusHandshake, azureusPeers, azureusWire, looksAzureus } from './azureus.ts'
import { dictAndRest } from './extended.ts'

const HANDSHAKE_DICT = bytesOf(
  'd6:client5:Vuze 14:handshake_typei0e8:identity20:abcdefghijklmnopqrst8:tcp_porti6881e8:udp_porti6882e7:version5:5.7.6e',
)

function frame(name: string, payload: Uint8Array): Uint8Array {
  return azureusWire.emit({ name, version: 1, payload })
}

test('frames are read and written', () => {
  checkWire(azureusWire, [
    frame('AZ_HANDSHAKE', HANDSHAKE_DICT),
    frame('BT_HAVE', fromHex('00000007')),
    fromHex('0000000d 00000008 42545f43484f4b45 01'),
  ])
})

test('its frames are told apart from plain messages by eleven bytes', () => {
  const azureus = frame('AZ_PEER_EXCHANGE', bytesOf('de'))
  assert.equal(looksAzureus(azureus, 0), true)
  assert.equal(looksAzureus(azureus.subarray(0, 10), 0), undefined)
  assert.equal(looksAzureus(fromHex('0000000d 06 00000049 00004000 00004000'), 0), false)
  assert.equal(looksAzureus(concat(fromHex('00000001 00'), fromHex('0000000102')), 0), false)
})

test('AZ_HANDSHAKE and AZ_PEER_EXCHANGE say who and whom', () => {
  const outcome = dictAndRest(HANDSHAKE_DICT, 0)
  assert.equal(outcome.kind, 'message')
  if (outcome.kind !== 'message') return
  assert.deepEqual(azureusHandshake(outcome.message.dict), {
    client: 'Vuze ',
    version: '5.7.6',
    identity: '6162636465666768696a6b6c6d6e6f7071727374',
    tcpPort: 6881,
    udpPort: 6882,
    handshakeType: 0,
  })
  const exchange = dictAndRest(
    concat(bytesOf('d5:addedl6:'), fromHex('c0000201 1ae1'), bytesOf('3:bade7:droppedi1ee')),
    0,
  )
  assert.equal(exchange.kind, 'message')
  if (exchange.kind !== 'message') return
  assert.deepEqual(azureusPeers(exchange.message.dict, 'added'), [{ ip: '192.0.2.1', port: 6881 }])
  assert.deepEqual(azureusPeers(exchange.message.dict, 'dropped'), [])
})
