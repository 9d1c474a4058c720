/**
 * WebSocket frames, and the messages they make.
 * Source: RFC 6455 section 5; RFC 7692 (compressed messages).
 *
 *   fin 1 bit | rsv 3 bits | opcode 4 bits || mask 1 bit | size 7 bits
 *   size 126: u16be follows; 127: u64be follows
 *   mask set: key 4 bytes, then the payload, each byte xor-ed with the key in turn
 */
import { ByteWriter, concat, u16be, u32be } from '../../core/bytes.ts'
import { inflateRaw } from '../../core/inflate.ts'
import { malformed, message, need, type Outcome } from '../../core/outcome.ts'
import type { Wire } from '../../core/wire.ts'

export interface WebSocketFrame {
  readonly final: boolean
  /** 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong. */
  readonly opcode: number
  /** The first reserved bit: the message is compressed, where that was agreed (RFC 7692). */
  readonly compressed: boolean
  /** Set in frames of the client. */
  readonly mask?: Uint8Array
  /** Unmasked; a copy where there was a mask. */
  readonly payload: Uint8Array
}

export const TEXT = 1
const BINARY = 2
const CONTINUATION = 0
const CONTROL_FIRST = 8
const CONTROL_BYTES_MAX = 125

/** No longer frame is read, in bytes; a stream that claims one is not followed. */
const FRAME_BYTES_MAX = 1_048_576

/** No longer message is put together, in bytes. */
const MESSAGE_BYTES_MAX = 1_048_576

// biome-ignore format: a table
const FAULTS = [
  'opcode-unknown',          // 3 to 7, 11 to 15
  'reserved-bits-set',       // the second or third
  'control-too-long',        // a control frame above 125 bytes
  'control-fragmented',
  'size-not-shortest',       // a longer form of size than was needed
  'frame-too-long',
] as const

function parse(bytes: Uint8Array, at: number): Outcome<WebSocketFrame> {
  const have = bytes.length - at
  if (have < 2) return need(2)
  const first = bytes[at]!
  const opcode = first & 15
  if ((opcode > BINARY && opcode < CONTROL_FIRST) || opcode > 10) {
    return malformed('opcode-unknown', at)
  }
  if ((first & 0x30) !== 0) return malformed('reserved-bits-set', at)
  const final = (first & 0x80) !== 0
  const masked = (bytes[at + 1]! & 0x80) !== 0
  const short = bytes[at + 1]! & 0x7f
  if (opcode >= CONTROL_FIRST && short > CONTROL_BYTES_MAX) return malformed('control-too-long', at)
  if (opcode >= CONTROL_FIRST && !final) return malformed('control-fragmented', at)
  const sizeBytes = short === 126 ? 2 : short === 127 ? 8 : 0
  const headSize = 2 + sizeBytes + (masked ? 4 : 0)
  if (have < headSize) return need(headSize)
  let size = short
  if (sizeBytes === 2) {
    size = u16be(bytes, at + 2)
    if (size < 126) return malformed('size-not-shortest', at + 2)
  } else if (sizeBytes === 8) {
    size = u32be(bytes, at + 6)
    if (u32be(bytes, at + 2) !== 0) return malformed('frame-too-long', at + 2)
    if (size < 0x1_0000) return malformed('size-not-shortest', at + 2)
  }
  if (headSize + size > FRAME_BYTES_MAX) return malformed('frame-too-long', at + 2)
  if (have < headSize + size) return need(headSize + size)
  const payloadAt = at + headSize
  const view = bytes.subarray(payloadAt, payloadAt + size)
  const compressed = (first & 0x40) !== 0
  if (!masked) return message({ final, opcode, compressed, payload: view }, headSize + size)
  const mask = bytes.slice(payloadAt - 4, payloadAt)
  return message({ final, opcode, compressed, mask, payload: masking(view, mask) }, headSize + size)
}

/** The same both ways. */
function masking(bytes: Uint8Array, mask: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length)
  for (let i = 0; i < bytes.length; i++) result[i] = bytes[i]! ^ mask[i & 3]!
  return result
}

function emit(frame: WebSocketFrame): Uint8Array {
  const writer = new ByteWriter()
  writer.u8((frame.final ? 0x80 : 0) + (frame.compressed ? 0x40 : 0) + frame.opcode)
  const size = frame.payload.length
  const maskBit = frame.mask === undefined ? 0 : 0x80
  if (size < 126) writer.u8(maskBit + size)
  else if (size < 0x1_0000) writer.u8(maskBit + 126).u16be(size)
  else writer.u8(maskBit + 127).u64be(size)
  if (frame.mask === undefined) return writer.bytes(frame.payload).finish()
  return writer.bytes(frame.mask).bytes(masking(frame.payload, frame.mask)).finish()
}

export const webSocketWire: Wire<WebSocketFrame> = {
  name: 'formats/websocket',
  source: 'RFC 6455',
  carrier: 'stream',
  messageBytesMax: FRAME_BYTES_MAX,
  faults: FAULTS,
  parse,
  emit,
}

/** `{ opcode: 1, bytes, readable: true }`: a whole message of one side. */
export interface WebSocketMessage {
  readonly opcode: number
  readonly bytes: Uint8Array
  /** False where it was compressed and could not be inflated on its own, or was too long. */
  readonly readable: boolean
}

/** What ends a compressed message on the wire, and an empty last block, so that it inflates. */
const DEFLATE_TAIL = Uint8Array.of(0, 0, 0xff, 0xff, 3, 0)

/** Puts the frames of one side together. Control frames are given as messages of their own. */
export class WebSocketAssembler {
  #opcode = 0
  #compressed = false
  #parts: Uint8Array[] = []
  #size = 0

  /** @returns the message that this frame ends, or undefined */
  add(frame: WebSocketFrame): WebSocketMessage | undefined {
    if (frame.opcode >= CONTROL_FIRST) {
      return { opcode: frame.opcode, bytes: frame.payload, readable: true }
    }
    if (frame.opcode !== CONTINUATION) {
      this.#opcode = frame.opcode
      this.#compressed = frame.compressed
      this.#parts = []
      this.#size = 0
    }
    this.#size += frame.payload.length
    // The views live only until the stream moves on.
    if (this.#size <= MESSAGE_BYTES_MAX) this.#parts.push(frame.payload.slice())
    else this.#parts = []
    if (!frame.final) return undefined
    const opcode = this.#opcode
    const whole = this.#size <= MESSAGE_BYTES_MAX
    const bytes = concat(...this.#parts)
    this.#parts = []
    if (!whole) return { opcode, bytes: EMPTY, readable: false }
    if (!this.#compressed) return { opcode, bytes, readable: true }
    const inflated = inflateRaw(concat(bytes, DEFLATE_TAIL))
    return inflated === undefined
      ? { opcode, bytes: EMPTY, readable: false }
      : { opcode, bytes: inflated, readable: true }
  }
}

const EMPTY = new Uint8Array(0)
