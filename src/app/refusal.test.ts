/** What the system refuses is said in words: what, and why. The errors are those that Node throws. */
import assert from 'node:assert/strict'
import { mkdirSync, openSync, writeSync } from 'node:fs'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { refusal } from './refusal.ts'

function thrownBy(act: () => void): Error {
  try {
    act()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was refused')
}

test('files: the path, and why', () => {
  const missing = thrownBy(() => openSync('/nowhere/at/all', 'w'))
  assert.equal(refusal(missing), '/nowhere/at/all: no such file or folder')
  assert.equal(refusal(thrownBy(() => openSync('/', 'w'))), '/: is a folder')
  assert.equal(refusal(thrownBy(() => mkdirSync('/'))), '/: is there already')
})

test('a full disk has no path', { skip: process.platform !== 'linux' }, () => {
  const full = openSync('/dev/full', 'w')
  assert.equal(refusal(thrownBy(() => writeSync(full, 'x'))), 'no space left on the disk')
})

test('an address that is taken', async () => {
  const first = createServer().listen(0, '127.0.0.1')
  await new Promise((done) => first.once('listening', done))
  const { port } = first.address() as { port: number }
  const second = createServer().listen(port, '127.0.0.1')
  const error = await new Promise<Error>((done) => second.once('error', done))
  first.close()
  assert.equal(refusal(error), `127.0.0.1:${port}: is in use by another program`)
})

test('errors that are none of the system are left to others', () => {
  assert.equal(refusal(new Error('ENOENT')), undefined)
  assert.equal(refusal(Object.assign(new Error('x'), { code: 'ENOENT' })), undefined)
})
