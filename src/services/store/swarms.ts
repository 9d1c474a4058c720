/** Contents: who was named for them, who acted, what they are called and who said so. */
import { ip6, parseIp4, parseIp6, unroutable } from '../../core/address.ts'
import type {
  Listed,
  Page,
  SwarmDetail,
  SwarmName,
  SwarmPeer,
  SwarmRow,
  Which,
} from '../../core/store.ts'
import type { Ask, Row } from './connections.ts'
import { ROWS_MAX, totalOf } from './flows.ts'
import { storedRef } from './hosts.ts'
import { textKey } from './keys.ts'
import { integer, isIn, Sql } from './sql.ts'
import { namedOverTime } from './swarm-time.ts'
import { type Base, choose, said } from './which.ts'

/** Contents with the hosts that were named for them or acted in them. */
const TAKING_PART = `
  select content, about_ip as host, false as asks, 0 as bytes, family, micros, flow from raw.claims
  union all select content, by_ip, true, 0, family, micros, flow from raw.requests
  union all select content, by_ip, false, 0, family, micros, flow from raw.shares
  union all select content, from_ip, false, bytes, family, micros, flow from raw.transfers
  union all select content, to_ip, true, 0, family, micros, flow from raw.transfers`

/** Sums of contents. */
const SUMS = `count(distinct host) as hosts, count(distinct host) filter (asks) as asking,
  sum(bytes)::bigint as bytes, max(micros) as last, list(distinct family order by family) as families`

export async function swarms(
  base: Base,
  which: Which & Page & { readonly text?: string },
): Promise<Listed<SwarmRow>> {
  const chosen = await choose(base, which)
  const sql = new Sql()
  sql.values.push(...chosen.values)
  const named = which.text === undefined || which.text === '' ? 'true' : naming(sql, which.text)
  const isMeant = `content is not null and ${said(chosen)} and ${named}`
  return base.connections.use(async (ask) => {
    const part: Part = { from: `(${TAKING_PART})`, where: isMeant, values: sql.values }
    if (!chosen.byExpression) return swarmsOf(base, ask, part, which)
    // To find the flows of an expression is dear: it is done once.
    await ask(`create or replace temp table part as from ${part.from} where ${isMeant}`, sql.values)
    try {
      return await swarmsOf(base, ask, { from: 'part', where: 'true', values: [] }, which)
    } finally {
      await ask('drop table part')
    }
  })
}

/** Rows of TAKING_PART: all that are meant. */
interface Part {
  readonly from: string
  readonly where: string
  readonly values: readonly string[]
}

async function swarmsOf(base: Base, ask: Ask, part: Part, page: Page): Promise<Listed<SwarmRow>> {
  const limit = integer(Math.min(page.limit, ROWS_MAX))
  const { from, where, values } = part
  // Those with most witnesses first; to count the hosts of all contents would take seconds.
  const top = await ask(
    `select content, count(*) as witnesses, count(*) over () as total from ${from}
     where ${where} group by content
     order by witnesses desc, content limit ${limit} offset ${integer(page.offset ?? 0)}`,
    values,
  )
  const keys = top.map((row) => row.content as bigint)
  const rows = await rowsOf(base, ask, part, keys)
  const order = new Map(keys.map((key, i) => [key, i]))
  rows.sort((a, b) => order.get(a.key)! - order.get(b.key)!)
  const counting = `select count(distinct content) as n from ${from} where ${where}`
  return {
    rows: rows.map(({ row }) => row),
    total: await totalOf(ask, top, counting, values),
  }
}

/** Contents whose URN or name holds a text. */
function naming(sql: Sql, text: string): string {
  const wanted = sql.text(text.toLowerCase())
  return `content in (
    select content from raw.contents where contains(lower(urn), ${wanted})
    union all select content from raw.shares where contains(lower(name), ${wanted})
    union all select content from raw.requests where contains(lower(name), ${wanted})
    union all select content from raw.transfers where contains(lower(name), ${wanted}))`
}

