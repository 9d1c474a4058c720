/**
 * Takes events and writes them in one transaction at a time: what a crash leaves is a whole number
 * of flushes.
 */
import type { DuckDBAppender } from '@duckdb/node-api'
import type { Event } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { Run, RunBegin, RunState, StoreWriter } from '../../core/store.ts'
import type { Checkpoints } from './checkpoints.ts'
import type { Kinds, Words } from './dictionaries.ts'
import { type DuckDB, type DuckDBConnection, StoreError, wordsOf } from './duckdb.ts'
import { mergeMinutes } from './minutes.ts'
import { REPLACED, Recorder, type Replacements } from './recorder.ts'
import { type Cell, type Filled, Rows } from './rows.ts'
import { TABLES, type TableName } from './schema.ts'

/** The key columns of tables whose rows are replaced. */
const KEYS = {
  open_flows: ['id'],
  verdicts: ['run', 'host'],
  incidents: ['run', 'number'],
  causes: ['run', 'subject', 'hypothesis'],
  runs: ['run'],
} as const
type KeyedTable = keyof typeof KEYS

export interface WriterParts {
  readonly duckdb: DuckDB
  readonly connection: DuckDBConnection
  readonly checkpoints: Checkpoints
  readonly words: Words
  readonly kinds: Kinds
  /** Number of the next run. */
  readonly nextRun: number
  /** Something was not kept, or a flush that nobody waits for failed. */
  readonly onTrouble: (words: string) => void
}

export class Writer implements StoreWriter {
  readonly #parts: WriterParts
  readonly #rows: Rows
  readonly #recorder: Recorder
  readonly #appenders = new Map<string, DuckDBAppender>()
  readonly #runs = new Map<number, Run>()
  #changedRuns: Replacements = new Map()
  #nextRun: number
  /** The last flush; flushes follow each other. */
  #last: Promise<void> = Promise.resolve()
  /** A flush that was begun because many rows wait. */
  #hastened = false
  #toldOfFlows = false
  #flushes = 0
  readonly #written = new Map<TableName, number>()
  /** Rows that were not kept because too many waited. */
  lost = 0

  constructor(parts: WriterParts) {
    this.#parts = parts
    this.#nextRun = parts.nextRun
    this.#rows = new Rows(parts.duckdb)
    const add = (table: TableName, cells: readonly Cell[]) => this.#add(table, cells)
    this.#recorder = new Recorder(add, parts.words, parts.kinds)
  }

  async begin(begin: RunBegin): Promise<number> {
    const run = this.#nextRun++
    const counts = { packets: 0, bytes: 0, flows: 0, dropped: 0, damage: [] }
    this.#runs.set(run, { ...begin, run, ...counts })
    this.state(run, {})
    await this.flush()
    return run
  }

