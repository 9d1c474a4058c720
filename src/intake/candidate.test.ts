/** First bytes as they are kept: in order, by side, piece by piece, and in memory used again. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limits } from '../core/limits.ts'
import { randomFrom } from '../core/random.ts'
import { latin1 } from '../core/text.ts'
import { Candidate } from './candidate.ts'
import { A, B, bytesIn } from './engine-in-test.ts'

function candidateOf(carrier: 'tcp' | 'udp' = 'tcp', fromStart = true): Candidate {
  return new Candidate(carrier, fromStart, [A, B])
}

function pieces(candidate: Candidate): string[] {
  return candidate.pieces.map((piece) => `${piece.from} ${latin1(candidate.bytesOf(piece))}`)
}

test('segments of both sides stand in their heads, and can be had one by one', () => {
  const candidate = candidateOf()
  candidate.addSegment(0, bytesIn('one'), 10, 1)
  candidate.addSegment(1, bytesIn('answer'), 20, 2)
  candidate.addSegment(0, bytesIn('two'), 30, 3)
  const look = candidate.look(false)
  assert.deepEqual(
    look.heads.map((head) => latin1(head)),
    ['onetwo', 'answer'],
  )
  assert.deepEqual(look.totals, [6, 6])
  assert.deepEqual(look.segments, [3, -6, 3])
  assert.equal(look.final, false)
  assert.deepEqual(pieces(candidate), ['0 one', '1 answer', '0 two'])
  assert.deepEqual(
    candidate.pieces.map(({ micros, frame }) => [micros, frame]),
    [
      [10, 1],
      [20, 2],
      [30, 3],
    ],
  )
  assert.deepEqual([candidate.segmentsOf(0), candidate.segmentsOf(1)], [2, 1])
})

test('datagrams are kept apart, with their size on the wire', () => {
  const candidate = candidateOf('udp')
  candidate.addDatagram(0, bytesIn('one'), 3, 10, 1)
  candidate.addDatagram(1, bytesIn('cut'), 300, 20, 2)
  const { datagrams, heads } = candidate.look(false)
  assert.deepEqual(
    datagrams.map(({ from, bytes, size }) => [from, latin1(bytes), size]),
    [
      [0, 'one', 3],
      [1, 'cut', 300],
    ],
  )
  assert.deepEqual(
    heads.map(({ length }) => length),
    [0, 0],
  )
  assert.deepEqual(pieces(candidate), ['0 one', '1 cut'])
})

test('a datagram captured twice is shown once and read twice; said again later, it is another', () => {
  const candidate = candidateOf('udp')
  candidate.addDatagram(0, bytesIn('ask'), 3, 10, 1)
  candidate.addDatagram(0, bytesIn('ask'), 3, 12, 2)
  candidate.addDatagram(1, bytesIn('ask'), 3, 15, 3)
  candidate.addDatagram(0, bytesIn('ask'), 3, 5000, 4)
  const { datagrams } = candidate.look(false)
  assert.deepEqual(
    datagrams.map(({ from, micros }) => [from, micros]),
    [
      [0, 10],
      [1, 15],
      [0, 5000],
    ],
  )
  assert.deepEqual(pieces(candidate), ['0 ask', '0 ask', '1 ask', '0 ask'])
  for (let i = 0; i < 20 && !candidate.full; i++) {
    candidate.addDatagram(0, bytesIn('ask'), 3, 5001, 5)
  }
  assert.ok(candidate.full)
  assert.equal(candidate.look(false).datagrams.length, 3)
})

test('what was shown is copied: the capture may use its buffer again', () => {
  const buffer = bytesIn('first')
  const [tcp, udp] = [candidateOf(), candidateOf('udp')]
  tcp.addSegment(0, buffer, 1, 1)
  udp.addDatagram(0, buffer, 5, 1, 1)
  buffer.fill(0x2a)
  assert.deepEqual(pieces(tcp), ['0 first'])
  assert.deepEqual(pieces(udp), ['0 first'])
})

test('pieces of all sizes come back as they were, while other flows begin and end', () => {
  const random = randomFrom(3)
  const open: { candidate: Candidate; expected: string[] }[] = []
  for (let round = 0; round < 400; round++) {
    const carrier = random() % 2 === 0 ? 'tcp' : 'udp'
    const entry = { candidate: candidateOf(carrier, false), expected: [] as string[] }
    open.push(entry)
    for (const { candidate, expected } of open) {
      if (candidate.full) continue
      const letter = String.fromCharCode(97 + (random() % 26))
      const piece = letter.repeat(1 + (random() % (random() % 8 === 0 ? 6000 : 200)))
      const from = random() % 2 === 0 ? 0 : 1
      if (candidate.carrier === 'tcp') candidate.addSegment(from, bytesIn(piece), round, round)
      else candidate.addDatagram(from, bytesIn(piece), piece.length, round, round)
      expected.push(`${from} ${piece}`)
    }
    const at = random() % open.length
    assert.deepEqual(pieces(open[at]!.candidate), open[at]!.expected)
    if (open.length > 12) {
      open[at]!.candidate.release()
      open.splice(at, 1)
    }
  }
  for (const { candidate, expected } of open) assert.deepEqual(pieces(candidate), expected)
})

test('the memory that is held is counted, and bounded by what is shown', () => {
  const candidate = candidateOf('tcp', false)
  assert.equal(candidate.heldBytes, 0)
  const chunk = new Uint8Array(1448)
  while (!candidate.full) {
    candidate.addSegment(0, chunk, 0, 0)
    assert.ok(candidate.heldBytes >= candidate.totals[0])
  }
  assert.ok(candidate.heldBytes <= 4 * limits.lookMiddleBytes, `${candidate.heldBytes}`)
})

test('enough was shown after so many segments, bytes or datagrams', () => {
  const segments = candidateOf()
  for (let i = 0; i < limits.lookSegments; i++) {
    assert.equal(segments.full, false)
    assert.equal(segments.look(false).final, false)
    segments.addSegment(i % 2 === 0 ? 0 : 1, bytesIn('x'), 0, 0)
  }
  assert.equal(segments.full, true)
  assert.equal(segments.look(false).final, true)
  const bytes = candidateOf()
  bytes.addSegment(1, new Uint8Array(limits.lookBytes - 1), 0, 0)
  assert.equal(bytes.full, false)
  bytes.addSegment(1, bytesIn('x'), 0, 0)
  assert.equal(bytes.full, true)
  const datagrams = candidateOf('udp')
  for (let i = 0; i < limits.lookDatagrams; i++) {
    assert.equal(datagrams.full, false)
    datagrams.addDatagram(0, bytesIn('x'), 1, i * 1_000_000, 0)
  }
  assert.equal(datagrams.full, true)
})

test('words cut into single bytes are shown as far as whole ones, and cost what they take', () => {
  const cut = candidateOf()
  let sent = 0
  for (; !cut.full; sent++) cut.addSegment(0, bytesIn('x'), 0, 0)
  // 16 segments of 32 bytes, less the 31 that the last one may still gather.
  assert.equal(sent, 15 * 32 + 1)
  assert.ok(cut.heldBytes >= 64 * (sent - limits.lookSegments), `${cut.heldBytes}`)
  // Who takes turns is counted by turns, and so is who writes more than a few bytes at once.
  const turns = candidateOf()
  for (sent = 0; !turns.full; sent++) turns.addSegment(sent % 2 === 0 ? 0 : 1, bytesIn('x'), 0, 0)
  assert.equal(sent, limits.lookSegments)
  const longer = candidateOf()
  for (sent = 0; !longer.full; sent++) longer.addSegment(0, new Uint8Array(32), 0, 0)
  assert.equal(sent, limits.lookSegments)
})

test('a side that lost bytes is begun anew, and the other side is kept', () => {
  const candidate = candidateOf()
  candidate.addSegment(0, bytesIn('before'), 1, 1)
  candidate.addSegment(1, bytesIn('answer'), 2, 2)
  candidate.restart(0)
  assert.equal(candidate.fromStart, false)
  candidate.addSegment(0, bytesIn('after'), 3, 3)
  assert.deepEqual(
    candidate.look(false).heads.map((head) => latin1(head)),
    ['after', 'answer'],
  )
  assert.deepEqual(pieces(candidate), ['1 answer', '0 after'])
  assert.deepEqual(candidate.look(false).totals, [5, 6])
})

test('bytes that the capture lost count in sizes, behind their segment or as one of their own', () => {
  const candidate = candidateOf()
  candidate.addSegment(0, bytesIn('cut'), 1, 1)
  candidate.missed(0, 97)
  candidate.missed(1, 50)
  assert.deepEqual(candidate.look(false).segments, [100, -50])
  assert.deepEqual(candidate.look(false).totals, [100, 50])
  assert.equal(latin1(candidate.look(false).heads[0]), 'cut')
})

test('a long look is not asked at every segment, and is asked when much has come', () => {
  const candidate = candidateOf('tcp', false)
  let asked = 0
  let last = 0
  const gaps: number[] = []
  while (!candidate.full) {
    candidate.addSegment(0, new Uint8Array(900), 0, 0)
    if (!candidate.worthAsking) continue
    asked++
    gaps.push(candidate.totals[0] / Math.max(1, last))
    last = candidate.totals[0]
  }
  assert.ok(candidate.segments.length >= 60)
  assert.ok(asked >= 8 && asked <= 20, `${asked} times`)
  assert.ok(Math.max(...gaps.slice(1)) <= 2, gaps.join(' '))
})
