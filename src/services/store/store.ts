/**
 * The store in one file of DuckDB. One process owns it: who opens it to write keeps all others out.
 */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { SURENESSES } from '../../core/expression-values.ts'
import type { StoreReader } from '../../core/store.ts'
import { Checkpoints } from './checkpoints.ts'
import type { Cleaning, CleaningResult } from './cleaning.ts'
import { clean } from './cleaning.ts'
import { Connections, type Table } from './connections.ts'
import { Kinds, Words } from './dictionaries.ts'
import { type DuckDBConnection, loadDuckDB, openDatabase, StoreError, wordsOf } from './duckdb.ts'
import { exportHours, type HourExport } from './hours.ts'
import { reader } from './reader.ts'
import { createStatements, SCHEMA_VERSION } from './schema.ts'
import { realOf } from './undo.ts'
import { viewStatements } from './views.ts'
import { Writer } from './writer.ts'

export interface StoreOptions {
  /** Only questions; nothing is written, and no other process may write meanwhile. */
  readonly readOnly?: boolean
  /** A folder for hourly files that other programs read (`exportHours`). */
  readonly exportFolder?: string
  /** What DuckDB may use. */
  readonly memoryBytes?: number
  readonly threads?: number
  /** Told in words: rows that were lost, a flush that failed and that nobody waits for. */
  readonly onTrouble?: (words: string) => void
}

export interface Store {
  readonly writer: Writer
  readonly reader: StoreReader
  /** One statement that only reads. */
  sql(text: string): Promise<Table>
  /** Let go what is too old or too much. */
  clean(cleaning: Cleaning): Promise<CleaningResult>
  /** Write the hours that are over, each once, as Parquet. */
  exportHours(until: number): Promise<readonly HourExport[]>
  close(): Promise<void>
}

const MEMORY_BYTES = 2e9
const MEMORY = ':memory:'

/** Stores that this process writes to: the lock of a file keeps only other processes out (fcntl(2)). */
const owned = new Set<string>()

/** @param path  a file, made where it is not there; or `:memory:` */
export async function openStore(path: string, options: StoreOptions = {}): Promise<Store> {
  const duckdb = await loadDuckDB()
  const { readOnly = false, exportFolder } = options
  if (owned.has(realOf(path))) throw new StoreError(`${path} is in use by this process`)
  if (!readOnly) makeFolders(path, exportFolder)
  const instance = await openDatabase(duckdb, path, {
    readOnly,
    folders: exportFolder === undefined ? [] : [exportFolder],
    memoryBytes: options.memoryBytes ?? MEMORY_BYTES,
    ...(options.threads !== undefined && { threads: options.threads }),
    ...(options.onTrouble !== undefined && { onTrouble: options.onTrouble }),
  })
  const connection = await instance.connect()
  const checkpoints = new Checkpoints(path)
  const file = realOf(path)
  if (!readOnly && path !== MEMORY) owned.add(file)
  const close = () => {
    connection.closeSync()
    instance.closeSync()
    checkpoints.close()
    if (!readOnly) owned.delete(file)
  }
  try {
    await prepare(connection, path, readOnly)
    const [words, kinds] = [new Words(), new Kinds()]
    const nextRun = await recall(connection, words, kinds)
    const onTrouble = options.onTrouble ?? (() => undefined)
    const parts = { duckdb, connection, checkpoints, words, kinds, nextRun, onTrouble }
    const writer = new Writer(parts)
    const connections = new Connections(duckdb, instance)
    return {
      writer,
      reader: reader(connections, words, kinds),
      sql: (text) => connections.only(text),
      clean: (cleaning) => writer.settled((one) => clean(one, checkpoints, path, cleaning)),
      exportHours: (until) => {
        if (exportFolder === undefined) throw new StoreError('no folder for exports was named')
        return writer.between((one) => exportHours(one, exportFolder, until))
      },
      close: async () => {
        try {
          if (!readOnly) await writer.close()
        } finally {
          connections.close()
          close()
        }
      },
    }
  } catch (error) {
    close()
    throw error
  }
}

function makeFolders(path: string, exportFolder: string | undefined): void {
  try {
    if (path !== MEMORY) mkdirSync(dirname(path), { recursive: true })
    if (exportFolder !== undefined) mkdirSync(exportFolder, { recursive: true })
  } catch (cause) {
    throw new StoreError(`the folder of ${path} cannot be made: ${wordsOf(cause)}`, { cause })
  }
}

/** Make the tables of a new file; refuse a file that is not ours, or younger than this program. */
async function prepare(connection: DuckDBConnection, path: string, readOnly: boolean) {
  const tables = await connection.runAndReadAll(
    `select count(*) filter (schema_name = 'raw' and table_name = 'version'), count(*)
     from duckdb_tables() where not temporary`,
  )
  const [ours, any] = tables.getRows()[0] as [bigint, bigint]
  if (ours === 0n && (any > 0n || readOnly)) {
    throw new StoreError(`${path} is a DuckDB file, but not a store of Peerscope`)
  }
  if (ours > 0n) {
    const rows = await connection.runAndReadAll('select version from raw.version')
    const version = Number(rows.getRows()[0]?.[0] ?? 0)
    if (version > SCHEMA_VERSION) {
      throw new StoreError(`${path} was written by a newer Peerscope (its tables are of version \
${version}, this program knows ${SCHEMA_VERSION})`)
    }
  }
  if (readOnly) return
  await connection.run('begin')
  await connection.run('create schema if not exists raw')
  for (const statement of createStatements()) await connection.run(statement)
  for (const statement of viewStatements()) await connection.run(statement)
  if (ours === 0n) {
    await connection.run('create table raw.version (version integer)')
    await connection.run(`insert into raw.version values (${SCHEMA_VERSION})`)
    await connection.run("insert into raw.kinds values (0, '', '', null, false, false)")
    await connection.run("insert into raw.words values (0, '')")
  }
  await connection.run('commit')
}

/** What the store knows of words and kinds; returns the number of the next run. */
async function recall(connection: DuckDBConnection, words: Words, kinds: Kinds): Promise<number> {
  const read = async (sql: string) => (await connection.runAndReadAll(sql)).getRows()
  for (const [number, text] of await read('select word, text from raw.words')) {
    words.know(Number(number), String(text))
  }
  const columns = 'kind, family, part, sureness, neighbour, matched'
  for (const row of await read(`select ${columns} from raw.kinds order by kind`)) {
    const [number, family, part, sureness, neighbour, matched] = row
    if (number === 0) continue
    kinds.know({
      number: Number(number),
      family: String(family),
      part: String(part),
      sureness: SURENESSES[Number(sureness)],
      neighbour: neighbour === true,
      matched: matched === true,
    })
  }
  const [row] = await read('select coalesce(max(run), 0) + 1 from raw.runs')
  return Number(row![0])
}