async function rowsOf(
  base: Base,
  ask: Ask,
  { from, where, values }: Part,
  keys: readonly bigint[],
): Promise<{ readonly key: bigint; readonly row: SwarmRow }[]> {
  const isOne = isIn('content', keys)
  const sums = await ask(
    `select *, urn(content) as urn from (select content, ${SUMS} from ${from}
     where ${isOne} and ${where} group by content)`,
    values,
  )
  // The name that was checked, else the one that most told.
  const names = await ask(
    `select content, arg_max(name, told) as name, max(size) as size from (
       select content, name, max(size) as size,
         count(*) + 1000000000 * max(verified::integer) as told
       from (select content, name, size, verified from raw.shares where ${isOne}
         union all select content, name, null, false from raw.transfers where ${isOne}
         union all select content, name, null, false from raw.requests where ${isOne})
       group by content, name) group by content`,
  )
  const named = new Map(names.map((row) => [row.content, row]))
  return sums.map((row) => {
    const name = named.get(row.content!)
    return { key: row.content as bigint, row: swarmRow(base, row, name) }
  })
}

function swarmRow(base: Base, row: Row, name: Row | undefined): SwarmRow {
  return {
    content: String(row.urn),
    ...(typeof name?.name === 'string' && { name: name.name }),
    ...(typeof name?.size === 'number' && { size: name.size }),
    families: (row.families as number[]).map((word) => base.words.text(word)),
    hosts: Number(row.hosts),
    asking: Number(row.asking),
    bytes: Number(row.bytes),
    lastMicros: Number(row.last),
  }
}

const EVERYTHING: Part = { from: `(${TAKING_PART})`, where: 'true', values: [] }

export async function swarm(
  base: Base,
  content: string,
  page: Page,
): Promise<SwarmDetail | undefined> {
  const key = textKey(content)
  return base.connections.use(async (ask) => {
    const [found] = await rowsOf(base, ask, EVERYTHING, [key])
    if (found === undefined) return undefined
    const isOne = `content = ${integer(key)}`
    const channels = await ask(
      `select via, count(*) as claims from raw.claims where ${isOne}
       group by via order by claims desc, via`,
    )
    return {
      ...found.row,
      ...(await told(base, ask, isOne)),
      ...(await peersOf(base, ask, key, page)),
      ...(await addressing(ask, isOne)),
      overTime: await namedOverTime(base, ask, isOne),
      channels: channels.map((row) => ({
        via: base.words.text(Number(row.via)),
        claims: Number(row.claims),
      })),
    }
  })
}

const NAMES_MAX = 100
const FILES_MAX = 1_000

/** Names and who told them, files, other URNs. */
async function told(base: Base, ask: Ask, isOne: string) {
  const names = await ask(
    `select name, via, ip(arg_min(by_ip, micros)) as by, bool_or(verified) as verified,
       arg_min(flow, micros) as flow, min(micros) as micros, arg_min(capture, micros) as capture,
       arg_min(frame, micros) as frame, count(*) as n
     from (select name, via, by_ip, verified, flow, micros, capture, frame from raw.shares
         where ${isOne} and name is not null
       union all select name, what, by_ip, false, flow, micros, capture, frame from raw.requests
         where ${isOne} and name is not null
       union all select name, via, from_ip, false, flow, micros, capture, frame from raw.transfers
         where ${isOne} and name is not null)
     group by name, via order by verified desc, n desc, name limit ${NAMES_MAX}`,
  )
  const lists = await ask(
    `select max_by(files, (verified::integer, length(files))) as files,
       list(distinct also) filter (also is not null) as also
     from raw.shares where ${isOne}`,
  )
  const files = JSON.parse(String(lists[0]?.files ?? '[]')) as SwarmDetail['files']
  const also = new Set<string>()
  for (const one of (lists[0]?.also ?? []) as readonly string[]) {
    for (const urn of JSON.parse(one) as string[]) also.add(urn)
  }
  return {
    names: names.map(
      (row): SwarmName => ({
        ...storedRef(base, row),
        name: String(row.name),
        via: base.words.text(Number(row.via)),
        by: String(row.by),
        verified: row.verified === true,
      }),
    ),
    files: files.slice(0, FILES_MAX),
    also: [...also].slice(0, NAMES_MAX),
  }
}

