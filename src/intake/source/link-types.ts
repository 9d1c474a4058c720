/** Link types that captures name: for people, for tcpdump's -y, and whether their packets are read. */

export interface LinkType {
  readonly name: string
  /** Name that `tcpdump -y` takes; undefined where libpcap cannot compile for it. */
  readonly dlt: string | undefined
  readonly read: boolean
}

/** Numbers: https://www.tcpdump.org/linktypes.html. 12 and 14 are raw IP in files of some systems. */
// biome-ignore format: a table
const LINK_TYPES: Readonly<Record<number, LinkType>> = {
  0: { name: 'BSD loopback', dlt: 'NULL', read: true },
  1: { name: 'Ethernet', dlt: 'EN10MB', read: true },
  9: { name: 'PPP', dlt: 'PPP', read: true },
  12: { name: 'raw IP', dlt: 'RAW', read: true },
  14: { name: 'raw IP', dlt: 'RAW', read: true },
  50: { name: 'PPP in HDLC framing', dlt: 'PPP_SERIAL', read: true },
  51: { name: 'PPPoE session', dlt: 'PPP_ETHER', read: true },
  101: { name: 'raw IP', dlt: 'RAW', read: true },
  104: { name: 'Cisco HDLC', dlt: 'C_HDLC', read: false },
  105: { name: 'IEEE 802.11', dlt: 'IEEE802_11', read: false },
  108: { name: 'OpenBSD loopback', dlt: 'LOOP', read: true },
  113: { name: 'Linux cooked v1', dlt: 'LINUX_SLL', read: true },
  119: { name: 'IEEE 802.11 with Prism header', dlt: 'PRISM_HEADER', read: false },
  127: { name: 'IEEE 802.11 with radiotap', dlt: 'IEEE802_11_RADIO', read: false },
  163: { name: 'IEEE 802.11 with AVS header', dlt: 'IEEE802_11_RADIO_AVS', read: false },
  197: { name: 'ERF', dlt: undefined, read: false },
  228: { name: 'raw IPv4', dlt: 'IPV4', read: true },
  229: { name: 'raw IPv6', dlt: 'IPV6', read: true },
  276: { name: 'Linux cooked v2', dlt: 'LINUX_SLL2', read: true },
}

export function linkTypeOf(number: number): LinkType {
  return LINK_TYPES[number] ?? { name: `link type ${number}`, dlt: undefined, read: false }
}
