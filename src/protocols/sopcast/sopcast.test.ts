/** SopCast is recognised by frames of known sizes and types from both sides. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat, fromHex } from '../../core/bytes.ts'
import { lookAt, madeFlow } from '../../core/captured-flows.ts'
import type { Side } from '../../core/event.ts'
import { checkSession, factsOf } from '../../core/session-check.ts'
import { checkWire } from '../../core/wire-check.ts'
import { sopcast } from './index.ts'
import { logs } from './logs.ts'
import { recognise } from './recognise.ts'
import { frameWire } from './wire/frame.ts'

type Talk = readonly (readonly [Side, Uint8Array])[]
/** As the sources say byte by byte; bytes they do not name are filled with 7. */
function filled(head: string, size: number): Uint8Array {
  const bytes = new Uint8Array(size).fill(7)
  bytes.set(fromHex(head))
  return bytes
}
const ASK = filled('ffff01 0707070707 02ff 002c 0000 00', 52)
const ANSWER = filled('0009 02 0707070707 01ff 0014 0000', 80)
const OTHERS = [
  filled('0009 01 0707070707 03ff 0034 0000 00', 60),
  filled('0002 01 0703 070707 0601 0022 0000', 42),
  filled('000c 01 0700 070707 0101 0014 0000', 28),
  filled('0002 01 0703 070707 0601 0116 0000', 286),
  filled('ffff 01 0707070707 0cff 0044 0000 000101', 76),
]

function told(talk: Talk, final = true): string {
  const sight = recognise({ ...lookAt(madeFlow('udp', talk)), final })
  return typeof sight === 'string' ? sight : `${sight.part} ${sight.sureness}`
}

test('the contract of wires', () => {
  checkWire(frameWire, [ASK, ANSWER, ...OTHERS])
})

test('one rule reads the seven shapes', () => {
  for (const bytes of [ASK, ANSWER, ...OTHERS]) {
    const outcome = frameWire.parse(bytes, 0)
    assert.ok(outcome.kind === 'message')
    const isWhole = bytes !== ANSWER
    assert.equal(outcome.message.more.length === 0, isWhole)
  }
})

test('both sides are likely, one alone unsure where it says more than once', () => {
  assert.equal(told([[0, ASK]], false), 'more')
  assert.equal(told([[0, ASK]]), 'no')
  assert.equal(
    told([
      [0, ASK],
      [1, ANSWER],
    ]),
    'peer likely',
  )
  for (const other of OTHERS) {
    assert.equal(
      told([
        [0, ASK],
        [1, other],
      ]),
      'peer likely',
    )
  }
  assert.equal(
    told([
      [0, ASK],
      [0, OTHERS[4]!],
    ]),
    'peer unsure',
  )
})

test('near misses: another size, a zero missing, another answer, a game that begins ff ff', () => {
  const pair = (ask: Uint8Array, answer: Uint8Array) =>
    told([
      [0, ask],
      [1, answer],
    ])
  assert.equal(pair(concat(ASK, fromHex('00')), ANSWER), 'no')
  assert.equal(pair(ASK.with(12, 1), ANSWER), 'no')
  assert.equal(pair(ASK, ANSWER.with(9, 2)), 'no')
  assert.equal(pair(ASK, fromHex('ffff01')), 'no')
  assert.equal(pair(fromHex('ffffffff54536f7572636520456e67696e6520517565727900'), ANSWER), 'no')
})

test('frames are told by type, once, and counted', () => {
  const kept = checkSession(sopcast, factsOf('udp', 'peer'), [
    [0, ASK],
    [1, ANSWER],
    [0, fromHex('0102')],
  ])
  assert.equal(kept.counts.get('frame'), 2)
  assert.equal(kept.counts.get('other'), 1)
  const [ask, answer] = kept.of('message')
  assert.deepEqual(ask!.fields, {
    type: 'frame',
    session: 0xffff,
    kind: 1,
    number: 2,
    mark: 255,
    more: 0,
  })
  assert.equal(answer!.fields.more, 52)
  assert.deepEqual(Object.keys(ask!.fields), Object.keys(logs.sopcast.properties))
})
