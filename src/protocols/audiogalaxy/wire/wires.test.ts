/** Frames, messages and payloads are read and written; the bytes were captured from the network of 2002. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../../core/bytes.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { frameWire } from './frame.ts'
import { messageWire } from './message.ts'
import { payloadWire } from './payload.ts'

/** Section 10 of the protocol reference; mldonkey 81a0385c, agProtocol.ml, "RECEIVE". */
const REDIRECTION = fromHex('455fd0d5 0000001a 00000001 00000015 000c 36342e3234352e35392e3832')
/** The same source: "LOGIN", "NEW SHARE", "FILE TRANSFER", and what follows them. */
const LOGIN = concat(
  fromHex('455fd0d5 00000043 00000000 0000 00000000 000b'),
  bytesOf('audiotest16'),
  fromHex('0009'),
  bytesOf('audio2002'),
  fromHex('0006'),
  bytesOf('0.520L'),
  fromHex('000d'),
  bytesOf('212.198.63.11'),
  fromHex('000000000000'),
)
const SHARE = concat(
  fromHex('455fd0d5 0000007d 0000000c 0002 00000000 002b'),
  bytesOf('Jean FERRAT - Que la montagne est belle.mp3'),
  fromHex('0006'),
  bytesOf('shares'),
  fromHex('002cdb18 0080 000000b7 00 01 0019'),
  bytesOf('Que la Montagne est Belle'),
  fromHex('000b'),
  bytesOf('Jean Ferrat'),
  fromHex('0000 0000 0000'),
)
const SHARE_ANSWER = concat(
  fromHex('455fd0d5 0000002b 00000009 000d 00000000 000f'),
  bytesOf('802cdb180a2922f'),
  fromHex('00000000 00a2922f 002cdb18'),
)
const FILE_TRANSFER = concat(
  fromHex('455fd0d5 00000055 0000000a 000a 0010 01d6a9741a5c6e973cee08ca3cee08cb 01 01 000f'),
  bytesOf('212.198.189.189'),
  fromHex('0000a031 0000004f 0018'),
  bytesOf("dalida - j'attendrai.mp3"),
  fromHex('003db71c'),
)
const STATE = fromHex(
  '455fd0d5 00000020 0000000e 0006 0010 01d6a9741a5c6e973cee08ca3cee08cb 00000003',
)
const STAND_BY = fromHex('455fd0d5 0000000a 00000000 0008')
const REQUEST = fromHex(
  '455fd0d5 00000022 0000000f 0010 01d6a9741a5c6e973cee08ca3cee08cb 003db71c 00000000',
)
const ANSWER = fromHex('455fd0d5 0000000c 00005e70 0002 4f4b')

const PAYLOADS = [REDIRECTION, REQUEST, ANSWER].map((frame) => frame.subarray(12))
const MESSAGES = [LOGIN, SHARE, SHARE_ANSWER, FILE_TRANSFER, STATE, STAND_BY].map((frame) =>
  frame.subarray(12),
)

test('the contract of wires', () => {
  checkWire(frameWire, [REDIRECTION, LOGIN, SHARE, ANSWER])
  checkWire(messageWire, [
    ...MESSAGES,
    fromHex('000b 0010 000102030405060708090a0b0c0d0e0f'),
    fromHex('000e 00000002'),
  ])
  checkWire(payloadWire, PAYLOADS)
})

function messageOf(frame: Uint8Array): unknown {
  const outcome = messageWire.parse(frame.subarray(12), 0)
  return outcome.kind === 'message' ? outcome.message : outcome
}

test('the redirector names a server', () => {
  assert.deepEqual(payloadWire.parse(REDIRECTION.subarray(12), 0), {
    kind: 'message',
    message: { type: 'redirection', port: 21, ip: '64.245.59.82' },
    size: 18,
  })
})

test('a login of the program for Linux', () => {
  assert.deepEqual(messageOf(LOGIN), {
    type: 'login',
    zero: 0,
    name: 'audiotest16',
    password: 'audio2002',
    version: '0.520L',
    ip: '212.198.63.11',
    rest: new Uint8Array(6),
  })
})

test('the server commands a transfer: connect, and receive', () => {
  assert.deepEqual(messageOf(FILE_TRANSFER), {
    type: 'file-transfer',
    transfer: fromHex('01d6a9741a5c6e973cee08ca3cee08cb'),
    connect: 1,
    receive: 1,
    ip: '212.198.189.189',
    port: 41009,
    localId: 79,
    name: "dalida - j'attendrai.mp3",
    size: 4044572,
  })
})

test('a size without bound is damage, and so is a transfer id that is too short', () => {
  const long = REDIRECTION.slice()
  long[4] = 1
  assert.deepEqual(frameWire.parse(long, 0), { kind: 'malformed', fault: 'size-too-large', at: 4 })
  assert.deepEqual(messageWire.parse(fromHex('000b 0002 0001'), 0), {
    kind: 'malformed',
    fault: 'transfer-id-wrong',
    at: 2,
  })
})
