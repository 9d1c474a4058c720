/** `peerscope diagnose -r CAPTURE`: why addresses that are in no system were told, and by whom. */
import { shown } from '../../core/text.ts'
import { protocols } from '../../protocols/index.ts'
import { diagnose } from '../../services/diagnose/diagnose.ts'
import { Evidence } from '../../services/diagnose/evidence.ts'
import { observe } from '../../services/diagnose/observe.ts'
import { Eve } from '../../services/export/eve.ts'
import { contentOf, kindsOf } from '../backtrack/subject.ts'
import type { DiagnosisFormat } from '../choices.ts'
import { type ExitCode, UsageError } from '../exit-codes.ts'
import { namesInPackets } from '../incidents/names-in-packets.ts'
import { seedOf } from '../incidents/seeds.ts'
import { tellDamage } from '../notes.ts'
import { Output } from '../output.ts'
import { wantsColour, widthOf } from '../terminal.ts'
import { bugReports } from './diagnose-bug-report.ts'
import { readRoutes } from './diagnose-routes.ts'
import { diagnosisText } from './diagnose-text.ts'
import { darkSpaceOf, type MeasuringFlags, NEIGHBOURS, readAll, tellLimits } from './measuring.ts'

/** The command line, as commander hands it over. */
export interface DiagnoseFlags extends MeasuringFlags {
  readonly format: DiagnosisFormat
  /** A table of announced networks. */
  readonly routes?: string
  readonly bugReport?: true
  /** URNs, hashes or links. */
  readonly madeUp?: readonly string[]
}

/** A slip here would look like a finding: nobody knows peers of it. */
function madeUpContent(text: string): string {
  const content = contentOf(text, kindsOf(protocols))
  if (content === undefined) {
    throw new UsageError(`--made-up ${shown(text)}: neither a URN nor the hash of a content`)
  }
  return content
}

export async function diagnoseCommand(
  operands: readonly string[],
  flags: DiagnoseFlags,
): Promise<ExitCode> {
  if (flags.bugReport && flags.format !== 'text') {
    throw new UsageError(`--bug-report is Markdown and cannot be --format ${flags.format}`)
  }
  const dark = darkSpaceOf(flags)
  const routes = flags.routes === undefined ? undefined : await readRoutes(flags.routes)
  const evidence = new Evidence({
    seedOf,
    ...(flags.madeUp !== undefined && { madeUp: flags.madeUp.map(madeUpContent) }),
    ...(dark !== undefined && { isDark: (ip) => dark.has(ip) }),
    ...(routes !== undefined && { isAnnounced: (ip) => routes.has(ip) }),
  })
  const totals = await readAll(
    'diagnose',
    operands,
    flags,
    (event) => observe(event, evidence, NEIGHBOURS),
    namesInPackets((named) => evidence.names.add(named)),
  )
  const diagnoses = diagnose(evidence, totals.lastMicros ?? 0)
  const output = Output.open(flags.write)
  if (flags.bugReport) output.write(bugReports(diagnoses))
  else if (flags.format === 'json') output.line(JSON.stringify(diagnoses))
  else if (flags.format === 'eve') {
    const eve = new Eve()
    for (const { causes } of diagnoses) for (const cause of causes) output.line(eve.line(cause)!)
  } else {
    const stream = output.isStdout ? process.stdout : {}
    const colour = wantsColour(stream, process.env, flags.color)
    output.write(diagnosisText(diagnoses, { width: widthOf(stream), colour }))
  }
  output.close()
  const { toldNotKept, endpointsNotKept } = evidence
  const causeEndpointsMax = endpointsNotKept + evidence.names.notKept
  const causeRoutesMax = routes?.notKept ?? 0
  tellLimits({ causeToldMax: toldNotKept, causeEndpointsMax, causeRoutesMax })
  return tellDamage(totals)
}
