/**
 * Message Stream Encryption (protocol encryption), as far as a watcher can see it. Keys come out of
 * a Diffie-Hellman exchange and the info hash, so nothing in it can be checked; what shows is its
 * shape:
 *
 *   opener   Ya 96, PadA 0–512                                             96–608 bytes
 *   other    Yb 96, PadB 0–512                                             96–608
 *   opener   HASH 20, HASH 20, RC4( VC 8, provide 4, size 2, PadC 0–512,
 *            size 2, IA 0 or 68 = the peer handshake )                     56 and more
 *   other    RC4( VC 8, select 4, size 2, PadD 0–512 ), then the stream    14 and more
 *
 * All of it looks like chance. Other protocols have that shape too (NTCP2, RLPx, shadowsocks,
 * Telegram), so the shape alone names nothing. Two sizes that only a 68-byte handshake behind these
 * fields explains do, one of each side, when they stand at their places, and so does one of them where
 * content begins behind it as peers begin it (mse-marks.ts); otherwise the endpoint must be known.
 * Where the peers agree on plain text (select 1), the peer handshake follows and is certain.
 *
 * Source: the Message Stream Encryption text of the Azureus wiki; libtorrent pe_crypto.cpp and
 * bt_peer_connection.cpp (all four paddings are 0 to 511 bytes there).
 */
import { indexOfBytes } from '../../core/bytes.ts'
import { looksRandom } from '../../core/chance.ts'
import type { Look } from '../../core/protocol.ts'
import { isPrintable } from '../../core/text.ts'
import { marksOf, PROOF_BYTES, SELECT_BYTES, turnsOf } from './mse-marks.ts'
import { HANDSHAKE_BYTES, HANDSHAKE_START } from './wire/peer-handshake.ts'

/** Ya or Yb with its padding, in bytes. */
export const KEY_BYTES = 96
export const PAD_BYTES_MAX = 512
const FIRST_BYTES_MAX = KEY_BYTES + PAD_BYTES_MAX
/** Behind these bytes of either side nothing of the MSE handshake can stand. */
const MSE_BYTES_MAX = FIRST_BYTES_MAX + PROOF_BYTES + PAD_BYTES_MAX + PAD_BYTES_MAX

/** What the sizes and bytes of a stream say. */
export type MseSight =
  /** It cannot be MSE. */
  | { readonly kind: 'no' }
  /** It can be so far. */
  | { readonly kind: 'open' }
  /** All four flights have the shape; `marks` in words. Sealed: no handshake in the clear can follow. */
  | { readonly kind: 'shape'; readonly marks: readonly string[]; readonly isSealed: boolean }
  /** The peer handshake stands in the clear behind it. */
  | { readonly kind: 'plain' }

const NO: MseSight = { kind: 'no' }
const OPEN: MseSight = { kind: 'open' }

/** Segments of one direction after another, joined: positive from the opener. */
function flightsOf(segments: readonly number[]): number[] {
  const flights: number[] = []
  for (const size of segments) {
    const last = flights.length - 1
    if (last >= 0 && flights[last]! > 0 === size > 0) flights[last]! += size
    else flights.push(size)
  }
  return flights
}

/** Judge a TCP flow that was seen from its start. */
export function lookAtMse(look: Look): MseSight {
  const { heads, segments } = look
  if (segments.length === 0) return OPEN
  if (heads[0].length === 0) {
    const sight = lookAtOne(heads[1], -segments[0]!)
    // Who is connected to does not speak first: without plain text it is something else.
    return look.final && sight.kind === 'open' ? NO : sight
  }
  if (heads[1].length === 0 && look.totals[0] > FIRST_BYTES_MAX) {
    return lookAtOne(heads[0], segments[0]!)
  }
  // Sizes first: they let go without a look at the bytes, which is made anew for each segment.
  const flights = flightsOf(segments)
  // Both keys are sent in one piece, padding included, by every client that was captured; on the
  // way they may be cut.
  const first = flights[0]!
  if (first < KEY_BYTES) return flights.length === 1 && !look.final && first > 0 ? OPEN : NO
  const answer = -(flights[1] ?? 0)
  if (first > FIRST_BYTES_MAX) return NO
  // Packets that overtook each other in the capture: sizes say nothing, the handshake does.
  if (answer > FIRST_BYTES_MAX) return plainBehindKey(look)
  if (answer < KEY_BYTES && flights.length > 2) return NO
  if (flights.length > 3 && flights[2]! < PROOF_BYTES) return NO
  if (isPrintable(heads[0], 0, 8) || !looksRandom(heads[0], 0, first)) return NO
  if (!looksRandom(heads[1], 0, answer)) return NO
  if (flights.length < 3) return OPEN
  if (hasPlainHandshake(heads[0]) || hasPlainHandshake(heads[1])) return { kind: 'plain' }
  if (flights.length < 4) return OPEN
  if (-flights[3]! < SELECT_BYTES) return OPEN
  return {
    kind: 'shape',
    marks: marksOf(segments),
    isSealed: isSealed(segments, heads[1].length - answer),
  }
}

/** The handshake of the other side has come, and nobody saw it: by its usual place, or behind all padding. */
function isSealed(segments: readonly number[], selected: number): boolean {
  const usual = -segments[turnsOf(segments)[3]!]! === SELECT_BYTES + HANDSHAKE_BYTES
  return usual || selected >= SELECT_BYTES + PAD_BYTES_MAX + HANDSHAKE_BYTES
}

/**
 * One side alone, where the capture holds one direction of a connection: no flights, so only the
 * size of the first segment, chance, and what may stand in the clear behind it.
 */
function lookAtOne(head: Uint8Array, first: number): MseSight {
  if (first < KEY_BYTES || first > FIRST_BYTES_MAX) return NO
  if (isPrintable(head, 0, 8) || !looksRandom(head, 0, first)) return NO
  return hasPlainHandshake(head) ? { kind: 'plain' } : OPEN
}

function plainBehindKey({ heads, final }: Look): MseSight {
  if (!heads.every((head) => looksRandom(head, 0, KEY_BYTES))) return NO
  if (heads.some(hasPlainHandshake)) return { kind: 'plain' }
  return final ? NO : OPEN
}

function hasPlainHandshake(head: Uint8Array): boolean {
  const to = Math.min(head.length, MSE_BYTES_MAX + HANDSHAKE_START.length)
  return indexOfBytes(head, HANDSHAKE_START, KEY_BYTES, to) >= 0
}
