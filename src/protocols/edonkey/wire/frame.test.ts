/** Frames of the TCP streams: heads, bounds, and what compressed ones may become. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { concat, fromHex, hex } from '../../../core/bytes.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { FRAME_SIZE_MAX, frameWire, isZlibHead, unpacked } from './frame.ts'

test('frames of all three protocol bytes pass the examination of wires', () => {
  checkWire(frameWire, [
    fromHex('e3 01000000 14'),
    fromHex('c5 06000000 87 02 b8138e0c'),
    fromHex('e3 09000000 34 03000000 02000000'),
    concat(fromHex('d4 0d000000 15'), deflateSync(fromHex('00000000'))),
  ])
})

test('the size counts opcode and body, least significant byte first', () => {
  const read = frameWire.parse(fromHex('e3 09000000 34 03000000 02000000 e3'), 0)
  assert.equal(read.kind, 'message')
  if (read.kind !== 'message') return
  assert.equal(read.size, 14)
  assert.equal(read.message.opcode, 0x34)
  assert.equal(hex(read.message.content), '340300000002000000')
})

test('an empty frame, one beyond 2,000,000 bytes and another first byte are named', () => {
  assert.deepEqual(frameWire.parse(fromHex('e3 00000000 00'), 0), {
    kind: 'malformed',
    fault: 'frame-empty',
    at: 1,
  })
  // 2,000,001 = 0x1e8481
  assert.deepEqual(frameWire.parse(fromHex('c5 81841e00 40'), 0), {
    kind: 'malformed',
    fault: 'frame-too-long',
    at: 1,
  })
  assert.deepEqual(frameWire.parse(fromHex('e3 80841e00 40'), 0), {
    kind: 'need',
    size: 5 + FRAME_SIZE_MAX,
  })
  assert.equal(frameWire.parse(fromHex('e4'), 0).kind, 'malformed')
})

test('D4 inflates the body but not the opcode', () => {
  const content = concat(fromHex('15'), deflateSync(fromHex('00000000')))
  assert.equal(hex(unpacked(content)!), '1500000000')
})

test('a compressed body that would grow more than 250 times is refused', () => {
  const bomb = concat(fromHex('15'), deflateSync(new Uint8Array(8_000_000)))
  assert.ok(bomb.length < 10_000)
  assert.equal(unpacked(bomb), undefined)
})

test('the check bits of a zlib head are looked at', () => {
  assert.equal(isZlibHead(fromHex('78da'), 0), true)
  assert.equal(isZlibHead(fromHex('789c'), 0), true)
  assert.equal(isZlibHead(fromHex('789d'), 0), false)
  assert.equal(isZlibHead(fromHex('8800'), 0), false)
})
