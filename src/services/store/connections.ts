/** Connections for questions: a few, so that one slow question does not hold up the others. */
import type { DuckDBType, DuckDBValue } from '@duckdb/node-api'
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
export type Row = Record<string, Cell>
export type Columns = Readonly<Record<string, readonly Cell[]>>

/** The answer to somebody's SQL: plain, as JSON can say it. */
export interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Json[])[]
  /** There were more rows than are handed out. */
  readonly cut: boolean
}

/** Of each of the two kinds. */
const CONNECTIONS_MAX = 3
const SQL_ROWS_MAX = 100_000
const SQL_SECONDS_MAX = 30

/** A few connections that are handed from question to question. */
class Pool {
  readonly #instance: DuckDBInstance
  readonly #idle: DuckDBConnection[] = []
  readonly #waiting: ((connection: DuckDBConnection) => void)[] = []
  #count = 0

  constructor(instance: DuckDBInstance) {
    this.#instance = instance
  }

  async use<Result>(work: (connection: DuckDBConnection) => Promise<Result>): Promise<Result> {
    const connection = await this.#take()
    try {
      return await work(connection)
    } finally {
      const next = this.#waiting.shift()
      if (next) next(connection)
      else this.#idle.push(connection)
    }
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

  close(): void {
    for (const connection of this.#idle) connection.closeSync()
    this.#idle.length = 0
  }
}

export class Connections {
  readonly #duckdb: DuckDB
  /**
   * Who has a connection of the first kind may ask on one of the second, and never the other way
   * round: nobody waits for somebody who waits for him.
   */
  readonly #own: Pool
  readonly #shared: Pool

  constructor(duckdb: DuckDB, instance: DuckDBInstance) {
    this.#duckdb = duckdb
    this.#own = new Pool(instance)
    this.#shared = new Pool(instance)
  }

  /** Run `work` alone on one connection: it may make temporary tables there. Not inside another. */
  use<Result>(work: (ask: Ask) => Promise<Result>): Promise<Result> {
    return this.#own.use((connection) => {
      let last: Promise<unknown> = Promise.resolve()
      return work((sql, values) => {
        const next = last.then(() => ask(connection, sql, values))
        last = next.catch(() => undefined)
        return next
      })
    })
  }

  ask(sql: string, values: readonly string[] = []): Promise<Row[]> {
    return this.#shared.use((connection) => ask(connection, sql, values))
  }

  /** As `ask`, for tens of thousands of rows: column by column takes a third of the time. */
  columns(sql: string, values: readonly string[] = []): Promise<Columns> {
    return this.#shared.use(async (connection) => {
      const result = await connection.runAndReadAll(sql, [...values])
      return result.convertColumnsObject(plain)
    })
  }

  /** One statement of somebody else; only reading is allowed. */
  only(text: string): Promise<Table> {
    return this.#own.use(async (connection) => {
      const timer = setTimeout(() => connection.interrupt(), SQL_SECONDS_MAX * 1000)
      try {
        return await this.#only(connection, text)
      } catch (cause) {
        if (cause instanceof StoreError) throw cause
        const words = wordsOf(cause)
        const late = `it took longer than ${SQL_SECONDS_MAX} seconds`
        throw new StoreError(/^INTERRUPT/.test(words) ? late : words, { cause })
      } finally {
        clearTimeout(timer)
      }
    })
  }

  async #only(connection: DuckDBConnection, text: string): Promise<Table> {
    const { StatementType } = this.#duckdb
    const statements = await connection.extractStatements(text)
    if (statements.count !== 1) throw new StoreError('one statement, please')
    const statement = await statements.prepare(0)
    if (statement.statementType !== StatementType.SELECT) {
      throw new StoreError('only reading is allowed: select, from, with')
    }
    const result = await statement.stream()
    const columns = result.columnNames()
    const shape = result.columnTypes().map(shapeOf)
    const rows: Json[][] = []
    for await (const chunk of result.yieldRowsJson()) {
      for (const row of chunk as Json[][]) {
        rows.push(row.map((cell, i) => shape[i]!(cell)))
      }
      if (rows.length > SQL_ROWS_MAX) break
    }
    return { columns, rows: rows.slice(0, SQL_ROWS_MAX), cut: rows.length > SQL_ROWS_MAX }
  }

  close(): void {
    this.#own.close()
    this.#shared.close()
  }
}

/** Types that come as text because they may be beyond 2^53. */
const WHOLE = new Set(['BIGINT', 'UBIGINT', 'HUGEINT', 'UHUGEINT'])

/** How cells of a column are handed out. */
function shapeOf(type: DuckDBType): (cell: Json) => Json {
  if (type.alias === 'JSON') return parsed
  if (String(type) === 'TIMESTAMP') return timeOf
  return WHOLE.has(String(type)) ? wholeOf : (cell) => cell
}

function wholeOf(cell: Json): Json {
  const number = Number(cell)
  return cell !== null && Number.isSafeInteger(number) ? number : cell
}

function parsed(cell: Json): Json {
  return typeof cell === 'string' ? JSON.parse(cell) : cell
}

/** `2026-01-31 10:00:00.12` as everywhere else: `2026-01-31T10:00:00.120000Z`. */
function timeOf(cell: Json): Json {
  const [, day, second, part = ''] = TIMESTAMP.exec(String(cell)) ?? []
  return day === undefined ? cell : `${day}T${second}.${part.padEnd(6, '0')}Z`
}

const TIMESTAMP = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d+))?$/

export type Ask = (sql: string, values?: readonly string[]) => Promise<Row[]>

async function ask(
  connection: DuckDBConnection,
  sql: string,
  values: readonly string[] = [],
): Promise<Row[]> {
  const result = await connection.runAndReadAll(sql, [...values])
  return result.convertRowObjects(plain) as Row[]
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
