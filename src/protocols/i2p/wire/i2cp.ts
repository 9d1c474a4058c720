/**
 * I2CP, over which clients in another process use a router: after one byte, 2a, messages.
 *
 *   length u32be | type u8 | body            length counts the body
 *   get-date  32   version: length u8, text; options
 *   set-date  33   date u64be in milliseconds, version
 *
 * Source: geti2p.net, "I2CP" (i2p/i2p.www i2p2www/spec/i2cp.rst). No capture.
 */
import { ByteWriter, u32be } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import { latin1 } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'

export interface I2cpMessage {
  readonly type: number
  readonly body: Uint8Array
}

export const PROTOCOL_BYTE = 0x2a
export const GET_DATE = 32
export const SET_DATE = 33

const HEAD = 5
/** Messages are at most 64 KB, which the router cuts into fragments. */
const BODY_BYTES_MAX = 65_536 + 1024

function parse(bytes: Uint8Array, at: number): Outcome<I2cpMessage> {
  const have = bytes.length - at
  if (have < 4) return need(HEAD)
  const length = u32be(bytes, at)
  if (length > BODY_BYTES_MAX) return malformed('message-too-long', at)
  if (have < HEAD + length) return need(HEAD + length)
  const body = bytes.subarray(at + HEAD, at + HEAD + length)
  return message({ type: bytes[at + 4]!, body }, HEAD + length)
}

export const i2cpWire: Wire<I2cpMessage> = {
  name: 'i2p/i2cp',
  source: 'geti2p.net, I2CP',
  carrier: 'stream',
  messageBytesMax: HEAD + BODY_BYTES_MAX,
  faults: ['message-too-long'],
  parse,
  emit: ({ type, body }) => new ByteWriter().u32be(body.length).u8(type).bytes(body).finish(),
}

/** The version that a date message tells: `0.9.58`; undefined where none stands there. */
export function versionIn({ type, body }: I2cpMessage): string | undefined {
  const at = type === GET_DATE ? 0 : type === SET_DATE ? 8 : undefined
  if (at === undefined || body.length <= at) return undefined
  const size = body[at]!
  if (at + 1 + size > body.length) return undefined
  const version = latin1(body, at + 1, size)
  return /^\d{1,3}(?:\.\d{1,3}){1,3}$/.test(version) ? version : undefined
}
