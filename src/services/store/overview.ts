/** What there is in all, over time: tiles, the stacked chart, the histogram, the facets. */

import { protoName } from '../../core/proto-names.ts'
import type {
  Facet,
  FamilyRow,
  Histogram,
  Overview,
  TrafficChart,
  TrafficSeries,
  Which,
} from '../../core/store.ts'
import type { Ask, Row } from './connections.ts'
import { namesIn } from './hosts.ts'
import { MINUTE } from './minutes.ts'
import { slicesByStep } from './slices.ts'
import { integer } from './sql.ts'
import {
  type Base,
  type Chosen,
  choose,
  isEnd,
  moments,
  ofRun,
  type Steps,
  said,
  stepsOf,
  storedSpan,
  withEnds,
} from './which.ts'

export async function overview(base: Base, which: Which): Promise<Overview> {
  const chosen = await choose(base, which)
  const { connections } = base
  const [span, [traffic], kinds, moved, hosts, [threats], [dropped]] = await Promise.all([
    storedSpan(base),
    connections.ask(
      `select sum(bytes)::bigint as bytes, sum(packets)::bigint as packets from raw.traffic
       where ${moments(chosen, 'micros - seconds * 1000000', ofRun(chosen))}`,
    ),
    connections.ask(
      `select kind, count(*) as flows, ${chosen.byExpression ? WHOLE_BYTES : '0'} as bytes
       from raw.known where ${chosen.flows} and kind <> 0 group by kind`,
      chosen.values,
    ),
    bytesMoved(base, chosen),
    judged(base, chosen),
    connections.ask(
      `select count(*) as threats from raw.threats where ${said(chosen)}`,
      chosen.values,
    ),
    connections.ask(`select sum(dropped)::bigint as dropped from raw.runs where ${ofRun(chosen)}`),
  ])
  const families = familyRows(base, kinds, moved, hosts.families)
  const p2p = families.filter(({ neighbour }) => !neighbour)
  return {
    ...(span && { span }),
    bytes: Number(traffic?.bytes ?? 0),
    packets: Number(traffic?.packets ?? 0),
    p2pBytes: p2p.reduce((sum, { bytes }) => sum + bytes, 0),
    p2pFlows: p2p.reduce((sum, { flows }) => sum + flows, 0),
    hosts: hosts.count,
    threats: Number(threats?.threats ?? 0),
    dropped: Number(dropped?.dropped ?? 0),
    families,
  }
}

/** Of flows that were told of once: all their bytes stand where they began. */
const WHOLE_BYTES = `coalesce(sum(bytes_up + bytes_down) filter (not (sliced or open)), 0)::bigint`

/**
 * Bytes of each kind that moved in the span, but for those that are counted whole: a flow of days has most of
 * its bytes elsewhere, and what retention let go of it is not counted either. By an expression, in spans of a
 * minute and more, a slice counts where it was told.
 */
async function bytesMoved(base: Base, chosen: Chosen): Promise<ReadonlyMap<number, number>> {
  const sums = 'select kind, round(sum(bytes))::bigint as bytes'
  let moved: readonly Row[]
  if (chosen.span === undefined && !chosen.byExpression) {
    const minutes = `${sums} from raw.minutes where ${ofRun(chosen)} group by kind`
    moved = await base.connections.ask(minutes)
  } else {
    const span = chosen.span ?? (await storedSpan(base, chosen.run)) ?? { from: 0, to: 0 }
    const steps = { from: span.from, stepMicros: Math.max(1, span.to - span.from), count: 1 }
    const slices = `${sums} from (${slicesOf(chosen, steps)}) group by kind`
    moved = chosen.byExpression
      ? await base.connections.ask(slices, chosen.values)
      : await bytesByStep(base, chosen, steps)
  }
  const bytes = new Map<number, number>()
  for (const row of moved) {
    bytes.set(Number(row.kind), (bytes.get(Number(row.kind)) ?? 0) + Number(row.bytes))
  }
  return bytes
}

