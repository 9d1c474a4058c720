/** How many called, from 64 bits and an eighth of them: as sure as callers.ts says. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomFrom } from '../../core/random.ts'
import { estimateCallers } from './callers.ts'

/** Relative bias and standard error of so many tries with `callers` each. */
function errorsOf(callers: number, tries: number): { bias: number; deviation: number } {
  const random = randomFrom(callers)
  let [sum, squares] = [0, 0]
  for (let i = 0; i < tries; i++) {
    const bits = new Set<number>()
    let sampled = 0
    for (let caller = 0; caller < callers; caller++) {
      bits.add(random() % 64)
      if (random() % 8 === 0) sampled++
    }
    const error = estimateCallers(bits.size, sampled) / callers - 1
    sum += error
    squares += error ** 2
  }
  return { bias: sum / tries, deviation: Math.sqrt(squares / tries) }
}

test('none is none, one is one, and no fewer than bits', () => {
  assert.equal(estimateCallers(0, 0), 0)
  assert.equal(estimateCallers(1, 0), 1)
  assert.equal(estimateCallers(1, 1), 1)
  assert.ok(estimateCallers(63, 0) >= 63)
  assert.equal(estimateCallers(64, 1000), 8000)
})

test('the standard error is nowhere above 15 %, and small where callers are very many', () => {
  for (const callers of [2, 10, 40, 100, 250, 350, 700]) {
    const { bias, deviation } = errorsOf(callers, 1000)
    assert.ok(Math.abs(bias) < 0.05 && deviation < 0.15, `${callers}: ${bias} ± ${deviation}`)
  }
  const { bias, deviation } = errorsOf(8000, 100)
  assert.ok(Math.abs(bias) < 0.02 && deviation < 0.04, `${bias} ± ${deviation}`)
})
