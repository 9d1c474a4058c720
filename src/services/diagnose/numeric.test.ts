/** Tails against printed tables and against sums made by hand. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { binomialTail, chiSquare, chiSquareTail, logGamma } from './numeric.ts'

function near(value: number, wanted: number, part: number): void {
  assert.ok(Math.abs(value - wanted) <= part * wanted, `${value}, not ${wanted}`)
}

test('the logarithm of gamma is that of factorials, and of the root of pi', () => {
  near(Math.exp(logGamma(6)), 120, 1e-12)
  near(Math.exp(logGamma(0.5)), Math.sqrt(Math.PI), 1e-12)
  // 100! = 9.332621544e157
  near(logGamma(101), Math.log(9.332_621_544e157), 1e-11)
})

test('binomial tails are sums that can be made by hand', () => {
  // Of ten coins eight or more: (45 + 10 + 1) / 1024.
  near(binomialTail(8, 10, 0.5), 56 / 1024, 1e-12)
  // One or more of three at a quarter: 1 − (3/4)³.
  near(binomialTail(1, 3, 0.25), 37 / 64, 1e-12)
  near(binomialTail(9, 9, 0.1), 1e-9, 1e-9)
  near(binomialTail(2, 3, 1 / 6), 16 / 216, 1e-12)
  assert.equal(binomialTail(0, 5, 0.1), 1)
  assert.equal(binomialTail(6, 5, 0.1), 0)
  // So small that only its logarithm could tell.
  assert.ok(binomialTail(2873, 4709, 0.01) < 1e-300)
})

test('chi-square tails are those of printed tables', () => {
  // Abramowitz and Stegun, table 26.8: percentage points.
  const table = [
    [3.841_46, 1, 0.05],
    [10.827_6, 1, 0.001],
    [5.991_46, 2, 0.05],
    [18.307, 10, 0.05],
    [29.588_3, 10, 0.001],
    [124.342, 100, 0.05],
    [0.454_936, 1, 0.5],
  ] as const
  for (const [value, freedom, p] of table) near(chiSquareTail(value, freedom), p, 1e-4)
  // Two degrees of freedom: e^(−x/2).
  near(chiSquareTail(40, 2), Math.exp(-20), 1e-9)
})

test('the statistic of a table is the sum over its cells', () => {
  // Expected 10 in each cell: 4 × 5² / 10.
  const result = chiSquare([
    [15, 5],
    [5, 15],
  ])
  assert.deepEqual([result.value, result.freedom], [10, 1])
  near(result.p, 0.001_565_4, 1e-4)
  assert.equal(
    chiSquare([
      [3, 0],
      [9, 0],
    ]).p,
    1,
  )
  // A row of nothing says nothing.
  assert.equal(
    chiSquare([
      [15, 5],
      [0, 0],
      [5, 15],
    ]).freedom,
    1,
  )
})
