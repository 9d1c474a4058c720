/** `peerscope report FILE -o report.html`: what captures or a store hold, as one file for print. */
import { protocols } from '../../protocols/index.ts'
import { reportHtml } from '../../services/page/report/report.ts'
import { openStore, type Store } from '../../services/store/store.ts'
import { EXIT, type ExitCode, UsageError } from '../exit-codes.ts'
import { Output } from '../output.ts'
import { packageVersion } from '../package-files.ts'
import { Board } from '../serve/board.ts'
import { Counters } from '../serve/counters.ts'
import { familyTitles } from '../serve/serving.ts'
import { Storing } from '../serve/storing.ts'
import { isStore } from './store-file.ts'

/** The command line, as commander hands it over. */
export interface ReportFlags {
  readonly output: string
  /** What the same is called with other commands. */
  readonly write?: string
  readonly filter?: string
}

export async function reportCommand(
  files: readonly string[],
  flags: ReportFlags,
): Promise<ExitCode> {
  const isStored = files.map(isStore)
  if (isStored.includes(true) && files.length > 1) {
    throw new UsageError('a report is of one store, or of captures')
  }
  const store = isStored[0]
    ? await openStore(files[0]!, { readOnly: true })
    : await openStore(':memory:')
  try {
    const status = isStored[0] ? EXIT.ok : await readInto(store, files, flags)
    const text = await reportHtml(store.reader, {
      version: packageVersion(),
      madeMicros: Date.now() * 1000,
      families: familyTitles(protocols),
    })
    const output = Output.open(flags.write ?? flags.output)
    output.write(text)
    output.close()
    return status
  } finally {
    await store.close()
  }
}

async function readInto(
  store: Store,
  files: readonly string[],
  flags: ReportFlags,
): Promise<ExitCode> {
  const to = {
    writer: store.writer,
    board: new Board(packageVersion(), () => performance.now()),
    counters: new Counters(),
  }
  const options = { files, ...(flags.filter !== undefined && { filter: flags.filter }) }
  const storing = await Storing.open(files.join(', '), options, to)
  const totals = await storing.read()
  return totals.damage.length > 0 ? EXIT.damaged : EXIT.ok
}
