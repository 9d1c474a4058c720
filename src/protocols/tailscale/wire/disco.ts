/**
 * Tailscale's discovery messages, by which nodes find a path to each other. They travel in the same
 * UDP flow as the WireGuard tunnel and are told apart by their magic.
 * Source: tailscale/tailscale disco/disco.go; third-party/p2p/tailscale/ndpi-tailscale.pcap.
 *
 *   magic 54 53 f0 9f 92 ac ("TS" and a speech balloon) | sender's discovery key 32 | nonce 24 | box
 *   box = tag 16 | type u8 | version u8 | …, sealed with NaCl                       at least 18 bytes
 */
import { ByteWriter, hasAt } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

export interface DiscoMessage {
  /** The sender's discovery key; made anew whenever the program starts. */
  readonly key: Uint8Array
  readonly nonce: Uint8Array
  readonly box: Uint8Array
}

export const DISCO_MAGIC = Uint8Array.of(0x54, 0x53, 0xf0, 0x9f, 0x92, 0xac)

const KEY_AT = DISCO_MAGIC.length
const NONCE_AT = KEY_AT + 32
const BOX_AT = NONCE_AT + 24
const BOX_BYTES_MIN = 18
export const DISCO_BYTES_MIN = BOX_AT + BOX_BYTES_MIN
const MESSAGE_BYTES_MAX = 65_535

function parse(bytes: Uint8Array, at: number): Outcome<DiscoMessage> {
  const size = bytes.length - at
  if (!hasAt(bytes, at, DISCO_MAGIC)) return malformed('magic-missing', at)
  if (size < DISCO_BYTES_MIN) return malformed('too-short', at)
  if (size > MESSAGE_BYTES_MAX) return malformed('too-long', at)
  const key = bytes.subarray(at + KEY_AT, at + NONCE_AT)
  const nonce = bytes.subarray(at + NONCE_AT, at + BOX_AT)
  return message({ key, nonce, box: bytes.subarray(at + BOX_AT) }, size)
}

function emit({ key, nonce, box }: DiscoMessage): Uint8Array {
  return new ByteWriter().bytes(DISCO_MAGIC).bytes(key).bytes(nonce).bytes(box).finish()
}

export const discoWire: Wire<DiscoMessage> = {
  name: 'tailscale/disco',
  source: 'tailscale/tailscale disco/disco.go',
  carrier: 'datagram',
  messageBytesMax: MESSAGE_BYTES_MAX,
  faults: ['magic-missing', 'too-short', 'too-long'],
  parse,
  emit,
}
