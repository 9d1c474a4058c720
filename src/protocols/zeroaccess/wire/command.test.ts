/** ZeroAccess's messages: masscan's packets are read, and what is written has the published size. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkWire } from '../../../core/wire-check.ts'
import { answer, requests } from '../fixtures/make-lists.ts'
import { commandText, commandWire, hasListCommand } from './command.ts'

const pushed = commandWire.emit({ type: 'other', command: 0x6e65774c, body: new Uint8Array(8) })

test('requests, an answer and another command pass the examination', () => {
  checkWire(commandWire, [...requests, answer, pushed])
})

test('the published requests have the ids that they were made with', () => {
  const ids = requests.map((bytes) => {
    const outcome = commandWire.parse(bytes, 0)
    return outcome.kind === 'message' && outcome.message.type === 'getL' && outcome.message.id
  })
  assert.deepEqual(ids, [0x6d617373, 0x0f0a577f])
})

test('an answer is as long as a crawler expects, and both commands begin alike on the wire', () => {
  assert.equal(answer.length, 848)
  assert.ok([...requests, answer].every(hasListCommand))
  assert.equal(hasListCommand(pushed), false)
  assert.equal(commandText(0x6e65774c), 'newL')
})

test('one bent bit is refused', () => {
  for (const at of [0, 8, 15]) {
    const bent = requests[0].slice()
    bent[at]! ^= 0x10
    const outcome = commandWire.parse(bent, 0)
    assert.equal(outcome.kind === 'malformed' && outcome.fault, 'crc-wrong')
  }
})
