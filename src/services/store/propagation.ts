/**
 * On which ways an address was told: each claim of it as a step from who told it to who heard it, and
 * each call as a step from who was told to what he was told.
 */
import { ip4Reversed, parseIp4 } from '../../core/address.ts'
import type { Propagation, PropagationQuestion } from '../../core/store.ts'
import type { Ask, Row } from './connections.ts'
import { ipsOf } from './flows.ts'
import { type Call, drawn, type Step, type Times } from './graph.ts'
import { isAt, readPlace } from './incidents.ts'
import { addressKey, flowId, textKey } from './keys.ts'
import { integer, isIn } from './sql.ts'
import { type Base, type Chosen, choose, said } from './which.ts'

/** Steps that are looked at, the earliest ones; a step is all that one told another by one channel. */
const STEPS_MAX = 20_000
/** Of a content those addresses are its targets that were told most: so small a part of all nodes. */
const TARGETS_PART = 3

interface Subject {
  /** On claims, and on flows that call it. */
  readonly told: string
  readonly called: string
  readonly ip?: string
}

export async function propagation(
  base: Base,
  question: PropagationQuestion,
): Promise<Propagation | undefined> {
  const chosen = await choose(base, question)
  return base.connections.use(async (ask) => {
    try {
      return await waysOf(base, ask, chosen, question)
    } finally {
      await ask('drop table if exists temp.heard')
    }
  })
}

async function waysOf(
  base: Base,
  ask: Ask,
  chosen: Chosen,
  question: PropagationQuestion,
): Promise<Propagation | undefined> {
  const subject = await subjectOf(ask, chosen, question)
  if (subject === undefined) return undefined
  const tellings = await tellingsOf(base, ask, subject)
  const calls = await callsOf(base, ask, chosen, subject)
  const ip = subject.ip
  const graph = drawn(tellings, calls, {
    nodesMax: question.nodesMax,
    ...(ip !== undefined && { target: { ip, name: question.of } }),
  })
  const [announced] = await ask(
    `select count(*) as n from temp.heard where ${subject.told} and about_ip = by_ip`,
  )
  const twin = ip === undefined ? undefined : await twinOf(base, ask, ip)
  return {
    of: question.of,
    ...graph,
    nodes: await withSoftware(ask, graph.nodes),
    tellings: sum(tellings),
    calls: sum(calls),
    announced: Number(announced!.n),
    ...(twin !== undefined && { twin }),
    cut: tellings.length >= STEPS_MAX || calls.length >= STEPS_MAX,
  }
}

function sum(steps: readonly { readonly count: number }[]): number {
  return steps.reduce((all, { count }) => all + count, 0)
}

async function subjectOf(
  ask: Ask,
  chosen: Chosen,
  { of, nodesMax }: PropagationQuestion,
): Promise<Subject | undefined> {
  const place = readPlace(of)
  if (place !== undefined) {
    await hear(ask, chosen, isAt('about_ip', 'about_port', place))
    return { told: 'is_meant', called: isAt('dst', 'dport', place), ip: place.ip }
  }
  if (!of.startsWith('urn:')) return undefined
  await hear(ask, chosen, `content = ${integer(textKey(of))}`)
  const most = await ask(
    `select about_ip, count(*) as n from temp.heard where is_meant and about_ip <> by_ip
     group by about_ip order by n desc, about_ip limit ${integer(Math.ceil(nodesMax / TARGETS_PART))}`,
  )
  const targets = most.map((row) => BigInt(row.about_ip as bigint | number))
  // Who heard of it before the time that is asked for may call in it.
  const called = `${isIn('dst', targets)} and src in (select hearer from temp.heard)`
  return { told: `is_meant and ${isIn('about_ip', targets)}`, called }
}

/**
 * Claims of the subject, with who heard them, as a temporary table: they are looked at several times.
 * Where a claim was handed on, its author is no end of the flow: who opened it asked for it.
 */
async function hear(ask: Ask, chosen: Chosen, isOfSubject: string): Promise<void> {
  await ask(
    `create or replace temp table heard as
     select c.*, case when k.src = c.by_ip then k.dst else k.src end as hearer
     from (select flow, micros, capture, frame, family, by_ip, about_ip, via, ${said(chosen)} as is_meant
       from raw.claims where ${isOfSubject}) c
     left join raw.known k on k.id = c.flow`,
    chosen.values,
  )
}

