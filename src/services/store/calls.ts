/** Flows as calls, many and little of each: for whoever looks for incidents in what is stored. */
import { ip4OfNumber } from '../../core/address.ts'
import { protoName } from '../../core/proto-names.ts'
import type { CallRow, Which } from '../../core/store.ts'
import type { Row } from './connections.ts'
import { integer } from './sql.ts'
import { type Base, type Chosen, choose } from './which.ts'

/** About so many calls are asked for at once, and never more than four times as many. */
const PIECE = 8_192
const PIECE_MAX = 4 * PIECE
const V4_END = '4294967296'

/** To put all in order for each piece would take a second each: the time is cut into pieces first. */
export async function* eachCall(base: Base, which: Which): AsyncGenerator<readonly CallRow[]> {
  const chosen = await choose(base, which)
  const moments = await cuts(base, chosen)
  for (let i = 0; i + 1 < moments.length; i++) {
    const span = `start >= ${integer(moments[i]!)} and start < ${integer(moments[i + 1]!)}`
    for (let after = 'true'; ; ) {
      const rows = await base.connections.ask(
        `select id, start, proto, src, dst, dport, packets_up, bytes_up, kind,
           case when src >= ${V4_END} then ip(src) end as src_text,
           case when dst >= ${V4_END} then ip(dst) end as dst_text
         from raw.known where ${span} and ${chosen.flows} and ${after}
         order by start, id limit ${PIECE_MAX}`,
        chosen.values,
      )
      if (rows.length > 0) yield rows.map((row) => callRow(base, row))
      if (rows.length < PIECE_MAX) break
      const last = rows.at(-1)!
      const [start, id] = [integer(Number(last.start)), integer(Number(last.id))]
      after = `(start > ${start} or (start = ${start} and id > ${id}))`
    }
  }
}

/** Moments between which there are about as many calls each time; the last one is after all. */
async function cuts(base: Base, chosen: Chosen): Promise<readonly number[]> {
  const calls = `from raw.known where ${chosen.flows}`
  const [all] = await base.connections.ask(
    `select count(*) as n, min(start) as low, max(start) as high ${calls}`,
    chosen.values,
  )
  if (all === undefined || all.low === null) return []
  const ends = [Number(all.low), Number(all.high) + 1] as const
  const pieces = Math.ceil(Number(all.n) / PIECE)
  if (pieces < 2) return ends
  const shares = Array.from({ length: pieces - 1 }, (_, i) => ((i + 1) / pieces).toFixed(6))
  const [row] = await base.connections.ask(
    `select approx_quantile(start, [${shares.join(', ')}]) as moments ${calls}`,
    chosen.values,
  )
  const between = (row!.moments as readonly number[]).filter(
    (moment) => moment > ends[0] && moment < ends[1],
  )
  return [...new Set([ends[0], ...between.sort((a, b) => a - b), ends[1]])]
}

function callRow(base: Base, row: Row): CallRow {
  const { family, neighbour } = base.kinds.get(Number(row.kind))
  return {
    startMicros: Number(row.start),
    proto: protoName(Number(row.proto)),
    src: addressText(row.src, row.src_text),
    dst: addressText(row.dst, row.dst_text),
    port: Number(row.dport),
    packets: Number(row.packets_up),
    bytes: Number(row.bytes_up),
    ...(family !== '' && !neighbour && { family }),
  }
}

function addressText(key: Row[string] | undefined, text: Row[string] | undefined): string {
  return typeof text === 'string' ? text : ip4OfNumber(Number(key))
}
