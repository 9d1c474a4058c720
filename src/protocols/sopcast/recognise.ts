/**
 * First datagrams → SopCast, in the seven shapes that other tools match. No specification: likely at
 * most, and both sides must speak so.
 *
 * A shape: session 8 or 16 bits, kind 7, type 8, mark 8, size 16, zero 16: 63 bits and more in one.
 */
import { fromHex } from '../../core/bytes.ts'
import type { Look, Protocol, Sight } from '../../core/protocol.ts'
import { type Frame, frameWire } from './wire/frame.ts'

/** How flows open: with no session, or with the two that were seen. */
export const starts: Protocol['starts'] = {
  udp: ['ffff01', '0002010703', '000c010700'].map(fromHex),
}

/** Size of the datagram → type, mark, size of its message; a source's rule each. */
// biome-ignore format: a table
const SHAPES = [
  [52, 0x02, 0xff, 0x2c],   // I    asks
  [80, 0x01, 0xff, 0x14],   // II   answers, with more behind
  [94, 0x01, 0xff, 0x14],   // II
  [28, 0x01, 0xff, 0x14],   // II
  [60, 0x03, 0xff, 0x34],   // III  "seen once"
  [42, 0x06, 0x01, 0x22],   // IV
  [28, 0x01, 0x01, 0x14],   // V
  [286, 0x06, 0x01, 0x116], // VI   "seen once"
  [76, 0x0c, 0xff, 0x44],   // VII
] as const

function shapeOf(size: number, { type, mark, body }: Frame): number {
  return SHAPES.findIndex(
    (shape) =>
      shape[0] === size && shape[1] === type && shape[2] === mark && shape[3] === body.length + 6,
  )
}

export function recognise({ carrier, datagrams, final }: Look): Sight {
  if (carrier !== 'udp') return 'no'
  const sides = [0, 0]
  for (const { from, bytes, size } of datagrams) {
    if (bytes.length !== size) return 'no'
    const outcome = frameWire.parse(bytes, 0)
    if (outcome.kind === 'message' && shapeOf(size, outcome.message) >= 0) sides[from]!++
    else if (sides[from] === 0) return 'no'
  }
  if (sides[0]! > 0 && sides[1]! > 0) return told('likely', 'both sides begin with frames')
  if (!final) return 'more'
  // Many peers do not answer; several frames of one side are as telling as two sides' would be.
  return sides[0]! > 1 ? told('unsure', 'one side alone sends frames') : 'no'
}

function told(sureness: 'likely' | 'unsure', what: string): Sight {
  const reasons = [`${what} of sizes and types that are known`]
  return { part: 'peer', sureness, reasons }
}
