/** Output arrives whole and in order, and notices when nobody reads. */
import assert from 'node:assert/strict'
import { closeSync, openSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../core/temporary-folder-in-test.ts'
import { Output, ReaderGone } from './output.ts'

test('lines are kept back, then written in order', (t) => {
  const folder = temporaryFolder(t)
  const path = join(folder, 'out')
  const output = Output.open(path)
  output.line('first')
  assert.equal(readFileSync(path, 'utf8'), '')
  const long = 'ü'.repeat(200_000)
  output.line(long)
  output.write('end')
  output.close()
  assert.equal(readFileSync(path, 'utf8'), `first\n${long}\nend`)
})

test('a file that was moved away is gone on with in a new one', (t) => {
  const folder = temporaryFolder(t)
  const path = join(folder, 'out')
  const output = Output.open(path)
  output.line('first')
  renameSync(path, `${path}.1`)
  output.line('second')
  output.reopen()
  output.line('third')
  output.close()
  assert.equal(readFileSync(`${path}.1`, 'utf8'), 'first\nsecond\n')
  assert.equal(readFileSync(path, 'utf8'), 'third\n')
  const later = Output.open(path, false, true)
  later.line('fourth')
  later.close()
  assert.equal(readFileSync(path, 'utf8'), 'third\nfourth\n')
})

test('lines of all sizes around those of the buffer', (t) => {
  const folder = temporaryFolder(t)
  const path = join(folder, 'out')
  const output = Output.open(path)
  const sizes = [87_381, 87_382, 1, 262_143, 262_144, 262_145, 0, 87_380, 87_381, 300_000]
  for (const size of sizes) output.line('ü€x'.repeat(size / 3).padEnd(size, 'z'))
  output.close()
  const lines = readFileSync(path, 'utf8').split('\n')
  assert.deepEqual(
    lines.map(({ length }) => length),
    [...sizes, 0],
  )
  assert.equal(lines[0], 'ü€x'.repeat(29_127))
})

test('line buffered, every line is there at once', (t) => {
  const folder = temporaryFolder(t)
  const path = join(folder, 'out')
  const output = Output.open(path, true)
  output.line('first')
  assert.equal(readFileSync(path, 'utf8'), 'first\n')
  output.close()
})

test('a disk that is full is an error, not silence', (t) => {
  let fd: number
  try {
    fd = openSync('/dev/full', 'w')
  } catch {
    return t.skip('no /dev/full')
  }
  const output = new Output(fd)
  output.line('x')
  assert.throws(() => output.flush(), { code: 'ENOSPC' })
  closeSync(fd)
  assert.ok(new ReaderGone('x') instanceof Error)
})
