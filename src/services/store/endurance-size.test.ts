/** A store that is always full: the oldest hours go, and the file does not grow. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fill, SECOND, T } from './events-in-test.ts'
import { openStore } from './store.ts'

/** Flows of a round: all rounds together are about twice what there is room for. */
const EACH = 80_000

const folder = mkdtempSync(join(tmpdir(), 'peerscope-store-'))
after(() => rmSync(folder, { recursive: true }))

test('retention by size: the oldest hours go, and the file stops growing', async () => {
  const path = join(folder, 'size.duckdb')
  const store = await openStore(path)
  const bytesMax = 3_000_000
  const run = await fill(store, 1)
  const sizes: number[] = []
  for (let round = 0; round < 12; round++) {
    await fill(store, EACH, 1 + round * EACH, run)
    sizes.push((await store.clean({ bytesMax })).fileBytes)
  }
  const span = (await store.reader.overview({})).span!
  assert.ok(span.from > T, 'the oldest went')
  assert.ok(span.to > T + (12 * EACH - 1000) * SECOND, 'the youngest stayed')
  const most = Math.max(...sizes.slice(6))
  assert.ok(most <= 2 * bytesMax, `the file has ${most} bytes: ${sizes}`)
  assert.ok(most <= Math.max(...sizes.slice(0, 6)) * 1.1, `the file goes on growing: ${sizes}`)
  await store.close()
})