  consume(run: number, event: Event): void {
    this.#recorder.consume(run, event)
    if (this.#rows.count > limits.storeRowsMax / 2 && !this.#hastened) this.#hasten()
  }

  state(run: number, state: RunState): void {
    const known = this.#runs.get(run)
    if (known === undefined) return
    const now = { ...known, ...state }
    this.#runs.set(run, now)
    this.#changedRuns.set(run, [
      run,
      now.source,
      now.kind,
      now.startedMicros,
      now.endedMicros,
      now.span?.from,
      now.span?.to,
      now.packets,
      now.bytes,
      now.flows,
      now.dropped,
      JSON.stringify(now.damage),
    ])
  }

  /** Rows that wait; a reader of captures that is faster than the disk waits for `flush` at times. */
  get waiting(): number {
    return this.#rows.count
  }

  /** Rows that were written since the store was opened, by table. */
  get written(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#written)
  }

  flush(): Promise<void> {
    const next = this.#last.then(() => this.#write())
    this.#last = next.catch(() => undefined)
    return next
  }

  async close(): Promise<void> {
    await this.flush()
    this.#closeAppenders()
    await this.#putInOrder(true)
  }

  /** Do something on the writer's connection, between two flushes. */
  between<Result>(work: (connection: DuckDBConnection) => Promise<Result>): Promise<Result> {
    const next = this.#last.then(() => work(this.#parts.connection))
    this.#last = next.then(
      () => undefined,
      () => undefined,
    )
    return next
  }

  /** As `between`; before it all that waits is written, and no text counts as written any more. */
  settled<Result>(work: (connection: DuckDBConnection) => Promise<Result>): Promise<Result> {
    return this.between(async (connection) => {
      this.#recorder.forgetTexts()
      await this.#write()
      return work(connection)
    })
  }

  #add(table: TableName, cells: readonly Cell[]): void {
    if (this.#rows.count < limits.storeRowsMax) {
      this.#rows.add(table, cells)
      return
    }
    if (this.lost++ === 0) {
      this.#parts.onTrouble(
        'storeRowsMax: the disk is too slow, some of what happens is not stored',
      )
    }
  }

  #hasten(): void {
    this.#hastened = true
    this.flush()
      .catch((error) => this.#parts.onTrouble(wordsOf(error)))
      .finally(() => {
        this.#hastened = false
      })
  }

  async #write(): Promise<void> {
    this.#recorder.drain()
    if (this.#recorder.notKept > 0 && !this.#toldOfFlows) {
      this.#toldOfFlows = true
      this.#parts.onTrouble('storeFlowsMax: some flows are stored only when they end')
    }
    const runs = this.#changedRuns
    if (this.#rows.count + this.#recorder.replacing + runs.size === 0) return
    const filled = this.#rows.take()
    const replaced = this.#recorder.takeReplaced()
    this.#changedRuns = new Map()
    const { connection } = this.#parts
    try {
      await connection.run('begin')
      await this.#append(filled)
      for (const table of REPLACED) await this.#replace(table, replaced[table])
      await this.#replace('runs', runs)
      await connection.run('commit')
      for (const { table, rows } of filled) {
        this.#written.set(table, (this.#written.get(table) ?? 0) + rows)
      }
    } catch (cause) {
      this.#closeAppenders()
      await connection.run('rollback').catch(() => undefined)
      this.#rows.giveBack(filled)
      this.#recorder.giveBackReplaced(replaced)
      this.#changedRuns = new Map([...runs, ...this.#changedRuns])
      throw new StoreError(failureText(wordsOf(cause)), { cause })
    }
    if (++this.#flushes % FLUSHES_MERGED === 0) {
      // What was written stays as right as it was where this fails.
      await mergeMinutes(connection).catch((error) => this.#parts.onTrouble(wordsOf(error)))
    }
    await this.#putInOrder()
  }

  /** Where this fails, what was written is in the log as before. */
  async #putInOrder(isEnd = false): Promise<void> {
    const { checkpoints, connection, onTrouble } = this.#parts
    await checkpoints
      .whereDue(connection, isEnd)
      .catch((error) => onTrouble(failureText(wordsOf(error))))
  }

  async #append(filled: readonly Filled[]): Promise<void> {
    const used = new Set<DuckDBAppender>()
    for (const { table, chunk } of filled) {
      const appender = await this.#appender(table, 'raw')
      appender.appendDataChunk(chunk)
      used.add(appender)
    }
    for (const appender of used) appender.flushSync()
  }

  async #appender(table: string, schema: string): Promise<DuckDBAppender> {
    const name = `${schema}.${table}`
    let appender = this.#appenders.get(name)
    if (appender === undefined) {
      appender = await this.#parts.connection.createAppender(table, schema)
      this.#appenders.set(name, appender)
    }
    return appender
  }

  /** Rows with a key take the place of those that have it. */
  async #replace(table: KeyedTable, rows: Replacements): Promise<void> {
    if (rows.size === 0) return
    const { connection, duckdb } = this.#parts
    const keys = KEYS[table]
    const same = keys.map((key) => `old.${key} = new.${key}`).join(' and ')
    await connection.run(`create or replace temp table stage as from raw.${table} limit 0`)
    const staged = new Rows(duckdb)
    for (const [key, cells] of rows) {
      staged.add(table, cells ?? [key as number, ...Array(GONE_COLUMNS).fill(null)])
    }
    const appender = await connection.createAppender('stage', 'main', 'temp')
    for (const { chunk } of staged.take()) appender.appendDataChunk(chunk)
    appender.closeSync()
    await connection.run(`delete from raw.${table} old using temp.stage new where ${same}`)
    const isKept = table === 'open_flows' ? 'where start is not null' : ''
    await connection.run(`insert into raw.${table} from temp.stage ${isKept}`)
  }

  #closeAppenders(): void {
    for (const appender of this.#appenders.values()) {
      try {
        appender.closeSync()
      } catch {
        // What it held is written again by the next flush.
      }
    }
    this.#appenders.clear()
  }
}

/** Every so many flushes the sums by minute that they wrote become one row a minute. */
const FLUSHES_MERGED = 1000

/** Columns of an open flow after its key. */
const GONE_COLUMNS = TABLES.open_flows.length - 1

function failureText(reason: string): string {
  if (/No space left|disk is full|max_temp_directory/i.test(reason)) {
    return 'the store cannot be written: the disk is full'
  }
  return `the store cannot be written: ${reason.split('\n')[0]}`
}
