/**
 * Messages between a client and its server, inside E3 (or D4) frames.
 *
 *     opcode u8 | body
 *
 * Opcodes of the two directions do not overlap, so one table reads both. Addresses stand in the
 * order they are spoken; a HighID is such an address.
 * Source: eMule ServerSocket.cpp, sockets.cpp (`CServerConnect::ConnectionEstablished`),
 * opcodes.h; goed2k-server; checked against fixtures/server-tcp.pcap (aMule 2.3.3 and ed2kd).
 */
import { endpoint, fileEntry, fileSize, obfuscatedSource, source } from './entries.ts'
import { FRAME_SIZE_MAX } from './frame.ts'
import {
  address,
  bytes16,
  hash16,
  ifWhole,
  list,
  nothing,
  optional,
  struct,
  u8,
  u16,
  u32,
} from './layout.ts'
import { type MessagesOf, type Other, tableOf, wireOf } from './messages.ts'
import { searchTree } from './search-tree.ts'
import { tags } from './tag.ts'

const withFileSize = struct({ hash: hash16, size: optional(fileSize) })

// biome-ignore format: a table
export const SERVER_TCP = tableOf({
  // client → server
  'login':                  [0x01, struct({ userHash: hash16, id: u32, port: u16, tags })],
  'get-server-list':        [0x14, nothing],
  'offer-files':            [0x15, list(u32, fileEntry)],
  'search':                 [0x16, searchTree],
  'disconnect':             [0x18, nothing],
  'get-sources':            [0x19, withFileSize],
  'search-user':            [0x1a, searchTree],
  'callback-request':       [0x1c, u32],                  // the LowID that shall call
  'more-results':           [0x21, nothing],
  'get-sources-obfuscated': [0x23, withFileSize],
  // server → client
  'reject':                 [0x05, nothing],
  'server-list':            [0x32, list(u8, endpoint)],
  'search-result':          [0x33, struct({ files: list(u32, fileEntry), more: optional(u8) })],
  'status':                 [0x34, struct({ users: u32, files: u32 })],
  'callback-requested':     [0x35, struct({ ip: address, port: u16, options: ifWhole(u8), userHash: ifWhole(hash16) })],
  'callback-failed':        [0x36, nothing],
  'server-message':         [0x38, bytes16],
  'id-change':              [0x40, struct({ id: u32, flags: ifWhole(u32), tcpPort: ifWhole(u32), ip: ifWhole(address), obfuscationPort: ifWhole(u32) })],
  'server-ident':           [0x41, struct({ serverHash: hash16, ip: address, port: u16, tags })],
  'found-sources':          [0x42, struct({ hash: hash16, sources: list(u8, source) })],
  'users-list':             [0x43, list(u32, fileEntry)],
  'found-sources-obfuscated': [0x44, struct({ hash: hash16, sources: list(u8, obfuscatedSource) })],
})

export type ServerTcpMessage = MessagesOf<(typeof SERVER_TCP)['rows']> | Other

export const serverTcpWire = wireOf(SERVER_TCP, {
  name: 'edonkey/server-tcp',
  source: 'eMule ServerSocket.cpp, opcodes.h; goed2k-server',
  messageBytesMax: FRAME_SIZE_MAX,
})
