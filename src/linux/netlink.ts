/**
 * Netlink messages to netfilter as bytes: a header, the header of netfilter, attributes. Nothing
 * here calls the kernel.
 * Source: netlink(7); include/uapi/linux/netlink.h and netfilter/nfnetlink.h. Headers are in the order of the
 * machine, which is little-endian on all that koffi is built for; what netfilter's attributes hold is
 * big-endian.
 *
 *   message     size u32 | type u16 | flags u16 | sequence u32 | port u32        16
 *               family u8 | version u8 | resource u16be                          4
 *   attribute   size u16 (without padding) | type u16 | value | padding to 4
 *   error       errno i32, negative | header of what was asked                   type 2
 */
import { ByteWriter, concat, u16le, u32le } from '../core/bytes.ts'

const HEADER_BYTES = 16
/** With the header of netfilter. */
export const HEADERS_BYTES = 20
const ATTRIBUTE_BYTES = 4

export const REQUEST = 1
export const ACK = 4
/** All that is there: NLM_F_ROOT, NLM_F_MATCH. */
export const DUMP = 0x300

const TYPE_ERROR = 2
/** What ends a dump. */
export const TYPE_DONE = 3
const NESTED = 0x8000
/** Without the bits for `nested` and `big-endian`. */
const ATTRIBUTE_TYPES = 0x4000

export interface Message {
  /** Subsystem × 256 + operation. */
  readonly type: number
  readonly flags: number
  readonly sequence: number
  /** AF_INET and so on; 0 where it does not matter. */
  readonly family: number
  /** For a queue, its number. */
  readonly resource: number
  readonly attributes: Uint8Array
}

export function emitMessage(message: Message): Uint8Array {
  const writer = new ByteWriter().u32le(HEADERS_BYTES + message.attributes.length)
  writer.u16le(message.type).u16le(message.flags).u32le(message.sequence).u32le(0)
  writer.u8(message.family).u8(0).u16be(message.resource)
  return writer.bytes(message.attributes).finish()
}

export function attribute(type: number, value: Uint8Array): Uint8Array {
  const writer = new ByteWriter()
    .u16le(ATTRIBUTE_BYTES + value.length)
    .u16le(type)
    .bytes(value)
  while (writer.size % 4 !== 0) writer.u8(0)
  return writer.finish()
}

/** An attribute of attributes. */
export function nested(type: number, ...inside: readonly Uint8Array[]): Uint8Array {
  return attribute(NESTED + type, concat(...inside))
}

export function attributeU32(type: number, value: number): Uint8Array {
  return attribute(type, new ByteWriter().u32be(value).finish())
}

export function attributeU16(type: number, value: number): Uint8Array {
  return attribute(type, new ByteWriter().u16be(value).finish())
}

export function attributeU8(type: number, value: number): Uint8Array {
  return attribute(type, Uint8Array.of(value))
}

/**
 * Go through the messages of one datagram.
 * @param found  is given type, where the message begins, and where it ends
 */
export function eachMessage(
  bytes: Uint8Array,
  at: number,
  end: number,
  found: (type: number, at: number, end: number) => void,
): void {
  while (at + HEADER_BYTES <= end) {
    const size = u32le(bytes, at)
    if (size < HEADER_BYTES || at + size > end) return
    found(u16le(bytes, at + 4), at, at + size)
    at += padded(size)
  }
}

/** As `eachMessage`, for the attributes between `at` and `end`; values are told by place. */
export function eachAttribute(
  bytes: Uint8Array,
  at: number,
  end: number,
  found: (type: number, valueAt: number, valueEnd: number) => void,
): void {
  while (at + ATTRIBUTE_BYTES <= end) {
    const size = u16le(bytes, at)
    if (size < ATTRIBUTE_BYTES || at + size > end) return
    found(u16le(bytes, at + 2) % ATTRIBUTE_TYPES, at + ATTRIBUTE_BYTES, at + size)
    at += padded(size)
  }
}

export interface Answer {
  readonly sequence: number
  /** 0 where it was done. */
  readonly errno: number
}

/** What the kernel says to a request; undefined where the message is something else. */
export function answerOf(bytes: Uint8Array, at: number, end: number): Answer | undefined {
  if (u16le(bytes, at + 4) !== TYPE_ERROR || at + HEADER_BYTES + 4 > end) return undefined
  return {
    errno: 0 - (u32le(bytes, at + HEADER_BYTES) | 0),
    sequence: sequenceOf(bytes, at),
  }
}

/** Of the message that begins there. */
export function sequenceOf(bytes: Uint8Array, at: number): number {
  return u32le(bytes, at + 8)
}

function padded(size: number): number {
  return size + ((4 - (size % 4)) % 4)
}
