/** A caller at a dark address is refused, or told to wait, and no address is named but his own. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf } from '../../core/bytes.ts'
import { latin1 } from '../../core/text.ts'
import { makeResponder } from './responder.ts'

const CALL = {
  caller: { ip: '192.0.2.9', port: 40_000 },
  called: { ip: '10.99.3.7', port: 6346 },
  self: 7,
  pair: 9,
}

function answer(text: string): { said: string; used: number; done: boolean } {
  const { send, used, done } = makeResponder(CALL).data!(bytesOf(text))
  return { said: send.map((bytes) => latin1(bytes, 0, bytes.length)).join(''), used, done }
}

test('a handshake gets 503, without anybody else to try', () => {
  const hello =
    'GNUTELLA CONNECT/0.6\r\nUser-Agent: LimeWire/4.12\r\nListen-IP: 192.0.2.9:6346\r\n\r\n'
  for (let size = 0; size < hello.length; size++) {
    assert.deepEqual(answer(hello.slice(0, size)), { said: '', used: 0, done: false }, String(size))
  }
  assert.deepEqual(answer(hello), {
    said: 'GNUTELLA/0.6 503 Service unavailable\r\nUser-Agent: Peerscope\r\nRemote-IP: 192.0.2.9\r\n\r\n',
    used: hello.length,
    done: true,
  })
})

test('a request for a file gets 503 and no byte of content', () => {
  const urn = 'urn:sha1:PLSTHIPQGSSZTS5FJUPAKUZWUGYQYPFB'
  for (const line of [
    `GET /uri-res/N2R?${urn} HTTP/1.1`,
    'GET /get/2/a b.mp3 HTTP/1.0',
    'HEAD / HTTP/1.1',
  ]) {
    const { said, done } = answer(`${line}\r\nX-Alt: 192.0.2.3\r\n\r\n`)
    assert.equal(said, 'HTTP/1.1 503 Busy\r\nServer: Peerscope\r\nContent-Length: 0\r\n\r\n')
    assert.equal(done, true)
  }
})

test('a call of version 0.4 and a pushed file are heard, and that is all', () => {
  for (const text of ['GNUTELLA CONNECT/0.4\n\n', `GIV 5:${'ab'.repeat(16)}/a.mp3\n\n`]) {
    assert.deepEqual(answer(text), { said: '', used: text.length, done: true })
  }
})
