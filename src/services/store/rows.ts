/**
 * Rows that wait to be written, in the form in which DuckDB takes them: a chunk of columns for each
 * table. A waiting row costs its bytes and no object.
 */
import type { DuckDBDataChunk, DuckDBType } from '@duckdb/node-api'
import type { DuckDB } from './duckdb.ts'
import { type ColumnType, TABLE_NAMES, TABLES, type TableName } from './schema.ts'

export type Cell = number | bigint | string | boolean | null | undefined

export interface Filled {
  readonly table: TableName
  readonly chunk: DuckDBDataChunk
  readonly rows: number
}

/** Rows of a chunk: as many as DuckDB works on at once. */
const CHUNK_ROWS = 2048

class Building {
  rows = 0
  readonly chunk: DuckDBDataChunk
  readonly #isWide: readonly boolean[]

  constructor(duckdb: DuckDB, types: readonly ColumnType[]) {
    this.chunk = duckdb.DuckDBDataChunk.create(types.map((type) => duckTypeOf(duckdb, type)))
    this.chunk.rowCount = CHUNK_ROWS
    this.#isWide = types.map((type) => type === 'BIGINT' || type === 'UBIGINT')
  }

  add(cells: readonly Cell[]): void {
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i] ?? null
      const wide = typeof cell === 'number' && this.#isWide[i]
      // Times of captures with nanoseconds have a fraction.
      const value = wide ? BigInt(Math.floor(cell)) : cell
      this.chunk.getColumnVector(i).setItem(this.rows, value)
    }
    this.rows++
  }

  finish(): DuckDBDataChunk {
    for (let i = 0; i < this.#isWide.length; i++) this.chunk.getColumnVector(i).flush()
    if (this.rows < CHUNK_ROWS) this.chunk.rowCount = this.rows
    return this.chunk
  }
}

export class Rows {
  readonly #duckdb: DuckDB
  readonly #types = new Map<TableName, readonly ColumnType[]>()
  readonly #building = new Map<TableName, Building>()
  #filled: Filled[] = []
  /** Rows that wait. */
  count = 0

  constructor(duckdb: DuckDB) {
    this.#duckdb = duckdb
    for (const name of TABLE_NAMES)
      this.#types.set(
        name,
        TABLES[name].map(([, type]) => type),
      )
  }

  /** @param cells  in order of the table's columns */
  add(table: TableName, cells: readonly Cell[]): void {
    let building = this.#building.get(table)
    if (building === undefined) {
      building = new Building(this.#duckdb, this.#types.get(table)!)
      this.#building.set(table, building)
    }
    building.add(cells)
    this.count++
    if (building.rows === CHUNK_ROWS) this.#finish(table, building)
  }

  #finish(table: TableName, building: Building): void {
    this.#building.delete(table)
    this.#filled.push({ table, chunk: building.finish(), rows: building.rows })
  }

  /** All of them; none waits any longer. */
  take(): Filled[] {
    for (const [table, building] of this.#building) this.#finish(table, building)
    const filled = this.#filled
    this.#filled = []
    this.count = 0
    return filled
  }

  /** Those that could not be written wait again, before all others. */
  giveBack(filled: readonly Filled[]): void {
    this.#filled.unshift(...filled)
    for (const { rows } of filled) this.count += rows
  }
}

function duckTypeOf(duckdb: DuckDB, type: ColumnType): DuckDBType {
  return duckdb[type]
}
