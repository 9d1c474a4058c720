/** Sums of flows by minute, run, kind and protocol, gathered between two flushes. */
import type { AddRow } from './dictionaries.ts'
import type { DuckDBConnection } from './duckdb.ts'

export const MINUTE = 60_000_000
/** A flow that nobody told of while it moved is spread over its time; over a week at most. */
const MINUTES_MAX = 10_080

interface Sum {
  readonly cells: readonly [run: number, minute: number, kind: number, proto: number]
  flows: number
  bytes: number
}

export interface Account {
  readonly run: number
  readonly kind: number
  readonly proto: number
}

export class Minutes {
  #sums = new Map<string, Sum>()

  count(account: Account, micros: number, flows: number): void {
    this.#sum(account, Math.floor(micros / MINUTE)).flows += flows
  }

  /** Bytes that moved some time between two moments: evenly, and no byte is lost by rounding. */
  spread(account: Account, from: number, to: number, bytes: number): void {
    const last = Math.floor(to / MINUTE)
    const first = Math.max(Math.floor(from / MINUTE), last - MINUTES_MAX)
    let told = 0
    for (let minute = first; minute <= last; minute++) {
      const until = Math.min(to, (minute + 1) * MINUTE)
      const sum = minute === last ? bytes : Math.round((bytes * (until - from)) / (to - from))
      if (sum !== told) this.#sum(account, minute).bytes += sum - told
      told = sum
    }
  }

  #sum({ run, kind, proto }: Account, minute: number): Sum {
    const key = `${run}.${minute}.${kind}.${proto}`
    let sum = this.#sums.get(key)
    if (sum === undefined) {
      sum = { cells: [run, minute * MINUTE, kind, proto], flows: 0, bytes: 0 }
      this.#sums.set(key, sum)
    }
    return sum
  }

  /** Write them; none is kept. */
  drain(add: AddRow): void {
    for (const { cells, flows, bytes } of this.#sums.values()) {
      add('minutes', [...cells, flows, bytes])
    }
    this.#sums = new Map()
  }
}

/** One row for each minute, run, kind and protocol, where flushes wrote many. */
export async function mergeMinutes(connection: DuckDBConnection): Promise<void> {
  await connection.run('begin')
  try {
    await connection.run(
      `create or replace temp table merged as
       select run, minute, kind, proto, sum(flows)::bigint, sum(bytes)::bigint from raw.minutes
       group by all order by minute`,
    )
    await connection.run('delete from raw.minutes')
    await connection.run('insert into raw.minutes from temp.merged')
    await connection.run('drop table temp.merged')
    await connection.run('commit')
  } catch (error) {
    await connection.run('rollback').catch(() => undefined)
    throw error
  }
}
