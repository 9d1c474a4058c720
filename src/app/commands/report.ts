/** `peerscope report FILE -o report.html`: what captures or a store hold, as one file for print. */
import { protocols } from '../../protocols/index.ts'
import { reportHtml } from '../../services/page/report/report.ts'
import type { ExitCode } from '../exit-codes.ts'
import { Output } from '../output.ts'
import { packageVersion } from '../package-files.ts'
import { familyTitles } from '../serve/serving.ts'
import { openStored } from './stored.ts'

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
  const { store, status } = await openStored('a report', files, flags.filter)
  try {
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
