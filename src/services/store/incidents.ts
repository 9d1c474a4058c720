/** Incidents, why addresses were told, and who calls which part of a dark network. */
import { parseEndpoint, parseIp } from '../../core/address.ts'
import type { Counted, Incident } from '../../core/event.ts'
import { type Network, readNetwork } from '../../core/expression-values.ts'
import type {
  CauseRow,
  DarkMap,
  DarkMapQuestion,
  IncidentQuestion,
  IncidentRow,
  Listed,
  Which,
} from '../../core/store.ts'
import { MAP_BITS_MAX } from '../../core/store-incidents.ts'
import { inNetwork } from './compile.ts'
import type { Ask, Row } from './connections.ts'
import { ROWS_MAX, totalOf } from './flows.ts'
import { storedRef } from './hosts.ts'
import { addressKey, flowId } from './keys.ts'
import { all, integer, isAmong, isIn } from './sql.ts'
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

export async function darkMap(base: Base, question: DarkMapQuestion): Promise<DarkMap | undefined> {
  const network = readNetwork(question.network)
  const { cellBits } = question
  if (network === undefined || network.ip.includes(':')) return undefined
  if (cellBits < network.bits || cellBits > 32) return undefined
  if (cellBits - network.bits > MAP_BITS_MAX) return undefined
  const chosen = await choose(base, question)
  const cell = `(dst - ${integer(Number(addressKey(network.ip)))}) // ${integer(2 ** (32 - cellBits))}`
  const flows = `from raw.known where ${inNetwork('dst', network)} and ${chosen.flows}`
  const [count] = await base.connections.ask(`select count(*) as n ${flows}`, chosen.values)
  const isEstimate = Number(count!.n) > EXACT_FLOWS_MAX
  const cells = isEstimate ? estimated(base, flows, cell) : counted(base, flows, cell)
  const [rows, [total]] = await Promise.all([
    base.connections.ask(`${cells} group by cell order by cell`, chosen.values),
    base.connections.ask(summed(base, flows), chosen.values),
  ])
  return {
    ...{ ...cellsOf(base, rows), ...mapOf(network, cellBits), total: totalsOf(total!) },
    ...(isEstimate && { isEstimate }),
  }
}

/** Of more flows, callers of a cell are estimated, to a few percent: three times as fast. */
const EXACT_FLOWS_MAX = 1_000_000

/** Callers of each cell one by one: who called it twice counts once. */
function counted(base: Base, flows: string, cell: string): string {
  const spoke = spokeP2p(base)
  return `select cell, count(*) as sources, count(*) filter (p2p) as p2p, mode(kind) as kind
    from (select ${cell} as cell, src, bool_or(${spoke}) as p2p,
        min(case when ${spoke} then kind end) as kind
      ${flows} group by cell, src)`
}

function estimated(base: Base, flows: string, cell: string): string {
  const spoke = spokeP2p(base)
  return `select ${cell} as cell, approx_count_distinct(src) as sources,
      approx_count_distinct(case when ${spoke} then src end) as p2p,
      max_by(kind, bytes_up + bytes_down) filter (${spoke}) as kind ${flows}`
}

function summed(base: Base, flows: string): string {
  return `select count(*) as sources, count(*) filter (p2p) as p2p, sum(n)::bigint as flows
    from (select src, bool_or(${spokeP2p(base)}) as p2p, count(*) as n ${flows} group by src)`
}

function spokeP2p(base: Base): string {
  const kinds = base.kinds.all.filter(({ family, neighbour }) => family !== '' && !neighbour)
  return isAmong(
    'kind',
    kinds.map(({ number }) => number),
  )
}

function mapOf({ ip, bits }: Network, cellBits: number) {
  return { network: `${ip}/${bits}`, cellBits }
}

function totalsOf({ sources, p2p, flows }: Row): DarkMap['total'] {
  return { sources: Number(sources), p2pSources: Number(p2p), flows: Number(flows ?? 0) }
}

function cellsOf(base: Base, rows: readonly Row[]) {
  const families: string[] = []
  const place = (kind: Row[string]) => {
    if (kind === null) return -1
    const { family } = base.kinds.get(Number(kind))
    if (!families.includes(family)) families.push(family)
    return families.indexOf(family)
  }
  return {
    cells: rows.map(({ cell }) => Number(cell)),
    sources: rows.map(({ sources }) => Number(sources)),
    p2pSources: rows.map(({ p2p }) => Number(p2p)),
    family: rows.map(({ kind }) => place(kind!)),
    families,
  }
}
