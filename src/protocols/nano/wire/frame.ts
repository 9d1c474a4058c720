/**
 * Every message of the nodes: a header whose type and flags say how long the rest is.
 * Source: nanocurrency/nano-node nano/node/messages.hpp and messages.cpp (message_header), nano/lib/constants
 * (networks), nano/lib/blocks (sizes of blocks).
 *
 *   message   'R' | network 'A' dev, 'B' beta, 'C' live, 'X' test | version max u8 | using u8 | min u8
 *             | type u8 | extensions u16le | payload
 *   extensions, by type
 *     0f00 type of block · f000 count · 00f0 more of the count where bit 0 is set (2nd version)
 *     handshake: 1 query, 2 answer, 4 2nd version · telemetry: 03ff size · pulls: all of it, size
 */
import { ByteWriter, bits, u16le } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

export const HEADER_BYTES = 8
export const NETWORKS: Readonly<Record<number, string>> = {
  65: 'dev',
  66: 'beta',
  67: 'live',
  88: 'test',
}

/** Versions rise by one with some releases; nDPI's capture has 20. */
const VERSION_MAX = 63

export const TYPES: Readonly<Record<number, string>> = {
  2: 'keepalive',
  3: 'publish',
  4: 'confirm-req',
  5: 'confirm-ack',
  6: 'bulk-pull',
  7: 'bulk-push',
  8: 'frontier-req',
  10: 'node-id-handshake',
  11: 'bulk-pull-account',
  12: 'telemetry-req',
  13: 'telemetry-ack',
  14: 'asc-pull-req',
  15: 'asc-pull-ack',
}

/** Bytes of each type of block: none, send, receive, open, change, state. */
const BLOCKS: Readonly<Record<number, number>> = { 1: 0, 2: 152, 3: 136, 4: 168, 5: 136, 6: 216 }
const NOT_A_BLOCK = 1

const KEEPALIVE_BYTES = 8 * 18
const VOTE_BYTES = 32 + 64 + 8
const PULL_HEAD_BYTES = 9

export interface Frame {
  /** Second letter of the header. */
  readonly network: number
  readonly versionMax: number
  readonly versionUsing: number
  readonly versionMin: number
  readonly type: number
  readonly extensions: number
  /** A view. */
  readonly payload: Uint8Array
}

/** How many bytes follow the header; undefined where type and extensions do not go together. */
export function payloadBytes(type: number, extensions: number): number | undefined {
  const block = BLOCKS[bits(extensions, 8, 4)]
  const isHashes = bits(extensions, 8, 4) === NOT_A_BLOCK
  const high = bits(extensions, 12, 4)
  const count = bits(extensions, 0, 1) === 1 ? 16 * high + bits(extensions, 4, 4) : high
  switch (TYPES[type]) {
    case 'keepalive':
      return KEEPALIVE_BYTES
    case 'publish':
      return block === 0 ? undefined : block
    case 'confirm-req':
      return isHashes ? 64 * count : block
    case 'confirm-ack':
      return block === undefined ? undefined : VOTE_BYTES + (isHashes ? 32 * count : block)
    case 'bulk-pull':
      return 64 + 8 * bits(extensions, 0, 1)
    case 'bulk-push':
    case 'telemetry-req':
      return 0
    case 'frontier-req':
      return 40
    case 'node-id-handshake':
      return handshakeBytes(extensions)
    case 'bulk-pull-account':
      return 49
    case 'telemetry-ack':
      return bits(extensions, 0, 10)
    case 'asc-pull-req':
    case 'asc-pull-ack':
      return PULL_HEAD_BYTES + extensions
    default:
      return undefined
  }
}

/** Query: a cookie of 32. Answer: id 32, signature 64, in the second version salt and genesis of 32 each. */
function handshakeBytes(extensions: number): number | undefined {
  if (bits(extensions, 3, 13) !== 0 || bits(extensions, 0, 2) === 0) return undefined
  const query = 32 * bits(extensions, 0, 1)
  return query + bits(extensions, 1, 1) * (96 + 64 * bits(extensions, 2, 1))
}

/**
 * Whether a header stands here: letter and network (14 of 16 bits), three versions in their order below 64
 * (8 bits at least), a type (4 bits) whose extensions fit.
 */
export function isHeader(bytes: Uint8Array, at: number): boolean {
  if (at + HEADER_BYTES > bytes.length || bytes[at] !== 0x52) return false
  const [, network, max, using, min, type] = bytes.subarray(at, at + HEADER_BYTES)
  if (NETWORKS[network!] === undefined) return false
  if (max! > VERSION_MAX || using! > max! || min! > using! || max === 0) return false
  return payloadBytes(type!, u16le(bytes, at + 6)) !== undefined
}

function parse(bytes: Uint8Array, at: number): Outcome<Frame> {
  const have = bytes.length - at
  if (have < HEADER_BYTES) return need(HEADER_BYTES)
  if (!isHeader(bytes, at)) return malformed('header-wrong', at)
  const type = bytes[at + 5]!
  const extensions = u16le(bytes, at + 6)
  const size = HEADER_BYTES + payloadBytes(type, extensions)!
  if (have < size) return need(size)
  const value = {
    network: bytes[at + 1]!,
    versionMax: bytes[at + 2]!,
    versionUsing: bytes[at + 3]!,
    versionMin: bytes[at + 4]!,
    type,
    extensions,
    payload: bytes.subarray(at + HEADER_BYTES, at + size),
  }
  return message(value, size)
}

function emit(frame: Frame): Uint8Array {
  return new ByteWriter()
    .u8(0x52)
    .u8(frame.network)
    .u8(frame.versionMax)
    .u8(frame.versionUsing)
    .u8(frame.versionMin)
    .u8(frame.type)
    .u16le(frame.extensions)
    .bytes(frame.payload)
    .finish()
}

export const frameWire: Wire<Frame> = {
  name: 'nano/frame',
  source: 'nanocurrency/nano-node nano/node/messages.hpp',
  carrier: 'stream',
  messageBytesMax: HEADER_BYTES + PULL_HEAD_BYTES + 0xffff,
  faults: ['header-wrong'],
  parse,
  emit,
}
