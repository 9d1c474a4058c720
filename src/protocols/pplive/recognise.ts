/**
 * First bytes → PPLive, by what other tools match; hence never more than likely, but where one
 * datagram holds eight bytes of it.
 *
 * A datagram: type and generation are 48 bits, the flag 7: 55. Over TCP the same behind a length that
 * agrees with the segment, 48 and 16 or more. Two halves of 31 bits, where each side sends one.
 */
import { fromHex, hasAt, u32be, u32le } from '../../core/bytes.ts'
import type { Fit, Look, Protocol, Sight } from '../../core/protocol.ts'
import { datagramWire, GENERATION, streamWire } from './wire/message.ts'

/** Kinds that libprotoident saw at the start of flows, with either flag. */
const ASK = fromHex('e90341')
const ANSWER = fromHex('e90342')
/** Both sides begin so, says libprotoident after a paper of Xiaona and others. */
const OTHER = fromHex('1c1c3201')
/** OpenDPI wants more than fifty bytes. */
const DATAGRAM_MIN = 51

export const starts: Protocol['starts'] = { udp: [ASK, ANSWER, OTHER] }

export function recognise({ carrier, datagrams, final }: Look): Sight {
  if (carrier !== 'udp') return 'no'
  for (const { bytes, size } of datagrams) {
    const outcome = datagramWire.parse(bytes, 0)
    if (outcome.kind === 'message' && outcome.message.flag < 2 && size >= DATAGRAM_MIN) {
      const reasons = ['a datagram that begins e9 03, and 98 ab 01 02 at its place']
      return { part: 'peer', sureness: 'certain', reasons }
    }
  }
  const asked = [0, 0]
  const other = [0, 0]
  for (const { from, bytes } of datagrams) {
    if (hasAt(bytes, 0, OTHER)) other[from]!++
    if ((hasAt(bytes, 0, ASK) || hasAt(bytes, 0, ANSWER)) && bytes[3] === 1) asked[from]!++
  }
  if (asked[0]! > 0 && asked[1]! > 0) return likely('both sides begin e9 03, 41 or 42, 01')
  if (other[0]! > 0 && other[1]! > 0) return likely('both sides begin 1c 1c 32 01')
  return final || asked[0]! + asked[1]! + other[0]! + other[1]! === 0 ? 'no' : 'more'
}

function likely(reason: string): Sight {
  return { part: 'peer', sureness: 'likely', reasons: [reason] }
}

const NO_FITS: readonly Fit[] = []

/** Over TCP a length comes first, so that no start is fixed. */
export function fits({ carrier, heads, segments }: Look): readonly Fit[] {
  if (carrier !== 'tcp') return NO_FITS
  for (const [side, head] of heads.entries()) {
    if (head.length < 12 || !hasAt(head, 8, GENERATION)) continue
    const outcome = streamWire.parse(head, 0)
    const isBegun = outcome.kind !== 'malformed' && agrees(head, segments, side)
    if (isBegun) return FITS
  }
  return NO_FITS
}

const FITS: readonly Fit[] = [
  {
    part: 'peer',
    taughtAs: [],
    reason: 'a length that agrees, then 98 ab 01 02 at its place',
    alone: 'likely',
  },
]

/**
 * The length is sent alone and the message after it, or both at once; messages behind it that were
 * joined with it end where the segment ends.
 */
function agrees(head: Uint8Array, segments: readonly number[], side: number): boolean {
  const own = segments.filter((size) => (side === 0 ? size > 0 : size < 0)).map(Math.abs)
  const end = own[0] === 4 ? 4 + (own[1] ?? 0) : (own[0] ?? 0)
  return endsAt(head, end, u32be) || endsAt(head, end, u32le)
}

function endsAt(head: Uint8Array, end: number, lengthAt: typeof u32be): boolean {
  let at = 0
  while (at < end && hasAt(head, at + 8, GENERATION)) at += 4 + lengthAt(head, at)
  return at === end
}
