/**
 * WireGuard's four messages over UDP. Everything of use to an onlooker stands in the clear: the type
 * and the indices by which each side names the session to the other.
 * Source: J. Donenfeld, "WireGuard: Next Generation Kernel Network Tunnel" (NDSS 2017), section 5.4;
 * wireguard.com/protocol.
 *
 *   all          type u8 | 0 0 0
 *   initiation   1 | sender u32le | ephemeral 32 | static 48 | timestamp 28 | mac1 16 | mac2 16   = 148
 *   response     2 | sender u32le | receiver u32le | ephemeral 32 | empty 16 | mac1 16 | mac2 16  = 92
 *   cookie       3 | receiver u32le | nonce 24 | cookie 32                                        = 64
 *   data         4 | receiver u32le | counter u64le | sealed packet, at least its tag of 16      >= 32
 */
import { ByteWriter, u32le, u64leBig } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

export type WireguardMessage =
  | { readonly type: 'initiation'; readonly sender: number; readonly rest: Uint8Array }
  | {
      readonly type: 'response'
      readonly sender: number
      readonly receiver: number
      readonly rest: Uint8Array
    }
  | { readonly type: 'cookie'; readonly receiver: number; readonly rest: Uint8Array }
  | {
      readonly type: 'data'
      readonly receiver: number
      readonly counterBig: bigint
      readonly rest: Uint8Array
    }

export const INITIATION_BYTES = 148
export const RESPONSE_BYTES = 92
export const COOKIE_BYTES = 64
export const DATA_BYTES_MIN = 32

/** Type and reserved bytes as one little-endian number: 1 to 4. */
const SIZES = [0, INITIATION_BYTES, RESPONSE_BYTES, COOKIE_BYTES] as const

const MESSAGE_BYTES_MAX = 65_535

function parse(bytes: Uint8Array, at: number): Outcome<WireguardMessage> {
  const size = bytes.length - at
  if (size < DATA_BYTES_MIN) return malformed('too-short', at)
  if (size > MESSAGE_BYTES_MAX) return malformed('too-long', at)
  const type = u32le(bytes, at)
  const wanted = SIZES[type]
  if (type < 1 || type > 4) return malformed('type-unknown', at)
  if (wanted !== undefined && size !== wanted) return malformed('size-wrong', at)
  const one = u32le(bytes, at + 4)
  switch (type) {
    case 1:
      return message({ type: 'initiation', sender: one, rest: bytes.subarray(at + 8) }, size)
    case 2: {
      const receiver = u32le(bytes, at + 8)
      const rest = bytes.subarray(at + 12)
      return message({ type: 'response', sender: one, receiver, rest }, size)
    }
    case 3:
      return message({ type: 'cookie', receiver: one, rest: bytes.subarray(at + 8) }, size)
    default: {
      const counterBig = u64leBig(bytes, at + 8)
      return message(
        { type: 'data', receiver: one, counterBig, rest: bytes.subarray(at + 16) },
        size,
      )
    }
  }
}

function emit(said: WireguardMessage): Uint8Array {
  const writer = new ByteWriter()
  switch (said.type) {
    case 'initiation':
      writer.u32le(1).u32le(said.sender)
      break
    case 'response':
      writer.u32le(2).u32le(said.sender).u32le(said.receiver)
      break
    case 'cookie':
      writer.u32le(3).u32le(said.receiver)
      break
    case 'data':
      writer.u32le(4).u32le(said.receiver).u64leBig(said.counterBig)
      break
  }
  return writer.bytes(said.rest).finish()
}

export const messageWire: Wire<WireguardMessage> = {
  name: 'wireguard/message',
  source: 'WireGuard: Next Generation Kernel Network Tunnel, section 5.4; fixtures/handshake.pcap',
  carrier: 'datagram',
  messageBytesMax: MESSAGE_BYTES_MAX,
  faults: ['too-short', 'too-long', 'type-unknown', 'size-wrong'],
  parse,
  emit,
}
