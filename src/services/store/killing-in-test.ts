/** Kills a writing process again and again, and looks each time at what is left. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { randomFrom } from '../../core/random.ts'
import { openStore } from './store.ts'
import { BATCH } from './writing-in-test.ts'

const WRITING = fileURLToPath(new URL('./writing-in-test.js', import.meta.url))
const MILLIS_MAX = 250

/** All flows that were flushed are there, and nothing that was never handed in. */
export async function killAndLook(times: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'peerscope-killed-'))
  const file = join(folder, 'store.duckdb')
  const random = randomFrom(times)
  const flushed = new Map<number, number>()
  try {
    for (let i = 0; i < times; i++) {
      await writeAndDie(file, random() % MILLIS_MAX, (run, flows) => flushed.set(run, flows))
      const store = await openStore(file)
      const { rows } = await store.sql('select run, count(*) from flows group by run')
      const stored = new Map(rows as [number, number][])
      for (const [run, flows] of flushed) {
        const total = stored.get(run) ?? 0
        assert.ok(total >= flows, `run ${run}: ${flows} flows were flushed, ${total} are there`)
        assert.ok(total % BATCH === 0, `run ${run}: ${total} flows are no whole number of flushes`)
      }
      // The sums are of the same flushes as the flows.
      const run = Math.max(...flushed.keys())
      const { recognised } = await store.reader.histogram({ run, steps: 2000 })
      assert.equal(
        recognised.reduce((sum, count) => sum + count, 0),
        stored.get(run),
      )
      await store.close()
    }
    assert.equal(flushed.size, times)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Let a process write; some time after its first flush it is killed. */
async function writeAndDie(
  file: string,
  millis: number,
  told: (run: number, flows: number) => void,
): Promise<void> {
  const child = spawn(process.execPath, [WRITING, file], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  let isFirst = true
  for await (const line of createInterface(child.stdout)) {
    // What is printed after the kill was flushed before it, too.
    const [run, flows] = line.split(' ').map(Number)
    told(run!, flows!)
    if (isFirst) setTimeout(() => child.kill('SIGKILL'), millis)
    isFirst = false
  }
  const [, signal] = await ended
  assert.equal(signal, 'SIGKILL')
}
