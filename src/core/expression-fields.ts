/**
 * What can be said of flows in an expression: one table for the parser, for completion on a page
 * and for the guide.
 */

const FIELD_TYPES = ['text', 'number', 'address', 'sureness', 'time'] as const
export type FieldType = (typeof FIELD_TYPES)[number]

/** What a number counts, and so which units may follow it. */
export type FieldUnit = 'bytes' | 'seconds' | 'count'

export interface Field {
  readonly name: FieldName
  readonly type: FieldType
  readonly unit?: FieldUnit
  /** In words, as a completion shows it. */
  readonly means: string
  readonly example: string
}

// biome-ignore format: a table
const TABLE = [
  ['family', 'text', '', 'protocol of the flow; "" where none is known', 'family!=""'],
  ['part', 'text', '', 'part of the protocol: peer, dht, tracker, server …', 'part==dht'],
  ['sureness', 'sureness', '', 'how sure that is: certain, likely, unsure', 'sureness>=likely'],
  ['host', 'address', '', 'either end: an address or a network', 'host==10.0.0.0/8'],
  ['src', 'address', '', 'the end that opened the flow', 'src==192.0.2.1'],
  ['dst', 'address', '', 'the end that was called', 'dst==2001:db8::/32'],
  ['port', 'number', 'count', 'port of either end', 'port in (80, 443)'],
  ['sport', 'number', 'count', 'port of the end that opened the flow', 'sport<1024'],
  ['dport', 'number', 'count', 'port of the end that was called', 'dport==6881'],
  ['proto', 'text', '', 'what is above IP: TCP, UDP, ICMP …', 'proto==UDP'],
  ['bytes', 'number', 'bytes', 'bytes of IP packets of both ends', 'bytes>=10MB'],
  ['up', 'number', 'bytes', 'bytes from the end that opened the flow', 'up>1MB'],
  ['down', 'number', 'bytes', 'bytes from the end that was called', 'down>1MB'],
  ['packets', 'number', 'count', 'packets of both ends', 'packets>1k'],
  ['duration', 'number', 'seconds', 'from first to last packet', 'duration>5m'],
  ['start', 'time', '', 'when the flow began, UTC', 'start>=2026-01-31T10:00'],
  ['end', 'time', '', 'its last packet, UTC', 'end<2026-02-01'],
  ['content', 'text', '', 'URN of a content that the flow spoke of', 'content~btih'],
  ['software', 'text', '', 'what an end said it is, in this flow', 'software~torrent'],
  ['message', 'text', '', 'name of a decoded message', 'message==handshake'],
  ['source', 'text', '', 'capture or interface that showed it', 'source==eth0'],
  ['id', 'text', '', 'the flow itself: RUN.FLOW', 'id==1.42'],
  ['community', 'text', '', 'community id', 'community==1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
] as const satisfies readonly (readonly [string, FieldType, FieldUnit | '', string, string])[]

export type FieldName = (typeof TABLE)[number][0]

export const FIELDS: readonly Field[] = TABLE.map(([name, type, unit, means, example]) => ({
  name,
  type,
  ...(unit === '' ? {} : { unit }),
  means,
  example,
}))

/** Which comparisons make sense. `~`: contains, without regard to case. */
export const OPERATORS = ['==', '!=', '>=', '<=', '>', '<', '~', 'in'] as const
export type Operator = (typeof OPERATORS)[number]

export const OPERATORS_OF: Readonly<Record<FieldType, readonly Operator[]>> = {
  text: ['==', '!=', '~', 'in'],
  number: ['==', '!=', '>', '>=', '<', '<=', 'in'],
  address: ['==', '!=', 'in'],
  sureness: ['==', '!=', '>', '>=', '<', '<=', 'in'],
  time: ['>', '>=', '<', '<='],
}

/** Names of the same in Wireshark, Zeek and Suricata: told to whoever writes them. */
// biome-ignore format: a table
const ELSEWHERE: Readonly<Record<string, FieldName>> = {
  'ip.addr': 'host', 'ipv6.addr': 'host', addr: 'host', ip: 'host', net: 'host',
  'ip.src': 'src', 'ipv6.src': 'src', src_ip: 'src', 'id.orig_h': 'src',
  'ip.dst': 'dst', 'ipv6.dst': 'dst', dest_ip: 'dst', dst_ip: 'dst', 'id.resp_h': 'dst',
  'tcp.port': 'port', 'udp.port': 'port',
  'tcp.srcport': 'sport', 'udp.srcport': 'sport', src_port: 'sport', 'id.orig_p': 'sport',
  'tcp.dstport': 'dport', 'udp.dstport': 'dport', dest_port: 'dport', dst_port: 'dport',
  'id.resp_p': 'dport',
  protocol: 'family', app_proto: 'family', service: 'family', app: 'family',
  'ip.proto': 'proto', ip_proto: 'proto', transport: 'proto',
  community_id: 'community', communityid: 'community', uid: 'id', flow_id: 'id',
  hash: 'content', infohash: 'content', info_hash: 'content', client: 'software',
}

/** The field here that another program calls so. */
export function fieldElsewhere(name: string): FieldName | undefined {
  return Object.hasOwn(ELSEWHERE, name) ? ELSEWHERE[name] : undefined
}

export function fieldNamed(name: string): Field | undefined {
  return FIELDS.find((field) => field.name === name)
}
