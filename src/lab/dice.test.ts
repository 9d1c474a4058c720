/** Chance of peers: repeatable, spread, and no peer throws what its neighbour throws a little later. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomFrom } from '../core/random.ts'
import { Dice } from './dice.ts'

function rolls(seed: number, count: number): number[] {
  const dice = new Dice(seed)
  return Array.from({ length: count }, () => dice.below(256))
}

test('The same seed throws the same, and all numbers come', () => {
  assert.deepEqual(rolls(7, 100), rolls(7, 100))
  const counts = new Map<number, number>()
  for (const roll of rolls(7, 25_600)) counts.set(roll, (counts.get(roll) ?? 0) + 1)
  assert.equal(counts.size, 256)
  for (const count of counts.values()) assert.ok(count > 50 && count < 160, String(count))
})

test('Seeds that follow each other in one generator give sequences that share no run', () => {
  const random = randomFrom(3)
  const runs = new Set<string>()
  for (let peer = 0; peer < 50; peer++) {
    const thrown = rolls(random(), 200)
    for (let at = 0; at + 8 <= thrown.length; at++) runs.add(thrown.slice(at, at + 8).join(' '))
  }
  assert.equal(runs.size, 50 * 193)
})
