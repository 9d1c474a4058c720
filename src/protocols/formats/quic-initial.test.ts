/** Initial packets open with the keys of RFC 9001, and say what a real client offered. */
import assert from 'node:assert/strict'
import { createCipheriv } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesOf, concat, fromHex, hex } from '../../core/bytes.ts'
import { flowsOf } from '../../core/captured-flows.ts'
import { randomFrom } from '../../core/random.ts'
import { sharedCapture } from '../../core/repository.ts'
import {
  clientKeys,
  cryptoPieces,
  headerMask,
  isQuicClientInitial,
  QuicHello,
} from './quic-initial.ts'
import { alpnIn } from './tls-hello.ts'

// RFC 9001 appendix A.1 and A.2.
const DCID = fromHex('8394c8f03e515708')

test('keys and header mask are those of RFC 9001, and of RFC 9369 for version 2', () => {
  const keys = clientKeys(DCID)!
  assert.equal(hex(keys.key), '1f369613dd76d5467730efcbe3b1a22d')
  assert.equal(hex(keys.iv), 'fa044b2f42a3fd3b46fb255c')
  assert.equal(hex(keys.headerKey), '9f50449e04a0e810283a1e9933adedd2')
  const mask = headerMask(keys.headerKey, fromHex('d1b1c98dd7689fb8ec11d242b123dc9b'))
  assert.equal(hex(mask, 0, 5), '437b9aec36')
  assert.equal(hex(clientKeys(DCID, 0x6b33_43cf)!.key), '8b1a0bc121284290a29e0971b5cd045d')
})

/** A client's Initial of version 1 with these frames, padded as clients must. */
function initial(frames: Uint8Array): Uint8Array {
  const keys = clientKeys(DCID)!
  const plain = concat(frames, new Uint8Array(Math.max(0, 1162 - frames.length)))
  const head = concat(
    fromHex('c300000001 08'),
    DCID,
    fromHex('00 00'),
    Uint8Array.of(0x40 + Math.floor((plain.length + 20) / 256), (plain.length + 20) % 256),
    fromHex('00000002'),
  )
  const nonce = keys.iv.slice()
  nonce[11]! ^= 2
  const cipher = createCipheriv('aes-128-gcm', keys.key, nonce)
  cipher.setAAD(head)
  const sealed = concat(cipher.update(plain), cipher.final(), cipher.getAuthTag())
  const mask = headerMask(keys.headerKey, sealed.subarray(0, 16))
  head[0]! ^= mask[0]! % 16
  for (let i = 0; i < 4; i++) head[head.length - 4 + i]! ^= mask[1 + i]!
  return concat(head, sealed)
}

/** A ClientHello that offers one name. */
function hello(name: string): Uint8Array {
  const alpn = concat(Uint8Array.of(0, name.length + 1, name.length), bytesOf(name))
  const extensions = concat(
    fromHex('002b 0003 020304'),
    fromHex('0010'),
    Uint8Array.of(0, alpn.length),
    alpn,
  )
  const body = concat(
    fromHex('0303'),
    new Uint8Array(32),
    fromHex('00 0002 1301 01 00'),
    Uint8Array.of(0, extensions.length),
    extensions,
  )
  return concat(Uint8Array.of(1, 0, 0, body.length), body)
}

test('frames in any order, over two datagrams', () => {
  const bytes = hello('libp2p')
  const frame = (from: number, to: number): Uint8Array =>
    concat(Uint8Array.of(6, from, to - from), bytes.subarray(from, to))
  const reader = new QuicHello()
  assert.ok(reader.add(initial(concat(Uint8Array.of(1), frame(30, 60)))))
  assert.equal(reader.alpn, 'more')
  assert.ok(reader.add(initial(concat(frame(60, bytes.length), new Uint8Array(3), frame(0, 30)))))
  assert.deepEqual(reader.alpn, ['libp2p'])
})

test('one wrong bit, and nothing is read', () => {
  const good = initial(concat(Uint8Array.of(6, 0, 50), hello('libp2p').subarray(0, 50)))
  assert.equal(isQuicClientInitial(good, good.length), true)
  assert.equal(cryptoPieces(good).length, 1)
  const bad = good.slice()
  bad[700]! ^= 1
  assert.equal(cryptoPieces(bad).length, 0)
})

test('noise and every truncation are survived', () => {
  const random = randomFrom(9)
  const good = initial(concat(Uint8Array.of(6, 0, 50), hello('h3').subarray(0, 50)))
  for (let size = 0; size < good.length; size += 7)
    assert.deepEqual(cryptoPieces(good.subarray(0, size)), [])
  for (let round = 0; round < 300; round++) {
    const bad = good.slice()
    for (let i = 0; i < 3; i++) bad[random() % 40] = random()
    cryptoPieces(bad)
    alpnIn(bad.subarray(random() % 900))
  }
})

test('a real client that speaks HTTP/3 offers h3', (context) => {
  const path = sharedCapture('real/other-quic-h3.pcap')
  if (path === undefined) return context.skip('the shared captures are not on this machine')
  let read = 0
  for (const { carrier, pieces } of flowsOf(readFileSync(path))) {
    const reader = new QuicHello()
    const first = pieces[0]
    if (carrier !== 'udp' || first === undefined || !isQuicClientInitial(first.bytes, first.size))
      continue
    reader.add(first.bytes)
    // tshark says the same of frames 3 and 258.
    assert.deepEqual(reader.alpn, ['h3'])
    read++
  }
  assert.equal(read, 2)
})
