/**
 * Checkpoints: what stands in the log is put into the file. DuckDB would choose the moments itself;
 * here they are ours, because before each one its metadata is kept (undo.ts).
 */
import { closeSync, openSync, statSync } from 'node:fs'
import type { DuckDBConnection } from './duckdb.ts'
import { forgetBlocks, HEADS_BYTES, keepBlocks, realOf } from './undo.ts'

/** A log of this size is put into the file; DuckDB's own choice. */
const LOG_BYTES = 16 * 2 ** 20
/** Of large stores a longer one, because more is kept each time; until then it is in memory, too. */
const LOG_BYTES_MAX = 4 * LOG_BYTES
const LOG_PER_KEPT = 4
/** DuckDB puts only what is not in memory into a file. */
const MEMORY = ':memory:'

export class Checkpoints {
  readonly #path: string
  /**
   * Open as long as the store: a process that closes any handle of a file loses the locks it has on it
   * (fcntl(2), "advisory record locking"), and DuckDB's lock keeps other processes out.
   */
  readonly #file: number | undefined
  #keptBytes = 0

  /** The store must have been opened. */
  constructor(path: string) {
    this.#path = realOf(path)
    this.#file = path === MEMORY ? undefined : openSync(path, 'r')
  }

  /** A checkpoint where the log has become long; at the end, where there is one. */
  async whereDue(connection: DuckDBConnection, isEnd = false): Promise<void> {
    const log = statSync(`${this.#path}.wal`, { throwIfNoEntry: false })?.size ?? 0
    const long = Math.min(Math.max(LOG_BYTES, LOG_PER_KEPT * this.#keptBytes), LOG_BYTES_MAX)
    if (log > (isEnd ? 0 : long)) await this.make(connection)
  }

  async make(connection: Pick<DuckDBConnection, 'run' | 'runAndReadAll'>): Promise<void> {
    if (this.#file === undefined) {
      await connection.run('checkpoint')
      return
    }
    const read = async (sql: string) => (await connection.runAndReadAll(sql)).getRows()
    const blocks = await read('select block_id from pragma_metadata_info()')
    const [size] = await read('select block_size from pragma_database_size()')
    const blockBytes = Number(size![0])
    const offsets = blocks.map(([block]) => HEADS_BYTES + Number(block) * blockBytes)
    this.#keptBytes = keepBlocks(this.#file, this.#path, offsets, blockBytes)
    // Where this fails the blocks stay beside the store: putting them back is right until one succeeds.
    await connection.run('checkpoint')
    forgetBlocks(this.#path)
  }

  /** After DuckDB has closed the store. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
  }
}
