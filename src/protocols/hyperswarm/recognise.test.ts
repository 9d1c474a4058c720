/** Hyperswarm is recognised by messages that tell the address they are sent to. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { concat, fromHex } from '../../core/bytes.ts'
import { type CapturedFlow, flowsOf, lookAt, madeFlow } from '../../core/captured-flows.ts'
import type { Side } from '../../core/event.ts'
import { repositoryFile, sharedCapture } from '../../core/repository.ts'
import { fits, recognise } from './recognise.ts'

function told(flow: CapturedFlow): string {
  const sight = recognise(lookAt(flow))
  return typeof sight === 'string' ? sight : `${sight.part} ${sight.sureness}`
}

test('every flow of the capture', (t) => {
  const path = sharedCapture('real/hyperswarm.pcap')
  if (path === undefined) return t.skip('the captures are not beside the project')
  const flows = flowsOf(readFileSync(path))
  assert.equal(flows.length, 29)
  for (const flow of flows) assert.equal(told(flow), 'node certain')
})

/** madeFlow: 192.0.2.1:40000 asks 198.51.100.2:40001, which is c6336402 419c with the port turned. */
const TO_OTHER = fromHex('0304 0100 c6336402419c 00')
const TO_NOBODY = fromHex('0304 0100 c6336409419c 00')
const ANSWER = concat(fromHex('1301 0100 c0000209409c'), new Uint8Array(32).fill(7))

test('a question to its own target is certain, others are not', () => {
  const of = (...talk: (readonly [Side, Uint8Array])[]): string => told(madeFlow('udp', talk))
  assert.equal(of([0, TO_OTHER]), 'node certain')
  assert.equal(of([1, TO_OTHER]), 'no')
  assert.equal(of([0, TO_NOBODY]), 'no')
  assert.equal(of([0, TO_NOBODY], [1, ANSWER]), 'node likely')
  assert.equal(of([0, concat(TO_OTHER, fromHex('00'))]), 'no')
  // A DNS question whose id begins alike.
  assert.equal(of([0, fromHex('0304 0100 0001 0000 0000 0000 0161 00 0001 0001')]), 'no')
})

test('streams fit where a node was told of; both ways they are unsure', () => {
  const there = fromHex('ff010100 1b3f0f7b 00004000 00000000 00000000 38')
  const back = fromHex('ff010000 e76fd075 00004000 00000000 01000000')
  const fitOf = (...talk: (readonly [Side, Uint8Array])[]): string =>
    fits(lookAt(madeFlow('udp', talk)))[0]?.alone ?? 'by endpoint'
  assert.equal(fitOf([0, there], [1, back]), 'by endpoint')
  assert.equal(fitOf([0, there], [1, back], [0, there], [1, back]), 'unsure')
  assert.equal(fits(lookAt(madeFlow('udp', [[0, fromHex('ff02')]]))).length, 0)
  // What is sent to be let in says nothing, and hides nothing.
  const punch = Uint8Array.of(0)
  const stream = [
    [0, there],
    [1, back],
    [0, there],
    [1, back],
  ] as const
  assert.equal(fitOf([0, punch], [1, punch], [1, punch], ...stream), 'unsure')
  assert.equal(
    fits(
      lookAt(
        madeFlow('udp', [
          [0, punch],
          [1, punch],
        ]),
      ),
    ).length,
    0,
  )
  assert.equal(fits(lookAt(madeFlow('udp', [[0, fromHex('0000')], ...stream]))).length, 0)
})

test('every flow of the fixture: nodes, and the stream that follows a hole punched', () => {
  const path = repositoryFile('src/protocols/hyperswarm/fixtures/swarm.pcap')
  const flows = flowsOf(readFileSync(path))
  const counts = new Map<string, number>()
  for (const flow of flows) {
    const as = told(flow) === 'no' ? `${fits(lookAt(flow))[0]?.part}` : told(flow)
    counts.set(as, (counts.get(as) ?? 0) + 1)
  }
  assert.deepEqual([...counts.keys()].sort(), ['node certain', 'stream'])
  assert.equal(counts.get('stream'), 1)
})
