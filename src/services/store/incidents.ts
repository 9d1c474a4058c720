/** Incidents, and why addresses were told. */
import { parseEndpoint, parseIp } from '../../core/address.ts'
import type { Counted, Incident } from '../../core/event.ts'
import type { CauseRow, IncidentQuestion, IncidentRow, Listed, Which } from '../../core/store.ts'
import type { Ask, Row } from './connections.ts'
import { ROWS_MAX, totalOf } from './flows.ts'
import { storedRef } from './hosts.ts'
import { addressKey, flowId } from './keys.ts'
import { all, integer, isIn } from './sql.ts'
import { type Base, type Chosen, choose, ofRun } from './which.ts'

export async function incidents(
  base: Base,
  question: IncidentQuestion,
): Promise<Listed<IncidentRow>> {
  const chosen = await choose(base, question)
  const condition = meant(base, chosen, question.at)
  const order = question.order === 'start' ? 'start desc' : 'sources desc, start desc'
  const page = `limit ${integer(Math.min(question.limit, ROWS_MAX))} offset ${integer(question.offset ?? 0)}`
  return base.connections.use(async (ask) => {
    const rows = await ask(
      `select *, ip(ip) as target, count(*) over () as total from raw.incidents
       where ${condition} order by ${order}, run, number ${page}`,
      chosen.values,
    )
    const counting = `select count(*) as n from raw.incidents where ${condition}`
    const total = await totalOf(ask, rows, counting, chosen.values)
    const first = await firstFlows(base, ask, rows)
    return { total, rows: rows.map((row) => incidentRow(base, row, first)) }
  })
}

function meant(base: Base, chosen: Chosen, at: string | undefined): string {
  const withdrawn = base.words.find('withdrawn')
  const conditions = [ofRun(chosen)]
  if (withdrawn !== undefined) conditions.push(`state <> ${integer(withdrawn)}`)
  if (chosen.span !== undefined) {
    const { from, to } = chosen.span
    conditions.push(`stop >= ${integer(from)} and start < ${integer(to)}`)
  }
  if (chosen.byExpression) {
    conditions.push(`(ip, port) in (select (dst, dport) from raw.known where ${chosen.flows})`)
  }
  if (at !== undefined) {
    const place = readPlace(at)
    conditions.push(place === undefined ? 'false' : isAt('ip', 'port', place))
  }
  return all(conditions)
}

export interface Place {
  readonly ip: string
  /** Absent: any. */
  readonly port?: number
}

/** An address, or an endpoint. Undefined where the text is none. */
export function readPlace(text: string): Place | undefined {
  const ip = parseIp(text)
  return ip === undefined ? parseEndpoint(text) : { ip }
}

export function isAt(ipColumn: string, portColumn: string, { ip, port }: Place): string {
  const isIp = `${ipColumn} = ${integer(addressKey(ip)!)}`
  return port === undefined ? isIp : `${isIp} and ${portColumn} = ${integer(port)}`
}

/** Of each incident the flow that called its target first. */
async function firstFlows(
  base: Base,
  ask: Ask,
  rows: readonly Row[],
): Promise<ReadonlyMap<string, NonNullable<IncidentRow['first']>>> {
  const found = new Map<string, NonNullable<IncidentRow['first']>>()
  if (rows.length === 0) return found
  const numbers = isIn('i.number', [...new Set(rows.map(({ number }) => Number(number)))])
  const runs = isIn('i.run', [...new Set(rows.map(({ run }) => Number(run)))])
  const first = (column: string) => `arg_min(k.${column}, (k.start, k.id)) as ${column}`
  const flows = await ask(
    `select i.run as of_run, i.number, min(k.start) as micros, ${first('id')},
       ${first('capture')}, ${first('frame')}
     from raw.known k join raw.incidents i on k.dst = i.ip and k.dport = i.port
     where ${numbers} and ${runs} and k.id >> 32 = i.run
       and k.stop >= i.start and k.start <= i.stop
     group by i.run, i.number`,
  )
  for (const row of flows) {
    const at = storedRef(base, { ...row, flow: row.id! })
    found.set(nameOf(row.of_run, row.number), { ...at, flow: flowId(Number(row.id)) })
  }
  return found
}

function nameOf(run: Row[string] | undefined, number: Row[string] | undefined): string {
  return `${run}.${number}`
}

interface AboutIncident extends Pick<Incident, 'targetShare' | 'partOf' | 'hours'> {
  readonly contents: readonly Counted[]
  readonly software: readonly Counted[]
}

function incidentRow(
  base: Base,
  row: Row,
  firsts: ReadonlyMap<string, NonNullable<IncidentRow['first']>>,
): IncidentRow {
  const id = nameOf(row.run, row.number)
  const first = firsts.get(id)
  const about = JSON.parse(String(row.about)) as AboutIncident
  return {
    id,
    run: Number(row.run),
    micros: Number(row.micros),
    state: base.words.text(Number(row.state)) as Incident['state'],
    family: base.words.text(Number(row.family)),
    target: { ip: String(row.target), port: Number(row.port) },
    startMicros: Number(row.start),
    endMicros: Number(row.stop),
    peak: Number(row.peak),
    sources: Number(row.sources),
    counting: row.estimate === true ? 'estimate' : 'exact',
    ...about,
    ...(first !== undefined && { first }),
  }
}

export async function causes(
  base: Base,
  { run, family }: Pick<Which, 'run'> & { readonly family?: string },
): Promise<readonly CauseRow[]> {
  const word = family === undefined ? undefined : base.words.find(family)
  if (family !== undefined && word === undefined) return []
  const conditions = [
    ...(run === undefined ? [] : [`run = ${integer(run)}`]),
    ...(word === undefined ? [] : [`family = ${integer(word)}`]),
  ]
  const rows = await base.connections.ask(
    `select * from raw.causes where ${all(conditions)} order by run, subject`,
  )
  return rows
    .map((row): CauseRow => {
      const about = JSON.parse(String(row.about)) as Pick<CauseRow, 'controls' | 'p' | 'text'>
      const named = base.words.text(Number(row.family))
      return {
        run: Number(row.run),
        micros: Number(row.micros),
        subject: String(row.subject),
        ...(named !== '' && { family: named }),
        hypothesis: base.words.text(Number(row.hypothesis)),
        verdict: base.words.text(Number(row.verdict)) as CauseRow['verdict'],
        tested: Number(row.tested),
        hits: Number(row.hits),
        ...about,
      }
    })
    .sort((a, b) => VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict))
}

const VERDICTS: readonly CauseRow['verdict'][] = ['confirmed', 'supported', 'refuted', 'untested']
