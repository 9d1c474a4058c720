/** PPLive is recognised by eight bytes of a datagram, or by both sides; no port is asked. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat, fromHex } from '../../core/bytes.ts'
import { lookAt, madeFlow } from '../../core/captured-flows.ts'
import type { Side } from '../../core/event.ts'
import { checkSession, factsOf } from '../../core/session-check.ts'
import { checkWire } from '../../core/wire-check.ts'
import { pplive } from './index.ts'
import { logs } from './logs.ts'
import { fits, recognise } from './recognise.ts'
import { datagramWire, streamWire } from './wire/message.ts'

type Talk = readonly (readonly [Side, Uint8Array])[]
const BODY = Uint8Array.from({ length: 49 }, (_, i) => i + 1)
const ASK = concat(fromHex('e903 41 01 98ab0102'), BODY)
const ANSWER = concat(fromHex('e903 42 01 98ab0102'), BODY)
const BIG = concat(fromHex('00000039'), ASK)
const LITTLE = concat(fromHex('39000000 2100 07 00 98ab0102'), BODY)

function told(talk: Talk, final = true): string {
  const sight = recognise({ ...lookAt(madeFlow('udp', talk)), final })
  return typeof sight === 'string' ? sight : `${sight.part} ${sight.sureness}`
}

function fitted(talk: Talk): string {
  const [fit] = fits(lookAt(madeFlow('tcp', talk)))
  return fit === undefined ? 'no' : `${fit.part} ${fit.alone}`
}

test('the contract of wires', () => {
  checkWire(datagramWire, [ASK, ANSWER])
  checkWire(streamWire, [BIG, LITTLE])
})

test('eight bytes in one datagram are certain', () => {
  assert.equal(told([[0, ASK]]), 'peer certain')
  assert.equal(told([[1, ANSWER]]), 'peer certain')
  assert.equal(told([[0, ASK.subarray(0, 50)]]), 'no')
  assert.equal(told([[0, ASK.with(3, 2)]]), 'no')
})

test('four bytes need both sides', () => {
  const ask = fromHex('e9034101 00112233')
  const answer = fromHex('e9034201 00112233')
  const other = fromHex('1c1c3201 99')
  assert.equal(told([[0, ask]]), 'no')
  assert.equal(told([[0, ask]], false), 'more')
  assert.equal(
    told([
      [0, ask],
      [1, answer],
    ]),
    'peer likely',
  )
  assert.equal(
    told([
      [0, other],
      [1, other],
    ]),
    'peer likely',
  )
  assert.equal(
    told([
      [0, ask],
      [1, other],
    ]),
    'no',
  )
})

test('over TCP messages that were joined must fill their segment', () => {
  assert.equal(fitted([[0, concat(BIG, BIG)]]), 'peer likely')
  assert.equal(fitted([[0, concat(BIG, BIG.subarray(0, 30))]]), 'no')
  assert.equal(fitted([[0, concat(BIG, new Uint8Array(8))]]), 'no')
})

test('over TCP a length must agree, sent alone or not', () => {
  assert.equal(fitted([[0, BIG]]), 'peer likely')
  assert.equal(fitted([[1, LITTLE]]), 'peer likely')
  assert.equal(
    fitted([
      [0, LITTLE.subarray(0, 4)],
      [0, LITTLE.subarray(4)],
    ]),
    'peer likely',
  )
  assert.equal(fitted([[0, concat(LITTLE, fromHex('00'))]]), 'no')
  assert.equal(fitted([[0, LITTLE.with(8, 0)]]), 'no')
  assert.equal(fitted([[0, fromHex('00000002 0102')]]), 'no')
})

test('messages are told by kind, once, and counted', () => {
  const talk: Talk = [
    [0, ASK],
    [1, ANSWER],
    [0, ASK],
    [1, fromHex('0102')],
  ]
  const kept = checkSession(pplive, factsOf('udp', 'peer'), talk)
  assert.equal(kept.counts.get('message'), 3)
  assert.equal(kept.counts.get('other'), 1)
  const stream = checkSession(pplive, factsOf('tcp', 'peer'), [
    [0, concat(BIG, LITTLE)],
    [1, LITTLE],
  ])
  assert.deepEqual(
    stream.of('message').map(({ fields }) => [fields.number, fields.kind]),
    [
      [1001, 0x41],
      [33, 7],
      [33, 7],
    ],
  )
  assert.deepEqual(
    Object.keys(stream.of('message')[0]!.fields),
    Object.keys(logs.pplive.properties),
  )
})
