/** Who calls which part of a dark network: different callers of each cell. */
import { type Network, readNetwork } from '../../core/expression-values.ts'
import type { DarkMap, DarkMapQuestion } from '../../core/store.ts'
import { MAP_BITS_MAX } from '../../core/store-incidents.ts'
import { estimateCallers, SAMPLED } from './callers.ts'
import { inNetwork } from './compile.ts'
import type { Cell, Row } from './connections.ts'
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

/** Of 16 bits: DuckDB finds groups by such a number in a table, without hashing it. */
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
  const [total, ...rows] = await base.connections.ask(callers(asked), asked.values)
  const cells = rows.map(({ cell, sources, p2p, kind }) => [cell!, sources!, p2p!, kind!] as const)
  return [countsOf(base, cells), callersOf(total!)]
}

/** Of all together, as cell -1, and then of each cell; of most of its callers that spoke P2P the kind. */
function callers({ flows, cell, spoke }: Asked, among = 'true'): string {
  return `with calls as materialized (
      select ${cell} as cell, src, min(case when ${spoke} then kind end) as kind
      ${flows} and ${among} group by cell, src),
    kinds as (select cell, kind, count(*) as n from calls group by cell, kind)
    select -1 as cell, count(distinct src) as sources,
      count(distinct case when kind is not null then src end) as p2p, null as kind from calls
    union all
    select cell, sum(n)::bigint, coalesce(sum(n) filter (kind is not null), 0)::bigint,
      arg_max(kind, n * 65536 - kind) from kinds group by cell
    order by cell`
}

function callersOf({ sources, p2p }: Row, times = 1): Callers {
  return { sources: Number(sources) * times, p2pSources: Number(p2p) * times }
}

async function estimated(base: Base, asked: Asked): Promise<[Counts, Callers]> {
  const { flows, cell, spoke, values } = asked
  // Other bits of the hash than those below.
  const isSampled = `((hash(src) >> 32) & ${SAMPLED - 1}) = 0`
  const [rows, [total, ...sample]] = await Promise.all([
    base.connections.ask(
      `select cell, bit_count(bit_or(bit)) as bits, min(case when p2p then kind end) as kind,
         coalesce(bit_count(bit_or(case when p2p then bit end)), 0) as p2p_bits
       from (select ${cell} as cell, kind, ${spoke} as p2p,
           1::ubigint << (hash(src) & 63) as bit ${flows})
       group by cell order by cell`,
      values,
    ),
    base.connections.ask(callers(asked, isSampled), values),
  ])
  const sampled = new Map(sample.map((row) => [Number(row.cell), row]))
  const cells = rows.map(({ cell: at, bits, p2p_bits: p2pBits, kind }) => {
    const own = sampled.get(Number(at))
    const sources = estimateCallers(Number(bits), Number(own?.sources ?? 0))
    const p2p = Math.min(sources, estimateCallers(Number(p2pBits), Number(own?.p2p ?? 0)))
    return [at!, sources, p2p, own?.kind ?? kind!] as const
  })
  const isSure = Number(total!.p2p) >= SURE_SAMPLE
  const all = isSure ? callersOf(total!, SAMPLED) : await allCallers(base, asked)
  return [countsOf(base, cells), all]
}

async function allCallers(base: Base, { flows, spoke, values }: Asked): Promise<Callers> {
  const [total] = await base.connections.ask(
    `select count(*) as sources, count(*) filter (p2p) as p2p
     from (select src, bool_or(${spoke}) as p2p ${flows} group by src)`,
    values,
  )
  return callersOf(total!)
}

function countsOf(
  base: Base,
  rows: readonly (readonly [cell: Cell, sources: Cell, p2p: Cell, kind: Cell])[],
): Counts {
  const families: string[] = []
  const place = (kind: Cell) => {
    if (kind === null) return -1
    const { family } = base.kinds.get(Number(kind))
    if (!families.includes(family)) families.push(family)
    return families.indexOf(family)
  }
  return {
    cells: rows.map(([cell]) => Number(cell)),
    sources: rows.map(([, sources]) => Number(sources)),
    p2pSources: rows.map(([, , p2p]) => Number(p2p)),
    family: rows.map(([, , , kind]) => place(kind)),
    families,
  }
}
