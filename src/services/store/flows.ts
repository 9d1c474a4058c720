/** Flows one by one, and what was said in them. */

import { communityId } from '../../core/community-id.ts'
import type { TaughtBy } from '../../core/event.ts'
import { protoName } from '../../core/proto-names.ts'
import type {
  FlowDetail,
  FlowOrder,
  FlowRow,
  Listed,
  MessageRow,
  Page,
  Which,
} from '../../core/store.ts'
import type { Ask, Cell, Row } from './connections.ts'
import { addressOfKey, flowId, parseFlowId } from './keys.ts'
import { integer, isIn } from './sql.ts'
import { type Base, choose } from './which.ts'

const COLUMNS = `id, start, stop, proto, src, sport, dst, dport, packets_up, packets_down, bytes_up,
  bytes_down, kind, open`
/** Of a flow by itself: its reasons are long, and to read them for a whole list is dear. */
const DETAILS = `${COLUMNS}, capture, frame, reason, gap_up, gap_down, why`

/** What is sorted by; families by their names. */
function orderOf(base: Base, order: FlowOrder): string {
  switch (order) {
    case 'start':
      return 'start'
    case 'end':
      return 'stop'
    case 'bytes':
      return 'bytes_up + bytes_down'
    case 'packets':
      return 'packets_up + packets_down'
    case 'duration':
      return 'stop - start'
    case 'family': {
      const names = base.kinds.all.map(({ family }) => family)
      const sorted = [...new Set(names)].sort()
      return `[${names.map((name) => sorted.indexOf(name)).join(', ')}][kind + 1]`
    }
  }
}

export const ROWS_MAX = 10_000

export async function flows(
  base: Base,
  which: Which & Page & { readonly order?: FlowOrder; readonly descending?: boolean },
): Promise<Listed<FlowRow>> {
  const chosen = await choose(base, which)
  const { connections } = base
  const direction = which.descending === true ? 'desc' : 'asc'
  const order = orderOf(base, which.order ?? 'start')
  const [limit, offset] = [Math.min(which.limit, ROWS_MAX), which.offset ?? 0]
  // Each table by itself: only then whole blocks are passed over that hold none of the first.
  const first = (table: string) =>
    `(select id, ${order} as place from ${table} where ${chosen.flows}
      order by ${order} ${direction}, id limit ${integer(limit + offset)})`
  const [[count], keys] = await Promise.all([
    connections.ask(`select count(*) as total from raw.known where ${chosen.flows}`, chosen.values),
    connections.ask(
      `select id from (${first('raw.flows')} union all ${first('raw.open_flows')})
       order by place ${direction}, id limit ${limit} offset ${offset}`,
      chosen.values,
    ),
  ])
  const ids = keys.map((row) => Number(row.id))
  const rows = await byIds(base, ids, COLUMNS)
  return { rows: rows.map((row) => flowRow(base, row)), total: Number(count!.total) }
}

/**
 * How many there are in all: each row of a page has it as `total`. Where the page lies beyond the
 * last they are counted.
 */
export async function totalOf(
  ask: Ask,
  page: readonly Row[],
  counting: string,
  values: readonly string[],
): Promise<number> {
  if (page[0] !== undefined) return Number(page[0].total)
  const [count] = await ask(counting, values)
  return Number(count!.n)
}

/**
 * In the order of the ids, with addresses as text.
 * @param began  true of the flows: lets blocks be passed over
 */
async function byIds(
  base: Base,
  ids: readonly number[],
  columns: string,
  began = 'true',
): Promise<Row[]> {
  if (ids.length === 0) return []
  const rows = await base.connections.ask(
    `select ${columns} from raw.known where ${isIn('id', ids)} and ${began}`,
  )
  const ips = await ipsOf(base, rows, ['src', 'dst'])
  const byId = new Map<number, Row>()
  for (const row of rows) {
    row.src = ips(row.src!)
    row.dst = ips(row.dst!)
    byId.set(Number(row.id), row)
  }
  return ids.map((id) => byId.get(id)).filter((row) => row !== undefined)
}

/** IPv4 is its own number; only texts of IPv6 are looked up. */
export async function ipsOf(
  base: Base,
  rows: readonly Row[],
  columns: readonly string[],
): Promise<(key: Cell) => string> {
  const known = new Map<Cell, string>()
  const hashed = new Set<bigint>()
  for (const row of rows) {
    for (const column of columns) {
      const key = row[column]
      if (typeof key === 'bigint') hashed.add(key)
    }
  }
  if (hashed.size > 0) {
    const texts = await base.connections.ask(
      `select address, any_value(ip) as ip from raw.addresses
       where ${isIn('address', [...hashed])} group by address`,
    )
    for (const { address, ip } of texts) known.set(address!, String(ip))
  }
  return (key) => known.get(key) ?? addressOfKey(BigInt(key as number | bigint)) ?? ''
}

