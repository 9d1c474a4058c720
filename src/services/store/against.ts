/**
 * What speaks against a verdict, in words: whoever decides about a host must read this too. That
 * ports belong to something else is no evidence either way and is not said.
 */
import { manyText } from '../../core/figures.ts'
import type { Ask } from './connections.ts'
import { integer } from './sql.ts'
import { type Base, type Chosen, saidInMine } from './which.ts'

/**
 * @param ask     on the connection that has the table `mine` of the host's flows (hosts.ts)
 * @param namers  other hosts that named it
 */
export async function against(
  base: Base,
  ask: Ask,
  chosen: Chosen,
  host: bigint,
  namers: number,
): Promise<string[]> {
  const is = (column: string) => `${column} = ${integer(host)}`
  const [kinds, [taken], acts] = await Promise.all([
    ask(
      `select kind, count(*) as flows, count(*) filter (packets_down = 0) as unanswered
       from mine group by kind`,
    ),
    ask(
      `select count(*) as n, any_value(why) as why from raw.withdrawn
       where (${is('src')} or ${is('dst')}) and ${saidInMine(chosen)}`,
    ),
    ask(
      `select (select count(*) from raw.requests where ${is('by_ip')} and ${saidInMine(chosen)})
         + (select count(*) from raw.shares where ${is('by_ip')} and ${saidInMine(chosen)})
         + (select count(*) from raw.transfers where (${is('from_ip')} or ${is('to_ip')}) and ${saidInMine(chosen)})
         + (select count(*) from raw.clients where ${is('ip')} and ${saidInMine(chosen)}) as n`,
    ),
  ])
  const rows = kinds.map((row) => ({
    kind: base.kinds.get(Number(row.kind)),
    flows: Number(row.flows),
    unanswered: Number(row.unanswered),
  }))
  const seen = rows.filter(({ kind }) => kind.number !== 0 && !kind.neighbour)
  const count = (some: typeof rows) => some.reduce((sum, { flows }) => sum + flows, 0)
  const flows = count(seen)
  const words: string[] = []
  if (flows === 0 && namers > 0) {
    words.push(
      `Only named by ${manyText(namers, 'other host')}: no flow of a P2P protocol with it was seen. Anybody can be named.`,
    )
  }
  if (flows === 1) words.push('Only one flow of a P2P protocol was seen.')
  const certain = seen.filter(({ kind }) => kind.sureness === 'certain')
  const matched = seen.filter(({ kind }) => kind.matched)
  const unsure = seen.filter(({ kind }) => kind.sureness === 'unsure')
  if (flows > 0 && certain.length === 0) {
    words.push('No flow is certain: none of them could be read to the end as the protocol says.')
  }
  if (flows > 0 && count(matched) === flows) {
    words.push(
      'All flows say nothing readable and were named by what others said of their endpoints.',
    )
  }
  if (flows > 0 && count(unsure) === flows) words.push('All flows merely look like the protocol.')
  const unanswered = seen.reduce((sum, row) => sum + row.unanswered, 0)
  if (flows > 0 && unanswered === flows) {
    words.push('All its flows have packets of one side only: nobody answered.')
  }
  const withdrawn = Number(taken!.n)
  if (withdrawn > 0) {
    words.push(
      `${manyText(withdrawn, 'recognition')} of its flows ${withdrawn === 1 ? 'was' : 'were'} taken back: ${taken!.why}`,
    )
  }
  if (flows > 0 && Number(acts[0]!.n) === 0) {
    words.push(
      'It asked for nothing, offered nothing, moved nothing and named no software that could be read.',
    )
  }
  const all = count(rows)
  if (flows > 0 && flows * 20 < all) {
    words.push(`Of its ${manyText(all, 'flow')} fewer than one in twenty are P2P.`)
  }
  return words
}
