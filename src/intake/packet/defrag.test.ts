/** Fragments of IPv4 and IPv6 in any order, overlapping, repeated, cut, missing and too many. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bytesOf, concat, hex } from '../../core/bytes.ts'
import { limits } from '../../core/limits.ts'
import { randomFrom } from '../../core/random.ts'
import { DECODED, Decoder } from './packet.ts'
import { decodeWhole, fragment6Of, ip4Of, ip6Of, payloadOf, RAW, udpOf } from './packets-in-test.ts'

const A = '192.0.2.1'
const B = '198.51.100.2'
const random = randomFrom(11)
const DATA = new Uint8Array(300).map(() => random())
const UDP = udpOf(6881, 51413, DATA)

function piece4(from: number, to: number, id = 7, body = UDP): Uint8Array {
  const o = { id, offset: from, more: to < body.length }
  return ip4Of(A, B, 17, body.subarray(from, to), o)
}

function piece6(from: number, to: number, id = 7): Uint8Array {
  const body = fragment6Of(17, id, from, to < UDP.length, UDP.subarray(from, to))
  return ip6Of('2001:db8::1', '2001:db8::2', 44, body)
}

function feed(decoder: Decoder, pieces: readonly Uint8Array[], micros = 0): number[] {
  return pieces.map((piece) => decodeWhole(decoder, piece, RAW, micros))
}

const { udp, fragmentHeld } = DECODED

describe('put together', () => {
  for (const [name, piece, head] of [
    ['IPv4', piece4, 20],
    ['IPv6', piece6, 48],
  ] as const) {
    test(`${name}, in order and in any order`, () => {
      const cuts = [0, 96, 104, 200, UDP.length]
      const pieces = cuts.slice(1).map((to, i) => piece(cuts[i]!, to))
      for (const order of [
        [0, 1, 2, 3],
        [3, 2, 1, 0],
        [2, 0, 3, 1],
      ]) {
        const decoder = new Decoder()
        const statuses = feed(
          decoder,
          order.map((i) => pieces[i]!),
        )
        assert.deepEqual(statuses, [fragmentHeld, fragmentHeld, fragmentHeld, udp])
        assert.equal(hex(payloadOf(decoder)), hex(DATA))
        const { packet, counts } = decoder
        assert.deepEqual([packet.srcPort, packet.dstPort], [6881, 51413])
        assert.equal(packet.fragments, 4)
        assert.equal(packet.ipBytes, 4 * head + UDP.length)
        assert.deepEqual([counts.fragments, counts.reassembled, counts.fragmentsLost], [4, 1, 0])
      }
    })
  }

  test('datagrams of different ids and protocols do not mix', () => {
    const decoder = new Decoder()
    const other = ip4Of(A, B, 6, UDP.subarray(96), { id: 7, offset: 96 })
    const statuses = feed(decoder, [piece4(0, 96), piece4(96, 308, 8), other, piece6(96, 308)])
    assert.deepEqual(statuses, [fragmentHeld, fragmentHeld, fragmentHeld, fragmentHeld])
    assert.equal(feed(decoder, [piece4(96, 308)])[0], udp)
    assert.equal(hex(payloadOf(decoder)), hex(DATA))
  })

  test('what is held is a copy: the buffer may be filled anew', () => {
    const decoder = new Decoder()
    const buffer = Buffer.from(piece4(0, 96))
    decoder.decode(buffer, 0, buffer.length, buffer.length, RAW, 0)
    buffer.fill(0)
    assert.deepEqual(feed(decoder, [piece4(96, 308)]), [udp])
    assert.equal(hex(payloadOf(decoder)), hex(DATA))
  })

  test('the next packet is not taken for a fragment', () => {
    const decoder = new Decoder()
    feed(decoder, [piece4(0, 96), piece4(96, 308), ip4Of(A, B, 17, UDP)])
    assert.equal(decoder.packet.fragments, 0)
    assert.equal(decoder.packet.ipBytes, 20 + UDP.length)
  })

  test('a tunnel whose outer packets are fragments', () => {
    const decoder = new Decoder()
    const body = ip4Of(A, B, 17, UDP)
    const outer = (from: number, to: number): Uint8Array =>
      ip4Of('10.0.0.1', '10.0.0.2', 4, body.subarray(from, to), {
        offset: from,
        more: to < body.length,
      })
    assert.deepEqual(feed(decoder, [outer(160, body.length), outer(0, 160)]), [fragmentHeld, udp])
    assert.equal(hex(payloadOf(decoder)), hex(DATA))
    assert.deepEqual([decoder.packet.tunnel, decoder.packet.fragments], [1, 0])
    // And the inner ones too.
    const inner = [piece4(0, 96), piece4(96, 308)]
    const statuses = inner.flatMap((piece, id) =>
      feed(decoder, [
        ip4Of('10.0.0.1', '10.0.0.2', 4, piece.subarray(0, 40), { id: 50 + id, more: true }),
        ip4Of('10.0.0.1', '10.0.0.2', 4, piece.subarray(40), { id: 50 + id, offset: 40 }),
      ]),
    )
    assert.deepEqual(statuses, [fragmentHeld, fragmentHeld, fragmentHeld, udp])
    assert.equal(hex(payloadOf(decoder)), hex(DATA))
    assert.equal(decoder.packet.fragments, 2)
  })
})

describe('overlap', () => {
  test('the bytes seen first are kept, and the overlap is counted', () => {
    const decoder = new Decoder()
    const evil = UDP.map((byte) => byte ^ 0xff)
    const pieces = [
      piece4(96, 200),
      piece4(80, 120, 7, concat(UDP.subarray(0, 96), evil.subarray(96))),
      piece4(104, 112, 7, evil),
      piece4(0, 88),
      piece4(192, 308, 7, concat(evil.subarray(0, 200), UDP.subarray(200))),
    ]
    assert.equal(feed(decoder, pieces).at(-1), udp)
    assert.equal(hex(payloadOf(decoder)), hex(DATA))
    assert.equal(decoder.packet.fragments, 5)
    assert.equal(decoder.counts.fragmentBytesOverlapping, 24 + 8 + 8 + 8)
  })

  test('the first end that is told counts', () => {
    const decoder = new Decoder()
    const long = concat(UDP, new Uint8Array(80))
    feed(decoder, [piece4(96, 308), piece4(96, long.length, 7, long)])
    assert.equal(feed(decoder, [piece4(0, 96)])[0], udp)
    assert.equal(hex(payloadOf(decoder)), hex(DATA))
  })

  test('random pieces with overlaps of the same bytes give the datagram', () => {
    for (let round = 0; round < 200; round++) {
      const decoder = new Decoder()
      let status: number = fragmentHeld
      for (let i = 0; i < 400 && status === fragmentHeld; i++) {
        const from = (random() % 39) * 8
        const to = Math.min(UDP.length, from + 8 + (random() % 20) * 8)
        status = feed(decoder, [piece4(from, to)])[0]!
      }
      assert.equal(status, udp)
      assert.equal(hex(payloadOf(decoder)), hex(DATA))
    }
  })
})

describe('what cannot be put together', () => {
  test('a missing piece is waited for, then everything is counted as lost', () => {
    const decoder = new Decoder()
    feed(decoder, [piece4(0, 96), piece4(200, 308)])
    const later = (limits.fragmentSeconds + 1) * 1e6
    assert.equal(feed(decoder, [piece4(96, 200)], later)[0], fragmentHeld)
    assert.equal(decoder.counts.fragmentsLost, 2)
    assert.equal(decoder.counts.fragmentBytesLost, 40 + 96 + 108)
    decoder.end()
    assert.equal(decoder.counts.fragmentsLost, 3)
    assert.equal(decoder.counts.status('fragment-held'), 3)
  })

  test('too many at once: the oldest goes', () => {
    const decoder = new Decoder()
    for (let id = 0; id <= limits.fragmentsMax; id++) feed(decoder, [piece4(0, 8, id)])
    assert.deepEqual([decoder.counts.fragmentsEvicted, decoder.counts.fragmentsLost], [1, 1])
    assert.deepEqual(feed(decoder, [piece4(8, 308, 1), piece4(8, 308, 0)]), [udp, fragmentHeld])
  })

  test('fragments beyond 64 KiB and empty ones are lost at once', () => {
    const decoder = new Decoder()
    const huge = ip4Of(A, B, 17, new Uint8Array(64), { id: 1, offset: 65_528 })
    const empty = ip4Of(A, B, 17, new Uint8Array(0), { id: 2, offset: 8, more: true })
    assert.deepEqual(feed(decoder, [huge, empty]), [fragmentHeld, fragmentHeld])
    assert.equal(decoder.counts.fragmentsLost, 2)
  })

  test('a fragment cut by the snaplen: the datagram ends for us where the bytes end', () => {
    const decoder = new Decoder()
    const first = piece4(0, 96)
    assert.equal(decoder.decode(first, 0, 20 + 50, first.length, RAW, 0), fragmentHeld)
    assert.equal(feed(decoder, [piece4(96, 308)])[0], udp)
    assert.equal(decoder.packet.payloadSize, 42)
    assert.equal(decoder.packet.payloadWireSize, DATA.length)
    assert.equal(hex(payloadOf(decoder)), hex(DATA, 0, 42))
  })

  test('a text whose header came in pieces of eight bytes', () => {
    const decoder = new Decoder()
    const body = udpOf(1, 2, bytesOf('eight by'))
    assert.deepEqual(feed(decoder, [piece4(0, 8, 1, body), piece4(8, 16, 1, body)]), [
      fragmentHeld,
      udp,
    ])
    assert.equal(hex(payloadOf(decoder)), hex(bytesOf('eight by')))
  })
})
