/** Sessions of one wire: messages are read, faults are told once, what need not be read is passed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf } from './bytes.ts'
import type { Side } from './event.ts'
import { malformed, message, need } from './outcome.ts'
import { REST } from './protocol.ts'
import { factsOf, Kept } from './session-check.ts'
import { latin1 } from './text.ts'
import type { Wire } from './wire.ts'
import { DatagramSession, OpeningSession } from './wire-session.ts'

/** A word of three letters; those that begin with `!` break it. */
const wordWire: Wire<string> = {
  name: 'test/word',
  source: 'this file',
  carrier: 'stream',
  messageBytesMax: 3,
  faults: ['shouted'],
  parse(bytes, at) {
    if (bytes.length < at + 3) return need(3)
    if (bytes[at] === 0x21) return malformed('shouted', at)
    return message(latin1(bytes, at, 3), 3)
  },
  emit: bytesOf,
}

class Words extends DatagramSession<string> {
  readonly heard: string[] = []

  protected override read(from: Side, word: string, bytes: Uint8Array): void {
    this.heard.push(`${from} ${word} of ${bytes.length}`)
  }
}

/** Of whose datagrams the beginning is enough. */
class CutWords extends Words {
  protected override readonly bearsCuts = true
}

class FirstWord extends OpeningSession<string> {
  readonly heard: string[] = []

  protected override read(word: string): void {
    this.heard.push(word)
  }
}

const moment = { micros: 1, frame: 1 }

test('datagrams: each is a message or a fault, and a cut one is passed over', () => {
  const out = new Kept()
  const session = new Words(wordWire, factsOf('udp', 'any'), out)
  assert.equal(session.data(0, bytesOf('onexy'), moment), 5)
  assert.equal(session.data(1, bytesOf('!no'), moment), 3)
  assert.equal(session.data(1, bytesOf('two'), { ...moment, wireSize: 9 }), 3)
  assert.equal(session.data(1, bytesOf('two'), { ...moment, wireSize: 3 }), 3)
  assert.equal(session.data(1, bytesOf('s'), moment), 1)
  assert.deepEqual(session.heard, ['0 one of 5', '1 two of 3'])
  assert.equal(session.messages, 2)
  assert.equal(session.lost, false)
  assert.deepEqual(out.of('fault'), [
    { type: 'fault', wire: 'test/word', fault: 'shouted', side: 1, at: 0, resumes: true },
  ])
})

test('datagrams that the capture cut are counted, or read where their beginning is enough', () => {
  const out = new Kept()
  const facts = factsOf('udp', 'any')
  const cut = { ...moment, wireSize: 9 }
  new Words(wordWire, facts, out).data(0, bytesOf('one'), cut)
  const bearing = new CutWords(wordWire, facts, out)
  for (const word of ['one', '!no', 'tw']) bearing.data(0, bytesOf(word), cut)
  assert.deepEqual(bearing.heard, ['0 one of 3'])
  assert.deepEqual([...out.counts], [['cut-by-capture', 3]])
  assert.deepEqual(out.of('fault'), [])
})

test('openings: the first message of the opener is all that is read', () => {
  const out = new Kept()
  const session = new FirstWord(wordWire, factsOf('tcp', 'any'), out)
  assert.equal(session.data(1, bytesOf('who')), REST)
  assert.equal(session.data(0, bytesOf('on')), 0)
  assert.equal(session.need, 3)
  assert.equal(session.data(0, bytesOf('one')), REST)
  assert.equal(session.need, 0)
  assert.deepEqual([session.heard, session.messages, session.lost], [['one'], 1, false])
})

test('openings: one that breaks the wire, or has a hole, loses the session', () => {
  const out = new Kept()
  const broken = new FirstWord(wordWire, factsOf('tcp', 'any'), out)
  assert.equal(broken.data(0, bytesOf('!no')), 3)
  assert.deepEqual([broken.lost, out.of('fault').length], [true, 1])
  const holed = new FirstWord(wordWire, factsOf('tcp', 'any'), out)
  holed.gap()
  assert.equal(holed.lost, true)
})
