/** Hosts: what is held against them and why, what they did when, and what speaks against it. */
import type { Sureness, VerdictReason } from '../../core/event.ts'
import { SURENESSES } from '../../core/expression-values.ts'
import type {
  HostClient,
  HostContent,
  HostDetail,
  HostRow,
  Listed,
  Page,
  StoredReason,
  ThreatRow,
  Which,
} from '../../core/store.ts'
import { activity } from './activity.ts'
import { against } from './against.ts'
import type { Ask, Cell, Row } from './connections.ts'
import { ROWS_MAX, totalOf } from './flows.ts'
import { addressKey, flowId } from './keys.ts'
import { withFlows } from './reasons.ts'
import { integer, isIn, list } from './sql.ts'
import {
  type Base,
  type Chosen,
  choose,
  isEnd,
  ofRun,
  said,
  saidInMine,
  withEnds,
} from './which.ts'

/** The verdict of a host out of those of all runs: the highest score, with the reasons of all. */
const JUDGED = `select host, max(score) as score, max(sureness) as sureness,
  list(distinct families) as families, list(distinct parts) as parts,
  list(distinct software) as software, list(reasons order by score desc, run) as reasons,
  list(run order by score desc, run) as runs, max(micros) as last`

const ORDERS = {
  score: 'max(score) desc, sum(sent + received) desc, host',
  bytes: 'sum(sent + received) desc, host',
  last: 'max(micros) desc, host',
} as const

/** By what was chosen, as the table shows it; a verdict is of all that the host did. */
const NARROWED: Readonly<Record<keyof typeof ORDERS, string | undefined>> = {
  score: undefined,
  bytes: 'sum(bytes) desc, host',
  last: 'max(stop) desc, host',
}

function isNarrowed(chosen: Chosen): boolean {
  return chosen.byExpression || chosen.span !== undefined
}

/** Of hosts with a verdict, what each end of a chosen flow moved. */
function movedBy(chosen: Chosen): string {
  return `(select src as host, bytes_up + bytes_down as bytes, stop from ends
      union all select dst, bytes_up + bytes_down, stop from ends)
    where host in (select host from raw.verdicts where ${ofRun(chosen)})`
}

export async function hosts(
  base: Base,
  which: Which & Page & { readonly order?: keyof typeof ORDERS },
): Promise<Listed<HostRow>> {
  const chosen = await choose(base, which)
  const order = ORDERS[which.order ?? 'score']
  const page = `limit ${integer(Math.min(which.limit, ROWS_MAX))} offset ${integer(which.offset ?? 0)}`
  const from = `raw.verdicts where ${ofRun(chosen)} and ${isEnd(chosen)}`
  const listed = isNarrowed(chosen) ? NARROWED[which.order ?? 'score'] : undefined
  const { connections } = base
  const ask: Ask = (sql, values) => connections.ask(sql, values)
  // One pass: to find the ends of many flows among the verdicts is dear.
  const top = await connections.ask(
    `${withEnds(chosen)}
     select host, count(*) over () as total
     from ${listed === undefined ? from : movedBy(chosen)}
     group by host order by ${listed ?? order} ${page}`,
    chosen.values,
  )
  const keys = top.map((row) => row.host as number | bigint)
  const [judged, sums, total] = await Promise.all([
    connections.ask(
      `${JUDGED}, any_value(ip(host)) as ip from raw.verdicts
       where ${isIn('host', keys)} and ${ofRun(chosen)} group by host`,
    ),
    sumsOf(base, chosen, keys),
    totalOf(
      ask,
      top,
      `${withEnds(chosen)} select count(distinct host) as n from ${from}`,
      chosen.values,
    ),
  ])
  const rows = new Map(judged.map((row) => [row.host, hostRow(row, sums.get(row.host!))]))
  return { total, rows: keys.map((key) => rows.get(key)!) }
}

interface Sums {
  readonly sent: number
  readonly received: number
  readonly flows: number
  readonly peers: number
  readonly first: number
  readonly last: number
}

/** Of the chosen flows that are recognised. */
async function sumsOf(
  base: Base,
  chosen: Chosen,
  hosts: readonly (number | bigint)[],
): Promise<Map<Cell, Sums>> {
  if (hosts.length === 0) return new Map()
  const rows = await base.connections.ask(
    `${withEnds(chosen)}
     select host, sum(sent)::bigint as sent, sum(received)::bigint as received,
       count(*) as flows, approx_count_distinct(peer) as peers, min(start) as first, max(stop) as last
     from (
       select src as host, dst as peer, bytes_up as sent, bytes_down as received, start, stop
       from ends where src in (${list(hosts)})
       union all
       select dst, src, bytes_down, bytes_up, start, stop
       from ends where dst in (${list(hosts)}))
     group by host`,
    chosen.values,
  )
  return new Map(rows.map((row) => [row.host!, sumsIn(row)]))
}

