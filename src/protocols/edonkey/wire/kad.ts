/**
 * Kad: eMule's Kademlia, old (Kad1) and new (Kad2).
 *
 *     E4 | opcode u8 | body            E5 | opcode u8 | zlib of the body
 *
 *     contact 25   id 16 | ip4 reversed | UDP port u16le | TCP port u16le | version u8 (Kad1: type)
 *     entry        id 16 | tags (u8 count)
 *
 * 128-bit numbers are four u32le, most significant first; they are spelled here as the number is,
 * which for a file is its MD4 hash as all other messages spell it.
 * Source: eMule kademlia/net/KademliaUDPListener.cpp, kademlia/io/DataIO.cpp, opcodes.h; checked
 * against fixtures/kad.pcap (aMule 2.3.3).
 */
import { deflateSync } from 'node:zlib'
import { ByteWriter } from '../../../core/bytes.ts'
import { inflate } from '../../../core/inflate.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'
import {
  addressReversed,
  entryOf,
  ifWhole,
  kadId,
  type Layout,
  list,
  nothing,
  optional,
  struct,
  u8,
  u16,
  u64,
  type ValueOf,
} from './layout.ts'
import {
  DATAGRAM_BYTES_MAX,
  MESSAGE_FAULTS,
  type MessagesOf,
  type Other,
  tableOf,
} from './messages.ts'
import { type SearchTree, searchTree } from './search-tree.ts'
import { kadTags } from './tag.ts'

export const KAD = 0xe4
export const KAD_PACKED = 0xe5

export const contact = struct({
  id: kadId,
  ip: addressReversed,
  udpPort: u16,
  tcpPort: u16,
  version: u8,
})
export type KadContact = ValueOf<typeof contact>

const kadEntry = struct({ id: kadId, tags: kadTags })
export type KadEntry = ValueOf<typeof kadEntry>

interface KeySearch {
  readonly target: string
  /** Bit 15: a tree follows. */
  readonly start: number
  readonly tree: SearchTree | undefined
}

const keySearch: Layout<KeySearch> = {
  min: 18,
  read(from) {
    const target = kadId.read(from)
    const start = from.u16()
    return { target, start, tree: start >= 0x8000 ? entryOf(from, searchTree) : undefined }
  },
  write(to, value) {
    kadId.write(to, value.target)
    to.u16le(value.start)
    if (value.tree !== undefined) searchTree.write(to, value.tree)
  },
}

const hello2 = struct({ id: kadId, tcpPort: u16, version: u8, tags: kadTags })
const request = struct({ kind: u8, target: kadId, receiver: kadId })
const response = struct({ target: kadId, contacts: list(u8, contact) })
const found = struct({ target: kadId, entries: list(u16, kadEntry) })
const published = struct({ target: kadId, load: ifWhole(u8), options: ifWhole(u8) })
const notes = struct({ target: kadId, publisher: kadId, tags: kadTags })