function familyRows(
  base: Base,
  rows: readonly Row[],
  moved: ReadonlyMap<number, number>,
  hosts: ReadonlyMap<string, number>,
) {
  const families = new Map<string, { -readonly [K in keyof FamilyRow]: FamilyRow[K] }>()
  for (const row of rows) {
    const { family, neighbour, matched } = base.kinds.get(Number(row.kind))
    const sums = families.get(family) ?? {
      ...{ family, neighbour, flows: 0, matchedFlows: 0, bytes: 0 },
      hosts: hosts.get(family) ?? 0,
    }
    families.set(family, sums)
    sums.flows += Number(row.flows)
    if (matched) sums.matchedFlows += Number(row.flows)
    sums.bytes += Number(row.bytes) + (moved.get(Number(row.kind)) ?? 0)
  }
  return [...families.values()].sort(
    (a, b) => Number(a.neighbour) - Number(b.neighbour) || b.bytes - a.bytes,
  )
}

/**
 * Hosts with a verdict: how many, and of each family. Where only some flows are chosen, those that
 * are an end of one.
 */
async function judged(base: Base, chosen: Chosen) {
  const rows = await base.connections.ask(
    `${withEnds(chosen)}
     select families, count(*) as hosts from (
       select list_sort(list(distinct families)) as families from raw.verdicts
       where ${ofRun(chosen)} and ${isEnd(chosen)} group by host) group by families`,
    chosen.values,
  )
  const families = new Map<string, number>()
  let count = 0
  for (const row of rows) {
    count += Number(row.hosts)
    for (const family of namesIn(row.families)) {
      families.set(family, (families.get(family) ?? 0) + Number(row.hosts))
    }
  }
  return { count, families }
}

/** Steps, kinds and bytes of them. */
async function bytesByStep(base: Base, chosen: Chosen, steps: Steps): Promise<readonly Row[]> {
  const end = steps.from + steps.count * steps.stepMicros
  const step = (column: string) => stepOf(column, steps)
  const within = (column: string) => `${column} >= ${integer(steps.from)} and ${column} < ${end}`
  if (!chosen.byExpression && steps.stepMicros % MINUTE === 0) {
    return base.connections.ask(
      `select ${step('minute')} as step, kind, sum(bytes)::bigint as bytes from raw.minutes
       where ${within('minute')} and ${ofRun(chosen)} group by all`,
    )
  }
  // A flow that nobody told of while it moved is short: its bytes stand where it began.
  return base.connections.ask(
    `select step, kind, round(sum(bytes))::bigint as bytes from (
       select ${step(`greatest(start, ${integer(steps.from)})`)} as step, kind,
         bytes_up + bytes_down as bytes
       from raw.flows where ${chosen.flows} and not sliced and start < ${end}
       union all ${slicesOf(chosen, steps)})
     group by all`,
    chosen.values,
  )
}

/** A query for step, kind and bytes of flows that were told of while they moved. */
function slicesOf(chosen: Chosen, steps: Steps): string {
  const end = steps.from + steps.count * steps.stepMicros
  const flows = `select id, start, kind from raw.known where ${chosen.flows} and (sliced or open)`
  // Slices are of seconds: only in finer steps does it matter how their bytes lie in them.
  return steps.stepMicros < MINUTE
    ? `select step, kind, up + down as bytes from (${slicesByStep(flows, steps)})`
    : `select ${stepOf('micros', steps)} as step, kind, s.bytes_up + s.bytes_down as bytes
       from raw.slices s join (${flows}) k on s.flow = k.id
       where micros >= ${integer(steps.from)} and micros < ${end}`
}

export function stepOf(column: string, { from, stepMicros }: Steps): string {
  return `((${column} - ${integer(from)}) // ${integer(stepMicros)})::integer`
}

