/**
 * The tinc's peer wire: length-prefixed messages, the greeting first.
 * Source: invented for this folder.
 *
 *   message    length u16be | type u8 | body               length counts type and body
 *   greeting   "TPL1" | id 16 | port u16be                 type 0; where the sender listens
 *   ask        sha1 20                                     type 1
 *   tell       sha1 20 | count u8 | count × (ip4 | port)   type 2; who has the content
 *   data       sha1 20 | bytes                             type 3
 */
import { type Endpoint, ip4, parseIp4 } from '../../../core/address.ts'
import { ByteWriter, bytesOf, hasAt, u16be } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

export const MAGIC = bytesOf('TPL1')
const HEADER = 3
const SHA1 = 20
const ENDPOINT = 6
const GREETING = MAGIC.length + 16 + 2
/** The length field can say no more. */
const MESSAGE_BYTES_MAX = 2 + 0xffff

const FAULTS = ['length-zero', 'magic-wrong', 'body-length-wrong'] as const

/** Type number → name: the place in this list is the number. */
const TYPES = ['greeting', 'ask', 'tell', 'data'] as const

/** Views (`id`, `content`, `body`) live only as long as the bytes they were read from. */
export type PeerMessage =
  | { readonly type: 'greeting'; readonly id: Uint8Array; readonly port: number }
  | { readonly type: 'ask'; readonly content: Uint8Array }
  | { readonly type: 'tell'; readonly content: Uint8Array; readonly peers: readonly Endpoint[] }
  | { readonly type: 'data'; readonly content: Uint8Array; readonly body: Uint8Array }
  | { readonly type: 'other'; readonly number: number; readonly body: Uint8Array }

function parse(bytes: Uint8Array, at: number): Outcome<PeerMessage> {
  const have = bytes.length - at
  if (have < 2) return need(2)
  const length = u16be(bytes, at)
  if (length === 0) return malformed('length-zero', at)
  if (have < 2 + length) return need(2 + length)
  const number = bytes[at + 2]!
  const body = bytes.subarray(at + HEADER, at + 2 + length)
  const size = 2 + length
  switch (TYPES[number]) {
    case 'greeting':
      return greeting(body, at, size)
    case 'ask':
      if (body.length !== SHA1) return malformed('body-length-wrong', at)
      return message({ type: 'ask', content: body }, size)
    case 'tell':
      return tell(body, at, size)
    case 'data':
      if (body.length < SHA1) return malformed('body-length-wrong', at)
      return message(
        { type: 'data', content: body.subarray(0, SHA1), body: body.subarray(SHA1) },
        size,
      )
    default:
      return message({ type: 'other', number, body }, size)
  }
}

function greeting(body: Uint8Array, at: number, size: number): Outcome<PeerMessage> {
  if (body.length !== GREETING) return malformed('body-length-wrong', at)
  if (!hasAt(body, 0, MAGIC)) return malformed('magic-wrong', at + HEADER)
  const id = body.subarray(MAGIC.length, MAGIC.length + 16)
  return message({ type: 'greeting', id, port: u16be(body, GREETING - 2) }, size)
}

function tell(body: Uint8Array, at: number, size: number): Outcome<PeerMessage> {
  const count = body[SHA1] ?? 0
  if (body.length !== SHA1 + 1 + count * ENDPOINT) return malformed('body-length-wrong', at)
  const peers: Endpoint[] = []
  for (let i = 0; i < count; i++) {
    const entry = SHA1 + 1 + i * ENDPOINT
    peers.push({ ip: ip4(body, entry), port: u16be(body, entry + 4) })
  }
  return message({ type: 'tell', content: body.subarray(0, SHA1), peers }, size)
}

function emit(said: PeerMessage): Uint8Array {
  const number = said.type === 'other' ? said.number : TYPES.indexOf(said.type)
  const body = emitBody(said)
  return new ByteWriter()
    .u16be(1 + body.length)
    .u8(number)
    .bytes(body)
    .finish()
}

function emitBody(said: PeerMessage): Uint8Array {
  const writer = new ByteWriter()
  switch (said.type) {
    case 'greeting':
      return writer.bytes(MAGIC).bytes(said.id).u16be(said.port).finish()
    case 'ask':
      return said.content
    case 'tell':
      writer.bytes(said.content).u8(said.peers.length)
      for (const { ip, port } of said.peers) writer.bytes(parseIp4(ip)!).u16be(port)
      return writer.finish()
    case 'data':
      return writer.bytes(said.content).bytes(said.body).finish()
    case 'other':
      return said.body
  }
}

export const peerWire: Wire<PeerMessage> = {
  name: 'tinc/peer',
  source: 'invented for this folder',
  carrier: 'stream',
  messageBytesMax: MESSAGE_BYTES_MAX,
  faults: FAULTS,
  parse,
  emit,
}
