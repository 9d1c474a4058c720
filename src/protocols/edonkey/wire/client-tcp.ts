/**
 * Messages between clients inside E3 frames: the part that eDonkey2000 had.
 *
 *     opcode u8 | body
 *
 * Source: eMule ListenSocket.cpp (`ProcessPacket`), opcodes.h; checked against
 * fixtures/peer-tcp.pcap (aMule 2.3.3).
 */
import { fileEntry, partStatus } from './entries.ts'
import { FRAME_SIZE_MAX } from './frame.ts'
import { hello, helloAnswer } from './hello.ts'
import {
  address,
  bytes16,
  hash16,
  list,
  nothing,
  optional,
  remaining,
  struct,
  u16,
  u32,
} from './layout.ts'
import { type MessagesOf, type Other, tableOf, wireOf } from './messages.ts'

const three = struct({ first: u32, second: u32, third: u32 })

// biome-ignore format: a table
export const CLIENT_TCP = tableOf({
  'hello':                 [0x01, hello],
  'hello-answer':          [0x4c, helloAnswer],
  'sending-part':          [0x46, struct({ hash: hash16, start: u32, end: u32, data: remaining })],
  'request-parts':         [0x47, struct({ hash: hash16, starts: three, ends: three })],
  'no-such-file':          [0x48, hash16],
  'end-of-download':       [0x49, hash16],
  'ask-shared-files':      [0x4a, nothing],
  'shared-files':          [0x4b, list(u32, fileEntry)],
  'changed-id':            [0x4d, struct({ id: u32, serverIp: address })],
  'chat':                  [0x4e, bytes16],
  'set-request-file':      [0x4f, hash16],
  'file-status':           [0x50, struct({ hash: hash16, status: partStatus })],
  'hash-set-request':      [0x51, hash16],
  'hash-set-answer':       [0x52, struct({ hash: hash16, parts: list(u16, hash16) })],
  'start-upload':          [0x54, optional(hash16)],
  'accept-upload':         [0x55, nothing],
  'cancel-transfer':       [0x56, nothing],
  'out-of-parts':          [0x57, nothing],
  'request-file-name':     [0x58, struct({ hash: hash16, status: optional(partStatus), completeSources: optional(u16) })],
  'file-name':             [0x59, struct({ hash: hash16, name: bytes16 })],
  'change-slot':           [0x5b, optional(hash16)],
  'queue-rank':            [0x5c, u32],
  'ask-shared-dirs':       [0x5d, nothing],
  'ask-shared-files-dir':  [0x5e, bytes16],
  'shared-dirs':           [0x5f, list(u32, bytes16)],
  'shared-files-dir':      [0x60, struct({ directory: bytes16, files: list(u32, fileEntry) })],
  'shared-list-denied':    [0x61, nothing],
})

export type ClientTcpMessage = MessagesOf<(typeof CLIENT_TCP)['rows']> | Other

export const clientTcpWire = wireOf(CLIENT_TCP, {
  name: 'edonkey/client-tcp',
  source: 'eMule ListenSocket.cpp, opcodes.h',
  messageBytesMax: FRAME_SIZE_MAX,
})
