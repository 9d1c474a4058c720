/** Whoever sets the clock of the machine, time goes on at nearly its pace. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Clock } from './clock.ts'

const START = Date.UTC(2026, 0, 1)

function clocks() {
  const now = { steady: 5000, civil: START }
  const clock = new Clock({ steady: () => now.steady, civil: () => now.civil })
  const pass = (millis: number) => {
    now.steady += millis
    now.civil += millis
  }
  return { now, clock, pass }
}

test('untouched, it is the clock', () => {
  const { clock, pass } = clocks()
  assert.equal(clock.micros, 1000 * START)
  pass(2500)
  assert.equal(clock.follow(), undefined)
  assert.equal(clock.micros, 1000 * (START + 2500))
})

test('set back by an hour, it goes on, slower', () => {
  const { now, clock, pass } = clocks()
  now.civil -= 3_600_000
  assert.equal(clock.follow(), -3_600_000)
  const before = clock.micros
  pass(1000)
  assert.equal(clock.follow(), undefined, 'said once')
  assert.equal(clock.micros - before, 950_000)
})

test('set forward by ten seconds, it is there after two hundred', () => {
  const { now, clock, pass } = clocks()
  now.civil += 10_000
  assert.equal(clock.follow(), 10_000)
  for (let second = 0; second < 200; second++) {
    pass(1000)
    clock.follow()
  }
  assert.ok(Math.abs(clock.micros / 1000 - now.civil) <= 1000)
})

test('years are leapt', () => {
  const { now, clock } = clocks()
  now.civil += 50 * 365 * 86_400_000
  clock.follow()
  assert.equal(clock.micros, 1000 * now.civil)
})
