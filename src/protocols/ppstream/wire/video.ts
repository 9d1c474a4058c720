/**
 * How a stream of PPStream over TCP begins: sixty bytes, of which a name and a zero are known.
 * Source: OpenDPI, src/lib/protocols/ppstream.c ("Videodata"); no capture was to be had.
 *
 *   head    "PSProtocol" 00 | 41 unknown | u32 zero | 4 unknown
 */
import { bytesOf, concat, hasAt, u32le } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

export const NAME = bytesOf('PSProtocol\0')
const ZERO_AT = 52
export const HEAD = 60

const FAULTS = ['name-wrong', 'not-zero'] as const

export interface VideoHead {
  readonly before: Uint8Array
  readonly after: Uint8Array
}

function parse(bytes: Uint8Array, at: number): Outcome<VideoHead> {
  if (bytes.length - at < HEAD) return need(HEAD)
  if (!hasAt(bytes, at, NAME)) return malformed('name-wrong', at)
  if (u32le(bytes, at + ZERO_AT) !== 0) return malformed('not-zero', at + ZERO_AT)
  const before = bytes.subarray(at + NAME.length, at + ZERO_AT)
  return message({ before, after: bytes.subarray(at + ZERO_AT + 4, at + HEAD) }, HEAD)
}

function emit({ before, after }: VideoHead): Uint8Array {
  return concat(NAME, before, new Uint8Array(4), after)
}

export const videoWire: Wire<VideoHead> = {
  name: 'ppstream/video',
  source: 'OpenDPI, ppstream.c',
  carrier: 'stream',
  messageBytesMax: HEAD,
  faults: FAULTS,
  parse,
  emit,
}
