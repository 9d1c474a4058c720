/** Layers add up, none gets lost among the others. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { biggest, type Layer, stacked, stepsFor } from './stack.ts'

const layer = (key: string, ...values: number[]): Layer => ({
  key,
  label: key,
  colour: 0,
  hatched: false,
  values,
})

test('each layer lies on those before it', () => {
  assert.deepEqual(stacked([layer('a', 1, 0), layer('b', 2, 5), layer('c', 0, 1)]), [
    [1, 0],
    [3, 5],
    [3, 6],
  ])
})

test('small layers become one, and the sum stays', () => {
  const layers = [layer('a', 1, 1), layer('b', 9, 9), layer('c', 2, 3), layer('none', 0, 0)]
  const kept = biggest(layers, 1, (rest) => `${rest.length} others`)
  assert.deepEqual(
    kept.map(({ label, values }) => [label, ...values]),
    [
      ['b', 9, 9],
      ['2 others', 3, 4],
    ],
  )
  assert.deepEqual(stacked(kept).at(-1), [12, 13])
})

test('steps are as fine as what is told, and neither few nor many', () => {
  const seconds = [10, 110, 1000, 86_400]
  assert.deepEqual(
    seconds.map((length) => stepsFor({ from: 5, to: 5 + length * 1e6 })),
    [60, 60, 100, 160],
  )
})
