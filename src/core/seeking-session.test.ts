/** Sessions that find the next header again: behind a gap, behind what is none, and not for ever. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, concat } from './bytes.ts'
import type { Side } from './event.ts'
import { limits } from './limits.ts'
import { malformed, need } from './outcome.ts'
import { SeekingSession } from './seeking-session.ts'
import { factsOf, Kept } from './session-check.ts'
import { StreamReader } from './stream-reader.ts'
import { latin1 } from './text.ts'
import type { Wire } from './wire.ts'

const wire: Wire<string> = {
  name: 'test/lines',
  source: 'this file',
  carrier: 'stream',
  messageBytesMax: 11,
  faults: ['no-mark'],
  parse: (bytes, at) => (bytes.length < at + 2 ? need(2) : malformed('no-mark', at)),
  emit: bytesOf,
}

/** `#3abc`: a mark, one digit of length, and so many letters. */
class Lines extends SeekingSession {
  readonly heard: string[] = []

  protected override begins(bytes: Uint8Array, at: number): boolean {
    return bytes[at] === 0x23
  }

  protected override message(from: Side, bytes: Uint8Array): number | undefined {
    if (!this.begins(bytes, 0)) {
      this.fault(from, wire, 'no-mark', 0)
      return undefined
    }
    const size = 2 + Number(latin1(bytes, 1, 1))
    if (bytes.length < size) return this.wait(size)
    this.messages++
    this.heard.push(latin1(bytes, 2, size - 2))
    return size
  }
}

const moment = { micros: 1, frame: 1 }

function opened(fromStart = true) {
  const out = new Kept()
  const session = new Lines(2, factsOf('tcp', 'any', fromStart), out)
  const reader = new StreamReader(session)
  const push = (words: string | Uint8Array) =>
    reader.push(0, typeof words === 'string' ? bytesOf(words) : words, moment)
  return { out, session, reader, push }
}

test('in step all is read, however it is cut', () => {
  const { session, push } = opened()
  for (const letter of '#3abc#2de#0') push(letter)
  assert.deepEqual(session.heard, ['abc', 'de', ''])
})

test('where no header stands one fault is told, at its place, and the next header is found', () => {
  const { out, session, push } = opened()
  push('#3abc')
  push('garbage#2de')
  push('#1f')
  assert.deepEqual(session.heard, ['abc', 'de', 'f'])
  assert.deepEqual(out.of('fault'), [
    { type: 'fault', wire: 'test/lines', fault: 'no-mark', side: 0, at: 5, resumes: true },
  ])
})

test('behind a gap, and from the middle, nothing is told of what is passed over', () => {
  const { out, session, reader, push } = opened(false)
  push('rest of one#2ab')
  reader.gap(0, 100, moment)
  push('another rest#2cd')
  assert.deepEqual(session.heard, ['ab', 'cd'])
  assert.deepEqual(out.of('fault'), [])
  push('?')
  push('?')
  assert.equal(out.of('fault')[0]!.at, 15 + 100 + 16, 'places count what was missing')
})

test('a search ends at its bound', () => {
  const { session, push } = opened(false)
  const noise = new Uint8Array(65_536)
  for (let sent = 0; sent <= limits.searchBytesMax; sent += noise.length) {
    assert.equal(session.lost, false)
    push(noise)
  }
  push(concat(noise, bytesOf('#2ab')))
  assert.equal(session.lost, true)
  assert.deepEqual(session.heard, [])
})
