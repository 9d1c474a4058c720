/** Flows that are undecided: when they are decided, and that they stay within their bounds. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf } from '../core/bytes.ts'
import { limits } from '../core/limits.ts'
import type { Finding, Look, Protocol } from '../core/protocol.ts'
import { Candidate } from './candidate.ts'
import { A, B, cardOf, unreadable, whisper } from './engine-in-test.ts'
import { Looking } from './looking.ts'
import { type OwnedFit, Recogniser } from './recognise.ts'

/** A place for looks, with what became of them. */
function placeOf(...protocols: readonly Protocol[]) {
  const recognised: [number, Finding][] = []
  const unknown: [number, readonly OwnedFit[]][] = []
  const reached: string[] = []
  const looking = new Looking(new Recogniser(protocols), {
    recognised: (slot, _, __, finding) => recognised.push([slot, finding]),
    unknown: (slot, _, fits) => unknown.push([slot, fits]),
    limit: (name) => reached.push(name),
  })
  const add = (slot: number, carrier: 'tcp' | 'udp' = 'tcp', fromStart = true) =>
    looking.add(slot, new Candidate(carrier, fromStart, [A, B]))
  return { looking, add, recognised, unknown, reached }
}

const UNREADABLE = unreadable(100)

test('what cannot be read is looked at to the end, and then it is said what it could be', () => {
  const { looking, add, unknown } = placeOf(whisper)
  add(1)
  for (let i = 1; i < limits.lookSegments; i++) looking.segment(1, 0, UNREADABLE, i, i)
  assert.equal(unknown.length, 0)
  looking.segment(1, 1, UNREADABLE, 99, 99)
  assert.deepEqual(
    unknown.map(([slot, fits]) => [slot, fits.map(({ part, index }) => [part, index])]),
    [[1, [['secret', 0]]]],
  )
  assert.equal(looking.get(1), undefined)
  // What comes after the end of a look is nobody's.
  looking.segment(1, 0, UNREADABLE, 100, 100)
  looking.datagram(1, 0, UNREADABLE, 100, 100, 100)
  looking.broken(1, 0, 9)
  looking.conclude(1)
  assert.equal(unknown.length, 1)
})

test('a shape that alone is likely is told as soon as it stands, one that is unsure waits', () => {
  const shapeOf = (alone: 'likely' | 'unsure') => ({
    ...whisper,
    fits: ({ segments }: Look) =>
      segments.at(-1) === -7
        ? [{ part: 'shape', taughtAs: [], reason: 'a last seven', alone }]
        : [],
  })
  for (const [alone, told] of [
    ['likely', 1],
    ['unsure', 0],
  ] as const) {
    const { looking, add, unknown } = placeOf(shapeOf(alone))
    add(1)
    for (let i = 1; i < 9; i++) looking.segment(1, 0, UNREADABLE, i, i)
    assert.equal(unknown.length, 0)
    looking.segment(1, 1, unreadable(7), 9, 9)
    assert.equal(unknown.length, told)
  }
})

test('a long first message is shown up to the bound of bytes', () => {
  const { looking, add, unknown } = placeOf(whisper)
  add(1)
  const half = unreadable(limits.lookBytes / 2)
  looking.segment(1, 0, half, 1, 1)
  looking.segment(1, 1, half, 1, 1)
  assert.equal(unknown.length, 0)
  looking.segment(1, 0, half, 1, 1)
  assert.equal(unknown.length, 1)
})

test('from the middle more is shown', () => {
  const { looking, add, unknown } = placeOf(whisper)
  add(1, 'tcp', false)
  for (let i = 1; i < limits.lookMiddleSegments; i++) looking.segment(1, 0, UNREADABLE, i, i)
  assert.equal(unknown.length, 0)
  looking.segment(1, 0, UNREADABLE, 99, 99)
  assert.equal(unknown.length, 1)
})

test('what the beginning could be is kept where a capture cuts its packets, with their whole sizes', () => {
  const sizes: (readonly number[])[] = []
  const shaped = cardOf('shaped', {
    starts: { tcp: [] },
    fits: ({ segments, fromStart }) => {
      sizes.push([...segments])
      return fromStart ? [{ part: 'start', taughtAs: [], reason: 'its size' }] : []
    },
  })
  const { looking, add, unknown } = placeOf(shaped)
  add(1)
  looking.segment(1, 0, UNREADABLE, 1, 1)
  looking.broken(1, 0, 400)
  assert.equal(unknown.length, 0)
  looking.segment(1, 1, UNREADABLE, 2, 2)
  looking.broken(1, 1, 100)
  looking.conclude(1)
  // The capture holds 100 bytes of each packet.
  assert.deepEqual(sizes, [[500], [500, -200]])
  assert.deepEqual(
    unknown.map(([, fits]) => fits.map(({ part }) => part)),
    [['start']],
  )
})

