/** A window hands out the bytes of its source in order, however they are read, ahead or not, and used. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomFrom } from '../../core/random.ts'
import type { ByteSource } from './byte-source.ts'
import { Window } from './window.ts'

const SIZE = 6_000_000

/** Bytes that tell their place, in pieces of any size; broken where `breaksAt` says. */
function sourceOf(chance: () => number, breaksAt = Number.POSITIVE_INFINITY): ByteSource {
  let at = 0
  return {
    bytesTotal: SIZE,
    get bytesRead() {
      return at
    },
    read(target) {
      if (at >= breaksAt) throw new Error('the disk is gone')
      const count = Math.min(target.length, 1 + (chance() % 600_000), SIZE - at, breaksAt - at)
      for (let i = 0; i < count; i++) target[i] = (at + i) % 251
      at += count
      return chance() % 2 === 0 ? count : Promise.resolve(count)
    },
    close() {},
  }
}

/** Reads records of up to `recordMax` bytes to the end; returns how many bytes came. */
async function readAll(window: Window, chance: () => number, recordMax: number): Promise<number> {
  let read = 0
  for (;;) {
    const wanted = 1 + (chance() % recordMax)
    while (window.have < wanted && !window.ended) await window.fill()
    const size = Math.min(wanted, window.have)
    if (size === 0) return read
    assert.equal(window.offset, read)
    for (const at of [0, size >>> 1, size - 1]) {
      assert.equal(window.bytes[window.start + at], (read + at) % 251)
    }
    window.start += size
    read += size
  }
}

for (const recordMax of [1500, 100_000, 2_000_000]) {
  test(`records of up to ${recordMax} bytes come whole and in their place`, async () => {
    const chance = randomFrom(recordMax)
    const window = new Window(sourceOf(chance))
    window.share(1)
    assert.equal(await readAll(window, chance, recordMax), SIZE)
    assert.equal(window.cause, undefined)
  })
}

test('what was read before a source broke is handed out, and the cause is told', async () => {
  const chance = randomFrom(7)
  const window = new Window(sourceOf(chance, 3_456_789))
  window.share(1)
  assert.equal(await readAll(window, chance, 1500), 3_456_789)
  assert.equal(window.cause, 'the disk is gone')
})

test('a window may be closed while it reads ahead', async () => {
  const chance = randomFrom(3)
  const window = new Window(sourceOf(chance))
  window.share(1)
  for (let i = 0; i < 8; i++) {
    await window.fill()
    window.start = window.end
  }
  window.close()
  await window.settled()
  assert.equal(window.have, 0)
  assert.ok(window.ended)
})
