/** Gameover fits by an answer that repeats its request's session id; nothing less does. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lookAt, madeFlow } from '../../core/captured-flows.ts'
import type { Side } from '../../core/event.ts'
import { randomFrom } from '../../core/random.ts'
import { peers, say, sessions, talk } from './fixtures/make-talk.ts'
import { fits } from './recognise.ts'

function seen(...transcript: (readonly [Side, Uint8Array])[]): string {
  return fits(lookAt(madeFlow('udp', transcript)))[0]?.alone ?? 'nothing'
}

test('a request and its answer are likely', () => {
  assert.equal(seen(...talk), 'likely')
  assert.equal(seen(talk[2]!, talk[3]!), 'likely')
})

test('near misses do not fit', () => {
  const ask = talk[2]!
  assert.equal(seen(ask), 'nothing', 'nobody answered')
  assert.equal(seen(ask, say(1, 3, sessions[0], peers)), 'nothing', 'another session')
  assert.equal(seen(ask, say(1, 1, sessions[1], peers.subarray(0, 22))), 'nothing', 'another pair')
  assert.equal(seen(ask, [1, ask[1]]), 'nothing', 'an echo')
  const zeros = new Uint8Array(100)
  assert.equal(seen([0, zeros], [1, zeros]), 'nothing')
  const blank = new Uint8Array(20)
  const plain = [say(0, 2, blank, peers.subarray(0, 28)), say(1, 3, blank, peers)] as const
  assert.equal(seen(...plain), 'nothing', 'a session id that is no chance')
})

test('in 20,000 pairs of chance there is none', () => {
  const chance = randomFrom(5)
  const noise = () => Uint8Array.from({ length: 44 + (chance() % 500) }, () => chance())
  for (let i = 0; i < 20_000; i++) assert.equal(seen([0, noise()], [1, noise()]), 'nothing')
})
