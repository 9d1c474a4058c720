/** A log that ends in what was never written costs what was never written, and is kept as it was. */
import assert from 'node:assert/strict'
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fill } from './events-in-test.ts'
import { openStore } from './store.ts'

/** Flows of one flush. */
const BATCH = 300
const folder = mkdtempSync(join(tmpdir(), 'peerscope-store-'))
after(() => rmSync(folder, { recursive: true }))
const killed = join(folder, 'killed')

/** What a process leaves that is killed after two flushes: the file, and a log beside it. */
async function leave(): Promise<void> {
  const path = join(folder, 'written')
  const store = await openStore(path)
  const run = await fill(store, BATCH)
  await fill(store, BATCH, BATCH, run)
  for (const end of ['', '.wal']) copyFileSync(path + end, killed + end)
  await store.close()
}

async function flowsOf(name: string, change: (log: Buffer) => Buffer, told: string[] = []) {
  const path = join(folder, name)
  copyFileSync(killed, path)
  writeFileSync(`${path}.wal`, change(readFileSync(`${killed}.wal`)))
  const store = await openStore(path, { onTrouble: (words) => told.push(words) })
  const { total } = await store.reader.flows({ limit: 1 })
  await store.close()
  return total
}

test('a log with zeros behind it, or with a bit that fell over, is cut there', async () => {
  await leave()
  const told: string[] = []
  const whole = 2 * BATCH
  assert.equal(await flowsOf('whole', (log) => log, told), whole)
  assert.deepEqual(told, [])

  const zeros = (log: Buffer) => Buffer.concat([log, Buffer.alloc(5000)])
  assert.equal(await flowsOf('zeros', zeros, told), whole)
  assert.match(told[0]!, /^the log of .*zeros was damaged at byte \d+: /)
  const aside = readdirSync(folder).find((name) => name.startsWith('zeros.wal.damaged-'))!
  assert.deepEqual(readFileSync(join(folder, aside)), zeros(readFileSync(`${killed}.wal`)))
  assert.equal(told.length, 1)

  for (const share of [0.3, 0.6, 0.9]) {
    const flipped = await flowsOf(`flipped ${share}`, (log) => {
      log[Math.floor(log.length * share)]! ^= 0x10
      return log
    })
    assert.ok(flipped % BATCH === 0 && flipped <= whole, `${flipped} of ${whole}`)
  }
})

test('whoever only reads changes nothing of it', async () => {
  const path = join(folder, 'read')
  copyFileSync(killed, path)
  const log = Buffer.concat([readFileSync(`${killed}.wal`), Buffer.alloc(5000)])
  writeFileSync(`${path}.wal`, log)
  await assert.rejects(openStore(path, { readOnly: true }), /damaged or was cut short/)
  assert.deepEqual(readFileSync(`${path}.wal`), log)
})
