/** Files of experiments: any part is the same as that part of the whole, and files differ. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileBytes } from './peer-file.ts'

const FILE = { name: 'a.bin', size: 10_000, seed: 7 }

test('A part of a file is that part of the whole', () => {
  const whole = fileBytes(FILE, 0, FILE.size)
  assert.equal(whole.length, 10_000)
  for (const [at, size] of [
    [0, 1],
    [1, 500],
    [4096, 4096],
    [9990, 100],
  ] as const) {
    assert.deepEqual(fileBytes(FILE, at, size), whole.slice(at, at + size))
  }
  assert.equal(fileBytes(FILE, 10_000, 5).length, 0)
})

test('Two seeds are two files, and bytes are spread', () => {
  const whole = fileBytes(FILE, 0, FILE.size)
  assert.notDeepEqual(fileBytes({ ...FILE, seed: 8 }, 0, FILE.size), whole)
  assert.ok(new Set(whole).size === 256)
  const zeros = whole.filter((byte) => byte === 0).length
  assert.ok(zeros > 10 && zeros < 90, `${zeros} of 10,000 are zero`)
})
