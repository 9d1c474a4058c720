/**
 * Frames of iMesh's connections, as far as other tools know them.
 *
 *   size u32le, of all | 6 bytes, zero in the first | fc ff | code u16le, 8000 and more | u16le | …
 *
 * Source: no specification. nDPI imesh.c (frames of 64 and 28 bytes), l7-filter imesh.pat.
 */
import { ByteWriter, hasAt, u16le, u32le } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

export interface Frame {
  /** What stands between size and mark. */
  readonly before: Uint8Array
  readonly code: number
  readonly body: Uint8Array
}

const MARK = Uint8Array.of(0xfc, 0xff)
const HEAD = 14
const BYTES_MAX = 65_536
const FAULTS = ['size-wrong', 'mark-missing', 'code-unknown'] as const

function parse(bytes: Uint8Array, at: number): Outcome<Frame> {
  const have = bytes.length - at
  if (have < HEAD) return need(HEAD)
  const size = u32le(bytes, at)
  if (size < HEAD || size > BYTES_MAX) return malformed('size-wrong', at)
  if (!hasAt(bytes, at + 10, MARK)) return malformed('mark-missing', at + 10)
  const code = u16le(bytes, at + 12)
  if (code < 0x8000 || code > 0x80ff) return malformed('code-unknown', at + 12)
  if (have < size) return need(size)
  const before = bytes.subarray(at + 4, at + 10)
  return message({ before, code, body: bytes.subarray(at + HEAD, at + size) }, size)
}

export const frameWire: Wire<Frame> = {
  name: 'imesh/frame',
  source: 'ntop/nDPI src/lib/protocols/imesh.c; l7-filter imesh.pat',
  carrier: 'stream',
  messageBytesMax: BYTES_MAX,
  faults: FAULTS,
  parse,
  emit: ({ before, code, body }) =>
    new ByteWriter()
      .u32le(HEAD + body.length)
      .bytes(before)
      .bytes(MARK)
      .u16le(code)
      .bytes(body)
      .finish(),
}
