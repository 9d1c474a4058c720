/**
 * The called side of MSE against a caller written here by the text of MSE: who wants a content that is
 * known is understood, in plain text where he lets us choose and in RC4 where he does not; who wants
 * another is told nothing.
 */
import assert from 'node:assert/strict'
import { createDiffieHellman, createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { bytesOf, concat, hex } from '../../core/bytes.ts'
import { latin1 } from '../../core/text.ts'
import { Cipher } from './mse-responder.ts'
import { guessResponder } from './responder.ts'

const PRIME =
  'ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a63a36210000000000090563'
const INFO_HASH = createHash('sha1').update('a song').digest()
const OTHER = `urn:btih:${'17'.repeat(20)}`
const URN = `urn:btih:${INFO_HASH.toString('hex')}`
const HELLO = concat(
  bytesOf('\x13BitTorrent protocol'),
  Uint8Array.of(0, 0, 0, 0, 0, 0x10, 0, 0),
  INFO_HASH,
  bytesOf('-TR4000-abcdefghijkl'),
)

function callOf(contents: readonly string[]) {
  const caller = { ip: '192.0.2.9', port: 40_000 }
  return { caller, called: { ip: '10.99.3.7', port: 6881 }, self: 7, pair: 77, contents }
}

function sha1(...parts: readonly (string | Uint8Array)[]): Buffer {
  const hash = createHash('sha1')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** What a caller says first, and what he says once he has the other's key. */
function caller(provide: number, first: Uint8Array, padA: number, padC: number) {
  const exchange = createDiffieHellman(Buffer.from(PRIME, 'hex'), 2)
  exchange.setPrivateKey(Buffer.alloc(20, 9))
  const mine = concat(exchange.generateKeys(), new Uint8Array(randomBytes(padA)))
  return {
    mine,
    proof(theirs: Uint8Array) {
      const secret = exchange.computeSecret(theirs)
      const s = Buffer.concat([Buffer.alloc(96 - secret.length), secret])
      const out = new Cipher(sha1('keyA', s, INFO_HASH))
      const into = new Cipher(sha1('keyB', s, INFO_HASH))
      const mixed = sha1('req2', INFO_HASH).map((byte, at) => byte ^ sha1('req3', s)[at]!)
      const said = concat(
        Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, provide, 0, padC),
        new Uint8Array(padC),
        Uint8Array.of(0, first.length),
        first,
      )
      return { bytes: concat(sha1('req1', s), mixed, out.apply(said)), out, into }
    },
  }
}

/** RFC 6229, key 01 … 05: bytes 1024 and 1520 on. */
test('RC4 runs on from where MSE lets it begin', () => {
  const cipher = new Cipher(Uint8Array.of(1, 2, 3, 4, 5))
  const stream = cipher.apply(new Uint8Array(512))
  assert.equal(hex(stream, 0, 16), '30abbcc7c20b01609f23ee2d5f6bb7df')
  assert.equal(hex(stream, 496, 16), '3294f744d8f9790507e70f62e5bbceea')
})

for (const cut of [0, 1, 50, 163]) {
  test(`plain text is selected where it may be, whatever the cut (${cut})`, () => {
    const the = caller(3, HELLO, 33, 7)
    const responder = guessResponder(the.mine, callOf([OTHER, URN]))!
    const { used, send } = responder.data!(the.mine)
    assert.deepEqual([used, send.map(({ length }) => length)], [96, [96]])
    const { bytes, into } = the.proof(send[0]!)
    const unread = concat(the.mine.subarray(96), bytes)
    if (cut > 0) assert.deepEqual(responder.data!(unread.subarray(0, cut)).used, 0)
    const answer = responder.data!(unread)
    assert.deepEqual([answer.used, answer.done, answer.wants], [unread.length, false, URN])
    const [chosen, handshake, extended] = answer.send
    assert.equal(hex(into.apply(chosen!)), '0000000000000000000000010000')
    assert.equal(latin1(handshake!, 0, 20), '\x13BitTorrent protocol')
    assert.equal(hex(handshake!, 28, 20), hex(INFO_HASH))
    assert.match(latin1(extended!), /ut_pex/)
    // From here on in the clear: a keep-alive.
    const kept = responder.data!(new Uint8Array(4))
    assert.deepEqual([kept.used, hex(kept.send[0]!)], [4, '00000000'])
  })
}

test('who takes nothing but RC4 is spoken to in it', () => {
  const the = caller(2, HELLO.subarray(0, 0), 0, 0)
  const responder = guessResponder(the.mine, callOf([URN]))!
  const { bytes, out, into } = the.proof(responder.data!(the.mine).send[0]!)
  const answer = responder.data!(bytes)
  assert.equal(answer.wants, URN)
  assert.equal(hex(into.apply(answer.send[0]!)), '0000000000000000000000020000')
  const greeted = responder.data!(out.apply(HELLO))
  assert.equal(latin1(into.apply(greeted.send[0]!), 0, 20), '\x13BitTorrent protocol')
})

test('who wants what nobody knows of, or speaks something else, is told nothing', () => {
  const the = caller(3, HELLO, 0, 0)
  const responder = guessResponder(the.mine, callOf([OTHER]))!
  const { bytes } = the.proof(responder.data!(the.mine).send[0]!)
  const answer = responder.data!(bytes)
  assert.deepEqual([answer.send, answer.done, answer.wants], [[], true, undefined])
  const stranger = guessResponder(the.mine, callOf([URN]))!
  stranger.data!(the.mine)
  assert.equal(stranger.data!(new Uint8Array(531)).used, 0)
  assert.equal(stranger.data!(new Uint8Array(532)).done, true)
})

test('nothing is guessed where no content is known, or the bytes are no chance', () => {
  const { mine } = caller(3, HELLO, 0, 0)
  assert.equal(guessResponder(mine, callOf([])), undefined)
  assert.equal(guessResponder(mine.subarray(0, 95), callOf([URN])), undefined)
  assert.equal(guessResponder(new Uint8Array(96), callOf([URN])), undefined)
})
