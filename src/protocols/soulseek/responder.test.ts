/** Who calls a dark address says his name and what he wants; nothing is queued or allowed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, hex } from '../../core/bytes.ts'
import { makeResponder } from './responder.ts'

function u32(value: number): number[] {
  return [value % 256, Math.floor(value / 256), 0, 0]
}

function words(value: string): number[] {
  return [...u32(value.length), ...bytesOf(value)]
}

function message(code: readonly number[], ...fields: readonly number[][]): Uint8Array {
  const body = [...code, ...fields.flat()]
  return Uint8Array.of(...u32(body.length), ...body)
}

const INIT = message([1], words('eve'), words('P'), u32(0))

test('a caller is heard out; who queues a file is denied it', () => {
  const responder = makeResponder()
  assert.deepEqual(responder.data!(INIT.subarray(0, 9)), { used: 0, send: [], done: false })
  assert.deepEqual(responder.data!(INIT), { used: INIT.length, send: [], done: false })
  const queued = message(u32(43), words('music\\a.mp3'))
  const denied = message(u32(50), words('music\\a.mp3'), words('File not shared.'))
  const answer = responder.data!(queued)
  assert.deepEqual([answer.used, answer.done], [queued.length, false])
  assert.deepEqual(
    answer.send.map((bytes) => hex(bytes)),
    [hex(denied)],
  )
})

test('a transfer is not allowed, by its own token', () => {
  const responder = makeResponder()
  responder.data!(INIT)
  const answer = responder.data!(message(u32(40), u32(0), u32(77), words('a.mp3')))
  const refused = message(u32(41), u32(77), [0], words('File not shared.'))
  assert.deepEqual(
    answer.send.map((bytes) => hex(bytes)),
    [hex(refused)],
  )
})

test('a list, and what is no message, ends the connection', () => {
  const responder = makeResponder()
  responder.data!(INIT)
  const list = Uint8Array.of(...u32(200), 3, 0, ...u32(5))
  list[2] = 2
  assert.equal(responder.data!(list).done, true)
  assert.equal(makeResponder().data!(Uint8Array.of(0, 0, 0, 0, 0)).done, true)
})
