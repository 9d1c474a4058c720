/** Times of every resolution against exact integer arithmetic. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Clock, quarters } from './clock.ts'

const WORD = 2n ** 32n

/** Whole microseconds of so many ticks, exactly. */
function exact(ticks: bigint, rate: bigint): number {
  return Number((ticks * 1_000_000n) / rate)
}

/** `[n, ticks a second]` of each if_tsresol. */
const DECIMAL = Array.from({ length: 13 }, (_, n) => [n, 10n ** BigInt(n)] as const)
const BINARY = Array.from({ length: 49 }, (_, n) => [0x80 | n, 2n ** BigInt(n)] as const)

test('whole microseconds are exact, whatever the resolution', () => {
  for (const [resolution, rate] of [...DECIMAL, ...BINARY]) {
    const clock = new Clock(resolution)
    assert.equal(clock.ticksPerSecond, Number(rate))
    for (const seconds of [0n, 1n, 59n, 1_700_000_000n, 2_000_000_000n]) {
      // Within the second: nothing, one tick, an odd place, the last tick.
      for (const more of [0n, 1n, (rate * 654_321n) / 1_000_000n, rate - 1n]) {
        const ticks = seconds * rate + more
        if (more >= rate || ticks >= WORD * WORD) continue
        const micros = clock.micros(Number(ticks / WORD), Number(ticks % WORD))
        assert.equal(Math.floor(micros), exact(ticks, rate), `${ticks} ticks of ${resolution}`)
      }
    }
  }
})

test('nanoseconds keep the quarter microsecond', () => {
  const ticks = 1_700_000_000_123_456_789n
  const micros = new Clock(9).micros(Number(ticks / WORD), Number(ticks % WORD))
  assert.equal(micros, 1_700_000_000_123_456 + 0.75)
})

test('an offset in seconds is added, also a negative one', () => {
  assert.equal(new Clock(6, 1_700_000_000).micros(0, 5), 1_700_000_000_000_005)
  assert.equal(new Clock(6, -10).micros(0, 5), -9_999_995)
  assert.equal(new Clock(9, 1_700_000_000).micros(0, 1500), 1_700_000_000_000_001.5)
})

test('absurd resolutions give a number', () => {
  for (const resolution of [0x7f, 0xff, 40, 0x80 | 100]) {
    assert.ok(Number.isFinite(new Clock(resolution).micros(0xffffffff, 0xffffffff)))
  }
})

test('quarters are rounded down', () => {
  assert.deepEqual([0, 0.24, 0.25, 0.999, -0.1].map(quarters), [0, 0, 0.25, 0.75, -0.25])
})
