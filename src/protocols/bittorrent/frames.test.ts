/** Finding one's place among messages, and not finding it among other bytes. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { concat, fromHex, u32be } from '../../core/bytes.ts'
import { flowsOf } from '../../core/captured-flows.ts'
import { randomFrom } from '../../core/random.ts'
import { repositoryFile } from '../../core/repository.ts'
import { findPlace, walkFrames } from './frames.ts'

const REQUEST = fromHex('0000000d 06 00000049 00004000 00004000')
const HAVE = fromHex('00000005 04 00000012')
const CHOKE = fromHex('00000001 00')
const KEEP_ALIVE = fromHex('00000000')

test('three messages that follow each other are a place; weak ones between them may stand', () => {
  const noise = fromHex('ffeeddccbbaa')
  const place = findPlace(concat(noise, REQUEST, CHOKE, HAVE, KEEP_ALIVE, REQUEST), false)
  assert.deepEqual(place, { kind: 'frames', at: 6 })
})

test('two messages and no more bytes may be a place; two and nonsense are none', () => {
  const two = concat(REQUEST, HAVE)
  assert.deepEqual(findPlace(two, false), { kind: 'maybe', at: 0, need: 31 })
  const broken = findPlace(concat(two, fromHex('ffffffffffffff')), false)
  assert.notEqual(broken.kind, 'frames')
})

test('runs of zeros, which look like keep-alives, are no place', () => {
  const place = findPlace(new Uint8Array(5000), false)
  assert.notEqual(place.kind, 'frames')
})

test('chokes and keep-alives alone are no place', () => {
  const many = concat(...Array.from({ length: 40 }, () => concat(CHOKE, KEEP_ALIVE)))
  assert.notEqual(findPlace(many, false).kind, 'frames')
})

test('requests for hashes have layers and counts that a tree can have', () => {
  const root = 'b3'.repeat(32)
  const asks = fromHex(`00000031 15 ${root} 00000000 00000200 00000200 00000009`)
  assert.equal(findPlace(concat(asks, asks, asks), false).kind, 'frames')
  // Of the same size and number, but with anything in them.
  const other = fromHex(`00000031 15 ${root} 7c42f928 62bb6f37 19327c31 88ddc865`)
  assert.notEqual(findPlace(concat(other, other, other), false).kind, 'frames')
})

test('a handshake is found only where one may stand', () => {
  const bytes = concat(fromHex('ffff13'), new TextEncoder().encode('\x13BitTorrent protocol!'))
  assert.deepEqual(findPlace(bytes, true), { kind: 'handshake', at: 3 })
  assert.equal(findPlace(bytes, false).kind, 'none')
})

test('four MiB of chance hold no place', () => {
  const random = randomFrom(99)
  for (let round = 0; round < 64; round++) {
    const bytes = Uint8Array.from({ length: 65_536 }, () => random())
    for (let at = 0; at < bytes.length; ) {
      const place = findPlace(bytes.subarray(at), true)
      assert.notEqual(place.kind, 'frames')
      assert.notEqual(place.kind, 'handshake')
      at += place.at + 1
    }
  }
})

test('in a real stream every message boundary is found again from any byte before it', () => {
  const flow = flowsOf(
    readFileSync(repositoryFile('src/protocols/bittorrent/fixtures/peer-magnet.pcap')),
  )[0]!
  const stream = concat(...flow.pieces.filter(({ from }) => from === 0).map(({ bytes }) => bytes))
  const boundaries = new Set<number>()
  for (let at = 68; at < stream.length; at += 4 + u32be(stream, at)) boundaries.add(at)
  assert.ok(boundaries.size > 10)
  for (let from = 68; from < stream.length; from++) {
    const place = findPlace(stream.subarray(from), false)
    if (place.kind === 'frames') assert.ok(boundaries.has(from + place.at), `from ${from}`)
  }
  assert.equal(walkFrames(stream, 68).broken, false)
})
