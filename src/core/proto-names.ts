/** Names of protocols above IP, as Suricata writes them; others are their number. */
export const PROTO_NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'ICMP'],
  [2, 'IGMP'],
  [6, 'TCP'],
  [17, 'UDP'],
  [47, 'GRE'],
  [50, 'ESP'],
  [51, 'AH'],
  [58, 'IPv6-ICMP'],
  [103, 'PIM'],
  [112, 'VRRP'],
  [132, 'SCTP'],
])

/** What others call them. */
const ALSO: ReadonlyMap<string, string> = new Map([
  ['icmp6', 'IPv6-ICMP'],
  ['icmpv6', 'IPv6-ICMP'],
])

export function protoName(protocol: number): string {
  return PROTO_NAMES.get(protocol) ?? String(protocol)
}

/** The name as it is written here, whatever its case; a name of nothing known stays as it is. */
export function protoNamed(text: string): string {
  const folded = text.toLowerCase()
  const names = [...PROTO_NAMES.values()]
  return ALSO.get(folded) ?? names.find((name) => name.toLowerCase() === folded) ?? text
}
