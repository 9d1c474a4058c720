/** Finding one's place in a stream of frames, whose head holds no mark. */
import { speakersOf } from './fields.ts'
import { commandOf } from './wire/commands.ts'
import { type Frame, frameWireFor, HEADER, isText, type Order } from './wire/frame.ts'

/** Servers refuse longer texts; some clients' lists of files went above, up to twice as much. */
const TEXT_BYTES_USUAL = 4096

/** Which order the numbers of a first frame are in: little unless only the other makes sense. */
export function orderOf(head: Uint8Array): Order {
  return isHeader(head, 0, 'little') || !isHeader(head, 0, 'big') ? 'little' : 'big'
}

/** Whether a type that is known and a usual length stand here. */
function isHeader(bytes: Uint8Array, at: number, order: Order): boolean {
  const big = order === 'big'
  const length = bytes[at + (big ? 0 : 1)]! * 256 + bytes[at + (big ? 1 : 0)]!
  const number = bytes[at + (big ? 2 : 3)]! * 256 + bytes[at + (big ? 3 : 2)]!
  return length <= TEXT_BYTES_USUAL && commandOf(number) !== undefined
}

/**
 * The frame here, with who may have said it, where it is plausible: known type, usual length, a text
 * that has the form of its type.
 * @returns 'part': plausible so far, not all there
 */
export function plausibleAt(
  bytes: Uint8Array,
  at: number,
  order: Order,
): { frame: Frame; size: number; speakers: number } | 'part' | 'no' {
  if (bytes.length - at < HEADER) return 'part'
  if (!isHeader(bytes, at, order)) return 'no'
  const outcome = frameWireFor(order).parse(bytes, at)
  if (outcome.kind === 'malformed') return 'no'
  if (outcome.kind === 'need') return isText(bytes.subarray(at + HEADER)) ? 'part' : 'no'
  const { number, text } = outcome.message
  const isBinary = number === 932 || number === 995
  if (!isBinary && !isText(text)) return 'no'
  const speakers = speakersOf(commandOf(number)!, text)
  return speakers === 0 ? 'no' : { frame: outcome.message, size: outcome.size, speakers }
}

/** Shortest text that tells a place, together with what follows it. */
const TEXT_BYTES_MIN = 8

/**
 * Where frames begin again: the first place at which one with a real text stands that is followed by
 * another, or by nothing.
 * @returns the place, or -1
 */
export function findStep(bytes: Uint8Array, order: Order): number {
  for (let at = 0; at + HEADER + TEXT_BYTES_MIN <= bytes.length; at++) {
    if (!isHeader(bytes, at, order)) continue
    const first = plausibleAt(bytes, at, order)
    if (typeof first === 'string' || first.frame.text.length < TEXT_BYTES_MIN) continue
    if (plausibleAt(bytes, at + first.size, order) !== 'no') return at
  }
  return -1
}
