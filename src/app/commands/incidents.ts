/** `peerscope incidents -r TRACE --dark NETWORKS`: who asks what is not there. */
import { endpointText } from '../../core/address.ts'
import { csvCell } from '../../core/csv.ts'
import type { Incident, TaughtBy } from '../../core/event.ts'
import { dateText } from '../../core/figures.ts'
import { Eve } from '../../services/export/eve.ts'
import { Contacts, WITHOUT_DARK } from '../../services/incidents/contacts.ts'
import { Incidents } from '../../services/incidents/incidents.ts'
import { Radiation, type RadiationReport } from '../../services/incidents/radiation.ts'
import type { IncidentFormat } from '../choices.ts'
import type { ExitCode } from '../exit-codes.ts'
import { Output } from '../output.ts'
import { wantsColour, widthOf } from '../terminal.ts'
import { incidentsText } from './incidents-text.ts'
import {
  darkSpaceOf,
  type MeasuringFlags,
  NEIGHBOURS,
  readAll,
  statusOf,
  tellLimits,
} from './measuring.ts'

/** The command line, as commander hands it over. */
export interface IncidentsFlags extends MeasuringFlags {
  readonly format: IncidentFormat
  readonly sources?: number
  readonly window?: number
}

export interface IncidentReport {
  /** Those that are over, in order of their end; parts of others too. */
  readonly incidents: readonly (Incident & { readonly taughtBy?: TaughtBy })[]
  readonly radiation: RadiationReport
  /** Sources that were taken out. */
  readonly scanners: number
  /** Without dark space, what never answered was taken for it. */
  readonly isDark: boolean
  readonly limits: Readonly<Record<string, number>>
}

export async function incidentsCommand(
  operands: readonly string[],
  flags: IncidentsFlags,
): Promise<ExitCode> {
  const dark = darkSpaceOf(flags)
  const over: Incident[] = []
  const limits: Record<string, number> = {}
  const radiation = new Radiation()
  const options = {
    ...(dark === undefined && WITHOUT_DARK),
    ...(flags.sources !== undefined && { sourcesMax: flags.sources }),
    ...(flags.window !== undefined && { windowHours: flags.window }),
  }
  const incidents = new Incidents((event) => {
    if (event.type === 'limit') limits[event.limit] = event.count
    else if (event.state === 'closed') {
      over.push(event)
      contacts.count(event)
    }
  }, options)
  const contacts = new Contacts(incidents, radiation, dark, NEIGHBOURS)
  const totals = await readAll('incidents', operands, flags, (event) => contacts.consume(event))
  incidents.finish()
  const report = {
    incidents: over.map((incident) => {
      const taughtBy = contacts.taughtBy(incident.target)
      return taughtBy === undefined ? incident : { ...incident, taughtBy }
    }),
    radiation: radiation.report(dark?.networks ?? 0),
    scanners: incidents.scanners,
    isDark: dark !== undefined,
    limits,
  }
  write(report, flags)
  tellLimits(limits)
  return statusOf(totals)
}

function write(report: IncidentReport, flags: IncidentsFlags): void {
  const output = Output.open(flags.write)
  if (flags.format === 'json') output.line(JSON.stringify(report))
  else if (flags.format === 'csv') for (const row of csvRows(report)) output.line(row)
  else if (flags.format === 'eve') {
    const eve = new Eve()
    for (const incident of report.incidents) output.line(eve.line(incident)!)
  } else {
    const stream = output.isStdout ? process.stdout : {}
    const colour = wantsColour(stream, process.env, flags.color)
    output.write(incidentsText(report, { width: widthOf(stream), colour }))
  }
  output.close()
}

const CSV_COLUMNS =
  'start,end,family,ip,port,sources,peak,counting,target_share,part_of,content,software'

function* csvRows({ incidents }: IncidentReport): Generator<string> {
  yield CSV_COLUMNS
  for (const incident of incidents) {
    const { target, partOf, contents, software } = incident
    const cells = [
      dateText(incident.startMicros),
      dateText(incident.endMicros),
      incident.family,
      target.ip,
      String(target.port),
      String(incident.sources),
      String(incident.peak),
      incident.counting,
      incident.targetShare.toFixed(3),
      partOf === undefined ? '' : endpointText(partOf),
      contents[0]?.name ?? '',
      software[0]?.name ?? '',
    ]
    yield cells.map(csvCell).join()
  }
}
