/** Who calls a dark address says which file he wants and gets none; who logs in is not taken. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf } from '../../core/bytes.ts'
import { latin1 } from '../../core/text.ts'
import { opennap } from './index.ts'
import { makeResponder } from './responder.ts'

function answer(bytes: Uint8Array): { said: string; used: number; done: boolean } {
  const { send, used, done } = makeResponder().data!(bytes)
  return { said: send.map((each) => latin1(each)).join(''), used, done }
}

test('callers wait for "1"', () => {
  assert.equal(latin1(opennap.greeting!.bytes), '1')
})

test('a wish for a file is refused, one that brings a file is heard', () => {
  const wish = 'GETeve "C:\\music\\a song.mp3" 0'
  assert.deepEqual(answer(bytesOf(wish.slice(0, 20))), { said: '', used: 0, done: false })
  assert.deepEqual(answer(bytesOf(wish)), {
    said: 'FILE NOT SHARED',
    used: wish.length,
    done: true,
  })
  const push = 'SENDeve "a.mp3" 4711'
  assert.deepEqual(answer(bytesOf(push)), { said: '', used: push.length, done: true })
  assert.deepEqual(answer(bytesOf('GETLIST')), { said: '\n', used: 7, done: true })
})

test('a login gets an error: length 14, number 0', () => {
  // 2: nick, password, port, client, link speed.
  const login = 'eve secret 6699 "nap v0.8" 3'
  const framed = Uint8Array.of(login.length, 0, 2, 0, ...bytesOf(login))
  assert.deepEqual(answer(framed.subarray(0, 10)), { said: '', used: 0, done: false })
  assert.deepEqual(answer(framed), {
    said: '\x0e\0\0\0server is full',
    used: framed.length,
    done: true,
  })
})

test('letters that become nothing known end the connection at the bound', () => {
  const long = bytesOf('G'.repeat(1300))
  assert.deepEqual(answer(long), { said: '', used: 1300, done: true })
})
