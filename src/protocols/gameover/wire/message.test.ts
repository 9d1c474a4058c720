/** Gameover's messages are read and written below their XOR chain. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, fromHex, hex } from '../../../core/bytes.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { say, sessions, talk } from '../fixtures/make-talk.ts'
import { messageWire, peersIn, unchained } from './message.ts'

test('requests and answers pass the examination', () => {
  const data = [
    say(0, 4, sessions[0], fromHex('01 0000 0005')),
    say(1, 5, sessions[0], bytesOf('any size')),
  ]
  checkWire(
    messageWire,
    [...talk, ...data].map(([, bytes]) => bytes),
  )
})

test('the chain is each byte xor the one before it on the wire', () => {
  assert.equal(hex(unchained(fromHex('a1 a0 e0 e7 18'))), 'a1014007ff')
})

test('a payload of another size, and a padding longer than the message, are refused by name', () => {
  const fault = (bytes: Uint8Array): string => {
    const outcome = messageWire.parse(bytes, 0)
    return outcome.kind === 'malformed' ? outcome.fault : outcome.kind
  }
  assert.equal(fault(say(0, 2, sessions[0], new Uint8Array(27))[1]), 'size-wrong')
  assert.equal(fault(talk[0]![1].subarray(0, 50)), 'padding-too-long')
  assert.equal(fault(say(0, 9, sessions[0], new Uint8Array(0))[1]), 'type-unknown')
})

test('a request for peers as the client of Arbor Networks writes it', () => {
  // Its fixed header, the id of whom it asks, eight bytes of chance, and three of padding.
  const plain = fromHex(
    '44 73 03 02 bb8c79a85af1e194e019ae725668fc1b42f7da3a' +
      'c9a370355e879b521171b90d22ea4f15f7b1b556' +
      'c2056f859dd9fdf008507a637a0da568d16f825b 0102030405060708 a1a2a3',
  )
  const bytes = plain.slice()
  for (let at = 1; at < bytes.length; at++) bytes[at]! ^= bytes[at - 1]!
  const outcome = messageWire.parse(bytes, 0)
  assert.ok(outcome.kind === 'message')
  const { number, session, source, payload, padding } = outcome.message
  assert.equal(number, 2)
  assert.equal(hex(session), 'bb8c79a85af1e194e019ae725668fc1b42f7da3a')
  assert.equal(hex(source), 'c9a370355e879b521171b90d22ea4f15f7b1b556')
  assert.equal(hex(payload), 'c2056f859dd9fdf008507a637a0da568d16f825b0102030405060708')
  assert.equal(hex(padding), 'a1a2a3')
})

test('a peer: id from 1, address from 21, port from 25 in little-endian', () => {
  const id = 'c2056f859dd9fdf008507a637a0da568d16f825b'
  const entry = fromHex(`00 ${id} cb007107 361a ${'00'.repeat(18)}`)
  const [peer, ...rest] = peersIn(entry)
  assert.deepEqual([hex(peer!.id), peer!.about, rest], [id, { ip: '203.0.113.7', port: 6710 }, []])
})
