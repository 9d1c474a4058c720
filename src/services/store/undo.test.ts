/** A process that is killed in the middle of a block of metadata: the store is as it was before. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Checkpoints } from './checkpoints.ts'
import { loadDuckDB, openDatabase } from './duckdb.ts'
import { fill } from './events-in-test.ts'
import { openStore } from './store.ts'
import { HEADS_BYTES, keepBlocks } from './undo.ts'

/** Flows of one flush. */
const BATCH = 300
const BLOCK_BYTES = 262_144
const folder = mkdtempSync(join(tmpdir(), 'peerscope-store-'))
after(() => {
  if (canMount) execFileSync('umount', [small])
  rmSync(folder, { recursive: true })
})
const file = (name: string) => join(folder, name)

/** A store that was put in order once, and three flushes in its log: as a killed process leaves it. */
async function leave(path: string): Promise<void> {
  const written = `${path}.written`
  const store = await openStore(written)
  const run = await fill(store, BATCH)
  await store.clean({})
  for (let flows = BATCH; flows < 4 * BATCH; flows += BATCH) await fill(store, BATCH, flows, run)
  for (const end of ['', '.wal']) copyFileSync(written + end, path + end)
  await store.close()
}

/** A checkpoint; beside the store lie the files `before` it, with the kept blocks, and `after`. */
async function checkpoint(path: string): Promise<void> {
  const mode = { readOnly: false, folders: [], memoryBytes: 1e9 }
  const instance = await openDatabase(await loadDuckDB(), path, mode)
  const connection = await instance.connect()
  const checkpoints = new Checkpoints(path)
  await checkpoints.make({
    runAndReadAll: (sql) => connection.runAndReadAll(sql),
    run: async (sql) => {
      for (const end of ['', '.wal', '.undo']) copyFileSync(path + end, `${path}.before${end}`)
      const result = await connection.run(sql)
      copyFileSync(path, `${path}.after`)
      return result
    },
  })
  connection.closeSync()
  instance.closeSync()
  checkpoints.close()
}

/** The number of flows; what is left of the undo file is looked at as well. */
async function flowsOf(path: string, told: string[] = []): Promise<number> {
  const store = await openStore(path, { onTrouble: (words) => told.push(words) })
  assert.equal(existsSync(`${path}.undo`), false)
  const { total } = await store.reader.flows({ limit: 1 })
  await store.close()
  return total
}

/** A store whose checkpoint ended in the middle of each block that it wrote over. */
function tear(path: string, name: string): { torn: string; blocks: number } {
  const before = readFileSync(`${path}.before`)
  const after = readFileSync(`${path}.after`)
  let blocks = 0
  for (let at = HEADS_BYTES; at < before.length; at += BLOCK_BYTES) {
    const same = before.subarray(at, at + BLOCK_BYTES).equals(after.subarray(at, at + BLOCK_BYTES))
    if (same) continue
    // What was copied of the block when the process died: some pages.
    after.copy(before, at, at, at + 4096 * (1 + (blocks++ % 40)))
  }
  const torn = file(name)
  writeFileSync(torn, before)
  copyFileSync(`${path}.before.wal`, `${torn}.wal`)
  return { torn, blocks }
}

test('a checkpoint that was cut short is undone, and nothing is lost', async () => {
  const path = file('store')
  await leave(path)
  await checkpoint(path)

  const lost = tear(path, 'lost')
  assert.ok(lost.blocks > 0)
  await assert.rejects(openStore(lost.torn), /lost is damaged or was cut short: .*checksum/)

  const { torn } = tear(path, 'torn')
  copyFileSync(`${path}.before.undo`, `${torn}.undo`)
  await assert.rejects(openStore(torn, { readOnly: true }), {
    name: 'StoreError',
    message: `${torn} was being put in order when its process ended: \
peerscope serve --store ${torn} mends it, nothing is lost`,
  })
  const told: string[] = []
  assert.equal(await flowsOf(torn, told), 4 * BATCH)
  assert.deepEqual(told, [
    `${torn} was being put in order when its process ended: what it wrote over is put back, \
nothing is lost`,
  ])
  assert.equal(await flowsOf(torn), 4 * BATCH)
})

test('blocks of a checkpoint that ended, or that did not begin, are let go', async () => {
  const path = file('ended')
  await leave(path)
  await checkpoint(path)
  copyFileSync(`${path}.before.undo`, `${path}.undo`)
  const told: string[] = []
  assert.equal(await flowsOf(path, told), 4 * BATCH)

  for (const bytes of [0, 5, 20, 20_000, BLOCK_BYTES + 20_000]) {
    const begun = file(`begun ${bytes}`)
    for (const end of ['', '.wal', '.undo']) copyFileSync(`${path}.before${end}`, begun + end)
    truncateSync(`${begun}.undo`, bytes)
    assert.equal(await flowsOf(begun, told), 4 * BATCH)
  }
  assert.deepEqual(told, [])
})

