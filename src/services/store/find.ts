/** What a search box means: an address, a network, a hash, an id, or words. */
import { endpointText } from '../../core/address.ts'
import { readNetwork } from '../../core/expression-values.ts'
import { bytesText, manyText } from '../../core/figures.ts'
import type { FlowRow, Hit } from '../../core/store.ts'
import { inNetwork } from './compile.ts'
import { flow, flowRow } from './flows.ts'
import { textKey } from './keys.ts'
import { communityKey } from './recorder.ts'
import { integer, Sql } from './sql.ts'
import type { Base } from './which.ts'

const LIMIT_MAX = 100

export async function find(base: Base, text: string, limit: number): Promise<readonly Hit[]> {
  const wanted = text.trim().slice(0, 512)
  if (wanted === '') return []
  const most = Math.min(limit, LIMIT_MAX)
  const found = await Promise.all([
    networks(base, wanted, most),
    flowsNamed(base, wanted),
    contents(base, wanted, most),
    clients(base, wanted, most),
  ])
  return found.flat().slice(0, most)
}

async function networks(base: Base, text: string, limit: number): Promise<Hit[]> {
  const network = readNetwork(text)
  if (network === undefined) return []
  const is = (column: string) => inNetwork(column, network)
  const [flows, named, hosts] = await Promise.all([
    base.connections.ask(`select count(*) as n from raw.known where ${is('src')} or ${is('dst')}`),
    base.connections.ask(`select count(*) as n from raw.claims where ${is('about_ip')}`),
    base.connections.ask(
      `select ip(host) as ip, score from (select host, max(score) as score from raw.verdicts
       where ${is('host')} group by host order by score desc, host limit ${integer(limit)})
       order by score desc, ip`,
    ),
  ])
  const counts = [Number(flows[0]!.n), Number(named[0]!.n)] as const
  if (counts[0] + counts[1] === 0) return []
  const note = `${manyText(counts[0], 'flow')}, ${manyText(counts[1], 'claim')} about it`
  const isOne = network.bits === (network.ip.includes(':') ? 128 : 32)
  if (isOne) return [{ kind: 'host', key: network.ip, title: network.ip, note }]
  const cidr = `${network.ip}/${network.bits}`
  return [
    { kind: 'network', key: cidr, title: cidr, note },
    ...hosts.map((row): Hit => {
      const ip = String(row.ip)
      return { kind: 'host', key: ip, title: ip, note: `score ${row.score}` }
    }),
  ]
}

async function flowsNamed(base: Base, text: string): Promise<Hit[]> {
  const one = await flow(base, text)
  if (one !== undefined) return [flowHit(one)]
  const key = communityKey(text)
  if (key === undefined) return []
  const rows = await base.connections.ask(
    `select *, ip(src) as src, ip(dst) as dst from raw.known where community = ${integer(key)} order by start limit 20`,
  )
  return rows.map((row) => flowHit(flowRow(base, row))).filter((hit) => hit !== undefined)
}

function flowHit(row: FlowRow): Hit {
  const from = endpointText({ ip: row.srcIp, port: row.srcPort })
  const to = endpointText({ ip: row.dstIp, port: row.dstPort })
  const what = row.family === undefined ? 'of no known protocol' : `${row.family} ${row.part}`
  return {
    kind: 'flow',
    key: row.id,
    title: `${row.proto} ${from} → ${to}`,
    note: `${what}, ${bytesText(row.bytes[0] + row.bytes[1])}`,
  }
}

/** By URN, hash (the URN's last part, in any case), or a name. */
async function contents(base: Base, text: string, limit: number): Promise<Hit[]> {
  const sql = new Sql()
  const lower = sql.text(text.toLowerCase())
  // A hash is long; a short text would be part of too many.
  const byUrn = text.length >= 8 ? `contains(lower(urn), ${lower})` : 'false'
  const rows = await base.connections.ask(
    `select urn(content) as urn, any_value(name) as name from (
       select content, null as name from raw.contents
         where content = ${integer(textKey(text))} or ${byUrn}
       union all select content, name from raw.shares where contains(lower(name), ${lower})
       union all select content, name from raw.requests where contains(lower(name), ${lower})
       union all select content, name from raw.transfers where contains(lower(name), ${lower}))
     where content is not null group by content order by urn limit ${integer(limit)}`,
    sql.values,
  )
  return rows.map((row) => {
    const urn = String(row.urn)
    const title = row.name === null ? urn : String(row.name)
    return { kind: 'content', key: urn, title, note: row.name === null ? 'content' : urn }
  })
}

/** By what participants say of themselves: software, nick, id. */
async function clients(base: Base, text: string, limit: number): Promise<Hit[]> {
  const sql = new Sql()
  const [lower, exact] = [sql.text(text.toLowerCase()), sql.text(text.toLowerCase())]
  const rows = await base.connections.ask(
    `select ip(ip) as host, any_value(software) as software, any_value(nick) as nick,
       any_value(id) as id, count(*) as n from raw.clients
     where contains(lower(software), ${lower}) or contains(lower(nick), ${lower}) or id = ${exact}
     group by ip order by n desc, host limit ${integer(limit)}`,
    sql.values,
  )
  return rows.map((row) => ({
    kind: 'client',
    key: String(row.host),
    title: String(row.host),
    note: [row.software, row.nick, row.id].filter((one) => typeof one === 'string').join(', '),
  }))
}
