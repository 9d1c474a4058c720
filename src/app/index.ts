/**
 * Peerscope as a library.
 *
 * ```ts
 * import { read } from 'peerscope'
 * for await (const event of read('capture.pcapng')) {
 *   if (event.type === 'claim') console.log(event.by, 'said', event.about, 'has', event.content)
 * }
 * ```
 * @module
 */
import type { Event } from '../core/event.ts'
import { type ReadOptions, Run, type Totals } from './pipeline.ts'

export type * from '../core/event.ts'
export { type Progress, type ReadOptions, readCaptures, type Totals } from './pipeline.ts'

/**
 * Read captures as typed events, in the order of the packets.
 * @returns an async iterable; its return value is the account of the run
 */
export async function* read(
  files: string | readonly string[],
  options: Omit<ReadOptions, 'files'> = {},
): AsyncGenerator<Event, Totals, undefined> {
  const waiting: Event[] = []
  const run = await Run.open(
    { flows: true, ...options, files: typeof files === 'string' ? [files] : files },
    (event) => waiting.push(event),
  )
  let more = true
  while (more) {
    more = await run.advance()
    yield* waiting.splice(0)
  }
  const totals = await run.finish()
  yield* waiting.splice(0)
  return totals
}
