/** Gameover's messages are read and written below their XOR chain. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, fromHex, hex } from '../../../core/bytes.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { say, sessions, talk } from '../fixtures/make-talk.ts'
import { messageWire, unchained } from './message.ts'

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
