/**
 * The frame of every eDonkey TCP stream.
 *
 *     protocol u8 | size u32le | opcode u8 | body        size counts opcode and body
 *
 *     E3 eDonkey    C5 eMule extension    D4 the body (not the opcode) is zlib-compressed; what it
 *     holds is E3 on a server link and C5 on a link between clients
 *
 * Source: eMule EMSocket.cpp (`OnReceive`, `GlobalReadBuffer[2000000]`), packets.cpp
 * (`CPacket::UnPackPacket`).
 */
import { ByteWriter, u16be, u32le } from '../../../core/bytes.ts'
import { inflate } from '../../../core/inflate.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

export const EDONKEY = 0xe3
export const EMULE = 0xc5
export const PACKED = 0xd4

/** Opcode and body; eMule drops a connection that announces more (ERR_TOOBIG). */
export const FRAME_SIZE_MAX = 2_000_000
export const FRAME_HEAD_BYTES = 5

export interface Frame {
  readonly protocol: typeof EDONKEY | typeof EMULE | typeof PACKED
  readonly opcode: number
  /** Opcode and body as they stand: what the message wires parse (for D4: still compressed). */
  readonly content: Uint8Array
}

export function isFrameByte(byte: number | undefined): boolean {
  return byte === EDONKEY || byte === EMULE || byte === PACKED
}

function parse(bytes: Uint8Array, at: number): Outcome<Frame> {
  const have = bytes.length - at
  if (have < 1) return need(6)
  const protocol = bytes[at]!
  if (protocol !== EDONKEY && protocol !== EMULE && protocol !== PACKED) {
    return malformed('protocol-byte-unknown', at)
  }
  if (have < FRAME_HEAD_BYTES) return need(6)
  const size = u32le(bytes, at + 1)
  if (size === 0) return malformed('frame-empty', at + 1)
  if (size > FRAME_SIZE_MAX) return malformed('frame-too-long', at + 1)
  const whole = FRAME_HEAD_BYTES + size
  if (have < whole) return need(whole)
  return message(
    { protocol, opcode: bytes[at + 5]!, content: bytes.subarray(at + 5, at + whole) },
    whole,
  )
}

function emit(frame: Frame): Uint8Array {
  return new ByteWriter()
    .u8(frame.protocol)
    .u32le(frame.content.length)
    .bytes(frame.content)
    .finish()
}

/**
 * Opcode and body of a D4 frame, decompressed.
 * @returns undefined where it is not zlib, is damaged, or would grow beyond the bound
 */
export function unpacked(content: Uint8Array): Uint8Array | undefined {
  const body = inflate(content.subarray(1))
  if (body === undefined) return undefined
  const whole = new Uint8Array(1 + body.length)
  whole[0] = content[0]!
  whole.set(body, 1)
  return whole
}

/** Whether a zlib stream can begin so: method 8, window at most 32 KiB, check bits right (RFC 1950). */
export function isZlibHead(bytes: Uint8Array, at: number): boolean {
  return (bytes[at]! & 0x0f) === 8 && bytes[at]! <= 0x78 && u16be(bytes, at) % 31 === 0
}

export const frameWire: Wire<Frame> = {
  name: 'edonkey/frame',
  source: 'eMule EMSocket.cpp, packets.cpp',
  carrier: 'stream',
  messageBytesMax: FRAME_HEAD_BYTES + FRAME_SIZE_MAX,
  faults: ['protocol-byte-unknown', 'frame-empty', 'frame-too-long'],
  parse,
  emit,
}
