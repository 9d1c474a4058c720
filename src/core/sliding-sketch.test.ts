/** Counts of very many are right to a few percent, over all time and since any moment. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SlidingSketch } from './sliding-sketch.ts'

/** Four standard errors of 1.04 / √2048. */
const ERROR_MAX = 4 * (1.04 / Math.sqrt(2048))

function isNear(count: number, truth: number): void {
  assert.ok(Math.abs(count - truth) <= ERROR_MAX * truth + 1, `${count} for ${truth}`)
}

test('numbers and texts are counted, each once', () => {
  for (const truth of [10, 500, 3000, 6000, 20_000, 200_000]) {
    const numbers = new SlidingSketch()
    const texts = new SlidingSketch()
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < truth; i++) {
        numbers.add(0x0a00_0000 + i, round)
        if (truth <= 20_000) texts.add(`2001:db8::${i.toString(16)}`, round)
      }
    }
    isNear(numbers.count(), truth)
    if (truth <= 20_000) isNear(texts.count(), truth)
  }
  assert.equal(new SlidingSketch().count(), 0)
})

test('only what was met since is counted, and what is met again is new', () => {
  const sketch = new SlidingSketch()
  for (let i = 0; i < 30_000; i++) sketch.add(i, Math.floor(i / 10_000))
  isNear(sketch.count(0), 30_000)
  isNear(sketch.count(1), 20_000)
  isNear(sketch.count(2), 10_000)
  assert.equal(sketch.count(3), 0)
  for (let i = 0; i < 5000; i++) sketch.add(i, 3)
  isNear(sketch.count(3), 5000)
  isNear(sketch.count(2), 15_000)
})

test('two that saw different things see all of them together', () => {
  const [a, b] = [new SlidingSketch(), new SlidingSketch()]
  for (let i = 0; i < 9000; i++) (i < 6000 ? a : b).add(i, 1)
  for (let i = 3000; i < 6000; i++) b.add(i, 2)
  a.merge(b)
  isNear(a.count(), 9000)
  isNear(a.count(2), 3000)
})
