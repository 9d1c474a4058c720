/**
 * Messages between clients inside C5 frames: what eMule added.
 *
 *     opcode u8 | body
 *
 * Source: eMule ListenSocket.cpp (`ProcessExtPacket`), opcodes.h, FileIdentifier.cpp,
 * AICHSyncThread/SHAHashSet.cpp; checked against fixtures/peer-tcp.pcap (aMule 2.3.3).
 */
import { bits } from '../../../core/bytes.ts'
import { fileIdentifier, partStatus } from './entries.ts'
import { FRAME_SIZE_MAX } from './frame.ts'
import {
  address,
  addressReversed,
  bytes8,
  bytes32,
  hash16,
  hash20,
  ifWhole,
  kadId,
  type Layout,
  list,
  nothing,
  optional,
  remaining,
  struct,
  u8,
  u16,
  u32,
  u64,
  type ValueOf,
} from './layout.ts'
import { type MessagesOf, type Other, tableOf, wireOf } from './messages.ts'
import { answers, questions } from './multipacket.ts'
import { sourceList } from './source-exchange.ts'
import { tags } from './tag.ts'

const emuleInfo = struct({ version: u8, protocol: u8, tags })
const three64 = struct({ first: u64, second: u64, third: u64 })

const md4Set = struct({ hash: hash16, parts: list(u16, hash16) })
const aichSet = struct({ root: hash20, parts: list(u16, hash20) })

/** Bit 0 of the options: a set of MD4 hashes follows; bit 1: one of AICH hashes. */
export interface HashSets {
  readonly file: ValueOf<typeof fileIdentifier>
  readonly options: number
  readonly md4: ValueOf<typeof md4Set> | undefined
  readonly aich: ValueOf<typeof aichSet> | undefined
}

const hashSets: Layout<HashSets> = {
  min: 2,
  read(from) {
    const file = fileIdentifier.read(from)
    const options = from.u8()
    return {
      file,
      options,
      md4: bits(options, 0, 1) === 1 ? md4Set.read(from) : undefined,
      aich: bits(options, 1, 1) === 1 ? aichSet.read(from) : undefined,
    }
  },
  write(to, value) {
    fileIdentifier.write(to, value.file)
    to.u8(value.options)
    if (value.md4 !== undefined) md4Set.write(to, value.md4)
    if (value.aich !== undefined) aichSet.write(to, value.aich)
  },
}

// biome-ignore format: a table
export const EMULE_TCP = tableOf({
  'emule-info':            [0x01, emuleInfo],             // protocol 1; ff: the operating system
  'emule-info-answer':     [0x02, emuleInfo],
  'compressed-part':       [0x40, struct({ hash: hash16, start: u32, packedSize: u32, data: remaining })],
  'queue-ranking':         [0x60, u16],
  'file-description':      [0x61, struct({ rating: u8, comment: bytes32 })],
  'request-sources':       [0x81, hash16],
  'answer-sources':        [0x82, struct({ hash: hash16, list: sourceList })],
  'request-sources-2':     [0x83, struct({ version: u8, options: u16, hash: hash16 })],
  'answer-sources-2':      [0x84, struct({ version: u8, hash: hash16, list: sourceList })],
  'public-key':            [0x85, bytes8],
  'signature':             [0x86, struct({ signature: bytes8, ipUsed: optional(u8) })],
  'secure-ident-state':    [0x87, struct({ state: u8, challenge: u32 })],
  'request-preview':       [0x90, hash16],
  'preview-answer':        [0x91, struct({ hash: hash16, frames: list(u8, bytes32) })],
  'multipacket':           [0x92, struct({ hash: hash16, questions })],
  'multipacket-answer':    [0x93, struct({ hash: hash16, answers })],
  'public-ip-request':     [0x97, nothing],
  'public-ip-answer':      [0x98, address],
  'callback':              [0x99, struct({ check: kadId, file: kadId, ip: addressReversed, port: u16 })],
  'reask-callback':        [0x9a, struct({ ip: address, port: u16, hash: hash16, status: optional(partStatus), completeSources: optional(u16) })],
  'aich-part-request':     [0x9b, struct({ hash: hash16, part: u16, root: hash20 })],
  'aich-part-answer':      [0x9c, struct({ hash: hash16, part: ifWhole(u16), root: ifWhole(hash20), data: remaining })],
  'aich-answer':           [0x9d, struct({ hash: hash16, root: hash20 })],
  'aich-request':          [0x9e, hash16],
  'buddy-ping':            [0x9f, nothing],
  'buddy-pong':            [0xa0, nothing],
  'compressed-part-64':    [0xa1, struct({ hash: hash16, start: u64, packedSize: u32, data: remaining })],
  'sending-part-64':       [0xa2, struct({ hash: hash16, start: u64, end: u64, data: remaining })],
  'request-parts-64':      [0xa3, struct({ hash: hash16, starts: three64, ends: three64 })],
  'multipacket-ext':       [0xa4, struct({ hash: hash16, size: u64, questions })],
  'chat-captcha':          [0xa5, remaining],
  'chat-captcha-result':   [0xa6, u8],
  'firewall-check-udp':    [0xa7, struct({ internalPort: u16, externalPort: u16, udpKey: u32 })],
  'kad-firewall-ack':      [0xa8, nothing],
  'multipacket-ext-2':     [0xa9, struct({ file: fileIdentifier, questions })],
  'multipacket-ext-2-answer': [0xb0, struct({ file: fileIdentifier, answers })],
  'hash-set-request-2':    [0xb1, struct({ file: fileIdentifier, options: u8 })],
  'hash-set-answer-2':     [0xb2, hashSets],
  'port-test':             [0xfe, optional(u8)],
})

export type EmuleTcpMessage = MessagesOf<(typeof EMULE_TCP)['rows']> | Other

export const emuleTcpWire = wireOf(EMULE_TCP, {
  name: 'edonkey/emule-tcp',
  source: 'eMule ListenSocket.cpp, opcodes.h',
  messageBytesMax: FRAME_SIZE_MAX,
})
