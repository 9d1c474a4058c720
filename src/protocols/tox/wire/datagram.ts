/**
 * Datagrams of Tox: a kind, often a key, a nonce, and what is encrypted with both. Sizes are fixed by
 * what is inside; 16 bytes of each are its tag.
 *
 *   00 01  ping, pong       kind | sender's key 32 | nonce 24 | (kind 1, id 8) + 16                    82
 *   02     nodes request    kind | sender's key 32 | nonce 24 | (wanted key 32, id 8) + 16             113
 *   04     nodes response   kind | sender's key 32 | nonce 24 | (count 1, nodes, id 8) + 16            82 + nodes
 *   18     cookie request   kind | sender's key 32 | nonce 24 | (key 32, zeros 32, id 8) + 16          145
 *   19     cookie response  kind | nonce 24 | (cookie 112, id 8) + 16                                  161
 *   1a     handshake        kind | cookie 112 | nonce 24 | (nonce 24, key 32, hash 64, cookie 112) + 16    385
 *   1b     crypto data      kind | last two bytes of the nonce | encrypted
 *   20     dht request      kind | receiver's key 32 | sender's key 32 | nonce 24 | encrypted
 *   21     lan discovery    kind | sender's key 32                                                     33
 *
 *   5a…5c 80…88 8c…8e 90…98   group chats, onion paths, announcements, forwarding: a kind and mostly chance
 *
 *   node   family 1 | ip 4 or 16 | port 2 | key 32: 39 or 51 bytes, at most four
 *
 * Source: TokTok/c-toxcore toxcore/network.h (kinds), DHT.h, ping.c, net_crypto.c, LAN_discovery.c (sizes);
 * TokTok/spec; fixtures/nodes.pcap; libprotoident's lib/udp/lpi_tox.cc saw 113 answered by 238 = 82 + 4 × 39.
 */
import { concat } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

export const KEY_BYTES = 32

/** Kind → name, size (0: any), and where the sender's key stands (0: nowhere). */
// biome-ignore format: a table
const KINDS: ReadonlyMap<number, Kind> = new Map([
  [0x00, { name: 'ping', size: 82, keyAt: 1 }],
  [0x01, { name: 'pong', size: 82, keyAt: 1 }],
  [0x02, { name: 'nodes-request', size: 113, keyAt: 1 }],
  [0x04, { name: 'nodes-response', size: 0, keyAt: 1 }],
  [0x18, { name: 'cookie-request', size: 145, keyAt: 1 }],
  [0x19, { name: 'cookie-response', size: 161, keyAt: 0 }],
  [0x1a, { name: 'handshake', size: 385, keyAt: 0 }],
  [0x1b, { name: 'crypto-data', size: 0, keyAt: 0 }],
  [0x20, { name: 'dht-request', size: 0, keyAt: 33 }],
  [0x21, { name: 'lan-discovery', size: 33, keyAt: 1 }],
  ...range('group', 0x5a, 0x5c),
  ...range('onion', 0x80, 0x82),
  ...range('announce', 0x83, 0x88),
  ...range('onion-answer', 0x8c, 0x8e),
  ...range('forward', 0x90, 0x92),
  ...range('store', 0x93, 0x98),
])

interface Kind {
  readonly name: string
  readonly size: number
  readonly keyAt: number
}

/** Kinds whose sizes vary. */
function range(name: string, from: number, to: number): (readonly [number, Kind])[] {
  return Array.from({ length: to - from + 1 }, (_, i) => [from + i, { name, size: 0, keyAt: 0 }])
}

const RESPONSE = 0x04
const RESPONSE_BYTES = 82
const NODE4 = 39
const NODE6 = 51
const NODES_MAX = 4

/** All sizes that up to four nodes of either family can make. */
const RESPONSE_SIZES: ReadonlySet<number> = new Set(
  Array.from({ length: NODES_MAX + 1 }, (_, four) =>
    Array.from(
      { length: NODES_MAX + 1 - four },
      (_, six) => RESPONSE_BYTES + four * NODE4 + six * NODE6,
    ),
  ).flat(),
)

export interface ToxDatagram {
  readonly kind: number
  readonly name: string
  /** The sender's, in those kinds that hold it. */
  readonly key?: Uint8Array
  readonly body: Uint8Array
}

/** Packets are at most 2,048 bytes with all that is around them. */
const DATAGRAM_BYTES_MAX = 2048

function parse(bytes: Uint8Array, at: number): Outcome<ToxDatagram> {
  const size = bytes.length - at
  if (size === 0) return malformed('empty', at)
  if (size > DATAGRAM_BYTES_MAX) return malformed('datagram-too-long', at)
  const kind = bytes[at]!
  const body = bytes.subarray(at + 1)
  const entry = KINDS.get(kind)
  if (entry === undefined) return message({ kind, name: 'other', body }, size)
  if (!isSize(kind, size)) return malformed('size-wrong', at)
  const { name, keyAt } = entry
  if (keyAt === 0) return message({ kind, name, body }, size)
  const key = bytes.subarray(at + keyAt, at + keyAt + KEY_BYTES)
  return key.length < KEY_BYTES
    ? malformed('size-wrong', at)
    : message({ kind, name, key, body }, size)
}

/** Whether a datagram of this kind may have this size; unknown kinds may not. */
export function isSize(kind: number, size: number): boolean {
  const entry = KINDS.get(kind)
  if (entry === undefined) return false
  if (kind === RESPONSE) return RESPONSE_SIZES.has(size)
  return entry.size === 0 ? size <= DATAGRAM_BYTES_MAX : size === entry.size
}

export const datagramWire: Wire<ToxDatagram> = {
  name: 'tox/datagram',
  source: 'TokTok/c-toxcore toxcore/network.h, DHT.h, net_crypto.c',
  carrier: 'datagram',
  messageBytesMax: DATAGRAM_BYTES_MAX,
  faults: ['empty', 'datagram-too-long', 'size-wrong'],
  parse,
  emit: ({ kind, body }) => concat(Uint8Array.of(kind), body),
}
