/** ZeroTier's packets are read and written as its source lays them out. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hex } from '../../../core/bytes.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { fragment, hello, node, root, sealed } from '../fixtures/make-hello.ts'
import { packetWire } from './packet.ts'

const four = hello({ ip: '203.0.113.4', port: 9993 })

test('hellos, sealed packets and fragments pass the examination', () => {
  const six = hello({ ip: '2001:db8::4', port: 9993 })
  checkWire(packetWire, [four, six, hello(undefined), sealed(node, root), fragment])
})

test('the fields stand where the constants of Packet.hpp put them', () => {
  assert.equal(hex(four, 8, 10), '778cde71903a46f1bf30')
  assert.equal(hex(four, 27, 6), '010c010e0002')
  assert.equal(hex(four, 41, 6), '3a46f1bf3000')
  assert.equal(hex(four, 111, 8), '0004cb0071042709')
})

test('a HELLO of somebody else’s identity is refused', () => {
  const bent = four.slice()
  bent[41]! ^= 1
  const outcome = packetWire.parse(bent, 0)
  assert.equal(outcome.kind === 'malformed' && outcome.fault, 'identity-is-not-the-source')
})
