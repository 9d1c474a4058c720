/** Verdicts go together where they are the same, and never decide a packet that was decided otherwise. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Verdicts } from './nfqueue.ts'
import { verdictMessage } from './nfqueue-wire.ts'

const QUEUE = 3
const all = (id: number, mark?: number) =>
  verdictMessage(QUEUE, { id, accept: true, isBatch: true, ...(mark !== undefined && { mark }) })
const drop = (id: number) => verdictMessage(QUEUE, { id, accept: false, isBatch: false })

test('one message for a row of the same kind, sent before any other', () => {
  const sent: Uint8Array[] = []
  const verdicts = new Verdicts(QUEUE, (message) => sent.push(message))
  verdicts.accept(1)
  verdicts.accept(2)
  verdicts.accept(3, 1)
  verdicts.accept(4, 1)
  assert.deepEqual(sent, [all(2)])
  verdicts.drop(5)
  assert.deepEqual(sent, [all(2), all(4, 1), drop(5)])
  verdicts.drop(6)
  verdicts.accept(7, 2)
  verdicts.accept(8)
  verdicts.flush()
  verdicts.flush()
  assert.deepEqual(sent.slice(3), [drop(6), all(7, 2), all(8)])
})

test('an id that begins anew is an id as any', () => {
  const sent: Uint8Array[] = []
  const verdicts = new Verdicts(QUEUE, (message) => sent.push(message))
  verdicts.accept(0xffff_ffff)
  verdicts.accept(0)
  verdicts.flush()
  assert.deepEqual(sent, [all(0)])
})
