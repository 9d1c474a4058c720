/**
 * Messages of a peer connection after the handshakes, both directions alike.
 *
 *   0  u32be length      counts the id and the body; 0 = keep-alive, no id
 *   4  u8    id          IDS
 *   5  body              length - 1 bytes
 *
 * Source: BEP 3; fast extension BEP 6; DHT port BEP 5; extension protocol BEP 10; v2 hashes BEP 52.
 */
import { ByteWriter, u16be, u32be } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

/**
 * The largest message real clients send is the bitfield (one bit a piece) or a list of hashes;
 * 1 MiB is a torrent of 8 million pieces. In bytes, with the length field.
 */
export const MESSAGE_BYTES_MAX = 1_048_580

/** How the body of a message is laid out. */
type Shape = 'empty' | 'index' | 'block' | 'data' | 'bits' | 'port' | 'extended' | 'ask' | 'hashes'

// biome-ignore format: a table
const IDS = [
  ['choke', 0, 'empty'],            // BEP 3
  ['unchoke', 1, 'empty'],          // BEP 3
  ['interested', 2, 'empty'],       // BEP 3
  ['not-interested', 3, 'empty'],   // BEP 3
  ['have', 4, 'index'],             // BEP 3    piece u32
  ['bitfield', 5, 'bits'],          // BEP 3    most significant bit first
  ['request', 6, 'block'],          // BEP 3    piece u32, begin u32, size u32
  ['piece', 7, 'data'],             // BEP 3    piece u32, begin u32, data
  ['cancel', 8, 'block'],           // BEP 3
  ['port', 9, 'port'],              // BEP 5    UDP port of the sender's DHT node, u16
  ['suggest-piece', 13, 'index'],   // BEP 6
  ['have-all', 14, 'empty'],        // BEP 6
  ['have-none', 15, 'empty'],       // BEP 6
  ['reject-request', 16, 'block'],  // BEP 6
  ['allowed-fast', 17, 'index'],    // BEP 6
  ['extended', 20, 'extended'],     // BEP 10   u8 extended id, body
  ['hash-request', 21, 'ask'],      // BEP 52   root 32, base layer, index, count, proof layers u32
  ['hashes', 22, 'hashes'],         // BEP 52   the same, then 32-byte hashes
  ['hash-reject', 23, 'ask'],       // BEP 52
] as const satisfies readonly (readonly [string, number, Shape])[]

/** Names of all messages with their ids, for those who count. */
export const PEER_IDS: readonly (readonly [string, number])[] = IDS.map(([name, id]) => [name, id])

type NameOf<S extends Shape> = Extract<(typeof IDS)[number], readonly [string, number, S]>[0]

/** What a v2 hash message asks for or answers. */
export interface HashRange {
  /** 32 bytes: the root of the file's tree. */
  readonly root: Uint8Array
  readonly baseLayer: number
  readonly index: number
  readonly count: number
  readonly proofLayers: number
}

export type PeerMessage =
  | { readonly type: 'keep-alive' }
  | { readonly type: NameOf<'empty'> }
  | { readonly type: NameOf<'index'>; readonly piece: number }
  | {
      readonly type: NameOf<'block'>
      readonly piece: number
      readonly begin: number
      readonly size: number
    }
  | {
      readonly type: 'piece'
      readonly piece: number
      readonly begin: number
      readonly data: Uint8Array
    }
  | { readonly type: 'bitfield'; readonly bitfield: Uint8Array }
  | { readonly type: 'port'; readonly port: number }
  | { readonly type: 'extended'; readonly extendedId: number; readonly body: Uint8Array }
  | ({ readonly type: NameOf<'ask'> } & HashRange)
  | ({ readonly type: 'hashes'; readonly hashes: Uint8Array } & HashRange)
  | { readonly type: 'other'; readonly id: number; readonly body: Uint8Array }

const BY_ID: readonly ((typeof IDS)[number] | undefined)[] = Array.from({ length: 256 }, (_, id) =>
  IDS.find((row) => row[1] === id),
)

/** Body sizes: exact, or (negative) at least so many less one: -1 = any, -9 = 8 and more. */
// biome-ignore format: a table
const BODY_BYTES: Readonly<Record<Shape, number>> = {
  empty: 0, index: 4, block: 12, data: -9, bits: -1, port: 2, extended: -2, ask: 48, hashes: -49,
}

const PEER_FAULTS = ['message-too-long', 'body-length-wrong'] as const

/** Whether a known id may have a body of this size; ids that are not known may have any. */
export function bodySizeFits(id: number, size: number): boolean {
  const row = BY_ID[id]
  if (row === undefined) return true
  const wanted = BODY_BYTES[row[2]]
  return wanted >= 0 ? size === wanted : size >= -wanted - 1
}

