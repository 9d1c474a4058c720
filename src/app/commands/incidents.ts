/** `peerscope incidents -r TRACE --dark NETWORKS`: who asks what is not there. */
import { endpointText } from '../../core/address.ts'
import { csvCell } from '../../core/csv.ts'
import type { Incident, TaughtBy } from '../../core/event.ts'
import { isoText } from '../../core/figures.ts'
import { filtered } from '../../intake/source/filter.ts'
import { Eve } from '../../services/export/eve.ts'
import { Contacts, WITHOUT_DARK } from '../../services/incidents/contacts.ts'
import type { DarkSpace } from '../../services/incidents/dark-space.ts'
import { Incidents } from '../../services/incidents/incidents.ts'
import { Radiation, type RadiationReport } from '../../services/incidents/radiation.ts'
import type { IncidentFormat } from '../choices.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { tellDamage, warn } from '../notes.ts'
import { Output } from '../output.ts'
import { Run, type Totals } from '../pipeline.ts'
import { onStopSignal } from '../stop-signal.ts'
import { wantsColour, widthOf } from '../terminal.ts'
import { againMicrosOf, OpenFlows, openResumed } from './incidents-resume.ts'
import { readState, type StateLine, StateWriter } from './incidents-state.ts'
import { incidentsText } from './incidents-text.ts'
import {
  darkSpaceOf,
  dialectOf,
  filesOf,
  type MeasuringFlags,
  MUTE,
  NEIGHBOURS,
  readAll,
  tellLimits,
} from './measuring.ts'

/** The command line, as commander hands it over. */
export interface IncidentsFlags extends MeasuringFlags {
  readonly format: IncidentFormat
  readonly sources?: number
  readonly window?: number
  /** Where a run ended, and the next begins. */
  readonly state?: string
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
  const search = new Search(flags)
  const totals =
    flags.state === undefined
      ? await readAll('incidents', operands, flags, (event) => search.contacts.consume(event))
      : await goOn(search, flags.state, operands, flags)
  const report = search.report()
  write(report, flags)
  tellLimits(report.limits)
  return totals.interrupted ? EXIT.interrupted : tellDamage(totals)
}

/** What is found, and all that is kept for it. */
class Search {
  readonly dark: DarkSpace | undefined
  readonly contacts: Contacts
  readonly #incidents: Incidents
  readonly #radiation = new Radiation(dialectOf)
  readonly #over: Incident[] = []
  readonly #limits: Record<string, number> = {}

  constructor(flags: IncidentsFlags) {
    this.dark = darkSpaceOf(flags)
    const options = {
      ...(this.dark === undefined && WITHOUT_DARK),
      ...(flags.sources !== undefined && { sourcesMax: flags.sources }),
      ...(flags.window !== undefined && { windowHours: flags.window }),
    }
    this.#incidents = new Incidents((event) => {
      if (event.type === 'limit') this.#limits[event.limit] = event.count
      else if (event.state === 'closed') {
        this.#over.push(event)
        this.contacts.count(event)
      }
    }, options)
    this.contacts = new Contacts(this.#incidents, this.#radiation, this.dark, NEIGHBOURS, MUTE)
  }

  *save(): Generator<StateLine> {
    for (const piece of this.#incidents.save()) yield { kind: 'incidents', piece }
    yield { kind: 'contacts', contacts: this.contacts.save() }
    yield { kind: 'radiation', radiation: this.#radiation.save() }
    for (const incident of this.#over) yield { kind: 'over', incident }
    for (const [limit, count] of Object.entries(this.#limits)) yield { kind: 'limit', limit, count }
  }

  restore(line: StateLine): void {
    switch (line.kind) {
      case 'incidents':
        return this.#incidents.restore(line.piece)
      case 'contacts':
        return this.contacts.restore(line.contacts)
      case 'radiation':
        return this.#radiation.restore(line.radiation)
      case 'over':
        this.#over.push(line.incident)
        return
      case 'limit':
        this.#limits[line.limit] = line.count
    }
  }

  /** Nothing more will come. */
  report(): IncidentReport {
    this.#incidents.finish()
    return {
      incidents: this.#over.map((incident) => {
        const taughtBy = this.contacts.taughtBy(incident.target)
        return taughtBy === undefined ? incident : { ...incident, taughtBy }
      }),
      radiation: this.#radiation.report(this.dark?.networks ?? 0),
      scanners: this.#incidents.scanners,
      isDark: this.dark !== undefined,
      limits: this.#limits,
    }
  }
}

/** Go on where the state says; what comes of it is the state of the next run. */
async function goOn(
  search: Search,
  path: string,
  operands: readonly string[],
  flags: IncidentsFlags,
): Promise<Totals> {
  const { dark, sources, window, filter } = flags
  const key = JSON.stringify({ dark, sources, window, filter })
  const reached = await readState(path, key, (line) => search.restore(line))
  const cursor = await openResumed(filesOf('incidents', operands, flags), reached, warn)
  const flows = new OpenFlows(search.dark, reached?.firstMicros)
  let isEnding = false
  const stop = new AbortController()
  const run = Run.over(
    filter === undefined ? cursor : filtered(cursor, filter),
    { flows: true, signal: stop.signal },
    (event) => {
      if (event.type === 'flow') flows.take(event)
      if (cursor.isRecalled && !isEnding) search.contacts.recall(event)
      else search.contacts.consume(event)
    },
  )
  const letGo = onStopSignal(() => stop.abort())
  if (reached !== undefined) run.tick(reached.againMicros)
  while (await run.advance()) {
    // Everything happens in `advance`.
  }
  letGo()
  const isOver = !stop.signal.aborted
  // Stopped before anything new came, it stays as it was.
  const writer = isOver || !cursor.isRecalled ? new StateWriter(path, key) : undefined
  for (const line of writer === undefined ? [] : search.save()) writer!.line(line)
  isEnding = true
  const totals = await run.finish()
  const { cutMicros } = cursor
  const { firstMicros, oldestMicros } = flows
  const againMicros = againMicrosOf(firstMicros, cutMicros, oldestMicros)
  const captures = cursor.captures(isOver)
  if (Number.isFinite(firstMicros)) writer?.end({ captures, firstMicros, cutMicros, againMicros })
  return totals
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
      isoText(incident.startMicros),
      isoText(incident.endMicros),
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
