/** Who asks a dark address for a file is refused without a byte of content; who calls back is heard. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf } from '../../core/bytes.ts'
import { latin1 } from '../../core/text.ts'
import { makeResponder } from './responder.ts'

function answer(text: string): { said: string; used: number; done: boolean } {
  const { send, used, done } = makeResponder().data!(bytesOf(text))
  return { said: send.map((bytes) => latin1(bytes)).join(''), used, done }
}

test('a request for a hash or for the list gets 503', () => {
  for (const target of ['.hash=3f1c2d4e5f60718293a4b5c6d7e8f90011223344', '.files']) {
    const asked = `GET /${target} HTTP/1.1\r\nX-Kazaa-Username: eve\r\n\r\n`
    assert.deepEqual(answer(asked.slice(0, -1)), { said: '', used: 0, done: false })
    assert.deepEqual(answer(asked), {
      said: 'HTTP/1.1 503 Service Unavailable\r\nServer: Peerscope\r\nContent-Length: 0\r\n\r\n',
      used: asked.length,
      done: true,
    })
  }
})

test('a call that was asked for is heard, and that is all', () => {
  const give = 'GIVE 123456789\r\n'
  assert.deepEqual(answer(give), { said: '', used: give.length, done: true })
  assert.deepEqual(answer('GI'), { said: '', used: 0, done: false })
})

test('what is neither ends the connection', () => {
  assert.deepEqual(answer('\x01\x02\r\n\r\n'), { said: '', used: 6, done: true })
})
