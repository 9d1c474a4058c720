/**
 * Messages between peers, each behind its own size and type. Over UDP one message of type 56 holds
 * the sender and the others.
 *
 *   size u16be | type u16be | body           size counts itself and the type
 *   welcome     61   peer 32, or 64 in the time of RSA            TCP: the first of each side
 *   hello       17   see hello.ts
 *   ping       372   challenge 4 | peer 32 | transport text 00 | address
 *   pong       373   challenge 4 | signature 64 | size 4 | purpose 4 | expires 8 | length 4 | transport text 00 | address
 *   udp         56   0 u32 | peer 32 | messages
 *
 * Source: GNUnet src/include/gnunet_protocols.h, src/transport/plugin_transport_tcp.c and _udp.c,
 * gnunet-service-transport_validation.c, until the transports of 0.20; fixtures/peers.pcap.
 */
import { ByteWriter, u16be } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

/** Type → name and the sizes that it may have (none: any). */
// biome-ignore format: a table
export const TYPES: ReadonlyMap<number, readonly [string, ...number[]]> = new Map([
  [17, ['hello']],
  [56, ['udp']],
  [57, ['udp-ack']],
  [60, ['nat-probe', 36, 68]],
  [61, ['welcome', 36, 68]],
  [82, ['encrypted']],
  [83, ['core-ping', 44]],
  [84, ['core-pong', 48]],
  [88, ['ephemeral-key', 160]],
  [372, ['ping']],
  [373, ['pong']],
  [375, ['syn', 16]],
  [376, ['syn-ack', 16]],
  [377, ['ack', 4]],
  [378, ['disconnect']],
  [379, ['quota', 8]],
  [381, ['keepalive', 8]],
  [382, ['keepalive-response', 8]],
])

export const WELCOME = 61
export const HELLO = 17
export const PING = 372
export const PONG = 373
export const UDP = 56

export interface GnunetMessage {
  readonly type: number
  readonly body: Uint8Array
}

export const HEAD = 4
const MESSAGE_BYTES_MAX = 65_535

function parse(bytes: Uint8Array, at: number): Outcome<GnunetMessage> {
  const have = bytes.length - at
  if (have < 2) return need(HEAD)
  const size = u16be(bytes, at)
  if (size < HEAD) return malformed('size-too-small', at)
  if (have < size) return need(size)
  return message({ type: u16be(bytes, at + 2), body: bytes.subarray(at + HEAD, at + size) }, size)
}

export const messageWire: Wire<GnunetMessage> = {
  name: 'gnunet/message',
  source: 'GNUnet src/include/gnunet_protocols.h',
  carrier: 'stream',
  messageBytesMax: MESSAGE_BYTES_MAX,
  faults: ['size-too-small'],
  parse,
  emit: ({ type, body }) =>
    new ByteWriter()
      .u16be(HEAD + body.length)
      .u16be(type)
      .bytes(body)
      .finish(),
}

/** Whether a message of this type may have so many bytes, head included; false for unknown types. */
export function isLegal(type: number, size: number): boolean {
  const entry = TYPES.get(type)
  if (entry === undefined) return false
  const [, ...sizes] = entry
  return sizes.length === 0 || sizes.includes(size)
}
