/**
 * Datagrams of iMesh between clients and its hosts, as other tools match them; what they mean is not known but
 * for the sender's own address in one.
 *
 *   02 00 | u16, zero or not | kind, 4 bytes | …                                size   kind
 *   "here I am"  … at 21: 00 00, at 24: port u16le | 01 00 | ip4                   32   00 00 00 81
 *   its answer   … at 21: 00 00, at 26: 01 00                                      32   01 00 00 82
 *   83           … at 24: 40 00 00 00; last byte and that four before differ by one at most   36   . 00 00 83
 *   84           the same of the last byte                                         24   03 00 00 84
 *
 * Source: no specification. nDPI imesh.c (after OpenDPI).
 */
import { ip4, parseIp4 } from '../../../core/address.ts'
import { ByteWriter, concat, u16be, u16le, u32be } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

export type Datagram =
  | {
      readonly type: 'here'
      readonly head: Uint8Array
      readonly port: number
      /** Of the sender, as he knows it. */
      readonly ip: string
    }
  | { readonly type: 'here-answer' | '83' | '84'; readonly bytes: Uint8Array }

const FAULTS = ['size-unknown', 'not-a-datagram', 'kind-unknown'] as const
const HERE = 0x0000_0081
const HERE_ANSWER = 0x0100_0082
const EIGHTY_FOUR = 0x0300_0084
const MARK = 0x4000_0000

function parse(bytes: Uint8Array, at: number): Outcome<Datagram> {
  const size = bytes.length - at
  if (size !== 24 && size !== 32 && size !== 36) return malformed('size-unknown', bytes.length)
  if (u16be(bytes, at) !== 0x0200) return malformed('not-a-datagram', at)
  const kind = u32be(bytes, at + 4)
  const isMarked = u16be(bytes, at + 2) !== 0
  if (size === 32 && !isMarked && u16be(bytes, at + 21) === 0 && u16be(bytes, at + 26) === 0x0100) {
    if (kind === HERE && bytes[at + 11] === bytes[at + 15]) {
      const [port, ip] = [u16le(bytes, at + 24), ip4(bytes, at + 28)]
      return message({ type: 'here', head: bytes.subarray(at, at + 24), port, ip }, size)
    }
    if (kind === HERE_ANSWER) {
      return message({ type: 'here-answer', bytes: bytes.subarray(at, at + size) }, size)
    }
  }
  if (Math.abs(bytes[at + size - 1]! - bytes[at + size - 5]!) > 1) {
    return malformed('kind-unknown', at + 4)
  }
  const isPlain83 =
    !isMarked && bytes[at + 4] !== 0 && bytes[at + 5] === 0 && kind % 0x1_0000 === 0x83
  const is83 = isPlain83 || (isMarked && kind === 0x0200_0083)
  if (size === 36 && is83 && u32be(bytes, at + 24) === MARK) {
    return message({ type: '83', bytes: bytes.subarray(at, at + size) }, size)
  }
  if (size === 24 && isMarked && kind === EIGHTY_FOUR) {
    return message({ type: '84', bytes: bytes.subarray(at, at + size) }, size)
  }
  return malformed('kind-unknown', at + 4)
}

function emit(said: Datagram): Uint8Array {
  if (said.type !== 'here') return said.bytes.slice()
  const tail = new ByteWriter().u16le(said.port).u16be(0x0100).bytes(parseIp4(said.ip)!)
  return concat(said.head, tail.finish())
}

export const datagramWire: Wire<Datagram> = {
  name: 'imesh/datagram',
  source: 'ntop/nDPI src/lib/protocols/imesh.c',
  carrier: 'datagram',
  messageBytesMax: 36,
  faults: FAULTS,
  parse,
  emit,
}