function sumsIn(row: Row): Sums {
  return {
    sent: Number(row.sent),
    received: Number(row.received),
    flows: Number(row.flows),
    peers: Number(row.peers),
    first: Number(row.first),
    last: Number(row.last),
  }
}

function hostRow(row: Row, sums: Sums | undefined): HostRow {
  return {
    host: String(row.ip),
    score: Number(row.score),
    sureness: SURENESSES[Number(row.sureness)] as Sureness,
    families: namesIn(row.families),
    parts: namesIn(row.parts),
    software: namesIn(row.software),
    reasons: reasonsIn(row).slice(0, 3),
    bytesSent: sums?.sent ?? 0,
    bytesReceived: sums?.received ?? 0,
    flows: sums?.flows ?? 0,
    peers: sums?.peers ?? 0,
    firstMicros: sums?.first ?? Number(row.last),
    lastMicros: sums?.last ?? Number(row.last),
  }
}

/** Names in several lists that are JSON, each once, in order. */
export function namesIn(lists: Cell | undefined): string[] {
  const names = new Set<string>()
  for (const one of (lists ?? []) as readonly string[]) {
    for (const name of JSON.parse(one) as string[]) names.add(name)
  }
  return [...names]
}

/** Those of the run with the highest score first, strongest first. */
function reasonsIn(row: Row): StoredReason[] {
  const runs = row.runs as readonly number[]
  return (row.reasons as readonly string[]).flatMap((text, i) =>
    (JSON.parse(text) as VerdictReason[]).map((reason) => ({ ...reason, run: runs[i]! })),
  )
}

export async function host(
  base: Base,
  ip: string,
  which: Which & { readonly steps: number },
): Promise<HostDetail | undefined> {
  const key = addressKey(ip)
  if (key === undefined) return undefined
  const chosen = await choose(base, which)
  return base.connections.use(async (ask) => {
    await ask(mineOf(key, chosen), chosen.values)
    try {
      return await detailOf(base, ask, chosen, { ip, key, steps: which.steps })
    } finally {
      await ask('drop table mine')
    }
  })
}

/**
 * Its flows, read once: nearly all that is asked of a host is asked of them. They are gathered first:
 * a table that is made of a few rows of each block is dearer than one of full blocks.
 */
function mineOf(key: bigint, chosen: Chosen): string {
  const opens = `src = ${integer(key)}`
  return `create or replace temp table mine as with gathered as materialized (
    select id, start, stop, kind, packets_down, sliced or open as sliced, ${opens} as opener,
      case when ${opens} then dst else src end as peer,
      case when ${opens} then bytes_up else bytes_down end as sent,
      case when ${opens} then bytes_down else bytes_up end as received
    from raw.known where (${opens} or dst = ${integer(key)}) and ${chosen.flows})
    from gathered`
}

interface About {
  readonly ip: string
  readonly key: bigint
  readonly steps: number
}

async function detailOf(
  base: Base,
  ask: Ask,
  chosen: Chosen,
  { ip, key, steps }: About,
): Promise<HostDetail | undefined> {
  const { connections } = base
  const is = (column: string) => `${column} = ${integer(key)}`
  const [[judged], [claims], [sums]] = await Promise.all([
    connections.ask(`${JUDGED}, any_value(ip(host)) as ip from raw.verdicts
      where ${is('host')} and ${ofRun(chosen)} group by host`),
    connections.ask(
      `select count(*) as claims, count(distinct by_ip) as namers,
         min(micros) as first, max(micros) as last from raw.claims
       where ${is('about_ip')} and by_ip <> about_ip and ${said(chosen)}`,
      chosen.values,
    ),
    ask(
      `select count(*) as flows_all, count(*) filter (kind <> 0) as flows,
         coalesce(sum(sent) filter (kind <> 0), 0)::bigint as sent,
         coalesce(sum(received) filter (kind <> 0), 0)::bigint as received,
         count(distinct peer) filter (kind <> 0) as peers,
         min(start) filter (kind <> 0) as first, max(stop) filter (kind <> 0) as last from mine`,
    ),
  ])
  const isThere = judged !== undefined || Number(sums!.flows_all) + Number(claims!.claims) > 0
  if (!isThere) return undefined
  const own = Number(sums!.flows) === 0 ? undefined : sumsIn(sums!)
  const row = judged === undefined ? unjudged(ip, own, claims!) : hostRow(judged, own)
  const [contents, clients, threats, words, lanes, allReasons] = await Promise.all([
    contentsOf(ask, chosen, key),
    clientsOf(base, ask, chosen, key),
    threatsWhere(base, ask, `${is('by_ip')} and ${saidInMine(chosen)}`, [], 'limit 1000'),
    against(base, ask, chosen, key, Number(claims!.namers)),
    activity(base, ask, chosen, key, steps),
    withFlows(base, ask, key, judged === undefined ? [] : reasonsIn(judged)),
  ])
  return {
    ...row,
    reasons: allReasons.slice(0, row.reasons.length),
    allReasons,
    against: words,
    activity: lanes,
    contents,
    clients,
    claimedBy: Number(claims!.claims),
    threats: threats.rows,
  }
}

