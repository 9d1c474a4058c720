/** Captures that come through the page stay within their bounds, and their names are only names. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { type TestContext, test } from 'node:test'
import { temporaryFolder } from '../../core/temporary-folder-in-test.ts'
import { Busy, TooLarge } from '../../services/page/gate.ts'
import { Uploads } from './uploads.ts'

function uploadsIn(context: TestContext, fileBytes: number, totalBytes: number) {
  const folder = temporaryFolder(context)
  const taken: { name: string; path: string }[] = []
  const bounds = { fileBytes, totalBytes }
  const uploads = new Uploads(folder, bounds, (name, path) => taken.push({ name, path }))
  return { folder, taken, uploads }
}

async function* body(...sizes: number[]): AsyncGenerator<Uint8Array> {
  for (const size of sizes) yield new Uint8Array(size).fill(size)
}

test('what comes in pieces is one file in a folder of its own, whatever its name', async (context) => {
  const { folder, taken, uploads } = uploadsIn(context, 1000, 10_000)
  const names = [
    '../../etc/passwd',
    '..',
    '<script>.pcap',
    'C:\\x\\a b.pcap',
    `${'x'.repeat(300)}.pcap`,
    'a\0b',
  ]
  for (const name of names) await uploads.take(name, body(10, 20))
  assert.equal(taken.length, names.length)
  for (const { path } of taken) {
    assert.equal(dirname(dirname(path)), folder)
    assert.match(basename(path), /^[A-Za-z0-9._ -]{1,100}$/)
    assert.equal(readFileSync(path).length, 30)
  }
  assert.deepEqual(taken.map(({ path }) => basename(path)).slice(0, 4), [
    'passwd',
    'capture',
    '_script_.pcap',
    'a b.pcap',
  ])
  assert.equal(taken[5]?.name, 'a\\x00b')
})

test('what is too large is refused while it comes, and leaves nothing', async (context) => {
  const { folder, taken, uploads } = uploadsIn(context, 100, 150)
  await assert.rejects(uploads.take('a', body(60, 60)), TooLarge)
  assert.deepEqual(readdirSync(folder), [])
  await uploads.take('b', body(100))
  await assert.rejects(uploads.take('c', body(40, 40)), /together/)
  await uploads.take('d', body(50))
  assert.deepEqual(
    taken.map(({ name }) => name),
    ['b', 'd'],
  )
  assert.equal(readdirSync(folder).length, 2)
})

test('two come in at once, a third is told to come back; who breaks off leaves nothing', async (context) => {
  const { folder, uploads } = uploadsIn(context, 100, 1000)
  let letGo = () => {}
  const held = new Promise<void>((resolve) => {
    letGo = resolve
  })
  async function* slow(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(1)
    await held
    throw new Error('the other side has gone')
  }
  const both = ['a', 'b'].map((name) => assert.rejects(uploads.take(name, slow()), /has gone/))
  await assert.rejects(uploads.take('c', body(1)), Busy)
  letGo()
  await Promise.all(both)
  assert.deepEqual(readdirSync(folder), [])
  await uploads.take('d', body(1))
  assert.ok(existsSync(folder))
})

test('a disk that is full is said in words, leaves nothing, and takes a smaller capture afterwards', async (context) => {
  const { folder, taken, uploads } = uploadsIn(context, 1e9, 1e9)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', folder])
  if (mounted.status !== 0) return context.skip('a small file system needs root')
  try {
    const pieces = Array.from({ length: 20 }, () => 100_000)
    await assert.rejects(uploads.take('large.pcap', body(...pieces)), {
      name: 'Busy',
      message: 'the disk is full',
    })
    assert.deepEqual(readdirSync(folder), [])
    await uploads.take('small.pcap', body(...pieces.slice(0, 5)))
    assert.deepEqual(
      taken.map(({ name }) => name),
      ['small.pcap'],
    )
  } finally {
    spawnSync('umount', [folder])
  }
})
