/**
 * A stream cut into segments, shuffled, repeated, overlapped and thinned out comes back in order,
 * with every missing byte told.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { limits } from '../../core/limits.ts'
import { randomFrom } from '../../core/random.ts'
import { TcpDirection } from './tcp-direction.ts'

const moment = { micros: 0, frame: 0 }

/** Writes what it is given: numbers for bytes, `-n` for a gap of n. */
class Notes {
  readonly said: (number | string)[] = []

  data(bytes: Uint8Array): void {
    this.said.push(...bytes)
  }

  gap(missing: number): void {
    this.said.push(`-${missing}`)
  }
}

function begin(sequence?: number): { notes: Notes; direction: TcpDirection } {
  const notes = new Notes()
  const direction = new TcpDirection(notes)
  if (sequence !== undefined) direction.syn(sequence)
  return { notes, direction }
}

function send(direction: TcpDirection, sequence: number, bytes: readonly number[]): void {
  direction.segment(sequence, new Uint8Array(bytes), 0, bytes.length, bytes.length, moment)
}

test('behind a hole that is given up, bytes keep their frame; behind one that is filled, they wait', () => {
  const told: string[] = []
  const at = { micros: 0, frame: 0 }
  const direction = new TcpDirection({
    data: (bytes, { frame, micros }) => told.push(`${[...bytes]} in ${frame} at ${micros}`),
    gap: (missing, { frame }) => told.push(`-${missing} in ${frame}`),
  })
  const came = (frame: number, sequence: number, ...bytes: number[]): void => {
    Object.assign(at, { frame, micros: 10 * frame })
    direction.segment(sequence, new Uint8Array(bytes), 0, bytes.length, bytes.length, at)
  }
  direction.syn(0)
  came(1, 1, 1)
  came(2, 3, 3)
  came(3, 2, 2)
  came(4, 6, 6)
  came(5, 8, 8)
  Object.assign(at, { frame: 9, micros: 90 })
  direction.flush(at)
  const filled = ['1 in 1 at 10', '2 in 3 at 30', '3 in 3 at 30']
  assert.deepEqual(told, [...filled, '-2 in 9', '6 in 4 at 40', '-1 in 9', '8 in 5 at 50'])
  assert.deepEqual(at, { frame: 9, micros: 90 })
})

describe('order', () => {
  test('in-order bytes are handed on as a view of the packet, not a copy', () => {
    const buffer = new Uint8Array([9, 9, 1, 2, 3, 9])
    const seen: Uint8Array[] = []
    const direction = new TcpDirection({ data: (bytes) => seen.push(bytes), gap: assert.fail })
    direction.syn(99)
    direction.segment(100, buffer, 2, 3, 3, moment)
    assert.equal(seen[0]!.buffer, buffer.buffer)
    assert.deepEqual([...seen[0]!], [1, 2, 3])
    assert.equal(direction.delivered, 3)
  })

  test('a segment that comes too early waits, as a copy', () => {
    const { notes, direction } = begin(0)
    // A Buffer's own slice would not copy.
    const early = Buffer.from([4, 5])
    direction.segment(4, early, 0, 2, 2, moment)
    early.fill(0)
    assert.equal(direction.heldBytes, 2)
    send(direction, 1, [1, 2, 3])
    assert.deepEqual(notes.said, [1, 2, 3, 4, 5])
    assert.equal(direction.heldBytes, 0)
  })

  test('overlap: the bytes seen first win, held ones and those handed on', () => {
    const { notes, direction } = begin(0)
    send(direction, 3, [3, 4])
    send(direction, 1, [11, 12, 13, 14, 15])
    send(direction, 4, [24, 25, 26])
    assert.deepEqual(notes.said, [11, 12, 3, 4, 15, 26])
    const again = begin(0)
    send(again.direction, 5, [5])
    send(again.direction, 3, [3])
    send(again.direction, 2, [22, 23, 24, 25, 26])
    assert.equal(again.direction.heldBytes, 5)
    send(again.direction, 1, [1])
    assert.deepEqual(again.notes.said, [1, 22, 3, 24, 5, 26])
  })

  test('sequence numbers wrap around', () => {
    const { notes, direction } = begin(0xffff_fffd)
    send(direction, 0, [3, 4])
    send(direction, 0xffff_fffe, [1, 2])
    send(direction, 2, [5])
    assert.deepEqual(notes.said, [1, 2, 3, 4, 5])
  })

  test('data in the SYN begins after its number; a repeated SYN changes nothing', () => {
    const { notes, direction } = begin(1000)
    send(direction, 1001, [1, 2])
    direction.syn(1000)
    send(direction, 1003, [3])
    assert.deepEqual(notes.said, [1, 2, 3])
  })

  test('another SYN before any data begins anew', () => {
    const { notes, direction } = begin(1000)
    direction.syn(5000)
    send(direction, 5001, [1])
    assert.deepEqual(notes.said, [1])
  })

  test('from the middle: the first segment is the start, earlier ones are passed over', () => {
    const { notes, direction } = begin()
    send(direction, 500, [5, 6])
    send(direction, 498, [3, 4])
    send(direction, 499, [4, 5, 6, 7])
    assert.deepEqual(notes.said, [5, 6, 7])
    assert.equal(direction.missing, 0)
  })

  test('keep-alive probes and repeated window probes give nothing', () => {
    const { notes, direction } = begin(0)
    send(direction, 1, [1, 2])
    send(direction, 2, [0])
    send(direction, 3, [3])
    send(direction, 3, [3])
    send(direction, 3, [])
    assert.deepEqual(notes.said, [1, 2, 3])
  })
})