/** Name of a message by its id; `other` where no specification gives it one. */
export function peerMessageName(id: number): (typeof IDS)[number][0] | 'other' {
  return BY_ID[id]?.[0] ?? 'other'
}

/** @faults PEER_FAULTS */
function parse(bytes: Uint8Array, at: number): Outcome<PeerMessage> {
  const have = bytes.length - at
  if (have < 4) return need(4)
  const length = u32be(bytes, at)
  if (length === 0) return message({ type: 'keep-alive' }, 4)
  if (length > MESSAGE_BYTES_MAX - 4) return malformed('message-too-long', at)
  // A body that cannot be right is told before all of it has come.
  if (have >= 5 && !bodySizeFits(bytes[at + 4]!, length - 1)) {
    return malformed('body-length-wrong', at)
  }
  if (have < 4 + length) return need(4 + length)
  return message(body(bytes, at + 5, length - 1, bytes[at + 4]!), 4 + length)
}

function body(bytes: Uint8Array, at: number, size: number, id: number): PeerMessage {
  const row = BY_ID[id]
  const rest = bytes.subarray(at, at + size)
  if (row === undefined) return { type: 'other', id, body: rest }
  switch (row[2]) {
    case 'empty':
      return { type: row[0] }
    case 'index':
      return { type: row[0], piece: u32be(bytes, at) }
    case 'block':
      return {
        type: row[0],
        piece: u32be(bytes, at),
        begin: u32be(bytes, at + 4),
        size: u32be(bytes, at + 8),
      }
    case 'data':
      return {
        type: row[0],
        piece: u32be(bytes, at),
        begin: u32be(bytes, at + 4),
        data: rest.subarray(8),
      }
    case 'bits':
      return { type: row[0], bitfield: rest }
    case 'port':
      return { type: row[0], port: u16be(bytes, at) }
    case 'extended':
      return { type: row[0], extendedId: bytes[at]!, body: rest.subarray(1) }
    case 'ask':
      return { type: row[0], ...hashRange(bytes, at) }
    case 'hashes':
      return { type: row[0], ...hashRange(bytes, at), hashes: rest.subarray(48) }
  }
}

function hashRange(bytes: Uint8Array, at: number): HashRange {
  return {
    root: bytes.subarray(at, at + 32),
    baseLayer: u32be(bytes, at + 32),
    index: u32be(bytes, at + 36),
    count: u32be(bytes, at + 40),
    proofLayers: u32be(bytes, at + 44),
  }
}

function emit(peerMessage: PeerMessage): Uint8Array {
  const writer = new ByteWriter().u32be(0)
  if (peerMessage.type === 'keep-alive') return writer.finish()
  writer.u8(
    peerMessage.type === 'other'
      ? peerMessage.id
      : IDS.find((row) => row[0] === peerMessage.type)![1],
  )
  emitBody(writer, peerMessage)
  return writer.patchU32be(0, writer.size - 4).finish()
}

function emitBody(writer: ByteWriter, peerMessage: PeerMessage): void {
  switch (peerMessage.type) {
    case 'have':
    case 'suggest-piece':
    case 'allowed-fast':
      writer.u32be(peerMessage.piece)
      break
    case 'request':
    case 'cancel':
    case 'reject-request':
      writer.u32be(peerMessage.piece).u32be(peerMessage.begin).u32be(peerMessage.size)
      break
    case 'piece':
      writer.u32be(peerMessage.piece).u32be(peerMessage.begin).bytes(peerMessage.data)
      break
    case 'bitfield':
      writer.bytes(peerMessage.bitfield)
      break
    case 'port':
      writer.u16be(peerMessage.port)
      break
    case 'extended':
      writer.u8(peerMessage.extendedId).bytes(peerMessage.body)
      break
    case 'hash-request':
    case 'hash-reject':
      emitHashRange(writer, peerMessage)
      break
    case 'hashes':
      emitHashRange(writer, peerMessage)
      writer.bytes(peerMessage.hashes)
      break
    case 'other':
      writer.bytes(peerMessage.body)
      break
  }
}

function emitHashRange(writer: ByteWriter, range: HashRange): void {
  writer.bytes(range.root).u32be(range.baseLayer).u32be(range.index)
  writer.u32be(range.count).u32be(range.proofLayers)
}

export const peerWire: Wire<PeerMessage> = {
  name: 'bittorrent/peer',
  source: 'BEP 3, 5, 6, 10, 52',
  carrier: 'stream',
  messageBytesMax: MESSAGE_BYTES_MAX,
  faults: PEER_FAULTS,
  parse,
  emit,
}
