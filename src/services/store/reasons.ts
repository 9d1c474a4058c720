/**
 * Reasons against a host led back to flows: a reason names a frame, and something that was said in
 * that frame, or the beginning of a flow, names the flow.
 */
import type { StoredReason } from '../../core/store.ts'
import { SPEAKING } from './compile.ts'
import type { Ask } from './connections.ts'
import { flowId } from './keys.ts'
import { integer, isIn } from './sql.ts'
import type { Base } from './which.ts'

/**
 * @param ask  where the host's flows stand in the table `mine`
 * @param key  the host
 */
export async function withFlows(
  base: Base,
  ask: Ask,
  key: bigint,
  reasons: readonly StoredReason[],
): Promise<StoredReason[]> {
  if (reasons.length === 0) return []
  const inFrames = isIn('frame', [...new Set(reasons.map(({ frame }) => frame))])
  const isOwn = 'in (select id from mine)'
  const said = ['messages', 'clients', ...SPEAKING].map(
    (table) => `select flow, capture, frame from raw.${table} where ${inFrames} and flow ${isOwn}`,
  )
  const rows = await ask(
    `select distinct flow, capture, frame from (${said.join(' union all ')}
       union all select flow, capture, frame from raw.claims where ${inFrames} and about_ip = ${integer(key)}
       union all select id, capture, frame from raw.known where ${inFrames} and id ${isOwn})`,
  )
  const flows = new Map<string, string>()
  for (const row of rows) {
    const flow = flowId(Number(row.flow))
    const place = `${flow.split('.')[0]} ${row.frame} ${base.words.text(Number(row.capture))}`
    flows.set(place, flow)
  }
  return reasons.map((reason) => {
    const flow = flows.get(`${reason.run} ${reason.frame} ${reason.capture}`)
    return flow === undefined ? reason : { ...reason, flow }
  })
}
