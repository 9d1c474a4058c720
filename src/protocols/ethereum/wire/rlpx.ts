/**
 * The two handshake messages that begin an RLPx connection; everything after them is encrypted.
 * Source: ethereum/devp2p rlpx.md, "Initial Handshake", "ECIES Encryption"; EIP-8.
 *
 *   handshake   size u16be | ECIES                       size counts what follows it
 *   ECIES       04 | x 32 | y 32 | IV 16 | text | MAC 32
 *
 * x and y are a point of the curve secp256k1 (SEC 2): y² = x³ + 7 modulo p. Chance fulfils that once in
 * 2^256. Before EIP-8 the size was missing: auth took 307 bytes, ack 210.
 */
import { ByteWriter, hex, u16be } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

export const OLD_AUTH_BYTES = 307

/** Point, IV and MAC around no text. */
const ECIES_BYTES_MIN = 65 + 16 + 32
/** Auth holds 170 bytes, ack 100, and each 100 to 300 of padding; twice as much is believed. */
const ECIES_BYTES_MAX = 1200
export const POINT_BYTES = 65

const FIELD = 2n ** 256n - 2n ** 32n - 977n

/** Whether an uncompressed point of secp256k1 stands at `at`. */
export function isPoint(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== 4 || at + POINT_BYTES > bytes.length) return false
  const x = BigInt(`0x${hex(bytes, at + 1, 32)}`)
  const y = BigInt(`0x${hex(bytes, at + 33, 32)}`)
  if (x >= FIELD || y >= FIELD) return false
  return (y * y - x * x * x - 7n) % FIELD === 0n
}

export interface RlpxHandshake {
  /** x and y of the sender's key for this handshake: a view. */
  readonly point: Uint8Array
  /** IV, text and MAC: a view. */
  readonly sealed: Uint8Array
}

function parse(bytes: Uint8Array, at: number): Outcome<RlpxHandshake> {
  const have = bytes.length - at
  if (have < 2) return need(2)
  const size = u16be(bytes, at)
  if (size < ECIES_BYTES_MIN || size > ECIES_BYTES_MAX) return malformed('size-wrong', at)
  if (have < 2 + size) return need(2 + size)
  if (!isPoint(bytes, at + 2)) return malformed('not-on-the-curve', at + 2)
  const sealedAt = at + 2 + POINT_BYTES
  const value = {
    point: bytes.subarray(at + 3, sealedAt),
    sealed: bytes.subarray(sealedAt, at + 2 + size),
  }
  return message(value, 2 + size)
}

function emit({ point, sealed }: RlpxHandshake): Uint8Array {
  return new ByteWriter()
    .u16be(1 + point.length + sealed.length)
    .u8(4)
    .bytes(point)
    .bytes(sealed)
    .finish()
}

export const rlpxWire: Wire<RlpxHandshake> = {
  name: 'ethereum/rlpx-handshake',
  source: 'ethereum/devp2p rlpx.md',
  carrier: 'stream',
  messageBytesMax: 2 + ECIES_BYTES_MAX,
  faults: ['size-wrong', 'not-on-the-curve'],
  parse,
  emit,
}
