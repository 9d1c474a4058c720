/**
 * What became of a packet, and which tunnels were unpacked: closed lists of numbers with names, so
 * that a packet costs a counter and the summary has words.
 */

/** Row number = status that `Decoder.decode` returns; the text is what the summary says. */
// biome-ignore format: a table
const STATUS_TABLE = [
  ['tcp', 'TCP segment'],
  ['udp', 'UDP datagram'],
  ['icmp', 'ICMP or ICMPv6 message'],
  ['other-ip', 'another protocol above IP'],
  ['fragment-held', 'piece of a fragmented datagram, held until the rest comes'],
  ['not-ip', 'not IP: ARP, LLDP, spanning tree, PPP control and the like'],
  ['truncated', 'the capture cut the packet inside its headers'],
  ['malformed', 'headers contradict themselves'],
  ['link-type-not-read', 'link type that is not read, such as USB'],
  ['tunnel-too-deep', 'more tunnels inside tunnels than are unpacked'],
] as const satisfies readonly (readonly [string, string])[]

export type StatusName = (typeof STATUS_TABLE)[number][0]

export const STATUS_NAMES: readonly StatusName[] = STATUS_TABLE.map(([name]) => name)
export const STATUS_TITLES: readonly string[] = STATUS_TABLE.map(([, title]) => title)

export const DECODED_TCP = 0
export const DECODED_UDP = 1
export const DECODED_ICMP = 2
export const DECODED_OTHER_IP = 3
export const FRAGMENT_HELD = 4
export const NOT_IP = 5
export const TRUNCATED = 6
export const MALFORMED = 7
export const LINK_TYPE_NOT_READ = 8
export const TUNNEL_TOO_DEEP = 9

/** The same by name. Up to `otherIp` the packet belongs to a flow; above, only its number counts. */
export const DECODED = {
  tcp: DECODED_TCP,
  udp: DECODED_UDP,
  icmp: DECODED_ICMP,
  otherIp: DECODED_OTHER_IP,
  fragmentHeld: FRAGMENT_HELD,
  notIp: NOT_IP,
  truncated: TRUNCATED,
  malformed: MALFORMED,
  linkTypeNotRead: LINK_TYPE_NOT_READ,
  tunnelTooDeep: TUNNEL_TOO_DEEP,
} as const

/** Row number = tunnel kind. */
// biome-ignore format: a table
export const TUNNEL_NAMES = [
  'gre',        // RFC 2784, 2890; version 1: RFC 2637
  'erspan',     // draft-foschiano-erspan-03
  'ip-in-ip',   // RFC 2003, 2473
  '6in4',       // RFC 4213; IPv6 in IPv4 or IPv6
  'etherip',    // RFC 3378
  'mpls-in-ip', // RFC 4023; in UDP: RFC 7510
  'vxlan',      // RFC 7348; draft-ietf-nvo3-vxlan-gpe-13
  'geneve',     // RFC 8926
  'teredo',     // RFC 4380
  'gtp-u',      // 3GPP TS 29.281
  'l2tp',       // RFC 2661
  'tzsp',       // TaZmen Sniffer Protocol: mirrors of MikroTik and others
  'capwap',     // RFC 5415: access points to their controller
] as const

export const TUNNEL_GRE = 0
export const TUNNEL_ERSPAN = 1
export const TUNNEL_IP_IN_IP = 2
export const TUNNEL_6IN4 = 3
export const TUNNEL_ETHERIP = 4
export const TUNNEL_MPLS_IN_IP = 5
export const TUNNEL_VXLAN = 6
export const TUNNEL_GENEVE = 7
export const TUNNEL_TEREDO = 8
export const TUNNEL_GTP_U = 9
export const TUNNEL_L2TP = 10
export const TUNNEL_TZSP = 11
export const TUNNEL_CAPWAP = 12
