/** What the world does to a store: kills, other processes, damaged files, full disks, time. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { limits } from '../../core/limits.ts'
import { loadDuckDB } from './duckdb.ts'
import { ended, fill, SECOND, T } from './events-in-test.ts'
import { killAndLook } from './killing-in-test.ts'
import { openStore } from './store.ts'

const HOUR = 3600 * SECOND
const folder = mkdtempSync(join(tmpdir(), 'peerscope-store-'))
after(() => {
  if (canMount) tries('umount', [join(folder, 'small')])
  rmSync(folder, { recursive: true })
})
const file = (name: string) => join(folder, name)

test('five kills lose nothing that was flushed', async () => {
  await killAndLook(5)
})

test('a second process is told who has the store', async () => {
  const path = file('owned.duckdb')
  const writing = fileURLToPath(new URL('./writing-in-test.js', import.meta.url))
  const child = spawn(process.execPath, [writing, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  await assert.rejects(openStore(path), {
    name: 'StoreError',
    message: `${path} is in use by process ${child.pid}: ask its page, or end it`,
  })
  await assert.rejects(openStore(path, { readOnly: true }), /in use by process/)
  child.kill('SIGKILL')
  await once(child, 'exit')
})

test('what is no store, or half of one, is said in words and left as it is', async () => {
  const foreign = file('foreign.duckdb')
  writeFileSync(foreign, 'this is a letter to my aunt '.repeat(1000))
  await assert.rejects(openStore(foreign), {
    name: 'StoreError',
    message: /is not a store of Peerscope/,
  })
  assert.match(readFileSync(foreign, 'latin1'), /^this is a letter/)

  const other = file('other.duckdb')
  const duckdb = await loadDuckDB()
  const instance = await duckdb.DuckDBInstance.create(other)
  await (await instance.connect()).run('create table mine (a integer)')
  instance.closeSync()
  await assert.rejects(openStore(other), /but not a store of Peerscope/)

  const half = file('half.duckdb')
  const store = await openStore(half)
  await fill(store, 20_000)
  await store.close()
  truncateSync(half, 16_384 + 100)
  await assert.rejects(openStore(half), { name: 'StoreError', message: /half\.duckdb/ })
  await assert.rejects(openStore(file('none.duckdb'), { readOnly: true }), /is not there/)
})

test('a store of a newer program is refused', async () => {
  const path = file('newer.duckdb')
  await (await openStore(path)).close()
  const duckdb = await loadDuckDB()
  const instance = await duckdb.DuckDBInstance.create(path)
  await (await instance.connect()).run('update raw.version set version = 99')
  instance.closeSync()
  await assert.rejects(openStore(path), /written by a newer Peerscope .*version 99/)
})

const canMount =
  process.getuid?.() === 0 &&
  tries('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'none', makeFolder('small')])

function makeFolder(name: string): string {
  execFileSync('mkdir', ['-p', join(folder, name)])
  return join(folder, name)
}

function tries(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const NEEDS_ROOT = canMount ? false : 'a small file system is made with mount, which needs root'

test('a full disk is an error in words; what was flushed before stays', {
  skip: NEEDS_ROOT,
}, async () => {
  const path = join(folder, 'small', 'full.duckdb')
  const store = await openStore(path)
  const run = await fill(store, 1000)
  let stored = 1000
  await assert.rejects(
    async () => {
      for (;;) {
        await fill(store, 20_000, stored, run)
        stored += 20_000
      }
    },
    { name: 'StoreError', message: /the disk is full/ },
  )
  assert.equal((await store.reader.flows({ limit: 1 })).total, stored)
  await store.close().catch(() => undefined)
  const again = await openStore(path, { readOnly: true })
  assert.equal((await again.reader.flows({ limit: 1 })).total, stored)
  await again.close()
})

test('a folder that may not be written is said in words', { skip: NEEDS_ROOT }, async () => {
  const place = makeFolder('fixed')
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'none', place])
  try {
    await assert.rejects(openStore(join(place, 'x.duckdb')), {
      name: 'StoreError',
      message: /x\.duckdb cannot be opened: no permission/,
    })
  } finally {
    execFileSync('umount', [place])
  }
})

test('rows that wait have a bound; beyond it they are counted, and it is said once', async () => {
  const told: string[] = []
  const store = await openStore(':memory:', { onTrouble: (words) => told.push(words) })
  const run = await store.writer.begin({ source: 'x', kind: 'live', startedMicros: 1 })
  const event = { type: 'limit', limit: 'x', count: 1, micros: T } as const
  const extra = 1000
  // Nothing is written while this loop does not wait: one word and the rows of limits.
  for (let i = 0; i < limits.storeRowsMax + extra; i++) store.writer.consume(run, event)
  assert.equal(store.writer.lost, extra + 1)
  assert.deepEqual(told.length, 1)
  assert.match(told[0]!, /storeRowsMax/)
  await store.writer.flush()
  const { rows } = await store.sql('select count(*) from limits')
  assert.deepEqual(rows, [[limits.storeRowsMax - 1]])
  await store.close()
})

test('retention by age lets go of all that is older', async () => {
  const store = await openStore(file('age.duckdb'))
  await fill(store, 7200)
  const result = await store.clean({ before: T + HOUR })
  assert.equal(result.before, T + HOUR)
  assert.equal((await store.reader.flows({ limit: 1 })).total, 3600)
  assert.deepEqual((await store.reader.overview({})).span, {
    from: T + HOUR,
    to: T + 7199 * SECOND + 1,
  })
  await store.close()
})

test('sums by minute that many flushes wrote become one row a minute, with the same answers', async () => {
  const store = await openStore(':memory:')
  const run = await fill(store, 60)
  for (let i = 0; i < 9; i++) await fill(store, 60, 60 * i + 30, run)
  const rows = async () => (await store.sql('select count(*) from raw.minutes')).rows[0]![0]
  const before = await store.reader.histogram({ steps: 20 })
  // The first flush and the others reach into minutes 0 to 9, nearly all of them twice.
  assert.equal(await rows(), 1 + 9 * 2)
  await store.clean({})
  assert.equal(await rows(), 10)
  assert.deepEqual(await store.reader.histogram({ steps: 20 }), before)
  await store.close()
})

test('a capture is as old as its reading, not as its packets', async () => {
  const store = await openStore(':memory:')
  const begin = { source: 'x', kind: 'capture', startedMicros: T + 9 * HOUR } as const
  const run = await store.writer.begin(begin)
  store.writer.consume(run, ended(1))
  await store.writer.flush()
  await store.clean({ before: T + 8 * HOUR })
  assert.equal((await store.reader.flows({ limit: 1 })).total, 1)
  await store.clean({ before: T + 10 * HOUR })
  assert.equal((await store.reader.flows({ limit: 1 })).total, 0)
  await store.close()
})

test('what retention let go is written again when it is met again', async () => {
  const store = await openStore(':memory:')
  const run = await fill(store, 1)
  const ends = ended(1).ends
  const share = {
    type: 'share',
    family: 'f',
    flow: 1,
    capture: 'x',
    frame: 1,
    ends,
    carrier: 'tcp',
    by: ends[0],
    content: 'urn:btih:aa',
    via: 'x',
    name: 'N',
  } as const
  store.writer.consume(run, { ...share, micros: T })
  await store.writer.flush()
  await store.clean({ before: T + HOUR })
  assert.equal((await store.sql('from contents')).rows.length, 0)
  store.writer.consume(run, { ...share, micros: T + 2 * HOUR })
  await store.writer.flush()
  assert.equal((await store.reader.swarms({ limit: 1 })).rows[0]?.content, 'urn:btih:aa')
  await store.close()
})

test('hours that are over are written as Parquet, once', async () => {
  const exportFolder = makeFolder('exports')
  const store = await openStore(file('export.duckdb'), { exportFolder })
  await fill(store, 3601)
  const written = await store.exportHours(T + HOUR + 1)
  const place = join(exportFolder, 'flows', 'date=2026-01-31', 'hour=10')
  assert.deepEqual(written, [{ file: join(place, 'flows.parquet'), flows: 3600 }])
  assert.deepEqual(readdirSync(place), ['flows.parquet'])
  assert.deepEqual(await store.exportHours(T + HOUR + 1), [])
  await store.close()
  const duckdb = await loadDuckDB()
  const other = await (await duckdb.DuckDBInstance.create()).connect()
  const rows = await other.runAndReadAll(
    `select count(*), min(src), any_value(family), min("date")::varchar, min("hour")::integer
     from '${exportFolder}/flows/*/*/*.parquet'`,
  )
  assert.deepEqual(rows.getRows(), [[3600n, '10.0.0.1', 'f', '2026-01-31', 10]])
  other.closeSync()
})
