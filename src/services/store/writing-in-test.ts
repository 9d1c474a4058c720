/**
 * A process that writes to a store until it is killed: after each flush it says how many flows it
 * has handed in. `node writing-in-test.js FILE`
 */
import { pathToFileURL } from 'node:url'
import { ended, T } from './events-in-test.ts'
import { openStore } from './store.ts'

/** Flows of one flush. */
export const BATCH = 300

async function main(file: string): Promise<void> {
  const store = await openStore(file)
  const run = await store.writer.begin({ source: 'test', kind: 'live', startedMicros: 1 })
  let flows = 0
  for (let batch = 0; ; batch++) {
    for (let i = 0; i < BATCH; i++) {
      const second = T + flows * 1_000_000
      const flow = { ...ended(1), flow: ++flows, startMicros: second, endMicros: second }
      store.writer.consume(run, flow)
    }
    await store.writer.flush()
    process.stdout.write(`${run} ${flows}\n`)
    // Putting the file in order is the other moment at which much is written.
    if (batch % 4 === 3) await store.clean({})
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(process.argv[2]!)
