/**
 * Hours that are over, as Parquet for other programs: `flows/date=2026-01-31/hour=09/flows.parquet`.
 * A file is written beside its place and then moved there, so that nobody reads half of it.
 */
import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import type { DuckDBConnection } from './duckdb.ts'
import { integer } from './sql.ts'

export interface HourExport {
  readonly file: string
  readonly flows: number
}

const HOUR = 3_600_000_000

/** Flows stand in the hour in which they ended. */
export async function exportHours(
  connection: DuckDBConnection,
  folder: string,
  until: number,
): Promise<readonly HourExport[]> {
  const end = Math.floor(until / HOUR) * HOUR
  const hours = await connection.runAndReadAll(
    `select stop // ${HOUR} as hour, count(*) as n from raw.flows where stop < ${integer(end)}
     group by hour order by hour`,
  )
  const written: HourExport[] = []
  for (const [hour, flows] of hours.getRows()) {
    const from = Number(hour) * HOUR
    const iso = new Date(from / 1000).toISOString()
    const place = join(folder, 'flows', `date=${iso.slice(0, 10)}`, `hour=${iso.slice(11, 13)}`)
    const file = join(place, 'flows.parquet')
    if (existsSync(file)) continue
    mkdirSync(place, { recursive: true })
    const part = `${file}.part`
    await connection.run(
      `copy (select f.* exclude (open, community) from flows f
         where epoch_us(stop) >= ${integer(from)} and epoch_us(stop) < ${integer(from + HOUR)}
         and not open order by start)
       to '${part.replaceAll("'", "''")}' (format parquet, compression zstd)`,
    )
    renameSync(part, file)
    written.push({ file, flows: Number(flows) })
  }
  return written
}
