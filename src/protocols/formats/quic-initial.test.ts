/** Initial packets open with the keys of RFC 9001, and say what a real client offered. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { concat, fromHex, hex } from '../../core/bytes.ts'
import { flowsOf } from '../../core/captured-flows.ts'
import { randomFrom } from '../../core/random.ts'
import { sharedCapture } from '../../core/repository.ts'
import { DCID, helloWith, initialOf, offerOf } from './hello-in-test.ts'
import {
  clientKeys,
  cryptoPieces,
  headerMask,
  isQuicClientInitial,
  QuicHello,
} from './quic-initial.ts'
import { alpnIn } from './tls-hello.ts'

test('keys and header mask are those of RFC 9001, and of RFC 9369 for version 2', () => {
  const keys = clientKeys(DCID)!
  assert.equal(hex(keys.key), '1f369613dd76d5467730efcbe3b1a22d')
  assert.equal(hex(keys.iv), 'fa044b2f42a3fd3b46fb255c')
  assert.equal(hex(keys.headerKey), '9f50449e04a0e810283a1e9933adedd2')
  const mask = headerMask(keys.headerKey, fromHex('d1b1c98dd7689fb8ec11d242b123dc9b'))
  assert.equal(hex(mask, 0, 5), '437b9aec36')
  assert.equal(hex(clientKeys(DCID, 0x6b33_43cf)!.key), '8b1a0bc121284290a29e0971b5cd045d')
})

/** A ClientHello that offers one name. */
function hello(name: string): Uint8Array {
  return helloWith(fromHex('002b 0003 020304'), offerOf(name))
}

test('frames in any order, over two datagrams', () => {
  const bytes = hello('libp2p')
  const frame = (from: number, to: number): Uint8Array =>
    concat(Uint8Array.of(6, from, to - from), bytes.subarray(from, to))
  const reader = new QuicHello()
  assert.ok(reader.add(initialOf(concat(Uint8Array.of(1), frame(30, 60)))))
  assert.equal(reader.alpn, 'more')
  assert.ok(reader.add(initialOf(concat(frame(60, bytes.length), new Uint8Array(3), frame(0, 30)))))
  assert.deepEqual(reader.alpn, ['libp2p'])
})

test('one wrong bit, and nothing is read', () => {
  const good = initialOf(concat(Uint8Array.of(6, 0, 50), hello('libp2p').subarray(0, 50)))
  assert.equal(isQuicClientInitial(good, good.length), true)
  assert.equal(cryptoPieces(good).length, 1)
  const bad = good.slice()
  bad[700]! ^= 1
  assert.equal(cryptoPieces(bad).length, 0)
})

test('noise and every truncation are survived', () => {
  const random = randomFrom(9)
  const good = initialOf(concat(Uint8Array.of(6, 0, 50), hello('h3').subarray(0, 50)))
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
