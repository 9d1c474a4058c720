/**
 * SopCast's datagrams: a head of eight bytes, then a message that tells its own size.
 * No specification and no capture was to be had. Source: OpenDPI and nDPI,
 * src/lib/protocols/sopcast.c, which match seven shapes; that one rule explains them all (the size
 * at 10 is the datagram's less eight, in each of the seven) is our reading.
 *
 *   frame     session u16be | kind u8 | 5 unknown | message | more messages
 *   message   type u8 | ff or 01 | size u16be | u16 zero | body          size counts all of the message
 *
 *   session   ffff in what opens a flow, else the upper byte is zero
 */
import { ByteWriter, u16be } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

const HEAD = 8
const MESSAGE_HEAD = 6
const MESSAGE_BYTES_MAX = 0xffff

const FAULTS = ['too-short', 'session-unknown', 'kind-unknown', 'size-wrong', 'not-zero'] as const

export interface Frame {
  readonly session: number
  readonly kind: number
  readonly head: Uint8Array
  readonly type: number
  readonly mark: number
  readonly body: Uint8Array
  /** What stands behind the first message: more of them, in what was described. */
  readonly more: Uint8Array
}

function parse(bytes: Uint8Array, at: number): Outcome<Frame> {
  const size = bytes.length - at
  if (size < HEAD + MESSAGE_HEAD) return malformed('too-short', at)
  const session = u16be(bytes, at)
  if (session > 0xff && session !== 0xffff) return malformed('session-unknown', at)
  const kind = bytes[at + 2]!
  if (kind !== 1 && kind !== 2) return malformed('kind-unknown', at + 2)
  const said = at + HEAD
  const length = u16be(bytes, said + 2)
  if (length < MESSAGE_HEAD || said + length > bytes.length)
    return malformed('size-wrong', said + 2)
  if (u16be(bytes, said + 4) !== 0) return malformed('not-zero', said + 4)
  return message(
    {
      session,
      kind,
      head: bytes.subarray(at + 3, said),
      type: bytes[said]!,
      mark: bytes[said + 1]!,
      body: bytes.subarray(said + MESSAGE_HEAD, said + length),
      more: bytes.subarray(said + length),
    },
    size,
  )
}

function emit({ session, kind, head, type, mark, body, more }: Frame): Uint8Array {
  return new ByteWriter()
    .u16be(session)
    .u8(kind)
    .bytes(head)
    .u8(type)
    .u8(mark)
    .u16be(MESSAGE_HEAD + body.length)
    .u16be(0)
    .bytes(body)
    .bytes(more)
    .finish()
}

export const frameWire: Wire<Frame> = {
  name: 'sopcast/frame',
  source: 'OpenDPI and nDPI, sopcast.c',
  carrier: 'datagram',
  messageBytesMax: MESSAGE_BYTES_MAX,
  faults: FAULTS,
  parse,
  emit,
}