// biome-ignore format: a table
export const KAD_TABLE = tableOf({
  // Kad1
  'kad1-bootstrap-request':  [0x00, contact],
  'kad1-bootstrap-response': [0x08, list(u16, contact)],
  'kad1-hello-request':      [0x10, contact],
  'kad1-hello-response':     [0x18, contact],
  'kad1-request':            [0x20, request],
  'kad1-response':           [0x28, response],
  'kad1-search':             [0x30, struct({ target: kadId, restrictive: u8, tree: optional(searchTree) })],
  'kad1-search-notes':       [0x32, kadId],
  'kad1-search-response':    [0x38, found],
  'kad1-notes-response':     [0x3a, found],
  'kad1-publish':            [0x40, found],
  'kad1-publish-notes':      [0x42, notes],
  'kad1-publish-response':   [0x48, published],
  'kad1-notes-published':    [0x4a, published],
  // Kad2
  'bootstrap-request':       [0x01, nothing],
  'bootstrap-response':      [0x09, struct({ id: kadId, tcpPort: u16, version: u8, contacts: list(u16, contact) })],
  'hello-request':           [0x11, hello2],
  'hello-response':          [0x19, hello2],
  'hello-ack':               [0x22, struct({ id: kadId, tags: kadTags })],
  'request':                 [0x21, request],
  'response':                [0x29, response],
  'search-key':              [0x33, keySearch],
  'search-source':           [0x34, struct({ target: kadId, start: u16, size: u64 })],
  'search-notes':            [0x35, struct({ target: kadId, size: u64 })],
  'search-response':         [0x3b, struct({ sender: kadId, target: kadId, entries: list(u16, kadEntry) })],
  'publish-key':             [0x43, found],
  'publish-source':          [0x44, notes],
  'publish-notes':           [0x45, notes],
  'publish-response':        [0x4b, published],
  'publish-ack':             [0x4c, nothing],
  // both
  'firewalled-request':      [0x50, u16],
  'find-buddy-request':      [0x51, struct({ id: kadId, user: kadId, tcpPort: u16 })],
  'kad-callback-request':        [0x52, struct({ buddy: kadId, file: kadId, tcpPort: u16 })],
  'firewalled-request-2':    [0x53, struct({ tcpPort: u16, userHash: kadId, options: u8 })],
  'firewalled-response':     [0x58, addressReversed],
  'firewalled-ack':          [0x59, nothing],
  'find-buddy-response':     [0x5a, struct({ id: kadId, user: kadId, tcpPort: u16, options: ifWhole(u8) })],
  'ping':                    [0x60, nothing],
  'pong':                    [0x61, u16],
  'firewall-udp':            [0x62, struct({ error: u8, port: u16 })],
})

export type KadBody = MessagesOf<(typeof KAD_TABLE)['rows']> | Other

/** `packed`: it came as E5. */
export interface KadMessage {
  readonly packed: boolean
  readonly message: KadBody
}

function parse(bytes: Uint8Array, at: number): Outcome<KadMessage> {
  const size = bytes.length - at
  if (size < 2) return malformed('datagram-short', bytes.length)
  if (size > DATAGRAM_BYTES_MAX) return malformed('body-wrong', at)
  const protocol = bytes[at]!
  const opcode = bytes[at + 1]!
  if (protocol === KAD) {
    const read = KAD_TABLE.read(opcode, bytes, at + 2, bytes.length)
    if (read.kind !== 'message') return read
    return message({ packed: false, message: read.message }, size)
  }
  if (protocol !== KAD_PACKED) return malformed('other-protocol', at)
  const body = inflate(bytes.subarray(at + 2))
  if (body === undefined) return malformed('compressed-broken', at + 2)
  const read = KAD_TABLE.read(opcode, body, 0, body.length)
  // An offset inside what was compressed has no place in the datagram: the stream's start serves.
  if (read.kind === 'malformed') return malformed(read.fault, at + 2)
  if (read.kind !== 'message') return read
  return message({ packed: true, message: read.message }, size)
}

function emit(value: KadMessage): Uint8Array {
  const body = new ByteWriter()
  KAD_TABLE.write(body, value.message)
  const to = new ByteWriter()
    .u8(value.packed ? KAD_PACKED : KAD)
    .u8(KAD_TABLE.opcodeOf(value.message))
  // eMule compresses at the best level (CPacket::PackPacket).
  return to.bytes(value.packed ? deflateSync(body.finish(), { level: 9 }) : body.finish()).finish()
}

export const kadWire: Wire<KadMessage> = {
  name: 'edonkey/kad',
  source: 'eMule kademlia/net/KademliaUDPListener.cpp, opcodes.h',
  carrier: 'datagram',
  messageBytesMax: DATAGRAM_BYTES_MAX,
  faults: MESSAGE_FAULTS,
  parse,
  emit,
}
