/**
 * Datagrams between clients and servers.
 *
 *     E3 | opcode u8 | body
 *
 * Answers 99 and 9b may hold several, each behind a fresh `E3 99` or `E3 9b`. A modern status
 * request carries a challenge whose upper half is 0x55aa (on the wire `rr rr aa 55`), a modern
 * description request one whose lower half is 0xf0ff (`ff f0 rr rr`).
 * Source: eMule UDPSocket.cpp, ServerList.cpp, opcodes.h.
 */
import { endpoint, fileEntry, fileSize, peekU32, source } from './entries.ts'
import { EDONKEY } from './frame.ts'
import {
  address,
  bytes16,
  chained,
  hash16,
  ifWhole,
  type Layout,
  list,
  nothing,
  optional,
  repeated,
  struct,
  u8,
  u16,
  u32,
} from './layout.ts'
import { DATAGRAM_BYTES_MAX, type MessagesOf, type Other, tableOf, wireOf } from './messages.ts'
import { searchTree } from './search-tree.ts'
import { type Tag, tags } from './tag.ts'

/** Lower half of the challenge of a description request (eMule INV_SERV_DESC_LEN). */
export const DESCRIPTION_CHALLENGE = 0xf0ff

/** The old form is two texts; the new one repeats the challenge and gives tags. */
export interface Description {
  readonly challenge: number | undefined
  readonly tags: readonly Tag[]
  readonly name: Uint8Array
  readonly text: Uint8Array
}

const NO_TEXT = new Uint8Array(0)

const description: Layout<Description> = {
  min: 4,
  read(from) {
    if (peekU32(from) % 0x1_0000 === DESCRIPTION_CHALLENGE) {
      return { challenge: from.u32(), tags: tags.read(from), name: NO_TEXT, text: NO_TEXT }
    }
    return { challenge: undefined, tags: [], name: bytes16.read(from), text: bytes16.read(from) }
  },
  write(to, value) {
    if (value.challenge === undefined) {
      bytes16.write(to, value.name)
      bytes16.write(to, value.text)
    } else {
      to.u32le(value.challenge)
      tags.write(to, value.tags)
    }
  },
}

const status = struct({
  challenge: u32,
  users: u32,
  files: u32,
  usersMax: ifWhole(u32),
  filesSoft: ifWhole(u32),
  filesHard: ifWhole(u32),
  flags: ifWhole(u32),
  lowIdUsers: ifWhole(u32),
  obfuscationUdpPort: ifWhole(u16),
  obfuscationTcpPort: ifWhole(u16),
  udpKey: ifWhole(u32),
})

// biome-ignore format: a table
export const SERVER_UDP = tableOf({
  // client → server
  'udp-search-3':            [0x90, struct({ tags, tree: searchTree })],
  'udp-search-2':            [0x92, searchTree],
  'udp-get-sources-2':       [0x94, repeated(struct({ hash: hash16, size: fileSize }))],
  'status-request':          [0x96, optional(u32)],
  'udp-search':              [0x98, searchTree],
  'udp-get-sources':         [0x9a, repeated(hash16)],
  'udp-callback-request':    [0x9c, struct({ ip: address, port: u16, id: u32 })],
  'server-list-request':     [0xa0, endpoint],
  'description-request':     [0xa2, optional(u32)],
  'server-list-request-2':   [0xa4, nothing],
  // server → client
  'status-answer':           [0x97, status],
  'udp-search-result':       [0x99, chained([EDONKEY, 0x99], fileEntry)],
  'udp-found-sources':       [0x9b, chained([EDONKEY, 0x9b], struct({ hash: hash16, sources: list(u8, source) }))],
  'udp-callback-failed':     [0x9e, u32],
  'udp-server-list':         [0xa1, list(u8, endpoint)],
  'description-answer':      [0xa3, description],
})

export type ServerUdpMessage = MessagesOf<(typeof SERVER_UDP)['rows']> | Other

export const serverUdpWire = wireOf(SERVER_UDP, {
  name: 'edonkey/server-udp',
  source: 'eMule UDPSocket.cpp, ServerList.cpp, opcodes.h',
  protocol: EDONKEY,
  messageBytesMax: DATAGRAM_BYTES_MAX,
})
