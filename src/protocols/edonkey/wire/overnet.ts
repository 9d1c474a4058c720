/**
 * Overnet: the Kademlia of eDonkey2000 before Kad; the Storm worm spoke it too.
 *
 *     E3 | opcode u8 | body
 *
 *     peer 23   id 16 | ip4 | UDP port u16le | kind u8
 *
 * Ids are MD4 byte strings and addresses stand as spoken, both unlike Kad.
 * Source: mldonkey docs/overnet.txt; opcode names of Wireshark packet-edonkey.c. No capture of real
 * clients was at hand: opcodes 15 to 17 and the bodies of 19, 1a and 1d are kept unread.
 */
import { EDONKEY } from './frame.ts'
import {
  address,
  hash16,
  list,
  nothing,
  optional,
  remaining,
  struct,
  u8,
  u16,
  type ValueOf,
} from './layout.ts'
import { DATAGRAM_BYTES_MAX, type MessagesOf, type Other, tableOf, wireOf } from './messages.ts'
import { tags } from './tag.ts'

const overnetPeer = struct({ id: hash16, ip: address, port: u16, kind: u8 })
export type OvernetPeer = ValueOf<typeof overnetPeer>

// biome-ignore format: a table
export const OVERNET = tableOf({
  'overnet-connect':         [0x0a, overnetPeer],
  'overnet-connect-reply':   [0x0b, list(u16, overnetPeer)],
  'overnet-publicize':       [0x0c, optional(overnetPeer)],
  'overnet-publicize-ack':   [0x0d, nothing],
  'overnet-search':          [0x0e, struct({ kind: u8, target: hash16 })],
  'overnet-search-next':     [0x0f, struct({ target: hash16, peers: list(u8, overnetPeer) })],
  'overnet-get-results':     [0x10, struct({ target: hash16, kind: u8, min: u16, max: u16 })],
  'overnet-result':          [0x11, struct({ target: hash16, id: hash16, tags })],
  'overnet-search-end':      [0x12, hash16],
  'overnet-publish':         [0x13, struct({ target: hash16, id: hash16, tags })],
  'overnet-publish-ack':     [0x14, hash16],
  'overnet-firewall':        [0x18, struct({ id: hash16, port: u16 })],
  'overnet-firewall-ack':    [0x19, remaining],
  'overnet-firewall-nack':   [0x1a, remaining],
  'overnet-ip-query':        [0x1b, u16],
  'overnet-ip-answer':       [0x1c, address],
  'overnet-ip-end':          [0x1d, remaining],
})

export type OvernetMessage = MessagesOf<(typeof OVERNET)['rows']> | Other

export const overnetWire = wireOf(OVERNET, {
  name: 'edonkey/overnet',
  source: 'mldonkey docs/overnet.txt; Wireshark packet-edonkey.c for the names',
  protocol: EDONKEY,
  messageBytesMax: DATAGRAM_BYTES_MAX,
})