describe('loss', () => {
  test('a segment cut by the snaplen: what is there, then a gap, then the next', () => {
    const { notes, direction } = begin(0)
    direction.segment(1, new Uint8Array([1, 2]), 0, 2, 5, moment)
    send(direction, 6, [6])
    // Cut to nothing, and cut while it waits.
    direction.segment(7, new Uint8Array(0), 0, 0, 2, moment)
    direction.segment(10, new Uint8Array([10]), 0, 1, 3, moment)
    send(direction, 9, [9])
    // Its repetition begins in what was cut and reaches beyond it.
    direction.segment(11, new Uint8Array([11]), 0, 1, 4, moment)
    assert.deepEqual(notes.said, [1, 2, '-3', 6, '-2', 9, 10, '-2', '-2'])
    assert.equal(direction.missing, 9)
    assert.equal(direction.delivered, 5)
  })

  test('a hole that the other side has acknowledged is told after three witnesses', () => {
    const { notes, direction } = begin(0)
    send(direction, 1, [1])
    send(direction, 5, [5])
    direction.acknowledged(6, moment)
    direction.acknowledged(6, moment)
    assert.deepEqual(notes.said, [1])
    direction.acknowledged(6, moment)
    assert.deepEqual(notes.said, [1, '-3', 5])
  })

  test('an acknowledgement captured before its data is no loss', () => {
    const { notes, direction } = begin(0)
    direction.acknowledged(3, moment)
    send(direction, 1, [1, 2])
    direction.acknowledged(4, moment)
    send(direction, 3, [3])
    assert.deepEqual(notes.said, [1, 2, 3])
  })

  test('one wild acknowledgement does not blind', () => {
    const { notes, direction } = begin(0)
    direction.acknowledged(0x3000_0000, moment)
    for (let i = 1; i < 9; i++) send(direction, i, [i])
    direction.acknowledged(9, moment)
    send(direction, 9, [9])
    assert.deepEqual(notes.said, [1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  test('the number of the FIN is not a missing byte', () => {
    const { notes, direction } = begin(0)
    send(direction, 1, [1])
    for (let i = 0; i < 9; i++) direction.acknowledged(3, moment)
    assert.deepEqual(notes.said, [1])
    const told = begin(0)
    send(told.direction, 1, [1])
    told.direction.fin(4)
    for (let i = 0; i < 9; i++) told.direction.acknowledged(5, moment)
    assert.deepEqual(told.notes.said, [1, '-2'])
  })

  test('the bounds of held segments and bytes declare the gap', () => {
    const { notes, direction } = begin(0)
    for (let i = 0; i < limits.segmentsHeldMax; i++) send(direction, 3 + 2 * i, [i & 255])
    assert.deepEqual(notes.said, [])
    send(direction, 3 + 2 * limits.segmentsHeldMax, [7])
    assert.deepEqual(notes.said.slice(0, 2), ['-2', 0])
    assert.ok(direction.heldBytes <= limits.segmentsHeldMax)

    const large = begin(0)
    const segment = new Uint8Array(65_000)
    const count = Math.floor(limits.segmentBytesHeldMax / segment.length) + 1
    for (let i = 0; i < count; i++) {
      large.direction.segment(10 + i * segment.length, segment, 0, 65_000, 65_000, moment)
      assert.ok(large.direction.heldBytes <= limits.segmentBytesHeldMax)
    }
    assert.equal(large.direction.missing, 9)
    assert.equal(large.direction.delivered, count * segment.length)
  })

  test('flush gives out what is held and tells the gaps', () => {
    const { notes, direction } = begin(0)
    send(direction, 3, [3])
    send(direction, 6, [6, 7])
    direction.flush(moment)
    assert.deepEqual(notes.said, ['-2', 3, '-2', 6, 7])
    assert.equal(direction.missing, 4)
  })
})

/** A random stream as segments: order, repetition, overlap, loss and cuts by chance. */
function property(seed: number, lossy: boolean): void {
  const random = randomFrom(seed)
  const stream = new Uint8Array(1 + (random() % 4000))
  for (let i = 0; i < stream.length; i++) stream[i] = random()
  const start = random()
  const segments: { from: number; to: number }[] = []
  for (let from = 0; from < stream.length; ) {
    const to = Math.min(stream.length, from + 1 + (random() % 120))
    if (!lossy || random() % 10 !== 0) segments.push({ from, to })
    if (random() % 4 === 0) segments.push({ from: Math.max(0, from - (random() % 90)), to })
    from = to
  }
  for (let i = 0; i < segments.length; i++) {
    const other = Math.min(segments.length - 1, i + (random() % 8))
    const kept = segments[i]!
    segments[i] = segments[other]!
    segments[other] = kept
  }
  const got = new Int16Array(stream.length).fill(-1)
  let position = 0
  const direction = new TcpDirection({
    data(bytes) {
      got.set(bytes, position)
      position += bytes.length
    },
    gap(missing) {
      position += missing
    },
  })
  direction.syn(start)
  const covered = new Uint8Array(stream.length)
  for (const { from, to } of segments) {
    covered.fill(1, from, to)
    const sequence = (start + 1 + from) >>> 0
    direction.segment(sequence, stream, from, to - from, to - from, moment)
  }
  direction.flush(moment)
  for (let i = 0; i < position; i++) {
    assert.equal(got[i], covered[i] === 1 ? stream[i] : -1, `seed ${seed} at ${i}`)
  }
  assert.equal(position, covered.lastIndexOf(1) + 1, `seed ${seed}`)
  assert.equal(direction.delivered + direction.missing, position)
  assert.equal(direction.heldBytes, 0)
}

test('any order, repetition, overlap and loss: every byte once, or in a gap', () => {
  for (let seed = 1; seed <= 300; seed++) {
    property(seed, false)
    property(seed + 10_000, true)
  }
})
