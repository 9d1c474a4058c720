/** Who calls which part of a dark network: different callers of each cell. */
import { type Network, readNetwork } from '../../core/expression-values.ts'
import type { DarkMap, DarkMapQuestion } from '../../core/store.ts'
import { MAP_BITS_MAX } from '../../core/store-incidents.ts'
import { estimateCallers, SAMPLED } from './callers.ts'
import { inNetwork } from './compile.ts'
import type { Cell, Columns } from './connections.ts'
import { integer, isAmong } from './sql.ts'
import { type Base, choose } from './which.ts'

/** Of more flows, callers are estimated (callers.ts): four times as fast. */
const EXACT_FLOWS_MAX = 1_000_000
/** Of fewer callers in the sample their number is no estimate: to count them is quick, too. */
const SURE_SAMPLE = 4096

/** What is asked of flows: `from …`, the cell of one, whether it spoke P2P. */
interface Asked {
  readonly flows: string
  readonly cell: string
  readonly spoke: string
  readonly values: readonly string[]
}

type Counts = Pick<DarkMap, 'cells' | 'sources' | 'p2pSources' | 'family' | 'families'>
type Callers = Pick<DarkMap['total'], 'sources' | 'p2pSources'>

export async function darkMap(base: Base, question: DarkMapQuestion): Promise<DarkMap | undefined> {
  const network = readNetwork(question.network)
  const { cellBits } = question
  if (network === undefined || network.ip.includes(':')) return undefined
  if (cellBits < network.bits || cellBits > 32) return undefined
  if (cellBits - network.bits > MAP_BITS_MAX) return undefined
  const chosen = await choose(base, question)
  const flows = `from raw.known where ${inNetwork('dst', network)} and ${chosen.flows}`
  const cell = cellOf(network, cellBits)
  const asked = { flows, cell, spoke: spokeP2p(base), values: chosen.values }
  const [count] = await base.connections.ask(`select count(*) as n ${flows}`, chosen.values)
  const all = Number(count!.n)
  const isEstimate = all > EXACT_FLOWS_MAX
  const [counts, callers] = await (isEstimate ? estimated(base, asked) : counted(base, asked))
  return {
    ...{ ...counts, network: `${network.ip}/${network.bits}`, cellBits },
    total: { ...callers, flows: all },
    ...(isEstimate && { isEstimate }),
  }
}

/** Of 16 bits: DuckDB finds groups by such a number in a table, without hashing it (duckdb.ts). */
function cellOf(network: Network, cellBits: number): string {
  const inside = integer(2 ** (32 - network.bits) - 1)
  return `((dst & ${inside}) >> ${integer(32 - cellBits)})::usmallint`
}

function spokeP2p(base: Base): string {
  const kinds = base.kinds.all.filter(({ family, neighbour }) => family !== '' && !neighbour)
  return isAmong(
    'kind',
    kinds.map(({ number }) => number),
  )
}

/** Callers of each cell one by one: who called it twice counts once. */
async function counted(base: Base, asked: Asked): Promise<[Counts, Callers]> {
  const found = await base.connections.columns(
    `with ${callers(asked)} ${TOTAL}
     union all select cell, sources, p2p, kind from own left join most using (cell) order by cell`,
    asked.values,
  )
  return [countsOf(base, found), totalOf(found)]
}

/**
 * For `with`: `own` has the callers of each cell, `most` the kind of most of them that spoke P2P. The
 * flows are gathered first: what a sample leaves of each block would be grouped piece by piece.
 */
function callers({ flows, cell, spoke }: Asked, among = 'true'): string {
  return `called as materialized (
      select ${cell} as cell, src, case when ${spoke} then kind end as kind ${flows} and ${among}),
    calls as materialized (select cell, src, min(kind) as kind from called group by cell, src),
    own as (select cell, count(*)::integer as sources, count(kind)::integer as p2p
      from calls group by cell),
    kinds as (select cell, kind, count(*) as n from calls where kind is not null group by cell, kind),
    most as (select cell, arg_max(kind, n * 65536 - kind) as kind from kinds group by cell)`
}

/** Of all cells together, as cell -1. */
const TOTAL = `select -1 as cell, count(*)::integer as sources, count(kind)::integer as p2p, null as kind
  from (select src, min(kind) as kind from calls group by src)`

function totalOf({ sources, p2p }: Columns, times = 1): Callers {
  return { sources: Number(sources![0]) * times, p2pSources: Number(p2p![0]) * times }
}

/** In one statement: to put tens of thousands of rows together here would take longer. */
async function estimated(base: Base, asked: Asked): Promise<[Counts, Callers]> {
  const { flows, cell, spoke, values } = asked
  const bit = '1::ubigint << (hash(src) & 63)'
  // Other bits of the hash than those of the cells.
  const isSampled = `((hash(src) >> 32) & ${SAMPLED - 1}) = 0`
  const found = await base.connections.columns(
    `with ${callers(asked, isSampled)},
     called_by as (select cell, bit_or(bit) as bits
       from (select ${cell} as cell, ${bit} as bit ${flows}) group by cell),
     spoken_by as (select cell, bit_or(bit) as bits, min(kind) as kind
       from (select ${cell} as cell, kind, ${bit} as bit ${flows} and ${spoke}) group by cell)
     select *, null as bits, null as p2p_bits from (${TOTAL})
     union all
     select c.cell, coalesce(sources, 0), coalesce(p2p, 0), coalesce(m.kind, s.kind),
       bit_count(c.bits), coalesce(bit_count(s.bits), 0)
     from called_by c left join spoken_by s using (cell) left join own using (cell)
       left join most m using (cell) order by cell`,
    values,
  )
  const estimates = (bits: readonly Cell[], sampled: readonly Cell[]) =>
    bits.map((one, i) => estimateCallers(Number(one), Number(sampled[i])))
  const sources = estimates(found.bits!, found.sources!)
  const p2p = estimates(found.p2p_bits!, found.p2p!).map((one, i) => Math.min(one, sources[i]!))
  const isSure = Number(found.p2p![0]) >= SURE_SAMPLE
  const all = isSure ? totalOf(found, SAMPLED) : await allCallers(base, asked)
  return [countsOf(base, { ...found, sources, p2p }), all]
}

async function allCallers(base: Base, { flows, spoke, values }: Asked): Promise<Callers> {
  const total = await base.connections.columns(
    `select count(*) as sources, count(*) filter (p2p) as p2p
     from (select src, bool_or(${spoke}) as p2p ${flows} group by src)`,
    values,
  )
  return totalOf(total)
}

/** The first row is of all cells together. */
function countsOf(base: Base, { cell, sources, p2p, kind }: Columns): Counts {
  const families: string[] = []
  const place = (one: Cell) => {
    if (one === null) return -1
    const { family } = base.kinds.get(Number(one))
    if (!families.includes(family)) families.push(family)
    return families.indexOf(family)
  }
  const cells = (column: readonly Cell[] | undefined) => column!.slice(1).map(Number)
  return {
    cells: cells(cell),
    sources: cells(sources),
    p2pSources: cells(p2p),
    family: kind!.slice(1).map(place),
    families,
  }
}
