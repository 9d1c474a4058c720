/**
 * Who shows that he is Xunlei is answered in kind, by no more than he said; nobody else is, and no answer is
 * answered. Packets are made by openssl's words: `openssl enc -aes-128-ecb -K $(md5 of eight bytes)`.
 */
import assert from 'node:assert/strict'
import { createCipheriv, createHash } from 'node:crypto'
import { test } from 'node:test'
import { concat, fromHex } from '../../core/bytes.ts'
import { guessResponder, makeResponder } from './responder.ts'

/** What the slides of Wan and Guan describe, with nothing of ours. */
function packet(kind: number, number: number, said: Uint8Array): Uint8Array {
  const head = new DataView(new ArrayBuffer(12))
  head.setUint32(0, kind, true)
  head.setUint32(4, number, true)
  const key = createHash('md5')
    .update(new Uint8Array(head.buffer, 0, 8))
    .digest()
  const cipher = createCipheriv('aes-128-ecb', key, null)
  const body = concat(cipher.update(said), cipher.final())
  head.setUint32(8, body.length, true)
  return concat(new Uint8Array(head.buffer), body)
}

const SAID = new Uint8Array(40).fill(0x61)
const QUESTION = packet(0x36, 7, SAID)

const answer = (bytes: Uint8Array) => makeResponder().datagram!(bytes)

test('the packet of a test is what openssl makes of it', () => {
  // md5 of 3600000007000000 is the key; forty times "a" through `openssl enc -aes-128-ecb -K … -nosalt`
  assert.equal(QUESTION.length, 12 + 48)
  assert.deepEqual(QUESTION.subarray(0, 12), fromHex('360000000700000030000000'))
  assert.deepEqual(QUESTION.subarray(12, 28), fromHex('c70f8abc83f555f414fa82200c990d07'))
})

test('a datagram is answered by its own kind and number, with nothing in it', () => {
  assert.deepEqual(answer(QUESTION), packet(0x36, 7, new Uint8Array(0)))
  assert.deepEqual(answer(packet(0x29, 9, SAID)), packet(0x29, 9, new Uint8Array(0)))
  for (let size = 1; size < 100; size++) {
    const asked = packet(0x35, size, new Uint8Array(size))
    assert.ok(answer(asked)!.length <= asked.length, String(size))
  }
})

test('nothing else is answered', () => {
  // An answer; what is cut, longer, of another kind; a wrong size; a key of another number; clear text.
  assert.equal(answer(answer(QUESTION)!), undefined)
  assert.equal(answer(QUESTION.subarray(0, 44)), undefined)
  assert.equal(answer(concat(QUESTION, Uint8Array.of(0))), undefined)
  assert.equal(answer(packet(0x27, 7, SAID)), undefined)
  assert.equal(answer(packet(0x47, 7, SAID)), undefined)
  assert.equal(answer(QUESTION.with(8, 0x20)), undefined)
  assert.equal(
    answer(concat(QUESTION.subarray(0, 8), fromHex('30000000'), new Uint8Array(48))),
    undefined,
  )
  // SNMP; numbers and nothing; nothing.
  assert.equal(answer(fromHex('302902010004067075626c6963a01c02047b')), undefined)
  assert.equal(answer(fromHex('360000000700000000000000')), undefined)
  assert.equal(answer(new Uint8Array(0)), undefined)
})

test('over TCP the first packet shows it, in whatever pieces it comes', () => {
  assert.equal(guessResponder(QUESTION.subarray(0, 59)), undefined)
  assert.equal(guessResponder(concat(QUESTION.subarray(0, 12), new Uint8Array(48))), undefined)
  const responder = guessResponder(QUESTION)!
  const two = concat(QUESTION, packet(0x36, 8, SAID))
  const first = responder.data!(two)
  assert.deepEqual([first.used, first.done, first.send.length], [60, false, 1])
  assert.deepEqual(responder.data!(two.subarray(60, 100)), { used: 0, send: [], done: false })
  assert.deepEqual(responder.data!(two.subarray(60)).send, [packet(0x36, 8, new Uint8Array(0))])
  assert.deepEqual(responder.data!(new Uint8Array(20)), { used: 20, send: [], done: true })
})
