/**
 * OpenFT frames: what stands between the messages of a connection, and inside its streams.
 * Source: MLDonkey docs/OpenFT.txt; gift-openft 0.2.1 src/ft_packet.c, src/ft_stream.c.
 *
 *   frame    length u16be | command u16be | body               length counts the body alone
 *   stream   id u32be | flags u16be | bytes                    body where the command has bit 15
 *
 * A stream carries frames that were sent together, deflated if its flags say so.
 */
import { ByteWriter, bits, u16be, u32be } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

/** Views live only as long as the bytes they were read from. */
export type Frame =
  | { readonly stream: false; readonly command: number; readonly body: Uint8Array }
  | {
      readonly stream: true
      readonly command: number
      readonly id: number
      readonly flags: number
      readonly body: Uint8Array
    }

export const FRAME_HEADER_BYTES = 4
const STREAM_HEADER_BYTES = 6
const STREAM_BIT = 0x8000
/** Until 0.2.1.4 nodes dropped bodies of more than 2048 bytes; later ones send what fits. */
const FRAME_BYTES_MAX = FRAME_HEADER_BYTES + 0xffff

/** Flags of a stream. */
export const FINISH = 0x01
const ZLIB_BIT = 2

export function isZlibStream(flags: number): boolean {
  return bits(flags, ZLIB_BIT, 1) === 1
}

const FAULTS = ['stream-header-cut'] as const

function parse(bytes: Uint8Array, at: number): Outcome<Frame> {
  const have = bytes.length - at
  if (have < FRAME_HEADER_BYTES) return need(FRAME_HEADER_BYTES)
  const size = FRAME_HEADER_BYTES + u16be(bytes, at)
  if (have < size) return need(size)
  const command = u16be(bytes, at + 2)
  const body = bytes.subarray(at + FRAME_HEADER_BYTES, at + size)
  if (command < STREAM_BIT) return message({ stream: false, command, body }, size)
  if (body.length < STREAM_HEADER_BYTES) return malformed('stream-header-cut', at)
  const head = { id: u32be(body, 0), flags: u16be(body, 4) }
  const inner = body.subarray(STREAM_HEADER_BYTES)
  return message({ stream: true, command: command - STREAM_BIT, ...head, body: inner }, size)
}

function emit(frame: Frame): Uint8Array {
  const writer = new ByteWriter()
  if (!frame.stream) {
    return writer.u16be(frame.body.length).u16be(frame.command).bytes(frame.body).finish()
  }
  writer.u16be(STREAM_HEADER_BYTES + frame.body.length).u16be(frame.command + STREAM_BIT)
  return writer.u32be(frame.id).u16be(frame.flags).bytes(frame.body).finish()
}

export const frameWire: Wire<Frame> = {
  name: 'openft/frame',
  source: 'MLDonkey docs/OpenFT.txt; gift-openft src/ft_packet.c',
  carrier: 'stream',
  messageBytesMax: FRAME_BYTES_MAX,
  faults: FAULTS,
  parse,
  emit,
}
