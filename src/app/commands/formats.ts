/** Where events go: one consumer per output format. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Event, LimitReached, Verdict } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { STATUS_NAMES } from '../../intake/packet/status.ts'
import { protocols } from '../../protocols/index.ts'
import { Hosts } from '../../services/detect/hosts.ts'
import { Swarms } from '../../services/detect/swarms.ts'
import { CSV_HEADER, FlowTable } from '../../services/export/csv.ts'
import { Eve } from '../../services/export/eve.ts'
import { mergedLogs } from '../../services/export/eve-schema.ts'
import { ndjsonLine } from '../../services/export/ndjson.ts'
import { ZeekLogs } from '../../services/export/zeek.ts'
import { Overview } from '../../services/report/overview.ts'
import { summaryText } from '../../services/report/summary.ts'
import { SEVERITIES, type Severity } from '../choices.ts'
import type { LiveStatus } from '../live/live.ts'
import { Output } from '../output.ts'
import type { Totals } from '../pipeline.ts'

/** What is known once everything was read. */
export interface Conclusion {
  readonly totals: Totals
  /** The worst first; at most `Format.verdictsMax`. */
  readonly verdicts: readonly Verdict[]
  readonly hostCount: number
  readonly claimedCount: number
  readonly limits: readonly LimitReached[]
  /** Where an interface was watched. */
  readonly live?: LiveStatus
}

export interface Format {
  /** How many verdicts it tells of; absent: all. */
  readonly verdictsMax?: number
  consume(event: Event): void
  /** Hand on what waits: called now and then, so that a reader of a slow pipe sees something. */
  flush?(): void
  /** How a watch goes. */
  status?(totals: Totals, status: LiveStatus): void
  /** The file was moved away, as logs are: go on in a new one. */
  reopen?(): void
  finish(conclusion: Conclusion): void
}

export class EveFormat implements Format {
  readonly #eve = new Eve()
  readonly #output: Output

  constructor(output: Output) {
    this.#output = output
  }

  consume(event: Event): void {
    const line = this.#eve.line(event)
    if (line !== undefined) this.#output.line(line)
  }

  flush(): void {
    this.#output.flush()
  }

  status(totals: Totals, live: LiveStatus): void {
    this.#output.line(this.#eve.stats({ ...totals, lastMicros: Date.now() * 1000, live }))
  }

  reopen(): void {
    this.#output.reopen()
  }

  finish({ totals, verdicts, limits, live }: Conclusion): void {
    for (const event of [...verdicts, ...limits]) this.consume(event)
    // Where no packet says what time it was, it is now.
    const lastMicros = totals.lastMicros ?? Date.now() * 1000
    this.#output.line(this.#eve.stats({ ...totals, lastMicros, ...(live && { live }) }))
    this.#output.close()
  }
}

export class NdjsonFormat implements Format {
  readonly #output: Output

  constructor(output: Output) {
    this.#output = output
  }

  consume(event: Event): void {
    this.#output.line(ndjsonLine(event))
  }

  flush(): void {
    this.#output.flush()
  }

  status(_: Totals, live: LiveStatus): void {
    this.#output.line(ndjsonLine({ type: 'status', ...live }))
  }

  reopen(): void {
    this.#output.reopen()
  }

  finish({ totals, verdicts, limits, live }: Conclusion): void {
    for (const event of [...verdicts, ...limits]) this.consume(event)
    this.#output.line(ndjsonLine({ type: 'totals', ...totals, ...(live && { live }) }))
    this.#output.close()
  }
}

export class CsvFormat implements Format {
  readonly verdictsMax = 1
  readonly #table = new FlowTable()
  readonly #output: Output

  constructor(output: Output) {
    this.#output = output
    output.line(CSV_HEADER)
  }

  consume(event: Event): void {
    if (event.type === 'flow') this.#output.line(this.#table.row(event))
  }