export function flowRow(base: Base, row: Row): FlowRow {
  const proto = Number(row.proto)
  const ends = [
    { ip: String(row.src), port: Number(row.sport) },
    { ip: String(row.dst), port: Number(row.dport) },
  ] as const
  const kind = base.kinds.get(Number(row.kind))
  return {
    id: flowId(Number(row.id)),
    communityId: communityId(proto, ends) ?? '',
    startMicros: Number(row.start),
    endMicros: Number(row.stop),
    proto: protoName(proto),
    srcIp: ends[0].ip,
    srcPort: ends[0].port,
    dstIp: ends[1].ip,
    dstPort: ends[1].port,
    packets: [Number(row.packets_up), Number(row.packets_down)],
    bytes: [Number(row.bytes_up), Number(row.bytes_down)],
    ...(kind.sureness && { family: kind.family, part: kind.part, sureness: kind.sureness }),
    ...(kind.neighbour && { neighbour: true }),
    open: row.open === true,
  }
}

function flowDetail(base: Base, row: Row, withdrawn: readonly string[], messages: number) {
  const why = JSON.parse(String(row.why ?? '{}')) as {
    readonly reasons?: readonly string[]
    readonly taughtBy?: TaughtBy
  }
  const reason = base.words.text(Number(row.reason))
  const detail: FlowDetail = {
    ...flowRow(base, row),
    run: Math.floor(Number(row.id) / 2 ** 32),
    micros: Number(row.start),
    capture: base.words.text(Number(row.capture)),
    frame: Number(row.frame),
    reasons: why.reasons ?? [],
    ...(why.taughtBy && { taughtBy: why.taughtBy }),
    ...(row.gap_up !== null && { gapBytes: [Number(row.gap_up), Number(row.gap_down)] as const }),
    ...(reason !== '' && { reason }),
    withdrawn,
    messages,
  }
  return detail
}

export async function flow(base: Base, id: string): Promise<FlowDetail | undefined> {
  const key = parseFlowId(id)
  if (key === undefined) return undefined
  const [row] = await byIds(base, [key], DETAILS)
  if (row === undefined) return undefined
  const [withdrawn, [counted]] = await Promise.all([
    base.connections.ask(
      `select family, part, why from raw.withdrawn where flow = ${integer(key)} order by micros`,
    ),
    base.connections.ask(`select count(*) as n from raw.messages where flow = ${integer(key)}`),
  ])
  const words = withdrawn.map(
    (one) =>
      `${base.words.text(Number(one.family))} ${base.words.text(Number(one.part))}: ${one.why}`,
  )
  return flowDetail(base, row, words, Number(counted!.n))
}

/** Rows of one piece. */
const PIECE = 4_096

/** All chosen flows in order of their beginning. What is stored meanwhile may be among them. */
export async function* eachFlow(base: Base, which: Which): AsyncGenerator<readonly FlowDetail[]> {
  const chosen = await choose(base, which)
  let after = 'true'
  for (;;) {
    const keys = await base.connections.ask(
      `select id, start from raw.known where ${chosen.flows} and ${after}
       order by start, id limit ${PIECE}`,
      chosen.values,
    )
    const last = keys.at(-1)
    if (last === undefined) return
    const ids = keys.map((row) => Number(row.id))
    const began = `start between ${integer(Number(keys[0]!.start))} and ${integer(Number(last.start))}`
    const ofThese = `flow between ${integer(min(ids))} and ${integer(max(ids))} and ${isIn('flow', ids)}`
    const [rows, taken, counts] = await Promise.all([
      byIds(base, ids, DETAILS, began),
      base.connections.ask(`select flow, family, part, why from raw.withdrawn where ${ofThese}`),
      base.connections.ask(
        `select flow, count(*) as n from raw.messages where ${ofThese} group by flow`,
      ),
    ])
    const messages = new Map(counts.map((row) => [row.flow, Number(row.n)]))
    const words = new Map<Cell, string[]>()
    for (const { flow, family, why } of taken) {
      const said = `${base.words.text(Number(family))}: ${why}`
      words.set(flow!, [...(words.get(flow!) ?? []), said])
    }
    yield rows.map((row) =>
      flowDetail(base, row, words.get(row.id!) ?? [], messages.get(row.id!) ?? 0),
    )
    const [start, id] = [integer(Number(last.start)), integer(Number(last.id))]
    after = `start >= ${start} and (start > ${start} or id > ${id})`
  }
}

function min(numbers: readonly number[]): number {
  return numbers.reduce((least, one) => Math.min(least, one))
}

function max(numbers: readonly number[]): number {
  return numbers.reduce((most, one) => Math.max(most, one))
}

export async function messages(base: Base, id: string, page: Page): Promise<Listed<MessageRow>> {
  const key = parseFlowId(id)
  if (key === undefined) return { rows: [], total: 0 }
  const ofFlow = `from raw.messages where flow = ${integer(key)}`
  const [rows, [count]] = await Promise.all([
    base.connections.ask(
      `select * ${ofFlow} order by micros, frame, rowid
       limit ${integer(Math.min(page.limit, ROWS_MAX))} offset ${integer(page.offset ?? 0)}`,
    ),
    base.connections.ask(`select count(*) as n ${ofFlow}`),
  ])
  return {
    total: Number(count!.n),
    rows: rows.map((row) => ({
      run: Math.floor(key / 2 ** 32),
      micros: Number(row.micros),
      capture: base.words.text(Number(row.capture)),
      frame: Number(row.frame),
      side: row.side === 1 ? 1 : 0,
      family: base.words.text(Number(row.family)),
      log: base.words.text(Number(row.log)),
      name: base.words.text(Number(row.name)),
      fields: JSON.parse(String(row.fields)),
    })),
  }
}
