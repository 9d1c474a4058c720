/** Much stands out from little and everything from the ground, in both themes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { colourOf, shareOf, ticksOf } from './scale.ts'

/** WCAG 2: relative luminance. */
function luminance(colour: readonly number[]): number {
  const [r, g, b] = colour.map((value) => {
    const share = value / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
}

function contrast(a: readonly number[], b: readonly number[]): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (high! + 0.05) / (low! + 0.05)
}

test('every colour stands out from the map’s ground by 3 to 1, and the more the count, the more', () => {
  for (const [isDark, ground] of [
    [false, [255, 255, 255]],
    [true, [16, 20, 25]],
  ] as const) {
    let before = 2.999
    for (let share = 0; share <= 1; share += 0.05) {
      const now = contrast(colourOf(share, isDark), ground)
      assert.ok(now > before, `${isDark} ${share}: ${now} after ${before}`)
      before = now
    }
  }
})

test('ten times as much is as far from one as a hundred from ten', () => {
  assert.equal(shareOf(1, 100), 0)
  assert.ok(Math.abs(shareOf(10, 100) - 0.5) < 1e-9)
  assert.equal(shareOf(100, 100), 1)
  assert.equal(shareOf(1, 1), 1)
  assert.equal(shareOf(0, 10), 0)
})

test('a legend has few steps, from one to the most', () => {
  assert.deepEqual(ticksOf(5), [1, 2, 4, 5])
  assert.deepEqual(ticksOf(420), [1, 4, 16, 64, 256, 420])
  assert.deepEqual(ticksOf(100_000), [1, 10, 100, 1000, 10_000, 100_000])
  assert.deepEqual(ticksOf(1), [1])
  assert.ok(ticksOf(1e12).length <= 8)
})
