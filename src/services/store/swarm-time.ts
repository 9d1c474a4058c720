/** When which channel named how many peers of a content. */
import type { NamedOverTime } from '../../core/store.ts'
import type { Ask } from './connections.ts'
import { integer } from './sql.ts'
import { type Base, stepsOf } from './which.ts'

const STEPS = 80

/** @param isOne  on claims: those of the content */
export async function namedOverTime(base: Base, ask: Ask, isOne: string): Promise<NamedOverTime> {
  const [span] = await ask(
    `select min(micros) as low, max(micros) as high from raw.claims where ${isOne}`,
  )
  const isAny = typeof span?.low === 'number' && typeof span.high === 'number'
  const { from, stepMicros, count } = stepsOf(
    isAny ? { from: Number(span.low), to: Number(span.high) + 1 } : undefined,
    STEPS,
  )
  if (count === 0) return { from, stepMicros, channels: [] }
  const rows = await ask(
    `select via, (micros - ${integer(from)}) // ${integer(stepMicros)} as step,
       count(distinct (about_ip, about_port)) as peers
     from raw.claims where ${isOne} group by via, step`,
  )
  const channels = new Map<number, number[]>()
  for (const row of rows) {
    const via = Number(row.via)
    const peers = channels.get(via) ?? new Array<number>(count).fill(0)
    peers[Number(row.step)] = Number(row.peers)
    channels.set(via, peers)
  }
  const sum = (peers: readonly number[]) => peers.reduce((all, one) => all + one, 0)
  return {
    ...{ from, stepMicros },
    channels: [...channels]
      .map(([via, peers]) => ({ via: base.words.text(via), peers }))
      .sort((a, b) => sum(b.peers) - sum(a.peers) || (a.via < b.via ? -1 : 1)),
  }
}