export async function traffic(
  base: Base,
  which: Which & { readonly steps: number },
): Promise<TrafficChart> {
  const chosen = await choose(base, which)
  const steps = stepsOf(chosen.asked ?? (await storedSpan(base, chosen.run)), which.steps)
  if (steps.count === 0) return { from: 0, stepMicros: steps.stepMicros, series: [], rest: [] }
  const end = steps.from + steps.count * steps.stepMicros
  const [rows, packets] = await Promise.all([
    bytesByStep(base, chosen, steps),
    base.connections.ask(
      `select ${stepOf('micros - seconds * 1000000', steps)} as step, seconds, sum(bytes)::bigint as bytes
       from raw.traffic where micros - seconds * 1000000 >= ${integer(steps.from)}
       and micros - seconds * 1000000 < ${end} and ${ofRun(chosen)}
       group by all`,
    ),
  ])
  const series = new Map<string, TrafficSeries & { readonly bytes: number[] }>()
  const rest = Array<number>(steps.count).fill(0)
  const known = Array<number>(steps.count).fill(0)
  for (const row of rows) {
    const { number, family, matched } = base.kinds.get(Number(row.kind))
    const at = Number(row.step)
    if (at < 0 || at >= steps.count) continue
    if (number === 0) {
      if (chosen.byExpression) rest[at]! += Number(row.bytes)
      continue
    }
    const key = `${family} ${matched}`
    const one = series.get(key) ?? { family, matched, bytes: Array<number>(steps.count).fill(0) }
    series.set(key, one)
    one.bytes[at]! += Number(row.bytes)
    known[at]! += Number(row.bytes)
  }
  if (!chosen.byExpression) for (const row of packets) spread(row, steps, known, rest)
  return {
    from: steps.from,
    stepMicros: steps.stepMicros,
    series: [...series.values()].sort(
      (a, b) => sum(b.bytes) - sum(a.bytes) || (a.family < b.family ? -1 : 1),
    ),
    rest: rest.map(Math.round),
  }
}

/**
 * Packets are counted for some seconds together. Where steps are shorter, what is of no known flow
 * among them is spread evenly; known bytes are used up, each once.
 */
