/**
 * Community ids in SQL. The store keeps the first eight bytes of one: `community_key('1:…')` makes
 * the same of an id, so that a flow is found by a number. Whole ids are computed anew in a view of
 * their own, because DuckDB joins addresses of IPv6 whether or not anybody reads what comes of it.
 */
import { ANSWERS, ANSWERS6, WITH_PORTS } from '../../core/community-id.ts'

function answerOf(answers: ReadonlyMap<number, number>): string {
  const cases = [...answers].map(([type, answer]) => `when ${type} then ${answer}`)
  return `case type ${cases.join(' ')} end`
}

export const COMMUNITY_MACROS: readonly string[] = [
  `community_key(id) as if(regexp_matches(id, '^1:[A-Za-z0-9+/]{27}=$'),
    concat('0x', left(hex(from_base64(substr(id, 3))), 16))::ubigint,
    error(concat('no community id: ', id)))`,
  /** Null where nobody answers. */
  `icmp_answer(proto, type) as case proto
    when 1 then ${answerOf(ANSWERS)} when 58 then ${answerOf(ANSWERS6)} end`,
  `hex_of(number, digits) as lpad(to_hex(number), digits, '0')`,
  `community_id(proto, address_a, port_a, address_b, port_b) as concat('1:', to_base64(unhex(sha1(
    unhex('0000' || address_a || address_b || hex_of(proto, 2) || '00' ||
      if(proto in (${[...WITH_PORTS].join(', ')}), hex_of(port_a, 4) || hex_of(port_b, 4), ''))))))`,
]

/** As `communityId` of core/community-id.ts does it; null where an address is none. */
export const COMMUNITY_VIEW = `with six as (
    select address, any_value(hex_of(high, 16) || hex_of(low, 16)) as hex
    from raw.addresses group by address),
  ends as (
    select t.id, t.proto, t.community, t.sport as a_port, icmp_answer(t.proto, t.sport) as answer,
      coalesce(answer, t.dport) as b_port, t.proto not in (1, 58) or answer is not null as ordered,
      if(t.src < 4294967296, hex_of(t.src, 8), s.hex) as a,
      if(t.dst < 4294967296, hex_of(t.dst, 8), d.hex) as b
    from raw.known t left join six s on s.address = t.src left join six d on d.address = t.dst)
  select flow_id(id) as flow, case when community is null then null
    when ordered and (a > b or (a = b and a_port > b_port))
      then community_id(proto, b, b_port, a, a_port)
    else community_id(proto, a, a_port, b, b_port) end as community_id
  from ends`
