/** What a host did when: a lane for each part of a family and each channel of claims. */
import type { Activity, Lane } from '../../core/store.ts'
import { inRun } from './compile.ts'
import type { Ask } from './connections.ts'
import { stepOf } from './overview.ts'
import { slicesByStep } from './slices.ts'
import { integer } from './sql.ts'
import { type Base, type Chosen, moments, type Steps, stepsOf } from './which.ts'

const LANES_MAX = 40

/** @param ask  on the connection that has the table `mine` of the host's flows (hosts.ts) */
export async function activity(
  base: Base,
  ask: Ask,
  chosen: Chosen,
  host: bigint,
  wanted: number,
): Promise<Activity> {
  const isNaming = `(about_ip = ${integer(host)} or by_ip = ${integer(host)})`
  const isThen = moments(chosen, 'micros', inRun('flow', chosen.run ?? 0))
  const [range] = await ask(
    `select min(low) as low, max(high) as high from (
         select min(start) as low, max(stop) as high from mine where kind <> 0
         union all select min(micros), max(micros) from raw.claims where ${isNaming} and ${isThen})`,
  )
  const found =
    range === undefined || range.low === null
      ? undefined
      : { from: Number(range.low), to: Number(range.high) + 1 }
  const steps = stepsOf(chosen.asked ?? found, wanted)
  const empty = () => Array<number>(steps.count).fill(0)
  const [sent, received, open] = [empty(), empty(), empty()]
  const lanes = new Map<string, Lane & { readonly amounts: number[] }>()
  const lane = (about: Omit<Lane, 'amounts'>) => {
    const key = JSON.stringify(about)
    const known = lanes.get(key) ?? { ...about, amounts: empty() }
    lanes.set(key, known)
    return known.amounts
  }
  const within = (row: Readonly<Record<string, unknown>>) => {
    const at = Number(row.step)
    return at >= 0 && at < steps.count ? at : undefined
  }
  const moved = await ask(
    `select step, kind, round(sum(sent))::bigint as sent, round(sum(received))::bigint as received from (
         select ${stepOf('start', steps)} as step, kind, sent, received
         from mine where not sliced and kind <> 0
         union all select step, kind, case when opener then up else down end,
           case when opener then down else up end
         from (${slicesByStep('select id, start, kind, opener from mine where sliced and kind <> 0', steps)}))
       group by all`,
  )
  for (const row of moved) {
    const at = within(row)
    if (at === undefined) continue
    const { family, part, matched } = base.kinds.get(Number(row.kind))
    sent[at]! += Number(row.sent)
    received[at]! += Number(row.received)
    const amounts = lane({ family, lane: part, kind: 'flows', matched })
    amounts[at]! += Number(row.sent) + Number(row.received)
  }
  const said = await ask(
    `select ${stepOf('micros', steps)} as step, family, via, count(*) as claims from raw.claims
       where ${isNaming} and ${isThen} group by all`,
  )
  for (const row of said) {
    const at = within(row)
    if (at === undefined) continue
    const family = base.words.text(Number(row.family))
    const via = base.words.text(Number(row.via))
    lane({ family, lane: via, kind: 'claims', matched: false })[at]! += Number(row.claims)
  }
  await countOpen(ask, steps, open)
  const sorted = [...lanes.values()].sort((a, b) => sum(b.amounts) - sum(a.amounts))
  const kept = [...sorted.filter(isFlows), ...sorted.filter((one) => !isFlows(one))]
  const { from, stepMicros } = steps
  return { from, stepMicros, lanes: kept.slice(0, LANES_MAX), sent, received, open }
}

function isFlows(lane: Lane): boolean {
  return lane.kind === 'flows'
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** Flows that are open in a step: those that began so far less those that ended before it. */
async function countOpen(ask: Ask, steps: Steps, open: number[]): Promise<void> {
  const edges = await ask(
    `select step, sum(change)::bigint as change from (
         select greatest(0, ${stepOf('start', steps)}) as step, 1 as change from mine where kind <> 0
         union all select ${stepOf('stop', steps)} + 1, -1 from mine where kind <> 0)
       group by all order by step`,
  )
  for (const row of edges) {
    for (let at = Number(row.step); at < steps.count; at++) open[at]! += Number(row.change)
  }
}
