/** What a question is about: the flows that it chooses, as a condition, and the moments. */
import { parseExpression } from '../../core/expression.ts'
import type { Span, Which } from '../../core/store.ts'
import { condition, inRun } from './compile.ts'
import type { Connections } from './connections.ts'
import type { Kinds, Words } from './dictionaries.ts'
import { MINUTE } from './minutes.ts'
import { all, integer, Sql } from './sql.ts'

export interface Base {
  readonly connections: Connections
  readonly words: Words
  readonly kinds: Kinds
}

/** An expression that means nothing; `at`: where in it. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError'
  readonly at: number

  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

export interface Chosen {
  /** On the columns of flows: those that overlap the span, and are meant. */
  readonly flows: string
  readonly values: readonly string[]
  /** Absent also where all that is stored lies in it. */
  readonly span: Span | undefined
  /** As it was asked for: what a chart shows. */
  readonly asked: Span | undefined
  readonly run: number | undefined
  /** An expression chooses among the flows of run and span. */
  readonly byExpression: boolean
}

export async function choose(base: Base, which: Which): Promise<Chosen> {
  const { run, where = '' } = which
  const span = await narrowing(base, which)
  const conditions: string[] = []
  if (run !== undefined) conditions.push(inRun('id', run))
  if (span !== undefined) {
    conditions.push(`stop >= ${integer(span.from)} and start < ${integer(span.to)}`)
  }
  const sql = new Sql()
  const parsed = parseExpression(where)
  if (parsed.error !== undefined) throw new ExpressionError(parsed.error, parsed.at)
  if (parsed.ok !== undefined) {
    const runs = await base.connections.ask('select run, source from raw.runs')
    const known = {
      kinds: base.kinds.all,
      runs: runs.map((row) => ({ run: Number(row.run), source: String(row.source) })),
      words: base.words.entries(),
    }
    conditions.push(condition(parsed.ok, known, sql))
  }
  const byExpression = parsed.ok !== undefined
  return { flows: all(conditions), values: sql.values, span, asked: which.span, run, byExpression }
}

/** The span, unless all that is stored lies in it: what need not be compared is not. */
async function narrowing(base: Base, { span, run }: Which): Promise<Span | undefined> {
  if (span === undefined) return undefined
  const stored = await storedSpan(base, run)
  const isAll = stored !== undefined && span.from <= stored.from && span.to >= stored.to
  return isAll ? undefined : span
}

/** Rows of a table with a column for the run. */
export function ofRun(chosen: Chosen): string {
  return chosen.run === undefined ? 'true' : `run = ${integer(chosen.run)}`
}

/** Rows of a table with a column of moments, of the chosen span and run. */
export function moments(chosen: Chosen, column: string, run: string): string {
  const conditions: string[] = []
  if (chosen.run !== undefined) conditions.push(run)
  if (chosen.span !== undefined) {
    conditions.push(
      `${column} >= ${integer(chosen.span.from)} and ${column} < ${integer(chosen.span.to)}`,
    )
  }
  return all(conditions)
}

/**
 * For questions about hosts: the ends of the chosen flows that are recognised, as what `with`
 * names. They are looked for once where few are chosen, and read where they stand where all are.
 */
export function withEnds(chosen: Chosen): string {
  const once =
    chosen.byExpression || chosen.span !== undefined ? 'materialized' : 'not materialized'
  return `with ends as ${once} (
    select src, dst, kind, bytes_up, bytes_down, start, stop from raw.known
    where kind <> 0 and ${chosen.flows})`
}

/** Rows with a column `host`: those that are an end of a chosen flow. */
export function isEnd(chosen: Chosen): string {
  if (!chosen.byExpression && chosen.span === undefined) return 'true'
  return 'host in (select src from ends union all select dst from ends)'
}

/** Rows of what was said (`flow`, `micros`): of the span and run, in flows that are meant. */
export function said(chosen: Chosen): string {
  const at = moments(chosen, 'micros', inRun('flow', chosen.run ?? 0))
  return chosen.byExpression
    ? `${at} and flow in (select id from raw.known where ${chosen.flows})`
    : at
}

/** As `said`, for what a host said itself: in flows of its own, which stand in `mine` (hosts.ts). */
export function saidInMine(chosen: Chosen): string {
  const at = moments(chosen, 'micros', inRun('flow', chosen.run ?? 0))
  return chosen.byExpression ? `${at} and flow in (select id from mine)` : at
}

export interface Steps {
  readonly from: number
  readonly stepMicros: number
  readonly count: number
}

const STEPS_MAX = 2_000
const SECOND = 1_000_000
/** Lengths of steps that are easily read, in seconds. */
const STEP_SECONDS = [
  1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400,
]

/** About so many equal steps of a readable length that cover a span. */
export function stepsOf(span: Span | undefined, wanted: number): Steps {
  if (span === undefined || span.to <= span.from) return { from: 0, stepMicros: SECOND, count: 0 }
  const most = Math.min(Math.max(1, Math.floor(wanted)), STEPS_MAX)
  const least = (span.to - span.from) / most
  const seconds = STEP_SECONDS.find((length) => length * SECOND >= least)
  const step = seconds ? seconds * SECOND : Math.ceil(least / (86_400 * SECOND)) * 86_400 * SECOND
  const from = Math.floor(span.from / step) * step
  return { from, stepMicros: step, count: Math.ceil((span.to - from) / step) }
}

/**
 * Of everything stored, or of a run. The minutes say in which block of flows to look for the first
 * and the last moment.
 */
export async function storedSpan(base: Base, run?: number): Promise<Span | undefined> {
  const [about] = await base.connections.ask(
    `select min(minute) as low, max(minute) as high from raw.minutes
     where ${run === undefined ? 'true' : `run = ${integer(run)}`}`,
  )
  const flows =
    about === undefined || about.low === null
      ? 'select null as low, null as high where false'
      : `select min(start) as low, null as high from raw.known
           where start < ${integer(Number(about.low) + MINUTE)} and ${isOfRun(run)}
         union all select null, max(stop) from raw.known
           where stop >= ${integer(Number(about.high))} and ${isOfRun(run)}`
  const [row] = await base.connections.ask(
    `select min(low) as low, max(high) as high from (${flows}
       union all select min(micros - seconds * 1000000), max(micros - 1) from raw.traffic
       where ${run === undefined ? 'true' : `run = ${integer(run)}`})`,
  )
  if (row === undefined || row.low === null || row.high === null) return undefined
  return { from: Number(row.low), to: Number(row.high) + 1 }
}

function isOfRun(run: number | undefined): string {
  return run === undefined ? 'true' : inRun('id', run)
}
