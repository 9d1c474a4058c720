/** `peerscope carve FILE --where EXPR -w out.pcapng`: packets of chosen flows, with comments where they are evidence. */
import { parseExpression } from '../../core/expression.ts'
import { countText, manyText } from '../../core/figures.ts'
import { limits } from '../../core/limits.ts'
import { StoredPackets } from '../evidence/packets.ts'
import { EXIT, type ExitCode, UsageError } from '../exit-codes.ts'
import { warn } from '../notes.ts'
import { Output } from '../output.ts'
import { packageVersion } from '../package-files.ts'
import { keptFolder } from '../serve/state.ts'
import { refuseToWriteOver } from './read.ts'
import { openStored } from './stored.ts'

/** The command line, as commander hands it over. */
export interface CarveFlags {
  readonly where: string
  readonly write: string
  readonly filter?: string
  readonly quiet?: boolean
}

export async function carveCommand(files: readonly string[], flags: CarveFlags): Promise<ExitCode> {
  const { where, write } = flags
  const parsed = parseExpression(where)
  if (parsed.error !== undefined) {
    throw new UsageError(`--where: ${parsed.error}, at character ${parsed.at + 1}`)
  }
  if (files.includes('-')) throw new UsageError('packets are read twice: standard input is not')
  if (write === '-' && process.stdout.isTTY === true) {
    throw new UsageError('packets are nothing for a terminal: say -w FILE')
  }
  await refuseToWriteOver(files, write)
  const { store, status, read } = await openStored(
    'what is carved',
    files,
    flags.filter,
    flags.quiet,
  )
  try {
    const { total } = await store.reader.flows({ where, limit: 1, order: 'start' })
    if (total === 0) {
      warn('no flow is so; nothing was written')
      return EXIT.failed
    }
    const packets = new StoredPackets(
      store.reader,
      `Peerscope ${packageVersion()}`,
      keptFolder(files[0]!),
    )
    if (read !== undefined) packets.remember(read.run, files, read.index)
    const output = Output.open(write)
    for await (const piece of packets.capture({ where })) output.bytes(piece)
    output.close()
    if (!flags.quiet) warn(toldText(total, write))
    return status
  } finally {
    await store.close()
  }
}

function toldText(total: number, write: string): string {
  const most = limits.evidenceFlowsMax
  const flows =
    total > most
      ? `the first ${countText(most)} of ${countText(total)} flows`
      : manyText(total, 'flow')
  return write === '-' ? flows : `${write}: ${flows}`
}
