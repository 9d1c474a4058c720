/** Link types that captures name: for people, and whether their packets are read. */

export interface LinkType {
  readonly name: string
  readonly read: boolean
}

/**
 * number, name, read. Which are read is decided by packet/link.ts.
 * Source: https://www.tcpdump.org/linktypes.html; 12 and 14 are raw IP in files of some systems.
 */
// biome-ignore format: a table
const TABLE = [
  [0,   'BSD loopback',                        true],
  [1,   'Ethernet',                            true],
  [6,   'Token Ring',                          true],
  [8,   'SLIP',                                false],
  [9,   'PPP',                                 true],
  [10,  'FDDI',                                true],
  [12,  'raw IP',                              true],
  [14,  'raw IP',                              true],
  [50,  'PPP in HDLC framing',                 true],
  [51,  'PPPoE session',                       true],
  [100, 'ATM (RFC 1483)',                      true],
  [101, 'raw IP',                              true],
  [104, 'Cisco HDLC',                          true],
  [105, 'IEEE 802.11',                         true],
  [107, 'Frame Relay',                         true],
  [108, 'OpenBSD loopback',                    true],
  [113, 'Linux cooked v1',                     true],
  [117, 'OpenBSD pflog',                       true],
  [119, 'IEEE 802.11 with Prism header',       true],
  [122, 'IP over Fibre Channel',               true],
  [127, 'IEEE 802.11 with radiotap header',    true],
  [138, 'IP over IEEE 1394',                   true],
  [147, 'private use 0',                       false],
  [163, 'IEEE 802.11 with AVS header',         true],
  [187, 'Bluetooth HCI',                       false],
  [189, 'USB, Linux',                          false],
  [192, 'per-packet information',              true],
  [195, 'IEEE 802.15.4',                       false],
  [197, 'ERF records',                         true],
  [201, 'Bluetooth HCI with direction',        false],
  [204, 'PPP with direction',                  true],
  [220, 'USB, Linux, padded',                  false],
  [227, 'CAN',                                 false],
  [228, 'raw IPv4',                            true],
  [229, 'raw IPv6',                            true],
  [239, 'netfilter log',                       true],
  [249, 'USB, Windows',                        false],
  [253, 'netlink',                             false],
  [258, 'Apple PKTAP',                         true],
  [276, 'Linux cooked v2',                     true],
] as const satisfies readonly (readonly [number, string, boolean])[]

const LINK_TYPES: ReadonlyMap<number, LinkType> = new Map(
  TABLE.map(([number, name, read]) => [number, { name, read }]),
)

export function linkTypeOf(number: number): LinkType {
  return LINK_TYPES.get(number) ?? { name: `link type ${number}`, read: false }
}
