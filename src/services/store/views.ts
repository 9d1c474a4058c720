/**
 * What people read with SQL: the tables with addresses, times and words as text. Everything that
 * was said leads back to its run, capture and frame.
 */

import { PROTO_NAMES } from '../../core/proto-names.ts'
import { COMMUNITY_MACROS, COMMUNITY_VIEW } from './community-sql.ts'

const AT = `flow_id(t.flow) as flow, t.flow >> 32 as run, make_timestamp(t.micros) as time,
  word(t.capture) as capture, t.frame, word(t.family) as family`

const names = [...PROTO_NAMES].map(([number, name]) => `when ${number} then '${name}'`).join(' ')

const MACROS = [
  `flow_id(flow) as concat(flow >> 32, '.', flow & 4294967295)`,
  `word(number) as (select any_value(w.text) from raw.words w where w.word = number)`,
  `urn(key) as (select any_value(c.urn) from raw.contents c where c.content = key)`,
  `ip(key) as case when key < 4294967296
    then concat_ws('.', key >> 24, (key >> 16) & 255, (key >> 8) & 255, key & 255)
    else (select any_value(a.ip) from raw.addresses a where a.address = key) end`,
  `proto_name(number) as case number ${names} else number::varchar end`,
  `sureness(rank) as ['unsure', 'likely', 'certain'][rank + 1]`,
  ...COMMUNITY_MACROS,
]

const FLOW_VIEW = `select flow_id(id) as flow, id >> 32 as run, make_timestamp(start) as start,
  make_timestamp(stop) as stop, proto_name(t.proto) as proto, ip(src) as src, sport, ip(dst) as dst, dport,
  packets_up, packets_down, bytes_up, bytes_down, nullif(k.family, '') as family,
  nullif(k.part, '') as part, sureness(k.sureness) as sureness, k.neighbour, k.matched,
  word(capture) as capture, frame, gap_up, gap_down, nullif(word(reason), '') as reason,
  why->'reasons' as reasons, why->'taughtBy' as taught_by, community`

const VIEWS: Readonly<Record<string, string>> = {
  flows: `${FLOW_VIEW}, open from raw.known t join raw.kinds k using (kind)`,
  community_ids: COMMUNITY_VIEW,
  runs: `select run, source, kind, make_timestamp(started) as started,
    make_timestamp(ended) as ended, make_timestamp(first) as first, make_timestamp(last) as last,
    packets, bytes, flows, dropped, damage::json as damage from raw.runs`,
  captures: 'select distinct run, word(capture) as capture from raw.captures',
  hosts: `select run, ip(host) as host, make_timestamp(micros) as time, score,
    sureness(sureness) as sureness, families::json as families, parts::json as parts,
    software::json as software, reasons::json as reasons, flows, sent, received
    from raw.verdicts`,
  flow_slices: `select flow_id(flow) as flow, make_timestamp(micros) as time, bytes_up, bytes_down
    from raw.slices`,
  traffic: `select run, make_timestamp(micros) as until, seconds, packets, bytes, flows
    from raw.traffic`,
  messages: `select ${AT}, side, word(log) as log, word(name) as name,
    fields::json as fields from raw.messages t`,
  claims: `select ${AT}, ip(by_ip) as by_ip, by_port, ip(about_ip) as about_ip, about_port,
    word(part) as part, word(carriers) as carriers, word(via) as via, urn(content) as content, id,
    nullif(word(reading), '') as reading from raw.claims t`,
  requests: `select ${AT}, ip(by_ip) as by_ip, by_port, ip(of_ip) as of_ip, of_port,
    word(what) as what, urn(content) as content, name from raw.requests t`,
  shares: `select ${AT}, ip(by_ip) as by_ip, by_port, urn(content) as content, word(via) as via,
    name, size, files, also::json as also, verified from raw.shares t`,
  searches: `select ${AT}, ip(by_ip) as by_ip, by_port, word(via) as via, text,
    urn(content) as content from raw.searches t`,
  transfers: `select ${AT}, ip(from_ip) as from_ip, from_port, ip(to_ip) as to_ip, to_port,
    urn(content) as content, name, bytes, word(via) as via from raw.transfers t`,
  clients: `select ${AT}, ip(ip) as ip, port, software, version, id, nick,
    ip(listens_ip) as listens_ip, listens_port from raw.clients t`,
  threats: `select ${AT}, word(threat) as threat, word(severity) as severity, ip(by_ip) as by_ip,
    by_port, why, urn(content) as content from raw.threats t`,
  faults: `select ${AT}, word(wire) as wire, word(fault) as fault, side, place from raw.faults t`,
  decisions: `select ${AT}, word(carrier) as carrier, ip(src) as src, sport, ip(dst) as dst, dport,
    ip(host) as host, word(action) as action, nullif(word(how), '') as how, word(rule) as rule,
    nullif(word(part), '') as part, sureness(sureness) as sureness, why->'reasons' as reasons,
    why->'taughtBy' as taught_by from raw.decisions t`,
  withdrawn: `select ${AT}, word(part) as part, ip(src) as src, ip(dst) as dst, why, reasons::json as reasons
    from raw.withdrawn t`,
  incidents: `select concat(run, '.', number) as incident, run, word(family) as family,
    word(state) as state, ip(ip) as ip, port, make_timestamp(start) as start,
    make_timestamp(stop) as stop, sources, peak, estimate, about::json as about from raw.incidents`,
  causes: `select run, subject, word(hypothesis) as hypothesis, word(family) as family,
    word(verdict) as verdict, tested, hits, about::json as about from raw.causes`,
  limits: `select run, make_timestamp(micros) as time, word(name) as name, count from raw.limits`,
  contents: 'select distinct urn from raw.contents',
}

export function viewStatements(): string[] {
  return [
    `create or replace view raw.known as select *, false as open from raw.flows
     union all select *, true as open from raw.open_flows`,
    ...MACROS.map((macro) => `create or replace macro ${macro}`),
    ...Object.entries(VIEWS).map(([name, sql]) => `create or replace view ${name} as ${sql}`),
  ]
}
