/** What commands ask that look at captures as at a store: one that was named, or captures read into memory. */
import { openStore, type Store } from '../../services/store/store.ts'
import type { CaptureIndex } from '../evidence/capture-index.ts'
import { EXIT, type ExitCode, UsageError } from '../exit-codes.ts'
import { tellDamage, tellLeftOut } from '../notes.ts'
import { packageVersion } from '../package-files.ts'
import type { ReadOptions } from '../pipeline.ts'
import { progressLine } from '../progress.ts'
import { Board } from '../serve/board.ts'
import { Counters } from '../serve/counters.ts'
import { Storing } from '../serve/storing.ts'
import { isStore } from './store-file.ts'

export interface Stored {
  readonly store: Store
  /** Whether a capture was damaged. */
  readonly status: ExitCode
  /** Captures that were read now, under which number, and where they can be read again from. */
  readonly read?: { readonly run: number; readonly index: CaptureIndex }
}

/**
 * To be closed by whoever asked.
 * @param what  what it is for: `a report`
 */
export async function openStored(
  what: string,
  files: readonly string[],
  filter: string | undefined,
  quiet = false,
): Promise<Stored> {
  const isStored = files.map(isStore)
  if (isStored.includes(true) && files.length > 1) {
    throw new UsageError(`${what} is of one store, or of captures`)
  }
  if (isStored[0]) {
    return { store: await openStore(files[0]!, { readOnly: true }), status: EXIT.ok }
  }
  const store = await openStore(':memory:')
  try {
    return { store, ...(await readInto(store, files, filter, quiet)) }
  } catch (error) {
    await store.close()
    throw error
  }
}

async function readInto(
  store: Store,
  files: readonly string[],
  filter: string | undefined,
  quiet: boolean,
) {
  const to = {
    writer: store.writer,
    board: new Board(packageVersion(), () => performance.now()),
    counters: new Counters(),
  }
  const progress = progressLine(!quiet)
  const options: ReadOptions = {
    files,
    ...(filter !== undefined && { filter }),
    ...(progress && { onProgress: (state) => progress.show(state) }),
    onLeftOut: tellLeftOut,
  }
  const storing = await Storing.open(files.join(', '), options, to)
  let number = 0
  const totals = await storing
    .read((run) => {
      number = run
    })
    .finally(() => progress?.wipe())
  return { status: tellDamage(totals), read: { run: number, index: storing.index } }
}
