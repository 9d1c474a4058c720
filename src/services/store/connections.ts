/** Connections for questions: a few, so that one slow question does not hold up the others. */
import type { DuckDBValue } from '@duckdb/node-api'
import type { Json } from '../../core/event.ts'
import {
  type DuckDB,
  type DuckDBConnection,
  type DuckDBInstance,
  StoreError,
  wordsOf,
} from './duckdb.ts'

/** Whole numbers beyond 2^53 stay bigints. */
export type Cell = string | number | bigint | boolean | null | readonly Cell[]
export type Row = Readonly<Record<string, Cell>>

/** The answer to somebody's SQL: plain, as JSON can say it. */
export interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Json[])[]
  /** There were more rows than are handed out. */
  readonly cut: boolean
}

const CONNECTIONS_MAX = 4
const SQL_ROWS_MAX = 100_000
const SQL_SECONDS_MAX = 30

export class Connections {
  readonly #duckdb: DuckDB
  readonly #instance: DuckDBInstance
  readonly #idle: DuckDBConnection[] = []
  readonly #waiting: ((connection: DuckDBConnection) => void)[] = []
  #count = 0

  constructor(duckdb: DuckDB, instance: DuckDBInstance) {
    this.#duckdb = duckdb
    this.#instance = instance
  }

  /** Run `work` alone on one connection: it may make temporary tables there. */
  async use<Result>(work: (ask: Ask) => Promise<Result>): Promise<Result> {
    const connection = await this.#take()
    try {
      return await work((sql, values) => ask(connection, sql, values))
    } finally {
      this.#giveBack(connection)
    }
  }

  ask(sql: string, values: readonly string[] = []): Promise<Row[]> {
    return this.use((one) => one(sql, values))
  }

  /** One statement of somebody else; only reading is allowed. */
  async only(text: string): Promise<Table> {
    const connection = await this.#take()
    const timer = setTimeout(() => connection.interrupt(), SQL_SECONDS_MAX * 1000)
    try {
      const { StatementType } = this.#duckdb
      const statements = await connection.extractStatements(text)
      if (statements.count !== 1) throw new StoreError('one statement, please')
      const statement = await statements.prepare(0)
      if (statement.statementType !== StatementType.SELECT) {
        throw new StoreError('only reading is allowed: select, from, with')
      }
      const result = await statement.stream()
      const columns = result.columnNames()
      const isWhole = result.columnTypes().map((type) => WHOLE.has(String(type)))
      const rows: Json[][] = []
      for await (const chunk of result.yieldRowsJson()) {
        for (const row of chunk as Json[][]) {
          rows.push(row.map((cell, i) => (isWhole[i] ? wholeOf(cell) : cell)))
        }
        if (rows.length > SQL_ROWS_MAX) break
      }
      return { columns, rows: rows.slice(0, SQL_ROWS_MAX), cut: rows.length > SQL_ROWS_MAX }
    } catch (cause) {
      if (cause instanceof StoreError) throw cause
      const words = wordsOf(cause)
      const late = `it took longer than ${SQL_SECONDS_MAX} seconds`
      throw new StoreError(/^INTERRUPT/.test(words) ? late : words, { cause })
    } finally {
      clearTimeout(timer)
      this.#giveBack(connection)
    }
  }

  #giveBack(connection: DuckDBConnection): void {
    const next = this.#waiting.shift()
    if (next) next(connection)
    else this.#idle.push(connection)
  }

  close(): void {
    for (const connection of this.#idle) connection.closeSync()
    this.#idle.length = 0
  }

  async #take(): Promise<DuckDBConnection> {
    const idle = this.#idle.pop()
    if (idle !== undefined) return idle
    if (this.#count < CONNECTIONS_MAX) {
      this.#count++
      return this.#instance.connect()
    }
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}

/** Types that come as text because they may be beyond 2^53. */
const WHOLE = new Set(['BIGINT', 'UBIGINT', 'HUGEINT', 'UHUGEINT'])

function wholeOf(cell: Json): Json {
  const number = Number(cell)
  return cell !== null && Number.isSafeInteger(number) ? number : cell
}

export type Ask = (sql: string, values?: readonly string[]) => Promise<Row[]>

async function ask(
  connection: DuckDBConnection,
  sql: string,
  values: readonly string[] = [],
): Promise<Row[]> {
  const result = await connection.runAndReadAll(sql, [...values])
  return result
    .getRowObjects()
    .map((row) => Object.fromEntries(Object.entries(row).map(([key, one]) => [key, plain(one)])))
}

function plain(value: DuckDBValue): Cell {
  if (typeof value === 'bigint') {
    return value >= -(2n ** 53n) && value <= 2n ** 53n ? Number(value) : value
  }
  if (value !== null && typeof value === 'object') {
    if ('items' in value && Array.isArray(value.items)) return value.items.map(plain)
    return String(value)
  }
  return value
}
