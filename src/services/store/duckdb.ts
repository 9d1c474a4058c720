/**
 * DuckDB, loaded when a store is opened and not before: it is an optional dependency of 70 MB. What
 * goes wrong at opening is said in words that name the file and the way out.
 */
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { cutLog, damagedAt } from './mending.ts'
import { forgetBlocks, hasKeptBlocks, isUnfinished, putBack, realOf } from './undo.ts'

export type { DuckDBConnection, DuckDBInstance }
export type DuckDB = typeof import('@duckdb/node-api')

/** The store cannot be had; the message is for people. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
}

export async function loadDuckDB(): Promise<DuckDB> {
  try {
    return await import('@duckdb/node-api')
  } catch (cause) {
    throw new StoreError(
      'the store needs DuckDB, which is not installed: npm install @duckdb/node-api',
      { cause },
    )
  }
}

export interface OpenMode {
  readonly readOnly: boolean
  /** Folders that may be written beside the file itself: for exports. */
  readonly folders: readonly string[]
  /** What DuckDB may use; by default it takes 80 % of the machine. */
  readonly memoryBytes: number
  readonly threads?: number
  /** Told in words what had to be mended. */
  readonly onTrouble?: (words: string) => void
}

/** Nothing is ever loaded from a network, and SQL of others reaches no other file. */
export async function openDatabase(
  duckdb: DuckDB,
  path: string,
  mode: OpenMode,
  isMended = false,
): Promise<DuckDBInstance> {
  try {
    if (!isMended) await mendUnfinished(duckdb, path, mode)
    const instance = await duckdb.DuckDBInstance.create(path, {
      access_mode: mode.readOnly ? 'READ_ONLY' : 'AUTOMATIC',
      // When the log is put into the file is ours to say (checkpoints.ts).
      checkpoint_threshold: NEVER,
      memory_limit: `${Math.ceil(mode.memoryBytes / 1e6)}MB`,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      ...(mode.threads !== undefined && { threads: String(mode.threads) }),
    })
    const connection = await instance.connect()
    const folders = mode.folders.map((folder) => `'${folder.replaceAll("'", "''")}'`)
    await connection.run(`set allowed_directories = [${folders.join(', ')}]`)
    await connection.run('set enable_external_access = false')
    await connection.run(`set global perfect_ht_threshold = ${TABLE_BITS}`)
    await connection.run('pragma disable_checkpoint_on_shutdown')
    await connection.run('set lock_configuration = true')
    connection.closeSync()
    // Not before: a store that cannot be opened keeps all that may help it.
    if (!mode.readOnly) forgetBlocks(realOf(path))
    return instance
  } catch (cause) {
    const reason = wordsOf(cause)
    if (cause instanceof StoreError) throw cause
    const at = mode.readOnly ? undefined : damagedAt(reason)
    if (at === undefined || isMended) throw new StoreError(openingText(path, reason), { cause })
    mode.onTrouble?.(cutLog(realOf(path), at))
    return openDatabase(duckdb, path, mode, true)
  }
}

/** Groups by a number of 16 bits, or by none, are found in a table; DuckDB does so up to 12 bits. */
const TABLE_BITS = 17

/** A log cannot become so long. */
const NEVER = '1000TB'

/** A process ended in the middle of a checkpoint: what it wrote over is put back. */
async function mendUnfinished(duckdb: DuckDB, path: string, mode: OpenMode): Promise<void> {
  const file = realOf(path)
  if (!hasKeptBlocks(file)) return
  try {
    // Whose checkpoint goes on has it alone, and is not disturbed.
    const probe = await duckdb.DuckDBInstance.create(path, { access_mode: 'READ_ONLY' })
    probe.closeSync()
  } catch (cause) {
    if (OWNED.test(wordsOf(cause))) throw cause
  }
  const words = `${path} was being put in order when its process ended`
  if (mode.readOnly) {
    if (!isUnfinished(file)) return
    throw new StoreError(`${words}: peerscope serve --store ${path} mends it, nothing is lost`)
  }
  if (putBack(file)) mode.onTrouble?.(`${words}: what it wrote over is put back, nothing is lost`)
}

export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

const OWNED = /Conflicting lock is held in .*\(PID (\d+)\)/

/** DuckDB's reasons in our words. */
function openingText(path: string, reason: string): string {
  const owner = OWNED.exec(reason)?.[1]
  if (owner !== undefined) return `${path} is in use by process ${owner}: ask its page, or end it`
  if (/not a valid DuckDB database file/.test(reason)) return `${path} is not a store of Peerscope`
  if (/Permission denied|read-only file system/i.test(reason)) {
    return `${path} cannot be opened: no permission`
  }
  if (/No such file or directory|does not exist/.test(reason)) {
    return `${path} is not there: a store is what peerscope serve --store FILE keeps`
  }
  if (/No space left/.test(reason)) return `${path} cannot be written: the disk is full`
  return `${path} is damaged or was cut short: ${reason.split('\n')[0]}`
}
