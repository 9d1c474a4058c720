/** PPStream's wires read what was written by other means, write it again, and survive any bytes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, concat, fromHex, hex } from '../../../core/bytes.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { ANSWER, DATA, HELLO, INTRODUCE, PUNCH, REPORT } from '../fixtures/talk.ts'
import { bodyBytes } from '../recognise.ts'
import { bodyWire, ownAddress, pieceOf } from './body.ts'
import { couldBegin, type Packet, packetWire } from './packet.ts'
import { videoWire } from './video.ts'

const ALL = [PUNCH, HELLO, ANSWER, INTRODUCE, REPORT, DATA]

function packetOf(bytes: Uint8Array): Packet {
  const outcome = packetWire.parse(bytes, 0)
  assert.ok(outcome.kind === 'message')
  return outcome.message
}

function bodyOf(bytes: Uint8Array) {
  const outcome = bodyWire.parse(bodyBytes(packetOf(bytes)), 0)
  assert.ok(outcome.kind === 'message')
  return outcome.message
}

test('the contract of wires', () => {
  const older = fromHex('0400 43 0022 aabb cc')
  checkWire(packetWire, [...ALL, older])
  checkWire(bodyWire, [...ALL.map((bytes) => bodyBytes(packetOf(bytes))), fromHex('3412 0102')])
  checkWire(videoWire, [concat(bytesOf('PSProtocol\0'), new Uint8Array(49).fill(0, 41))])
})

test('a ring is opened: family, type and what stands behind', () => {
  const { key, family, type, body } = packetOf(PUNCH)
  assert.deepEqual([key, family, type], [0x15, 0x44, 0x41])
  assert.equal(hex(body), '0102030405060708000001000959c000020187')
  assert.equal(packetOf(DATA).family, 0x55)
})

test('whose port and address, which piece', () => {
  assert.deepEqual(ownAddress(bodyOf(PUNCH)), { ip: '192.0.2.1', port: 22_793 })
  assert.deepEqual(ownAddress(bodyOf(REPORT)), { ip: '192.0.2.1', port: 22_793 })
  assert.deepEqual(ownAddress(bodyOf(DATA)), { port: 22_636 })
  assert.equal(pieceOf(bodyOf(DATA)), 0x57f)
  assert.equal(pieceOf(bodyOf(ANSWER)), 0x585)
  assert.equal(pieceOf(bodyOf(PUNCH)), undefined)
})

test('an introduction names peers by the port that the world sees, and by the inner one', () => {
  const said = bodyOf(INTRODUCE)
  assert.ok(said.type === 'introduce')
  assert.deepEqual(said.peers, [
    { endpoint: { ip: '198.51.100.2', port: 29_702 }, innerPort: 29_702 },
    { endpoint: { ip: '203.0.113.9', port: 1107 }, innerPort: 15_516 },
  ])
})

test('what is wrong is named', () => {
  const faultOf = (bytes: Uint8Array) => {
    const outcome = packetWire.parse(bytes, 0)
    return outcome.kind === 'malformed' ? outcome.fault : outcome.kind
  }
  const open = PUNCH.slice()
  open[23] = 0
  assert.equal(faultOf(open), 'ring-open')
  assert.equal(faultOf(PUNCH.subarray(0, 4)), 'too-short')
  assert.equal(faultOf(PUNCH.with(1, 0x81)), 'size-wrong')
  assert.equal(faultOf(PUNCH.with(2, 0)), 'family-unknown')
  assert.equal(faultOf(INTRODUCE.with(0, 9)), 'size-wrong')
  const many = bodyBytes(packetOf(INTRODUCE)).with(24, 200)
  const outcome = bodyWire.parse(many, 0)
  assert.equal(outcome.kind === 'malformed' && outcome.fault, 'count-too-large')
})

test('most datagrams fail by three bytes', () => {
  assert.equal(couldBegin(fromHex('6431 3a61 6432')), false)
  assert.equal(couldBegin(PUNCH), true)
  assert.equal(couldBegin(REPORT), true)
  assert.equal(couldBegin(fromHex('44')), false)
})
