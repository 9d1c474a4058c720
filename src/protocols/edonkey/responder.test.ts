/**
 * A caller at a dark address is told who is there, is asked for the sources of the file he wants, and
 * hears that it is not there; in Kad, that nobody is known. Nothing is ever offered or asked beyond that.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat, fromHex, hex } from '../../core/bytes.ts'
import { makeResponder } from './responder.ts'
import { clientTcpWire } from './wire/client-tcp.ts'
import { capabilities } from './wire/hello.ts'

const CALL = {
  caller: { ip: '192.0.2.9', port: 40_000 },
  called: { ip: '10.99.3.7', port: 4662 },
  self: 7,
  pair: 9,
}
const FILE = '00112233445566778899aabbccddeeff'
const USER = 'a0a1a2a3a40ea6a7a8a9aaabacad6faf'
/** Size 34: opcode 01, 10, user hash, id, port 4662, no tags, server 0.0.0.0:0. */
const HELLO = fromHex(`e3220000000110${USER}01000000361200000000000000000000`)

function said(...frames: string[]): string[] {
  const responder = makeResponder(CALL)
  return frames.flatMap((frame) => responder.data!(fromHex(frame)).send.map((bytes) => hex(bytes)))
}

test('HELLO is answered: an id that is the called address, its port, source exchange of both kinds', () => {
  const { used, send, done } = makeResponder(CALL).data!(HELLO)
  assert.deepEqual([used, done, send.length], [HELLO.length, false, 1])
  const frame = send[0]!
  assert.equal(hex(frame, 0, 1), 'e3')
  const outcome = clientTcpWire.parse(frame, 5)
  assert.ok(outcome.kind === 'message' && outcome.message.type === 'hello-answer')
  const { body } = outcome.message
  // 10.99.3.7 as spoken, read as u32le.
  assert.deepEqual([body.id, body.port, body.serverIp], [0x0703630a, 4662, '0.0.0.0'])
  assert.match(body.userHash, /^.{10}0e.{16}6f..$/)
  const { source_exchange, source_exchange_2, large_files } = capabilities(body.tags)
  assert.deepEqual([source_exchange, source_exchange_2, large_files], [4, 1, 1])
})

test('a wanted file is asked for its sources once, and is not there', () => {
  // request-sources-2 version 4, options 0; no-such-file.
  const wanted = [`c51400000083040000${FILE}`, `e31100000048${FILE}`]
  assert.deepEqual(said(`e3110000004f${FILE}`), wanted)
  assert.deepEqual(said(`e31100000058${FILE}`), wanted)
  assert.deepEqual(said(`e31100000054${FILE}`), wanted)
  assert.deepEqual(said(`c51200000092${FILE}58`), wanted)
  assert.deepEqual(said(`e3110000004f${FILE}`, `e31100000058${FILE}`), wanted)
})

test('EMULEINFO is answered; what asks for content, or is none of ours, is heard in silence', () => {
  // version 32, protocol 1, no tags.
  assert.deepEqual(said('c507000000013c0100000000'), ['c50700000002320100000000'])
  // Requests for parts: three starts, three ends.
  assert.deepEqual(said(`e32900000047${FILE}${'00'.repeat(24)}`), [])
  assert.deepEqual(said('c50100000099'), [])
  assert.deepEqual(said('e3010000004a'), [])
})

test('a frame is waited for, and what is none ends it', () => {
  const responder = makeResponder(CALL)
  for (let size = 0; size < HELLO.length; size++) {
    const part = responder.data!(HELLO.subarray(0, size))
    assert.deepEqual(part, { used: 0, send: [], done: false }, String(size))
  }
  assert.equal(responder.data!(concat(HELLO, HELLO)).used, HELLO.length)
  assert.equal(makeResponder(CALL).data!(fromHex('474554202f')).done, true)
})

test('Kad: a greeting is answered in kind, a question with no contacts, what would be longer not at all', () => {
  const answer = (text: string) => {
    const bytes = makeResponder(CALL).datagram!(fromHex(text))
    if (bytes !== undefined) assert.ok(bytes.length <= text.length / 2)
    return bytes && hex(bytes)
  }
  const target = '0123456789abcdef0123456789abcdef'
  // id, TCP port 4662, version 8, no tags.
  assert.match(answer(`e411${target}36120800`)!, /^e419.{32}36120800$/)
  assert.equal(answer(`e4210b${target}${target}`), `e429${target}00`)
  // Ping, bootstrap.
  assert.equal(answer('e460'), undefined)
  assert.equal(answer('e401'), undefined)
  assert.equal(answer(`e444${target}${target}00`), undefined)
})