/** A host that has flows, or is only spoken of. */
function unjudged(ip: string, sums: Sums | undefined, claims: Row): HostRow {
  const row = { ip, score: 0, sureness: 0, families: [], parts: [], software: [] }
  const named = { first: Number(claims.first), last: Number(claims.last) }
  const none = { sent: 0, received: 0, flows: 0, peers: 0, ...named }
  return hostRow({ ...row, reasons: [], runs: [], last: named.last }, sums ?? none)
}

/** Contents of one list. */
const CONTENTS_MAX = 200

async function contentsOf(ask: Ask, chosen: Chosen, key: bigint): Promise<HostContent[]> {
  const mine = (column: string) =>
    `${column} = ${integer(key)} and content is not null and ${saidInMine(chosen)}`
  const rows = await ask(
    `select urn(content) as urn, * from (
       select content, any_value(name) as name, list(distinct role order by role) as roles,
         sum(gave)::bigint as sent, sum(got)::bigint as received
       from (
         select content, name, 'has' as role, 0 as gave, 0 as got from raw.shares
         where ${mine('by_ip')}
         union all select content, name, 'asks', 0, 0 from raw.requests where ${mine('by_ip')}
         union all select content, name, 'gave', bytes, 0 from raw.transfers where ${mine('from_ip')}
         union all select content, name, 'got', 0, bytes from raw.transfers where ${mine('to_ip')})
       group by content order by sum(gave + got) desc, content limit ${CONTENTS_MAX})
     order by sent + received desc, urn`,
  )
  return rows.map((row) => ({
    content: String(row.urn),
    ...(row.name !== null && { name: String(row.name) }),
    roles: row.roles as string[],
    bytesSent: Number(row.sent),
    bytesReceived: Number(row.received),
  }))
}

async function clientsOf(base: Base, ask: Ask, chosen: Chosen, key: bigint): Promise<HostClient[]> {
  const rows = await ask(
    `select software, version, id, nick, count(*) as count, min_by(flow, micros) as flow,
       min(micros) as micros, min_by(capture, micros) as capture, min_by(frame, micros) as frame
     from raw.clients where ip = ${integer(key)} and ${saidInMine(chosen)}
     group by software, version, id, nick order by count desc, micros limit 100`,
  )
  return rows.map((row) => ({
    ...(row.software !== null && { software: String(row.software) }),
    ...(row.version !== null && { version: String(row.version) }),
    ...(row.id !== null && { id: String(row.id) }),
    ...(row.nick !== null && { nick: String(row.nick) }),
    count: Number(row.count),
    at: storedRef(base, row),
  }))
}

export function storedRef(base: Base, row: Row) {
  return {
    run: Math.floor(Number(row.flow) / 2 ** 32),
    micros: Number(row.micros),
    capture: base.words.text(Number(row.capture)),
    frame: Number(row.frame),
  }
}

export async function threats(base: Base, which: Which & Page): Promise<Listed<ThreatRow>> {
  const chosen = await choose(base, which)
  const page = `limit ${integer(Math.min(which.limit, ROWS_MAX))} offset ${integer(which.offset ?? 0)}`
  const ask: Ask = (sql, values) => base.connections.ask(sql, values)
  return threatsWhere(base, ask, said(chosen), chosen.values, page)
}

/** The worst first, then the youngest. */
async function threatsWhere(
  base: Base,
  ask: Ask,
  condition: string,
  values: readonly string[],
  page: string,
): Promise<Listed<ThreatRow>> {
  const severity = (name: string) => integer(base.words.find(name) ?? -1)
  const rank = `case severity when ${severity('high')} then 0 when ${severity('medium')} then 1 else 2 end`
  const rows = await ask(
    `select *, ip(by_ip) as by, urn(content) as urn, count(*) over () as total
     from raw.threats where ${condition} order by ${rank}, micros desc, frame ${page}`,
    values,
  )
  const counting = `select count(*) as n from raw.threats where ${condition}`
  return {
    total: await totalOf(ask, rows, counting, values),
    rows: rows.map((row) => ({
      ...storedRef(base, row),
      threat: base.words.text(Number(row.threat)),
      severity: base.words.text(Number(row.severity)) as ThreatRow['severity'],
      family: base.words.text(Number(row.family)),
      by: String(row.by),
      why: String(row.why),
      ...(row.urn !== null && { content: String(row.urn) }),
      flow: flowId(Number(row.flow)),
    })),
  }
}
