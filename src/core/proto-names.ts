/** Names of protocols above IP, as Suricata writes them; others are their number. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'ICMP'],
  [6, 'TCP'],
  [17, 'UDP'],
  [58, 'IPv6-ICMP'],
  [132, 'SCTP'],
])

export function protoName(protocol: number): string {
  return NAMES.get(protocol) ?? String(protocol)
}
