/** Captures that hold less than the whole: one direction, the end of a connection, a moment of it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { concat, fromHex } from '../../core/bytes.ts'
import { type CapturedFlow, flowsOf, lookAt } from '../../core/captured-flows.ts'
import type { Finding, Look, Sight } from '../../core/protocol.ts'
import { randomFrom } from '../../core/random.ts'
import { repositoryFile } from '../../core/repository.ts'
import { recognise } from './recognise.ts'

function flowsIn(name: string): CapturedFlow[] {
  return flowsOf(readFileSync(repositoryFile(`src/protocols/bittorrent/fixtures/${name}.pcap`)))
}

function told(sight: Sight): string {
  return typeof sight === 'string' ? sight : `${(sight as Finding).part} ${sight.sureness}`
}

function isIpv6({ ends }: CapturedFlow): boolean {
  return ends[0].ip.includes(':')
}

const NOTHING: Uint8Array = new Uint8Array(0)

function middle(opener: Uint8Array, other = NOTHING, rest: Partial<Look> = {}): Look {
  const ends = [
    { ip: '192.0.2.1', port: 40_000 },
    { ip: '198.51.100.2', port: 40_001 },
  ] as const
  return {
    carrier: 'tcp',
    fromStart: false,
    heads: [opener, other],
    totals: [opener.length, other.length],
    segments: [opener.length, -other.length].filter((size) => size !== 0),
    datagrams: [],
    ends,
    final: true,
    ...rest,
  }
}

function chance(size: number, seed: number): Uint8Array {
  const random = randomFrom(seed)
  return Uint8Array.from({ length: size }, () => random())
}

const REQUEST = fromHex('0000000d 06 00000049 00004000 00004000')
const PIECE_HEAD = fromHex('00004009 07 00000049 0001c000')

test('the end of a connection: one block of 16 KiB is likely, two in a row are certain', () => {
  const tail = { ...lookAt(flowsIn('peer-tail')[0]!, 64), fromStart: false }
  assert.equal(told(recognise(tail)), 'peer likely')
  assert.equal(told(recognise(middle(concat(chance(20, 1), REQUEST)))), 'peer likely')
  assert.equal(told(recognise(middle(concat(chance(20, 1), REQUEST, REQUEST)))), 'peer certain')
  const block = concat(PIECE_HEAD, chance(16_384, 2))
  assert.equal(told(recognise(middle(block, NOTHING))), 'peer likely')
  assert.equal(told(recognise(middle(concat(block, block), NOTHING))), 'peer certain')
})

test('blocks of other sizes, and what is followed by nonsense, are nothing', () => {
  const nonsense = fromHex('ffffffffffffff')
  for (const bytes of [
    fromHex('0000000d 06 00000049 00004000 00004001'), // another size
    fromHex('0000000d 06 00000049 00004400 00004000'), // begins where no block begins
    fromHex('00003009 07 00000049 0001c000 aabbccddeeff'),
    concat(REQUEST, nonsense),
    concat(PIECE_HEAD, chance(16_384, 2), nonsense),
  ]) {
    assert.equal(told(recognise(middle(bytes))), 'no')
  }
})

test('the middle is looked at to the end before it is let go', () => {
  const look = middle(chance(3_000, 3), NOTHING, { final: false })
  assert.equal(recognise(look), 'more')
})

test('one direction of MSE that agrees on plain text is certain by what stands behind it', () => {
  // The opener hides its handshake all the same; its messages are in the clear.
  const opener = flowsIn('mse-plain-one-way')[0]!
  assert.equal(told(recognise(lookAt(opener, 16))), 'peer certain')
  const flow = lookAt(flowsIn('mse-plain')[0]!, 16)
  const other = { ...flow, heads: [NOTHING, flow.heads[1]] as const }
  const alone = other.segments.filter((size) => size < 0)
  const look = { ...other, totals: [0, flow.totals[1]] as const, segments: alone }
  assert.equal(told(recognise(look)), 'peer certain')
  // Chance alone stays unnamed.
  assert.equal(recognise(middle(chance(1_200, 4), NOTHING, { fromStart: true })), 'no')
})

test('MSE whose packets overtook each other in the capture is known by the handshake', () => {
  const handshake = concat(fromHex('13'), new TextEncoder().encode('BitTorrent protocol'))
  const opener = chance(403, 5)
  const other = concat(chance(916, 6), handshake, chance(48, 7))
  const look = { ...middle(opener, other), fromStart: true }
  // The fourth flight was captured before the third.
  const swapped = { ...look, segments: [127, -410, -506, 276, -68] }
  assert.equal(told(recognise(swapped)), 'peer certain')
  const before = { ...swapped, heads: [opener, other.subarray(0, 916)] as const }
  assert.equal(recognise({ ...before, final: false }), 'more')
  assert.equal(recognise(before), 'no')
})

test('a burst of uTP from one side, and a SYN with what its side sends next', () => {
  const flows = flowsIn('utp-parts')
  const [burst, opener] = [isIpv6, (flow: CapturedFlow) => !isIpv6(flow)].map((is) =>
    flows.find(is),
  )
  assert.equal(told(recognise(lookAt(burst!, 8))), 'utp likely')
  assert.equal(told(recognise(lookAt(opener!, 8))), 'utp likely')
  assert.equal(recognise({ ...lookAt(burst!, 5), final: true }), 'no')
  const wrong = lookAt(opener!, 2)
  const [syn, next] = wrong.datagrams
  const moved = Uint8Array.from(next!.bytes)
  moved[17] = moved[17]! ^ 1
  const other = { ...wrong, final: true, datagrams: [syn!, { ...next!, bytes: moved }] }
  assert.equal(recognise(other), 'no')
})

test('a burst whose numbers skip, or whose clock counts bytes, is none', () => {
  const look = lookAt(flowsIn('utp-parts').find(isIpv6)!, 8)
  const edited = (edit: (head: DataView, index: number) => void): Look => ({
    ...look,
    datagrams: look.datagrams.map((datagram, index) => {
      const bytes = Uint8Array.from(datagram.bytes)
      edit(new DataView(bytes.buffer), index)
      return { ...datagram, bytes }
    }),
  })
  assert.equal(told(recognise(edited(() => {}))), 'utp likely')
  assert.equal(recognise(edited((head, index) => head.setUint16(16, 2 * index))), 'no')
  assert.equal(recognise(edited((head, index) => head.setUint32(4, 1_000 + 1_438 * index))), 'no')
  assert.equal(recognise(edited((head, index) => head.setUint32(4, 1_000 + index))), 'no')
})

test('a handshake that the capture cut is one by its length and nine letters', () => {
  const start = fromHex('13426974546f7272656e742070726f746f636f6c')
  const cut = (size: number, final = true): string =>
    told(recognise(middle(start.subarray(0, size), NOTHING, { fromStart: true, final })))
  assert.equal(cut(10), 'peer certain')
  assert.equal(cut(9), 'no')
  assert.equal(cut(10, false), 'more')
  const other = start.slice(0, 12)
  other[11] = 0x21
  assert.equal(told(recognise(middle(other, NOTHING, { fromStart: true }))), 'no')
})
