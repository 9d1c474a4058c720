/** What a wall did with flows, one by one and by its rules. */
import type { Carrier, Decision, Sureness } from '../../core/event.ts'
import { SURENESSES } from '../../core/expression-values.ts'
import type { Listed, Page, Which } from '../../core/store.ts'
import type { DecidedRow, DecisionRow } from '../../core/store-decisions.ts'
import type { Row } from './connections.ts'
import { ROWS_MAX } from './flows.ts'
import { storedRef } from './hosts.ts'
import { flowId } from './keys.ts'
import { integer } from './sql.ts'
import { type Base, choose, said } from './which.ts'

/** Rules that are told of. */
const RULES_MAX = 1000

/** The youngest first. */
export async function decisions(base: Base, which: Which & Page): Promise<Listed<DecisionRow>> {
  const chosen = await choose(base, which)
  const from = `from raw.decisions where ${said(chosen)}`
  const page = `limit ${integer(Math.min(which.limit, ROWS_MAX))} offset ${integer(which.offset ?? 0)}`
  const [rows, [count]] = await Promise.all([
    base.connections.ask(
      `select *, ip(src) as src_ip, ip(dst) as dst_ip, ip(host) as host_ip ${from}
       order by micros desc, flow desc ${page}`,
      chosen.values,
    ),
    base.connections.ask(`select count(*) as n ${from}`, chosen.values),
  ])
  return { total: Number(count!.n), rows: rows.map((row) => decisionRow(base, row)) }
}

function decisionRow(base: Base, row: Row): DecisionRow {
  const word = (column: string) => base.words.text(Number(row[column]))
  const { reasons, taughtBy } = JSON.parse(String(row.why))
  return {
    ...storedRef(base, row),
    flow: flowId(Number(row.flow)),
    ends: [
      { ip: String(row.src_ip), port: Number(row.sport) },
      { ip: String(row.dst_ip), port: Number(row.dport) },
    ],
    carrier: word('carrier') as Carrier,
    ...deed(base, row),
    host: String(row.host_ip),
    ...(word('family') !== '' && { family: word('family') }),
    ...(word('part') !== '' && { part: word('part') }),
    ...(row.sureness !== null && { sureness: SURENESSES[Number(row.sureness)] as Sureness }),
    why: reasons,
    ...(taughtBy !== undefined && { taughtBy }),
  }
}

function deed(base: Base, row: Row): Pick<Decision, 'rule' | 'action' | 'how'> {
  const how = base.words.text(Number(row.how))
  return {
    rule: base.words.text(Number(row.rule)),
    action: base.words.text(Number(row.action)) as Decision['action'],
    ...(how !== '' && { how: how as 'drop' | 'reset' }),
  }
}

/** By rule and what it did, those that decided most first. */
export async function decided(base: Base, which: Which): Promise<readonly DecidedRow[]> {
  const chosen = await choose(base, which)
  const rows = await base.connections.ask(
    `select rule, action, how, count(*) as decisions, count(distinct flow) as flows,
       count(distinct host) as hosts, max(micros) as last
     from raw.decisions where ${said(chosen)} group by rule, action, how
     order by decisions desc, rule, action limit ${RULES_MAX}`,
    chosen.values,
  )
  return rows.map((row) => ({
    ...deed(base, row),
    decisions: Number(row.decisions),
    flows: Number(row.flows),
    hosts: Number(row.hosts),
    lastMicros: Number(row.last),
  }))
}
