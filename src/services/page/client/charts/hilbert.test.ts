/** Every address has one place, neighbours stand beside each other, and nearer shows the same. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  blockAt,
  blockOf,
  blockText,
  fartherBits,
  gridOf,
  holds,
  indexOf,
  nearerBits,
  pointOf,
} from './hilbert.ts'

const block = (text: string) => blockOf(text)!

test('the first curve runs down, right and up; each next step is to a neighbour', () => {
  // Hilbert's own first curve, of four squares.
  assert.deepEqual(
    [0, 1, 2, 3].map((d) => pointOf(2, d)),
    [
      [0, 0],
      [0, 1],
      [1, 1],
      [1, 0],
    ],
  )
  for (const n of [2, 4, 16, 64]) {
    const seen = new Set<string>()
    for (let d = 0; d < n * n; d++) {
      const [x, y] = pointOf(n, d)
      seen.add(`${x} ${y}`)
      assert.equal(indexOf(n, x, y), d)
      if (d === 0) continue
      const [beforeX, beforeY] = pointOf(n, d - 1)
      assert.equal(Math.abs(x - beforeX) + Math.abs(y - beforeY), 1)
    }
    assert.equal(seen.size, n * n)
  }
})

test('networks and their cells', () => {
  assert.equal(blockText(block('198.51.100.77/24')), '198.51.100.0/24')
  assert.equal(blockOf('2001:db8::/32'), undefined)
  assert.equal(blockText(blockAt(block('198.51.100.77').first, 26)), '198.51.100.64/26')
  assert.ok(holds(block('198.51.0.0/16'), block('198.51.100.0/24')))
  assert.ok(!holds(block('198.51.100.0/24'), block('198.51.0.0/16')))
  assert.ok(!holds(block('198.51.100.0/24'), block('198.51.101.0/24')))
})

test('a /16 by host, a /24 by host, a /8 by /24; an odd count of bits is two squares', () => {
  const shape = (text: string) => {
    const { columns, rows, cellBits } = gridOf(block(text), block(text))
    return `${columns}×${rows} of /${cellBits}`
  }
  assert.equal(shape('10.0.0.0/9'), '256×128 of /24')
  assert.equal(shape('10.99.0.0/16'), '256×256 of /32')
  assert.equal(shape('198.51.100.0/24'), '16×16 of /32')
  assert.equal(shape('10.0.0.0/8'), '256×256 of /24')
  assert.equal(shape('198.51.100.0/25'), '16×8 of /32')
  assert.equal(shape('192.0.2.1'), '1×1 of /32')
})

test('nearer by two bits; of two squares beside each other, first one of them', () => {
  const steps = (text: string) => {
    const whole = block(text)
    const bits: number[] = []
    for (let shown = whole; shown.bits < 32; ) {
      shown = blockAt(shown.first, nearerBits(whole, shown))
      bits.push(shown.bits)
    }
    return bits.join(' ')
  }
  assert.equal(steps('198.51.100.0/24'), '26 28 30 32')
  assert.equal(steps('198.51.100.0/25'), '26 28 30 32')
  assert.equal(fartherBits(block('198.51.100.0/25'), block('198.51.100.0/26')), 25)
  assert.equal(fartherBits(block('198.51.100.0/24'), block('198.51.100.0/28')), 26)
})

test('each cell of a part has one place, and goes back to itself', () => {
  for (const [outer, inner] of [
    ['10.99.0.0/16', '10.99.64.0/18'],
    ['10.0.0.0/8', '10.192.0.0/12'],
    ['198.51.100.0/25', '198.51.100.64/26'],
    ['198.51.100.0/25', '198.51.100.80/28'],
    ['198.51.100.0/25', '198.51.100.0/25'],
    ['10.0.0.0/9', '10.64.0.0/10'],
    ['10.0.0.0/9', '10.80.0.0/12'],
  ] as const) {
    const grid = gridOf(block(outer), block(inner))
    const seen = new Set<string>()
    const count = 2 ** (grid.cellBits - grid.shown.bits)
    assert.equal(grid.columns * grid.rows, count, inner)
    for (let cell = 0; cell < count; cell++) {
      const [x, y] = grid.place(cell)
      assert.ok(x >= 0 && x < grid.columns && y >= 0 && y < grid.rows, `${inner} ${cell}`)
      assert.equal(grid.cellAt(x, y), cell)
      seen.add(`${x} ${y}`)
    }
    assert.equal(seen.size, count)
  }
})

test('nearer, what was left stays left', () => {
  const whole = gridOf(block('10.99.0.0/16'), block('10.99.0.0/16'))
  const near = gridOf(block('10.99.0.0/16'), block('10.99.64.0/18'))
  const [a, b] = [64 * 256, 64 * 256 + 4000]
  const [ax, ay] = whole.place(a)
  const [bx, by] = whole.place(b)
  const [nearAx, nearAy] = near.place(0)
  const [nearBx, nearBy] = near.place(4000)
  assert.deepEqual([nearBx - nearAx, nearBy - nearAy], [bx - ax, by - ay])
})
