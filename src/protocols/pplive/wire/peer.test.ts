/** The peer wire reads and writes every message and survives any bytes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../../core/bytes.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { peerWire } from './peer.ts'

const SHA1 = fromHex('0102030405060708090a0b0c0d0e0f1011121314')
const GREETING = fromHex('0017 00 54504c31 a0a1a2a3a4a5a6a7a8a9aaabacadaeaf 1ca3')
const ASK = concat(fromHex('0015 01'), SHA1)
const TELL = concat(fromHex('0022 02'), SHA1, fromHex('02 c6336402 1ae1 cb007109 0000'))
const DATA = concat(fromHex('0018 03'), SHA1, bytesOf('abc'))

test('the contract of wires', () => {
  checkWire(peerWire, [GREETING, ASK, TELL, DATA, fromHex('0003 09 beef')])
})

test('a greeting says who it is and where it listens', () => {
  assert.deepEqual(peerWire.parse(GREETING, 0), {
    kind: 'message',
    message: {
      type: 'greeting',
      id: fromHex('a0a1a2a3a4a5a6a7a8a9aaabacadaeaf'),
      port: 7331,
    },
    size: 25,
  })
})

test('peers are read in wire order, port 0 included', () => {
  const outcome = peerWire.parse(TELL, 0)
  assert.equal(outcome.kind, 'message')
  if (outcome.kind !== 'message' || outcome.message.type !== 'tell') return
  assert.deepEqual(outcome.message.peers, [
    { ip: '198.51.100.2', port: 6881 },
    { ip: '203.0.113.9', port: 0 },
  ])
})

test('a list shorter than its count says is malformed', () => {
  const short = TELL.slice()
  short[2 + 1 + 20] = 3
  assert.deepEqual(peerWire.parse(short, 0), {
    kind: 'malformed',
    fault: 'body-length-wrong',
    at: 0,
  })
})
