/** The ends of the chosen flows, for questions about hosts. */
import type { Ask } from './connections.ts'
import type { Base, Chosen } from './which.ts'

/** All flows are meant: nothing need be copied. */
export const ALL_ENDS = 'raw.known'

/**
 * @param answer  is handed a table with `src`, `dst`, `kind`, `bytes_up`, `bytes_down`, `start` and
 *                `stop` of the chosen flows, which are looked for once; on its connection
 */
export function withEnds<Answer>(
  base: Base,
  chosen: Chosen,
  answer: (ask: Ask, ends: string) => Promise<Answer>,
): Promise<Answer> {
  const isAll = !chosen.byExpression && chosen.span === undefined && chosen.run === undefined
  return base.connections.use(async (ask) => {
    if (isAll) return answer(ask, ALL_ENDS)
    await ask(
      `create or replace temp table ends as
       select src, dst, kind, bytes_up, bytes_down, start, stop from raw.known where ${chosen.flows}`,
      chosen.values,
    )
    try {
      return await answer(ask, 'ends')
    } finally {
      await ask('drop table ends')
    }
  })
}

/** On rows with a column `host`. */
export function isEndOf(ends: string): string {
  return `host in (select src from ${ends} union all select dst from ${ends})`
}