function spread(
  { step, seconds, bytes }: Row,
  { stepMicros, count }: Steps,
  known: number[],
  rest: number[],
): void {
  const parts = Math.max(1, Math.round((Number(seconds) * 1_000_000) / stepMicros))
  const first = Number(step)
  const last = Math.min(count, first + parts)
  let left = (Number(bytes) * (last - first)) / parts
  for (let at = first; at < last; at++) {
    const used = Math.min(left, known[at]!)
    known[at]! -= used
    left -= used
  }
  for (let at = first; at < last; at++) rest[at]! += left / (last - first)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

export async function histogram(
  base: Base,
  which: Which & { readonly steps: number },
): Promise<Histogram> {
  const chosen = await choose(base, which)
  const steps = stepsOf(chosen.asked ?? (await storedSpan(base, chosen.run)), which.steps)
  const recognised = Array<number>(steps.count).fill(0)
  const rest = Array<number>(steps.count).fill(0)
  if (steps.count > 0) {
    for (const row of await flowsByStep(base, chosen, steps)) {
      const at = Number(row.step)
      if (at < 0 || at >= steps.count) continue
      if (row.known === true) recognised[at]! += Number(row.flows)
      else rest[at]! += Number(row.flows)
    }
  }
  return { from: steps.from, stepMicros: steps.stepMicros, recognised, rest }
}

async function flowsByStep(base: Base, chosen: Chosen, steps: Steps): Promise<readonly Row[]> {
  const end = steps.from + steps.count * steps.stepMicros
  if (!chosen.byExpression && steps.stepMicros % MINUTE === 0) {
    return base.connections.ask(
      `select ${stepOf('minute', steps)} as step, kind <> 0 as known, sum(flows)::bigint as flows
       from raw.minutes where minute >= ${integer(steps.from)} and minute < ${end} and ${ofRun(chosen)}
       group by all`,
    )
  }
  return base.connections.ask(
    `select ${stepOf('start', steps)} as step, kind <> 0 as known, count(*) as flows
     from raw.known where ${chosen.flows} and start >= ${integer(steps.from)} and start < ${end}
     group by all`,
    chosen.values,
  )
}

/** Hosts and ports of more flows than this are counted in a part of them. */
const FACET_FLOWS = 250_000

export async function facets(
  base: Base,
  which: Which & { readonly limit: number },
): Promise<readonly Facet[]> {
  const chosen = await choose(base, which)
  const { limit } = which
  return base.connections.use(async (ask) => {
    const kinds = await ask(
      `select kind, proto, count(*) as flows from raw.known where ${chosen.flows} group by all`,
      chosen.values,
    )
    const total = kinds.reduce((sum, row) => sum + Number(row.flows), 0)
    const counted = (value: (row: Row) => string) => tally(kinds, value, limit)
    const kind = (row: Row) => base.kinds.get(Number(row.kind))
    return [
      { field: 'family', values: counted((row) => kind(row).family) },
      { field: 'part', values: counted((row) => kind(row).part) },
      { field: 'sureness', values: counted((row) => kind(row).sureness ?? '') },
      { field: 'proto', values: counted((row) => protoName(Number(row.proto))) },
      { field: 'software', values: await softwareFacet(ask, chosen, limit) },
      ...(await endsFacets(ask, chosen, total, limit)),
    ]
  })
}

function tally(rows: readonly Row[], value: (row: Row) => string, limit: number) {
  const counts = new Map<string, number>()
  for (const row of rows) {
    const key = value(row)
    if (key !== '') counts.set(key, (counts.get(key) ?? 0) + Number(row.flows))
  }
  return [...counts]
    .map(([key, flows]) => ({ value: key, flows }))
    .sort((a, b) => b.flows - a.flows || (a.value < b.value ? -1 : 1))
    .slice(0, limit)
}

async function softwareFacet(ask: Ask, chosen: Chosen, limit: number) {
  const isMeant =
    chosen.span !== undefined && !chosen.byExpression
      ? `flow in (select id from raw.known where ${chosen.flows})`
      : said(chosen)
  const rows = await ask(
    `select software as value, count(distinct flow) as flows from raw.clients
     where software is not null and ${isMeant}
     group by software order by flows desc, software limit ${integer(limit)}`,
    chosen.values,
  )
  return rows.map((row) => ({ value: String(row.value), flows: Number(row.flows) }))
}

/** Both ends of flows: hosts and ports. A flow between two equal ports counts once. */
async function endsFacets(
  ask: Ask,
  chosen: Chosen,
  total: number,
  limit: number,
): Promise<Facet[]> {
  const every = Math.ceil(total / FACET_FLOWS)
  // Whole blocks, chosen by chance, but always the same ones.
  const part = every > 1 ? `tablesample system (${(100 / every).toFixed(3)}%) repeatable (1)` : ''
  await ask(
    `create or replace temp table ends as select src, dst, sport, dport, proto in (6, 17) as ported
     from raw.flows ${part} where ${chosen.flows}
     union all select src, dst, sport, dport, proto in (6, 17) from raw.open_flows where ${chosen.flows}`,
    chosen.values,
  )
  const count = async (value: string, a: string, b: string, which: string) => {
    const rows = await ask(
      `select ${value} as value, flows from (select one, count(*) as flows from (
         select ${a} as one from ends where ${which}
         union all select ${b} from ends where ${which} and ${a} <> ${b})
       group by one order by flows desc, one limit ${integer(limit)}) order by flows desc, one`,
    )
    return rows.map((row) => ({ value: String(row.value), flows: Number(row.flows) * every }))
  }
  const sampled = every > 1 ? { sampled: every } : {}
  const result: Facet[] = [
    { field: 'host', values: await count('ip(one)', 'src', 'dst', 'true'), ...sampled },
    { field: 'port', values: await count('one', 'sport', 'dport', 'ported'), ...sampled },
  ]
  await ask('drop table ends')
  return result
}