test('datagrams are shown up to their bound', () => {
  const { looking, add, unknown } = placeOf(whisper)
  add(1, 'udp')
  for (let i = 1; i < limits.lookDatagrams; i++)
    looking.datagram(1, 0, UNREADABLE, 100, i * 10_000, i)
  assert.equal(unknown.length, 0)
  looking.datagram(1, 1, UNREADABLE, 100, 9, 9)
  assert.equal(unknown.length, 1)
})

test('a later datagram may be the first that somebody wants', () => {
  const { looking, add, recognised } = placeOf(whisper)
  add(1, 'udp')
  looking.datagram(1, 0, bytesOf('~'), 1, 1, 1)
  looking.datagram(1, 1, bytesOf('? no'), 4, 2, 2)
  looking.conclude(1)
  assert.deepEqual(
    recognised.map(([slot, { part }]) => [slot, part]),
    [[1, 'murmur']],
  )
})

test('without anybody who names unreadable flows, a flow that nobody wants is let go', () => {
  const { looking, add, unknown } = placeOf(cardOf('plain', { starts: { tcp: ['X'] } }))
  assert.equal(looking.dismisses('tcp', UNREADABLE, 100), true)
  add(1)
  looking.segment(1, 0, UNREADABLE, 1, 1)
  assert.deepEqual(unknown, [[1, []]])
})

test('too many undecided flows: the oldest are decided on what they have shown', () => {
  const { looking, add, recognised, unknown, reached } = placeOf(whisper)
  add(0)
  looking.segment(0, 0, bytesOf('~ first'), 1, 1)
  for (let slot = 1; slot < limits.looksMax; slot++) add(slot)
  assert.deepEqual([reached.length, recognised.length, unknown.length], [0, 0, 0])
  add(limits.looksMax)
  assert.deepEqual(
    recognised.map(([slot, { sureness }]) => [slot, sureness]),
    [[0, 'likely']],
  )
  assert.ok(unknown.every(([slot]) => slot < 1000))
  assert.equal(reached.length, recognised.length + unknown.length)
  assert.ok(reached.every((name) => name === 'looksMax'))
  assert.ok(looking.get(limits.looksMax))
  for (let slot = 0; slot < 3 * limits.looksMax; slot++) add(limits.looksMax + 1 + slot)
  let open = 0
  for (let slot = 0; slot <= 4 * limits.looksMax; slot++) if (looking.get(slot)) open++
  assert.ok(open <= limits.looksMax, `${open} are open`)
})

test('first bytes are bounded together, also where they grow after the flows began', () => {
  const { looking, add, unknown, reached } = placeOf(whisper)
  const count = 1600
  for (let slot = 0; slot < count; slot++) add(slot, 'tcp', false)
  const chunk = unreadable(limits.lookMiddleBytes - 1)
  let held = 0
  for (let slot = 0; slot < count; slot++) {
    looking.segment(slot, 0, chunk, 1, 1)
    held = 0
    if (slot % 100 === 99 || slot === count - 1) {
      for (let other = 0; other <= slot; other++) held += looking.get(other)?.heldBytes ?? 0
      assert.ok(held <= limits.lookHeldBytesMax, `${held} bytes are held`)
    }
  }
  assert.ok(held > limits.lookHeldBytesMax / 2)
  assert.ok(reached.length > 0 && reached.every((name) => name === 'lookHeldBytesMax'))
  assert.equal(unknown.length, reached.length)
  // The oldest went first, and the one that grew stayed.
  assert.equal(looking.get(0), undefined)
  assert.ok(looking.get(count - 1))
})

test('the oldest look that grows is not the one to go', () => {
  const { looking, add, recognised, unknown } = placeOf(whisper)
  const count = Math.floor(limits.lookHeldBytesMax / (2 * limits.lookMiddleBytes))
  for (let slot = 0; slot <= count; slot++) add(slot, 'tcp', false)
  const chunk = unreadable(limits.lookMiddleBytes - 1)
  for (let slot = 1; slot <= count; slot++) looking.segment(slot, 0, chunk, 1, 1)
  assert.equal(unknown.length, 0)
  looking.segment(0, 0, chunk, 1, 1)
  assert.ok(unknown.length > 0)
  assert.equal(recognised.length, 0)
  assert.ok(looking.get(0))
  assert.equal(looking.get(1), undefined)
})