test('the store of a process that lives is not touched, and stays its own after checkpoints', async () => {
  const path = file('owned')
  const writing = fileURLToPath(new URL('./writing-in-test.js', import.meta.url))
  const child = spawn(process.execPath, [writing, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  let flushes = 0
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk) => {
      flushes += String(chunk).split('\n').length - 1
      // It puts its store in order after each fourth.
      if (flushes > 8) resolve()
    })
  })
  closeSync(openSync(`${path}.undo`, 'a'))
  for (const readOnly of [false, true]) {
    await assert.rejects(openStore(path, { readOnly }), {
      name: 'StoreError',
      message: `${path} is in use by process ${child.pid}: ask its page, or end it`,
    })
  }
  child.kill('SIGKILL')
  await once(child, 'exit')
})

test('what a failed checkpoint wrote over is not kept in the place of what was there', async () => {
  const path = file('failed')
  await leave(path)
  const mode = { readOnly: false, folders: [], memoryBytes: 1e9 }
  const instance = await openDatabase(await loadDuckDB(), path, mode)
  const connection = await instance.connect()
  const checkpoints = new Checkpoints(path)
  const own = openSync(path, 'r+')
  for (const words of ['half of a block is written', 'killed']) {
    const failing = checkpoints.make({
      runAndReadAll: (sql) => connection.runAndReadAll(sql),
      run: async () => {
        writeSync(own, Buffer.alloc(BLOCK_BYTES / 2), 0, BLOCK_BYTES / 2, HEADS_BYTES)
        throw new Error(words)
      },
    })
    await assert.rejects(failing, { message: words })
  }
  connection.closeSync()
  instance.closeSync()
  checkpoints.close()
  closeSync(own)
  assert.equal(await flowsOf(path), 4 * BATCH)
})

test('a store that is opened by a link has its blocks beside the file, and its log is put into it', async () => {
  const path = file('linked')
  await leave(path)
  await checkpoint(path)
  const { torn } = tear(path, 'linked torn')
  copyFileSync(`${path}.before.undo`, `${torn}.undo`)
  const links = file('links')
  mkdirSync(links)
  const link = join(links, 'link')
  symlinkSync(torn, link)
  const told: string[] = []
  assert.equal(await flowsOf(link, told), 4 * BATCH)
  assert.match(told[0]!, /link was being put in order/)
  assert.equal(existsSync(`${torn}.undo`), false)
  assert.equal(statSync(`${torn}.wal`, { throwIfNoEntry: false })?.size ?? 0, 0)
  assert.deepEqual(readdirSync(links), ['link'])
})

test('a process opens a store that it writes to once, by whatever name', async () => {
  const path = join(realpathSync(folder), 'once')
  const link = file('once by a link')
  symlinkSync(path, link)
  const store = await openStore(path)
  const inUse = (name: string) => ({
    name: 'StoreError',
    message: `${name} is in use by this process`,
  })
  await assert.rejects(openStore(path), inUse(path))
  await assert.rejects(openStore(link, { readOnly: true }), inUse(link))
  await store.close()
  assert.equal(await flowsOf(link), 0)
})

test('kept blocks are as secret as the store, and follow no link', async () => {
  const path = file('secret')
  await leave(path)
  chmodSync(path, 0o600)
  writeFileSync(file('letter'), 'to my aunt')
  symlinkSync(file('letter'), `${path}.undo.new`)
  const store = openSync(path, 'r')
  assert.equal(keepBlocks(store, path, [HEADS_BYTES], BLOCK_BYTES), BLOCK_BYTES)
  closeSync(store)
  assert.equal(statSync(`${path}.undo`).mode & 0o777, 0o600)
  assert.equal(readFileSync(file('letter'), 'utf8'), 'to my aunt')
  assert.equal(await flowsOf(path), 4 * BATCH)
})

const small = file('small')

function hasSmallDisk(): boolean {
  mkdirSync(small)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'none', small], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const canMount = process.getuid?.() === 0 && hasSmallDisk()
const NEEDS_ROOT = canMount ? false : 'a small file system is made with mount, which needs root'

test('blocks that a full disk cannot keep are no kept blocks, and leave nothing', {
  skip: NEEDS_ROOT,
}, () => {
  const path = join(small, 'store')
  writeFileSync(path, Buffer.alloc(HEADS_BYTES + 2 * BLOCK_BYTES))
  // Room for one block and a part of the second.
  writeFileSync(join(small, 'other'), Buffer.alloc(2 ** 22 - statSync(path).size - 400_000))
  const store = openSync(path, 'r')
  const offsets = [HEADS_BYTES, HEADS_BYTES + BLOCK_BYTES]
  assert.throws(() => keepBlocks(store, path, offsets, BLOCK_BYTES), { code: 'ENOSPC' })
  closeSync(store)
  assert.deepEqual(readdirSync(small), ['other', 'store'])
})
