/** Which flow a frame is of: reasons name frames, and a page wants to open their flow. */
import type { StoredReason } from '../../core/store.ts'
import { flowId, flowKey } from './keys.ts'
import { integer, isIn } from './sql.ts'
import type { Base } from './which.ts'

/** What was said in a frame names its flow; so does a flow's first frame. */
const SAID = [
  'messages',
  'clients',
  'requests',
  'shares',
  'searches',
  'transfers',
  'claims',
  'threats',
]

/** The reasons, with their flows where these are known. */
export async function withFlows(
  base: Base,
  reasons: readonly StoredReason[],
): Promise<StoredReason[]> {
  const frames = [...new Set(reasons.map(({ frame }) => frame))]
  if (frames.length === 0) return []
  const runs = reasons.map(({ run }) => run)
  const [first, last] = [Math.min(...runs), Math.max(...runs)]
  const ofRuns = (id: string) =>
    `${id} between ${integer(flowKey(first, 0))} and ${integer(flowKey(last, 2 ** 32 - 1))}`
  const isFrame = isIn('frame', frames)
  const tables = SAID.map(
    (table) =>
      `select flow, capture, frame from raw.${table} where ${isFrame} and ${ofRuns('flow')}`,
  )
  const rows = await base.connections.ask(
    `select min(flow) as flow, capture, frame from (
       select id as flow, capture, frame from raw.known where ${isFrame} and ${ofRuns('id')}
       union all ${tables.join(' union all ')})
     group by flow >> 32, capture, frame`,
  )
  const flows = new Map(
    rows.map((row) => {
      const id = flowId(Number(row.flow))
      return [`${id.split('.')[0]} ${row.frame} ${base.words.text(Number(row.capture))}`, id]
    }),
  )
  return reasons.map((reason) => {
    const flow = flows.get(`${reason.run} ${reason.frame} ${reason.capture}`)
    return flow === undefined ? reason : { ...reason, flow }
  })
}
