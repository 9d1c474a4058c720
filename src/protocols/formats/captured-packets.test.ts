/** Files of captured packets are known by any packet in them, other bytes are not taken for such. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { randomFrom } from '../../core/random.ts'
import { holdsCapturedPackets } from './captured-packets.ts'

/** 20 + 20 + 3 bytes: IPv4, TCP, three of payload. */
const PACKET = concat(
  fromHex('4500002b 00010000 40060000 c0000201 c6336402'),
  fromHex('9c401ae1 00000001 00000002 50180200 00000000'),
  bytesOf('abc'),
)
const ETHERNET = fromHex('020000000002 020000000001 0800')
const TIME = fromHex('41424344 00010203')

test('a packet behind its record, whatever the link and the byte order', () => {
  const little = concat(TIME, fromHex('39000000 39000000'), ETHERNET, PACKET)
  assert.equal(holdsCapturedPackets(concat(bytesOf('what is before'), little)), true)
  const big = concat(TIME, fromHex('00000039 00000039'), ETHERNET, PACKET)
  assert.equal(holdsCapturedPackets(big), true)
  const raw = concat(TIME, fromHex('2b000000 2b000000'), PACKET)
  assert.equal(holdsCapturedPackets(raw), true)
  const cut = concat(TIME, fromHex('2b000000 2b000000'), PACKET.subarray(0, 40))
  assert.equal(holdsCapturedPackets(cut), true)
  const padded = concat(TIME, fromHex('3c000000 3c000000'), ETHERNET, PACKET, fromHex('000000'))
  assert.equal(holdsCapturedPackets(padded), true)
})

test('sizes that do not agree, a bare packet and chance are none', () => {
  const other = concat(TIME, fromHex('3a000000 3a000000'), ETHERNET, PACKET)
  assert.equal(holdsCapturedPackets(other), false)
  assert.equal(holdsCapturedPackets(PACKET), false)
  assert.equal(holdsCapturedPackets(bytesOf('EEEEEEEEEEEEEEEEEEEEEEEE')), false)
  assert.equal(holdsCapturedPackets(new Uint8Array(0)), false)
  const random = randomFrom(45)
  const chance = Uint8Array.from({ length: 1 << 18 }, () => random() % 256)
  assert.equal(holdsCapturedPackets(chance), false)
})