  flush(): void {
    this.#output.flush()
  }

  reopen(): void {
    this.#output.reopen()
  }

  finish(): void {
    this.#output.close()
  }
}

export class ZeekFormat implements Format {
  readonly #logs: ZeekLogs

  /** @param folder  where the logs are written; made if it is not there */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true })
    this.#logs = new ZeekLogs(
      (path) => Output.open(join(folder, `${path}.log`)),
      mergedLogs(protocols),
    )
  }

  consume(event: Event): void {
    this.#logs.consume(event)
  }

  finish({ verdicts }: Conclusion): void {
    for (const verdict of verdicts) this.#logs.consume(verdict)
    this.#logs.close()
  }
}

export interface SummaryLook {
  readonly width: number
  readonly colour: boolean
  readonly listed: number
  readonly sources: readonly string[]
}

export class SummaryFormat implements Format {
  readonly verdictsMax: number
  readonly #overview = new Overview()
  readonly #swarms = new Swarms()
  readonly #output: Output
  readonly #look: SummaryLook

  constructor(output: Output, look: SummaryLook) {
    this.#output = output
    this.#look = look
    // The worst is looked at for --fail-on, also where none is listed.
    this.verdictsMax = Math.max(1, look.listed)
  }

  consume(event: Event): void {
    this.#overview.consume(event)
    this.#swarms.consume(event)
  }

  finish({ totals, verdicts, hostCount, claimedCount, limits }: Conclusion): void {
    const reached = { ...totals.limits }
    for (const { limit, count } of limits) reached[limit] = count
    if (this.#swarms.forgotten > 0) reached.swarmsMax = this.#swarms.forgotten
    if (totals.otherFlows !== undefined) this.#overview.others = totals.otherFlows
    const input = {
      totals: { ...totals, limits: reached },
      overview: this.#overview,
      verdicts,
      hostCount,
      claimedCount,
      statuses: STATUS_NAMES,
      contents: this.#swarms.list(),
    }
    this.#output.write(summaryText(input, this.#look))
    this.#output.close()
  }
}

/** Families that are shown beside P2P and held against nobody. */
const NEIGHBOURS = new Set(
  protocols.filter(({ neighbour }) => neighbour !== undefined).map(({ name }) => name),
)

/** Evidence about hosts, and what of it is worth an exit code. */
export class Judge {
  readonly #hosts = new Hosts(limits.hostsMax, NEIGHBOURS)
  #worstThreat = 0

  consume(event: Event): void {
    this.#hosts.consume(event)
    if (event.type !== 'threat') return
    this.#worstThreat = Math.max(this.#worstThreat, SEVERITIES.indexOf(event.severity) + 1)
  }

  get hostCount(): number {
    return this.#hosts.count
  }

  conclude(totals: Totals, verdictsMax?: number): Conclusion {
    const micros = totals.lastMicros ?? 0
    const forgotten = this.#hosts.forgotten
    return {
      totals,
      verdicts: this.#hosts.verdicts(verdictsMax),
      hostCount: this.#hosts.count,
      claimedCount: this.#hosts.claimedCount,
      limits:
        forgotten === 0 ? [] : [{ type: 'limit', limit: 'hostsMax', count: forgotten, micros }],
    }
  }

  /** Verdicts of hosts of which something was seen since they were told last, so many at most. */
  changed(max?: number): Verdict[] {
    return this.#hosts.changed(max)
  }

  /** Whether there is a threat of this severity, or a host whose score is as bad. */
  finds(severity: Severity, verdicts: readonly Verdict[]): boolean {
    if (this.#worstThreat >= SEVERITIES.indexOf(severity) + 1) return true
    return verdicts.some(({ score }) => score >= SCORES[severity])
  }
}

/** Host scores as severities: any host judged, an even chance, hardly a doubt. */
const SCORES: Readonly<Record<Severity, number>> = { low: 1, medium: 50, high: 80 }
