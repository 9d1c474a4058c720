/**
 * The first message of a peer connection, over TCP or uTP, from each side.
 *
 *   0   u8 19
 *   1   'BitTorrent protocol'   19 bytes
 *   20  reserved                 8 bytes, capability bits (FEATURES)
 *   28  info hash               20 bytes, SHA-1 of the info dictionary, or SHA-256 cut to 20 (v2)
 *   48  peer id                 20 bytes
 *
 * Source: BEP 3; reserved bits BEP 4, 5, 6, 10, 52. A variant names itself `#WW-XX#@77…` in place
 * of the protocol: seen by libprotoident (lpi_bittorrent.cc), no specification found; it is read
 * with the same layout.
 */
import { ByteWriter, bits, bytesOf } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import { latin1 } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'

export interface PeerHandshake {
  /** `BitTorrent protocol`, or what the variant writes there: 19 characters, one per byte. */
  readonly protocol: string
  /** 8 bytes. */
  readonly reserved: Uint8Array
  /** 20 bytes. */
  readonly infoHash: Uint8Array
  /** 20 bytes. */
  readonly peerId: Uint8Array
}

export const HANDSHAKE_BYTES = 68
/** Where the info hash ends: some peers send the peer id only after they know the other's. */
export const INFO_HASH_END = 48
export const PROTOCOL = 'BitTorrent protocol'
/** `\x13BitTorrent protocol`: how every plain peer connection begins. */
export const HANDSHAKE_START = bytesOf(`\x13${PROTOCOL}`)
/** How the variant begins. */
export const VARIANT_START = bytesOf('\x13#WW-XX#@77')

/** Capability bits: byte of the reserved field, bit (0 = least significant), name, source. */
// biome-ignore format: a table
const FEATURES = [
  [0, 7, 'azureus-messaging'],     // Azureus; BitComet sets FF FF in bytes 0 and 1 for other reasons
  [2, 3, 'location-aware'],        // BEP draft
  [5, 4, 'extension-protocol'],    // BEP 10
  [5, 0, 'prefer-azureus'],        // extension negotiation, with the next
  [5, 1, 'prefer-azureus-strong'],
  [7, 0, 'dht'],                   // BEP 5
  [7, 1, 'xbt-peer-exchange'],     // XBT
  [7, 2, 'fast'],                  // BEP 6
  [7, 3, 'nat-traversal'],
  [7, 4, 'v2'],                    // BEP 52: the sender upgrades a hybrid torrent
] as const

export type Feature = (typeof FEATURES)[number][2]

export function featuresOf(reserved: Uint8Array): Feature[] {
  const features: Feature[] = []
  for (const [byte, bit, name] of FEATURES) {
    if (bits(reserved[byte]!, bit, 1) === 1) features.push(name)
  }
  return features
}

const HANDSHAKE_FAULTS = ['protocol-unknown'] as const

/** How many bytes from `at` agree with a known beginning, or -1 where one disagrees. */
export function handshakeAgrees(bytes: Uint8Array, at: number): number {
  return Math.max(agrees(bytes, at, HANDSHAKE_START), agrees(bytes, at, VARIANT_START))
}

function agrees(bytes: Uint8Array, at: number, start: Uint8Array): number {
  const count = Math.min(start.length, bytes.length - at)
  for (let i = 0; i < count; i++) if (bytes[at + i] !== start[i]) return -1
  return count
}

/** @faults HANDSHAKE_FAULTS */
function parse(bytes: Uint8Array, at: number): Outcome<PeerHandshake> {
  if (handshakeAgrees(bytes, at) < 0) return malformed('protocol-unknown', at)
  if (bytes.length - at < HANDSHAKE_BYTES) return need(HANDSHAKE_BYTES)
  const handshake = {
    protocol: latin1(bytes, at + 1, 19),
    reserved: bytes.subarray(at + 20, at + 28),
    infoHash: bytes.subarray(at + 28, at + 48),
    peerId: bytes.subarray(at + 48, at + 68),
  }
  return message(handshake, HANDSHAKE_BYTES)
}

function emit(handshake: PeerHandshake): Uint8Array {
  return new ByteWriter()
    .u8(handshake.protocol.length)
    .latin1(handshake.protocol)
    .bytes(handshake.reserved)
    .bytes(handshake.infoHash)
    .bytes(handshake.peerId)
    .finish()
}

export const peerHandshakeWire: Wire<PeerHandshake> = {
  name: 'bittorrent/peer-handshake',
  source: 'BEP 3, 4, 5, 6, 10, 52',
  carrier: 'stream',
  messageBytesMax: HANDSHAKE_BYTES,
  faults: HANDSHAKE_FAULTS,
  parse,
  emit,
}
