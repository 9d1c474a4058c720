/** The state of a crawl is read back as it was written; anything else is no state. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readState, type Saved, stateText } from './state-file.ts'

const SAVED: Saved = {
  question: 'urn:x:1',
  self: 7,
  sent: 12,
  learned: [{ family: 'x', part: 'peer', at: { ip: '10.0.0.1', port: 1 }, id: 'ab', hops: 1 }],
  asked: [['x gossip 10.0.0.1:1 urn:x:1', { micros: 5, isAnswered: true }]],
}

test('What is written is read', () => {
  const { version, ...read } = readState(stateText(SAVED)) as Saved & { version?: number }
  assert.deepEqual(read, SAVED)
})

test('Damaged, foreign and newer files are refused', () => {
  const text = stateText(SAVED)
  for (const bad of [
    '',
    '[]',
    'null',
    text.slice(0, -1),
    text.replace('"version":1', '"version":2'),
    text.replace('"port":1', '"port":70000'),
    text.replace('"hops":1', '"hops":"1"'),
    text.replace('"micros":5', '"micros":null'),
    text.replace('"question":"urn:x:1"', '"question":1'),
  ]) {
    assert.equal(readState(bad), undefined, bad)
  }
})
