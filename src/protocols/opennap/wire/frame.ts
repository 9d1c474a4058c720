/**
 * A frame between client and server: length, type, text. Several stand in one segment.
 * Source: opennap, napster.txt section 1; mldonkey, docs/slavanap.txt section 2: the company's own
 * client from beta 10.3 on writes both numbers in network order, which some servers understood.
 *
 *   frame   length u16le | type u16le | text         length counts the text
 *   frame   length u16be | type u16be | text         beta 10.3 and later
 *
 * The text has no end mark. Servers refuse more than 2,048 bytes; the field can say 65,535.
 */
import { ByteWriter, u16be, u16le } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'
import { commandOf } from './commands.ts'

export const HEADER = 4
/** The length field can say no more. */
const FRAME_BYTES_MAX = HEADER + 0xffff

export type Order = 'little' | 'big'

/** `text` is a view that lives only as long as the bytes it was read from. */
export interface Frame {
  readonly number: number
  readonly text: Uint8Array
}

function frameWireOf(order: Order, name: string): Wire<Frame> {
  const u16 = order === 'little' ? u16le : u16be
  return {
    name,
    source: 'opennap, napster.txt; mldonkey, docs/slavanap.txt',
    carrier: 'stream',
    messageBytesMax: FRAME_BYTES_MAX,
    faults: ['out-of-step'],
    parse(bytes: Uint8Array, at: number): Outcome<Frame> {
      if (bytes.length - at < HEADER) return need(HEADER)
      const size = HEADER + u16(bytes, at)
      if (bytes.length - at < size) return need(size)
      const text = bytes.subarray(at + HEADER, at + size)
      const number = u16(bytes, at + 2)
      // Unknown types are kept; but one whose text is none is no frame at all.
      if (commandOf(number) === undefined && !isText(text)) return malformed('out-of-step', at)
      return message({ number, text }, size)
    },
    emit({ number, text }: Frame): Uint8Array {
      const writer = new ByteWriter()
      if (order === 'little') writer.u16le(text.length).u16le(number)
      else writer.u16be(text.length).u16be(number)
      return writer.bytes(text).finish()
    },
  }
}

export const frameWire = frameWireOf('little', 'opennap/frame')
export const bigFrameWire = frameWireOf('big', 'opennap/frame-big')

export function frameWireFor(order: Order): Wire<Frame> {
  return order === 'little' ? frameWire : bigFrameWire
}

/** Whether bytes can be a message's text: printable, with the colours and styles that chats use. */
export function isText(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    if (byte < 0x20 && !STYLES.has(byte)) return false
    if (byte === 0x7f) return false
  }
  return true
}

/** Tab, line ends, and mIRC's bold, colour, plain, reverse and underline. */
const STYLES: ReadonlySet<number> = new Set([9, 10, 13, 2, 3, 15, 22, 31])
