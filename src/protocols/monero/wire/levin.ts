/**
 * The envelope of every message.
 * Source: monero-project/monero docs/LEVIN_PROTOCOL.md, contrib/epee/include/net/levin_base.h; also
 * sanderfoobar/py-levin README and Cuprate's protocol book.
 *
 *   message   signature 01 21 01 01 01 01 01 01 | length u64le | wants answer u8 | command u32le
 *             | return code i32le | flags u32le | version u32le, 1 | body
 *   flags     1 request · 2 answer · 4 first fragment · 8 last fragment · 12 filling, to be passed over
 */
import { ByteWriter, fromHex, hasAt, u32le, u64le } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

export const SIGNATURE = fromHex('0121010101010101')
export const HEADER_BYTES = 33
const LENGTH_AT = 8
const EXPECTS_AT = 16
const COMMAND_AT = 17
const FLAGS_AT = 25
const VERSION_AT = 29
/** Lists of 250 peers take 25 KB; blocks are passed over by their header. */
export const BODY_BYTES_MAX = 1_048_576

export interface Levin {
  readonly expects: boolean
  readonly command: number
  /** Unsigned, as it stands: errors are negative. */
  readonly code: number
  readonly flags: number
  /** A view. */
  readonly body: Uint8Array
}

export function lengthAt(bytes: Uint8Array, at: number): number {
  return u64le(bytes, at + LENGTH_AT)
}

export function commandAt(bytes: Uint8Array, at: number): number {
  return u32le(bytes, at + COMMAND_AT)
}

/** Whether a header stands here: signature, a flag of yes or no, no unknown flags, version 1: 128 bits. */
export function isHeader(bytes: Uint8Array, at: number): boolean {
  return (
    at + HEADER_BYTES <= bytes.length &&
    hasAt(bytes, at, SIGNATURE) &&
    bytes[at + EXPECTS_AT]! <= 1 &&
    u32le(bytes, at + FLAGS_AT) < 16 &&
    u32le(bytes, at + VERSION_AT) === 1
  )
}

function parse(bytes: Uint8Array, at: number): Outcome<Levin> {
  const have = bytes.length - at
  if (have < HEADER_BYTES) return need(HEADER_BYTES)
  if (!isHeader(bytes, at)) return malformed('header-wrong', at)
  const length = lengthAt(bytes, at)
  if (length > BODY_BYTES_MAX) return malformed('message-too-long', at + LENGTH_AT)
  const size = HEADER_BYTES + length
  if (have < size) return need(size)
  const value = {
    expects: bytes[at + EXPECTS_AT] === 1,
    command: commandAt(bytes, at),
    code: u32le(bytes, at + COMMAND_AT + 4),
    flags: u32le(bytes, at + FLAGS_AT),
    body: bytes.subarray(at + HEADER_BYTES, at + size),
  }
  return message(value, size)
}

function emit({ expects, command, code, flags, body }: Levin): Uint8Array {
  return new ByteWriter()
    .bytes(SIGNATURE)
    .u64le(body.length)
    .u8(expects ? 1 : 0)
    .u32le(command)
    .u32le(code)
    .u32le(flags)
    .u32le(1)
    .bytes(body)
    .finish()
}

export const levinWire: Wire<Levin> = {
  name: 'monero/levin',
  source: 'monero-project/monero docs/LEVIN_PROTOCOL.md',
  carrier: 'stream',
  messageBytesMax: HEADER_BYTES + BODY_BYTES_MAX,
  faults: ['header-wrong', 'message-too-long'],
  parse,
  emit,
}
