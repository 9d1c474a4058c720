/** What a person reads while an interface is watched. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { statusText } from './live.ts'

const STATUS = {
  packets: 1_000_000,
  bytes: 9e8,
  flows: 1234,
  received: 1_000_500,
  dropped: 500,
  ringUse: 0.021,
  lagMillis: 60,
  micros: 0,
  packetsPerSecond: 12_500.4,
  bytesPerSecond: 1_250_000,
  capture: 'ring',
} as const

test('speed, flows, hosts, drops and how late we are', () => {
  assert.equal(
    statusText(STATUS, 7),
    '12,500 packets/s, 10.0 Mbit/s, 1,234 flows, 7 P2P hosts, 500 dropped, ring 3 %, 60 ms behind',
  )
  assert.doesNotMatch(statusText({ ...STATUS, capture: 'pipe' }, 7), /ring/)
})