const FIRST = (column: string) => `arg_min(${column}, (micros, flow, frame)) as ${column}`
const FIRSTS = `${FIRST('flow')}, ${FIRST('capture')}, ${FIRST('frame')}, min(micros) as micros,
  max(micros) as last, count(*) as n`

async function tellingsOf(base: Base, ask: Ask, { told }: Subject): Promise<Step[]> {
  const rows = await ask(
    `select by_ip, hearer, about_ip, via, family, ${FIRSTS}
     from temp.heard where ${told} and about_ip <> by_ip and hearer is not null
     group by by_ip, hearer, about_ip, via, family order by micros, by_ip, hearer, via
     limit ${STEPS_MAX}`,
  )
  const ip = await ipsOf(base, rows, ['by_ip', 'hearer', 'about_ip'])
  return rows.map((row) =>
    timed(base, row, {
      by: ip(row.by_ip!),
      to: ip(row.hearer!),
      about: ip(row.about_ip!),
      via: base.words.text(Number(row.via)),
      family: base.words.text(Number(row.family)),
    }),
  )
}

async function callsOf(base: Base, ask: Ask, chosen: Chosen, { called }: Subject): Promise<Call[]> {
  const firsts = `arg_min(id, (start, id)) as flow, arg_min(capture, (start, id)) as capture,
    arg_min(frame, (start, id)) as frame, min(start) as micros, max(stop) as last, count(*) as n`
  const rows = await ask(
    `select src, dst, bool_or(packets_down > 0) as answered, ${firsts},
       arg_min(kind, (kind = 0, start, id)) as kind
     from raw.known where ${called} and ${chosen.flows}
     group by src, dst order by micros, src limit ${STEPS_MAX}`,
    chosen.values,
  )
  const ip = await ipsOf(base, rows, ['src', 'dst'])
  return rows.map((row) =>
    timed(base, row, {
      by: ip(row.src!),
      about: ip(row.dst!),
      answered: row.answered === true,
      family: base.kinds.get(Number(row.kind)).family,
    }),
  )
}

/** Not by spreading, which takes ten times as long: there may be very many. */
function timed<Step>(base: Base, row: Row, step: Step): Times & Step {
  const flow = Number(row.flow)
  const times = {
    run: Math.floor(flow / 2 ** 32),
    micros: Number(row.micros),
    capture: base.words.text(Number(row.capture)),
    frame: Number(row.frame),
    flow: flowId(flow),
    count: Number(row.n),
    lastMicros: Number(row.last),
  }
  return Object.assign(times, step)
}

/** A wrong byte order is the most frequent mistake: who is at the address read backwards? */
async function twinOf(base: Base, ask: Ask, ip: string): Promise<Propagation['twin']> {
  const bytes = parseIp4(ip)
  if (bytes === undefined) return undefined
  const reversed = ip4Reversed(bytes, 0)
  if (reversed === ip) return undefined
  const key = integer(addressKey(reversed)!)
  const p2p = base.kinds.all.filter(({ family, neighbour }) => family !== '' && !neighbour)
  const kinds = isIn(
    'kind',
    p2p.map(({ number }) => number),
  )
  // One column after the other: an address of few flows skips most blocks of each.
  const [row] = await ask(
    `select count(*) as n from (
       select kind from raw.known where src = ${key}
       union all select kind from raw.known where dst = ${key} and src <> ${key}) where ${kinds}`,
  )
  const flows = Number(row!.n)
  return flows === 0 ? undefined : { ip: reversed, flows }
}

async function withSoftware(ask: Ask, nodes: Propagation['nodes']): Promise<Propagation['nodes']> {
  const hosts = nodes.filter(({ kind }) => kind === 'host')
  const keys = hosts.map(({ id }) => addressKey(id)).filter((key) => key !== undefined)
  if (keys.length === 0) return nodes
  const rows = await ask(
    `select ip(ip) as host, arg_max(concat_ws(' ', software, version), micros) as software
     from raw.clients where software is not null and ${isIn('ip', keys)} group by ip`,
  )
  const known = new Map(rows.map((row) => [String(row.host), String(row.software)]))
  return nodes.map((node) => {
    const software = known.get(node.id)
    return software === undefined ? node : { ...node, software }
  })
}
