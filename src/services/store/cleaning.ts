/**
 * Retention: what is older than an age, and the oldest hours of what is more than a size. What was
 * watched is as old as its packets; a capture is as old as its reading, else one of last year would
 * be gone as soon as it is read. Where room is wanted, the oldest packets go, whose they ever are. DuckDB
 * takes the room of deleted rows for new ones: the file stops growing, but seldom becomes smaller.
 */
import { statSync } from 'node:fs'
import type { Checkpoints } from './checkpoints.ts'
import type { DuckDBConnection } from './duckdb.ts'
import { mergeMinutes } from './minutes.ts'
import { TABLES, TIMED, type Timed } from './schema.ts'
import { integer } from './sql.ts'

export interface Cleaning {
  /** What was watched before this moment is let go, and captures that were read before it. */
  readonly before?: number
  /** Bytes of the file that hold something; the oldest hours are let go until it is less. */
  readonly bytesMax?: number
}

export interface CleaningResult {
  /** Nothing older is stored; absent where nothing was let go. */
  readonly before?: number
  readonly usedBytes: number
  readonly fileBytes: number
}

/** Keys that do not hold what they name (keys.ts). */
const HASHED = '9223372036854775808::ubigint'
const HOUR = 3_600_000_000
/** Hours let go in one go; the rest follows the next time. */
const ROUNDS_MAX = 64

export async function clean(
  connection: DuckDBConnection,
  checkpoints: Checkpoints,
  path: string,
  { before, bytesMax }: Cleaning,
): Promise<CleaningResult> {
  let until = before
  if (until !== undefined) await letGo(connection, until, isOld)
  await mergeMinutes(connection)
  let usedBytes = await checkpointed(connection, checkpoints)
  if (bytesMax !== undefined) {
    for (let round = 0; round < ROUNDS_MAX && usedBytes > bytesMax; round++) {
      const oldest = await oldestMoment(connection)
      if (oldest === undefined) break
      const span = await storedMicros(connection, oldest)
      // As much of the time as is too much of the room, in whole hours.
      const share = Math.max(0.02, 1 - bytesMax / usedBytes)
      until = Math.floor((oldest + Math.max(HOUR, span * share)) / HOUR) * HOUR
      if (until <= oldest) until += HOUR
      await letGo(connection, until, isBefore)
      usedBytes = await checkpointed(connection, checkpoints)
    }
  }
  const fileBytes = path === ':memory:' ? 0 : statSync(path).size
  return { ...(until !== undefined && { before: until }), usedBytes, fileBytes }
}

type Condition = (timed: Timed, before: number) => string

const isBefore: Condition = ({ moment }, before) => `${moment} < ${integer(before)}`

const isOld: Condition = (timed, before) => {
  const runs = (kind: string) =>
    `(${timed.run}) in (select run from raw.runs where kind = '${kind}'`
  return `${isBefore(timed, before)} and ${runs('live')})
    or ${runs('capture')} and started < ${integer(before)})`
}

async function letGo(
  connection: DuckDBConnection,
  before: number,
  condition: Condition,
): Promise<void> {
  await connection.run('begin')
  try {
    for (const timed of TIMED) {
      await connection.run(`delete from raw.${timed.table} where ${condition(timed, before)}`)
    }
    await connection.run(
      `delete from raw.contents where content not in (${valuesOf('content').join(' union all ')})`,
    )
    const ips = [
      'src',
      'dst',
      'host',
      'ip',
      'by_ip',
      'about_ip',
      'of_ip',
      'from_ip',
      'to_ip',
      'listens_ip',
    ]
    await connection.run(
      `delete from raw.addresses where address not in (${ips.flatMap(valuesOf).join(' union all ')})`,
    )
    await connection.run('commit')
  } catch (error) {
    await connection.run('rollback').catch(() => undefined)
    throw error
  }
}

/** All values of the columns of this name that name something of another table. */
function valuesOf(column: string): string[] {
  return TIMED.filter(({ table }) => TABLES[table].some(([name]) => name === column)).map(
    ({ table }) => `select ${column} from raw.${table} where ${column} >= ${HASHED}`,
  )
}

/** Deleted rows give their room back when the file is next put in order. */
async function checkpointed(
  connection: DuckDBConnection,
  checkpoints: Checkpoints,
): Promise<number> {
  await checkpoints.make(connection)
  const rows = await connection.runAndReadAll(
    'select block_size * used_blocks from pragma_database_size()',
  )
  return Number(rows.getRows()[0]?.[0] ?? 0)
}

async function oldestMoment(connection: DuckDBConnection): Promise<number | undefined> {
  const oldest = TIMED.map(
    ({ table, moment }) => `select min(${moment}) as moment from raw.${table}`,
  )
  const rows = await connection.runAndReadAll(
    `select min(moment) from (${oldest.join(' union all ')})`,
  )
  const at = rows.getRows()[0]?.[0] ?? null
  return at === null ? undefined : Number(at)
}

async function storedMicros(connection: DuckDBConnection, oldest: number): Promise<number> {
  const rows = await connection.runAndReadAll('select max(stop) from raw.flows')
  const at = rows.getRows()[0]?.[0] ?? null
  return at === null ? 0 : Math.max(0, Number(at) - oldest)
}
