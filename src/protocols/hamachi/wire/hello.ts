/**
 * What Hamachi's client says first to its server, over TCP: the rest is encrypted.
 * No specification: read from third-party/p2p/hamachi/ndpi-hamachi.pcapng frame 4, and nDPI,
 * hamachi.c, for what is the same in every one.
 *
 *   hello    length u32be | u32 zero | 4 | 7b 7a 0d ad | body            length counts all behind it
 */
import { ByteWriter, fromHex, hasAt, u32be } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

const MAGIC = fromHex('7b7a0dad')
const MAGIC_AT = 12
const HEAD = 16
/** Keys and names; the one seen has 352 behind its length, nDPI wants more than 300. */
const LENGTH_MAX = 4096
const LENGTH_MIN = 64

const FAULTS = ['length-wrong', 'not-zero', 'magic-wrong'] as const

export interface Hello {
  readonly session: Uint8Array
  readonly body: Uint8Array
}

function parse(bytes: Uint8Array, at: number): Outcome<Hello> {
  const have = bytes.length - at
  if (have < HEAD) return need(HEAD)
  const length = u32be(bytes, at)
  if (length < LENGTH_MIN || length > LENGTH_MAX) return malformed('length-wrong', at)
  if (u32be(bytes, at + 4) !== 0) return malformed('not-zero', at + 4)
  if (!hasAt(bytes, at + MAGIC_AT, MAGIC)) return malformed('magic-wrong', at + MAGIC_AT)
  const size = 4 + length
  if (have < size) return need(size)
  const session = bytes.subarray(at + 8, at + MAGIC_AT)
  return message({ session, body: bytes.subarray(at + HEAD, at + size) }, size)
}

function emit({ session, body }: Hello): Uint8Array {
  return new ByteWriter()
    .u32be(HEAD - 4 + body.length)
    .u32be(0)
    .bytes(session)
    .bytes(MAGIC)
    .bytes(body)
    .finish()
}

export const helloWire: Wire<Hello> = {
  name: 'hamachi/hello',
  source: 'third-party/p2p/hamachi/ndpi-hamachi.pcapng, frame 4; nDPI, hamachi.c',
  carrier: 'stream',
  messageBytesMax: 4 + LENGTH_MAX,
  faults: FAULTS,
  parse,
  emit,
}
