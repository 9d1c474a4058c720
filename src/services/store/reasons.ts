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
  const said = ['messages', 'clients', ...SPEAKING].map(
    (table) => `select flow, capture, frame from raw.${table} where ${inFrames}`,
  )
  // What stands in a frame is little, what a host's flows are may be much: they are compared last.
  const rows = await ask(
    `with seen as materialized (${said.join(' union all ')}
         union all select id, capture, frame from raw.known where ${inFrames}),
       own as (select id from mine where id in (select flow from seen))
     select distinct flow, capture, frame from (
       from seen where flow in (from own)
       union all select flow, capture, frame from raw.claims
         where ${inFrames} and about_ip = ${integer(key)})`,
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
