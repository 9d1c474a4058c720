/** Link types that captures name: for people, for tcpdump's -y, and whether their packets are read. */

export interface LinkType {
  readonly name: string
  /** Name that `tcpdump -y` takes; undefined where libpcap cannot compile for it. */
  readonly dlt: string | undefined
  readonly read: boolean
}

/**
 * number, name, DLT name, read. Which are read is decided by packet/link.ts.
 * Source: https://www.tcpdump.org/linktypes.html; 12 and 14 are raw IP in files of some systems.
 */
// biome-ignore format: a table
const TABLE = [
  [0,   'BSD loopback',                        'NULL',                 true],
  [1,   'Ethernet',                            'EN10MB',               true],
  [6,   'Token Ring',                          'IEEE802',              false],
  [8,   'SLIP',                                'SLIP',                 false],
  [9,   'PPP',                                 'PPP',                  true],
  [10,  'FDDI',                                'FDDI',                 false],
  [12,  'raw IP',                              'RAW',                  true],
  [14,  'raw IP',                              'RAW',                  true],
  [50,  'PPP in HDLC framing',                 'PPP_SERIAL',           true],
  [51,  'PPPoE session',                       'PPP_ETHER',            true],
  [100, 'ATM (RFC 1483)',                      'ATM_RFC1483',          false],
  [101, 'raw IP',                              'RAW',                  true],
  [104, 'Cisco HDLC',                          'C_HDLC',               true],
  [105, 'IEEE 802.11',                         'IEEE802_11',           false],
  [107, 'Frame Relay',                         'FRELAY',               false],
  [108, 'OpenBSD loopback',                    'LOOP',                 true],
  [113, 'Linux cooked v1',                     'LINUX_SLL',            true],
  [117, 'OpenBSD pflog',                       'PFLOG',                false],
  [119, 'IEEE 802.11 with Prism header',       'PRISM_HEADER',         false],
  [122, 'IP over Fibre Channel',               'IP_OVER_FC',           false],
  [127, 'IEEE 802.11 with radiotap header',    'IEEE802_11_RADIO',     false],
  [138, 'IP over IEEE 1394',                   'APPLE_IP_OVER_IEEE1394', false],
  [147, 'private use 0',                       undefined,              false],
  [163, 'IEEE 802.11 with AVS header',         'IEEE802_11_RADIO_AVS', false],
  [187, 'Bluetooth HCI',                       undefined,              false],
  [189, 'USB, Linux',                          undefined,              false],
  [192, 'per-packet information',              'PPI',                  false],
  [195, 'IEEE 802.15.4',                       undefined,              false],
  [197, 'ERF records',                         undefined,              false],
  [201, 'Bluetooth HCI with direction',        undefined,              false],
  [204, 'PPP with direction',                  undefined,              true],
  [220, 'USB, Linux, padded',                  undefined,              false],
  [227, 'CAN',                                 undefined,              false],
  [228, 'raw IPv4',                            'IPV4',                 true],
  [229, 'raw IPv6',                            'IPV6',                 true],
  [239, 'netfilter log',                       undefined,              false],
  [249, 'USB, Windows',                        undefined,              false],
  [253, 'netlink',                             'NETLINK',              false],
  [276, 'Linux cooked v2',                     'LINUX_SLL2',           true],
] as const satisfies readonly (readonly [number, string, string | undefined, boolean])[]

const LINK_TYPES: ReadonlyMap<number, LinkType> = new Map(
  TABLE.map(([number, name, dlt, read]) => [number, { name, dlt, read }]),
)

export function linkTypeOf(number: number): LinkType {
  return LINK_TYPES.get(number) ?? { name: `link type ${number}`, dlt: undefined, read: false }
}