/** Endpoints that were named for a content or acted in it, the youngest first. */
async function peersOf(base: Base, ask: Ask, key: bigint, page: Page) {
  const isOne = `content = ${integer(key)}`
  // An endpoint acts in a flow of which it is an end.
  const peers = `select ip, port, list(distinct via order by via) filter (via <> 0) as via,
      count(distinct by_ip) filter (via <> 0) as namers, bool_or(acts) as acts, min(micros) as first,
      max(micros) as last
    from (
      select about_ip as ip, about_port as port, via, by_ip, about_ip = by_ip as acts, micros
        from raw.claims where ${isOne}
      union all select by_ip, by_port, 0, by_ip, true, micros from raw.requests where ${isOne}
      union all select by_ip, by_port, 0, by_ip, true, micros from raw.shares where ${isOne}
      union all select from_ip, from_port, 0, from_ip, true, micros from raw.transfers where ${isOne}
      union all select to_ip, to_port, 0, to_ip, true, micros from raw.transfers where ${isOne})
    group by ip, port`
  const limit = integer(Math.min(page.limit, ROWS_MAX))
  const rows = await ask(
    `select ip(p.ip) as text, p.*, c.software from (
       select * from (${peers}) order by last desc, ip, port
       limit ${limit} offset ${integer(page.offset ?? 0)}) p
     left join (select ip, arg_max(software, micros) as software from raw.clients
       where software is not null and ip in (select ip from (${peers})) group by ip) c
       on c.ip = p.ip
     order by last desc, p.ip, port`,
  )
  const [count] = await ask(`select count(*) as n from (${peers})`)
  return {
    peers: {
      total: Number(count!.n),
      rows: rows.map((row): SwarmPeer => {
        const via = ((row.via ?? []) as number[]).map((word) => base.words.text(word))
        const ip = String(row.text)
        return {
          ip,
          port: Number(row.port),
          via: row.acts === true ? [...via, 'flow'] : via,
          by: Number(row.namers),
          ...(typeof row.software === 'string' && { software: row.software }),
          routable: unroutable(ip) === undefined,
          seen: row.acts === true,
          firstMicros: Number(row.first),
          lastMicros: Number(row.last),
        }
      }),
    },
  }
}

/** Addresses looked at for networks. */
const ADDRESSES_MAX = 100_000
const CLUSTERS_MAX = 20
/** A network with fewer is none to speak of. */
const CLUSTER_MIN = 3

async function addressing(ask: Ask, isOne: string) {
  const rows = await ask(
    `select ip(host) as ip from (select distinct host from (${TAKING_PART}) where ${isOne})
     limit ${ADDRESSES_MAX}`,
  )
  const networks = new Map<string, number>()
  for (const row of rows) {
    const ip = String(row.ip)
    const network = networkOf(ip)
    if (network !== undefined) networks.set(network, (networks.get(network) ?? 0) + 1)
  }
  return {
    clusters: [...networks]
      .filter(([, peers]) => peers >= CLUSTER_MIN)
      .map(([network, peers]) => ({ network, peers }))
      .sort((a, b) => b.peers - a.peers || (a.network < b.network ? -1 : 1))
      .slice(0, CLUSTERS_MAX),
  }
}

/** `192.0.2.0/24`, `2001:db8:1::/48` */
function networkOf(ip: string): string | undefined {
  if (parseIp4(ip) !== undefined) return `${ip.slice(0, ip.lastIndexOf('.'))}.0/24`
  const six = parseIp6(ip)
  return six === undefined ? undefined : `${ip6(six.fill(0, 6), 0)}/48`
}
