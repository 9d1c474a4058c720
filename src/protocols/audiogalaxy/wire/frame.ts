/**
 * A frame of any AudioGalaxy connection: to the redirector, to the server, between peers.
 * Source: mldonkey, commit 81a0385c, src/networks/audio_galaxy/agProtocol.ml, with captured bytes;
 * "AudioGalaxy Client Protocol" (Mity, Justin Fletcher, 2001, gerph.org/info/agprotocol.html).
 *
 *   frame   45 5f d0 d5 | size u32be | number u32be | payload      size counts all but the magic
 */
import { ByteWriter, hasAt, u32be } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

export const MAGIC = Uint8Array.of(0x45, 0x5f, 0xd0, 0xd5)
export const HEADER = 12
/** Size and number themselves. */
const SIZE_MIN = 8
/** Names and five ID3 texts have at most some thousand bytes; nothing longer was seen. */
const SIZE_MAX = 0xffff

const FAULTS = ['magic-wrong', 'size-too-small', 'size-too-large'] as const

/** `payload` is a view that lives only as long as the bytes it was read from. */
export interface Frame {
  readonly number: number
  readonly payload: Uint8Array
}

function parse(bytes: Uint8Array, at: number): Outcome<Frame> {
  const have = bytes.length - at
  const begun = MAGIC.subarray(0, Math.min(have, MAGIC.length))
  if (!hasAt(bytes, at, begun)) return malformed('magic-wrong', at)
  if (have < SIZE_MIN) return need(HEADER)
  const size = u32be(bytes, at + 4)
  if (size < SIZE_MIN) return malformed('size-too-small', at + 4)
  if (size > SIZE_MAX) return malformed('size-too-large', at + 4)
  const total = MAGIC.length + size
  if (have < total) return need(total)
  const payload = bytes.subarray(at + HEADER, at + total)
  return message({ number: u32be(bytes, at + 8), payload }, total)
}

function emit({ number, payload }: Frame): Uint8Array {
  const writer = new ByteWriter().bytes(MAGIC).u32be(SIZE_MIN + payload.length)
  return writer.u32be(number).bytes(payload).finish()
}

export const frameWire: Wire<Frame> = {
  name: 'audiogalaxy/frame',
  source: 'mldonkey 81a0385c, agProtocol.ml; gerph.org/info/agprotocol.html',
  carrier: 'stream',
  messageBytesMax: MAGIC.length + SIZE_MAX,
  faults: FAULTS,
  parse,
  emit,
}
