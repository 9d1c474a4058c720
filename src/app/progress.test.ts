/** The progress line says how far, how fast, how long. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProgressLine, progressLine, progressText } from './progress.ts'

const HALF = {
  bytesRead: 500,
  bytesTotal: 1000,
  packets: 4000,
  wireBytes: 2000,
  flows: 12,
  micros: 0,
}

test('share, speed and time left', () => {
  assert.equal(
    progressText(HALF, 2),
    '50 % of 1.0 kB, 4,000 packets, 12 flows, 2,000 packets/s, 2.0 s left',
  )
  assert.equal(
    progressText({ ...HALF, bytesTotal: undefined }, 2),
    '500 B, 4,000 packets, 12 flows, 2,000 packets/s',
  )
})

test('changes ten times a second at most, and is wiped', () => {
  const written: string[] = []
  let now = 0
  const line = new ProgressLine(
    (text) => written.push(text),
    () => now,
  )
  for (now = 0; now < 1000; now += 10) line.show(HALF)
  assert.equal(written.length, 9)
  line.wipe()
  line.wipe()
  assert.equal(written.at(-1), '\r\u001b[K')
  assert.equal(written.length, 10)
})

test('only a terminal that can move its cursor shows it, and only to whoever wants it', () => {
  const { isTTY } = process.stderr
  const { TERM } = process.env
  try {
    process.stderr.isTTY = true
    process.env.TERM = 'xterm'
    assert.ok(progressLine() instanceof ProgressLine)
    assert.equal(progressLine(false), undefined)
    process.env.TERM = 'dumb'
    assert.equal(progressLine(), undefined)
    process.env.TERM = 'xterm'
    process.stderr.isTTY = false
    assert.equal(progressLine(), undefined)
  } finally {
    process.stderr.isTTY = isTTY
    if (TERM === undefined) delete process.env.TERM
    else process.env.TERM = TERM
  }
})
