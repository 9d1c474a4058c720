/**
 * Links between a client and its supernode.
 *
 *   size u16le | type u8 | body, so many bytes
 *
 * The first is `03 00 5a a b 05`: a = b = 06 asks for a link without a cipher (since 2006). The answer (33, 38:
 * enciphered; 3c: plain; 3b: full) has a body scrambled with the listener's port. After 3c all bodies are plain.
 * Source: gift-ares lib/as_packet.h, as_session.c; maulaku/areslite (Ares Lite 1.8) const_commands.pas,
 * thread_client.pas.
 */
import { ByteWriter, u16le } from '../../../core/bytes.ts'
import { message, need, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

export interface Frame {
  readonly kind: number
  readonly body: Uint8Array
}

export const PLAIN_ANSWER = 0x3c
/** Type → name. */
// biome-ignore format: a table
export const NAMES: ReadonlyMap<number, string> = new Map([
  [0x00, 'login'], [0x01, 'stats'], [0x05, 'nickname'], [0x07, 'push-request'], [0x08, 'push'],
  [0x09, 'search'], [0x0c, 'search-end'], [0x12, 'result'], [0x1c, 'share'], [0x1e, 'stats-request'],
  [0x25, 'your-address'], [0x32, 'compressed'], [0x33, 'answer'], [0x36, 'node-list'],
  [0x37, 'node-list'], [0x38, 'answer'], [0x3a, 'supernode'], [0x3b, 'full'], [0x3c, 'answer'],
  [0x46, 'ask-nodes'], [0x50, 'locate'], [0x51, 'locate-end'], [0x52, 'firewall-test'],
  [0x53, 'firewall-status'], [0x5a, 'hello'],
])
const HEAD = 3
const BODY_BYTES_MAX = 65_535

function parse(bytes: Uint8Array, at: number): Outcome<Frame> {
  if (bytes.length - at < HEAD) return need(HEAD)
  const size = HEAD + u16le(bytes, at)
  if (bytes.length - at < size) return need(size)
  const body = bytes.subarray(at + HEAD, at + size)
  return message({ kind: bytes[at + 2]!, body }, size)
}

export const frameWire: Wire<Frame> = {
  name: 'ares/frame',
  source: 'gift-ares lib/as_packet.h',
  carrier: 'stream',
  messageBytesMax: HEAD + BODY_BYTES_MAX,
  faults: [],
  parse,
  emit: ({ kind, body }) => new ByteWriter().u16le(body.length).u8(kind).bytes(body).finish(),
}
