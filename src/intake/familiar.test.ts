/** Starts that are plainly something else are seen as that, and nothing else is. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex } from '../core/bytes.ts'
import type { Carrier } from '../core/event.ts'
import { randomFrom } from '../core/random.ts'
import { bytesIn, unreadable } from './engine-in-test.ts'
import { isFamiliar, isFamiliarStart } from './familiar.ts'

/** Carrier, first payload, whether it is familiar. */
// biome-ignore format: a table
const STARTS: readonly (readonly [string, Carrier, string | Uint8Array, boolean])[] = [
  ['HTTP', 'tcp', 'GET / HTTP/1.1\r\n', true],
  ['SSH', 'tcp', 'SSH-2.0-OpenSSH_9.2p1\r\n', true],
  ['SMTP greeting', 'tcp', '220 mail.example ESMTP\r\n', true],
  ['eight letters', 'tcp', 'abcdefgh', true],
  ['seven letters are too few', 'tcp', 'abcdefg', false],
  // RFC 8446 5.1 and RFC 5246: a handshake record of 512 bytes that begins with a ClientHello.
  ['TLS 1.0 record with ClientHello', 'tcp', fromHex('1603010200010001fc0303'), true],
  ['TLS alert', 'tcp', fromHex('15030300020228000000'), true],
  ['a record longer than TLS allows', 'tcp', fromHex('160301ffff010001fc0303'), false],
  ['not version 3', 'tcp', fromHex('1604010200010001fc0303'), false],
  ['random bytes', 'tcp', unreadable(40), false],
  // RFC 1035 4.1: id 0x1234, recursion desired, one question: a.example A IN.
  ['DNS query', 'udp', fromHex('1234010000010000000000000161076578616d706c650000010001'), true],
  ['DNS answer', 'udp', fromHex('1234818000010001000000000161076578616d706c650000010001c00c00010001000000050004c0000201'), true],
  ['mDNS query with the bit for unicast answers', 'udp', fromHex('0000000000010000000000000161076578616d706c6500000c8001'), true],
  // RFC 9001 A.2: the client's Initial of version 1 begins so.
  ['QUIC version 1', 'udp', fromHex('c300000001088394c8f03e5157080000449e7b9aec34'), true],
  ['QUIC version 2 (RFC 9369)', 'udp', fromHex('d36b3343cf088394c8f03e5157080000449ea0c95e82'), true],
  ['a long header of no QUIC version', 'udp', fromHex('c312345678088394c8f03e5157080000449e7b9aec34'), false],
  ['a connection id longer than 20', 'udp', fromHex('c300000001158394c8f03e5157080000449e7b9aec34'), false],
  ['SSDP', 'udp', 'M-SEARCH * HTTP/1.1\r\n', true],
  ['random datagram', 'udp', unreadable(40), false],
  ['a few bytes', 'udp', Uint8Array.of(1, 2, 3), false],
  // 20 bytes, as a uTP SYN has: type 4 version 1, no extension.
  ['uTP SYN', 'udp', fromHex('4100c8a10b3f2a5500000000000fffff12340000'), false],
  ['nothing', 'udp', new Uint8Array(0), false],
]

for (const [name, carrier, payload, expected] of STARTS) {
  test(`${name} is ${expected ? '' : 'not '}familiar`, () => {
    const bytes = bytesIn(payload)
    assert.equal(isFamiliarStart(carrier, bytes), expected)
    const isTcp = carrier === 'tcp'
    const end = { ip: '192.0.2.1', port: 1 }
    const nothing = new Uint8Array(0)
    const look = {
      carrier,
      fromStart: true,
      // The other side counts as well: it may be the one that speaks first.
      heads: isTcp ? ([nothing, bytes] as const) : ([nothing, nothing] as const),
      totals: [0, bytes.length] as const,
      segments: isTcp ? [-bytes.length] : [],
      datagrams: isTcp ? [] : [{ from: 0 as const, bytes, size: bytes.length, micros: 0 }],
      ends: [end, end] as const,
      final: false,
    }
    assert.equal(isFamiliar(look), expected)
  })
}

test('a flow of UDP without datagrams is not familiar', () => {
  const end = { ip: '192.0.2.1', port: 1 }
  const nothing = new Uint8Array(0)
  const look = {
    carrier: 'udp' as const,
    fromStart: true,
    heads: [nothing, nothing] as const,
    totals: [0, 0] as const,
    segments: [],
    datagrams: [],
    ends: [end, end] as const,
    final: false,
  }
  assert.equal(isFamiliar(look), false)
})

test('no length of anything is read beyond its end, and random starts are rarely familiar', () => {
  const random = randomFrom(5)
  const counts = { tcp: 0, udp: 0 }
  const ROUNDS = 20_000
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = Uint8Array.from({ length: random() % 64 }, () => random() >>> 8)
    for (const carrier of ['tcp', 'udp'] as const) {
      const familiar = isFamiliarStart(carrier, bytes)
      if (familiar) counts[carrier]++
      // Bytes behind the view change nothing.
      const longer = new Uint8Array(bytes.length + 300).fill(1)
      longer.set(bytes)
      assert.equal(isFamiliarStart(carrier, longer.subarray(0, bytes.length)), familiar)
    }
  }
  assert.ok(counts.tcp < ROUNDS / 1000, `${counts.tcp} of ${ROUNDS}`)
  assert.ok(counts.udp < ROUNDS / 1000, `${counts.udp} of ${ROUNDS}`)
})
