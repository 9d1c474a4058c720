/**
 * Sizes of segments at their places that MSE around a peer connection explains and little else does.
 *
 * The opener puts its handshake into the third flight or sends it apart, so that this is one mark;
 * the other side adds its own to a selection without padding, or sends that first. Where one of the
 * two is padded, as libtorrent does on both sides, the other and the beginning of content tell: the
 * side that gives says unchoke (5) with up to five pieces allowed fast (9 each, BEP 6) in a segment
 * of its own, or the side that takes says interested (5) and its first requests (17 each) so, and
 * segments as full as the way allows follow. Without that mark such sizes name nothing: any protocol that sends
 * short messages under a stream cipher has some of them.
 *
 * Source: sizes in captures of Transmission, rTorrent, aria2, libtorrent, in both directions;
 * libtorrent's setting `allowed_fast_set_size` is 5.
 */
import { HANDSHAKE_BYTES } from './wire/peer-handshake.ts'

/** Third flight without padding and without a first message in it. */
export const PROOF_BYTES = 56
/** Fourth flight without padding. */
export const SELECT_BYTES = 14

const MARKS_WANTED = 2

const UNCHOKE_BYTES = 5
const ALLOWED_FAST_BYTES = 9
const ALLOWED_FAST_MAX = 5
const INTERESTED_BYTES = 5
const REQUEST_BYTES = 17
const REQUESTS_MAX = 32
/** Beside interested, before it is known how fast the giver is: two to four in captures. */
const FIRST_REQUESTS_MAX = 4
/** What stands before a block: length, id, piece, begin. */
const PIECE_HEAD_BYTES = 13
/** Two segments as full as each other, and no shorter than any path allows (RFC 9293 3.7.1), are content. */
const FULL_BYTES_MIN = 536
/** Segments that were joined on the way are fuller than any way allows. */
const JOINED_BYTES_MIN = 2000
/**
 * What a side can do (BEP 10) and has, in one segment: 103 to 290 bytes of openers; libtorrent's
 * answer has its handshake before it, 270 to 300 together.
 */
const GREETING_BYTES_MIN = 100
const ANSWER_BYTES_MIN = 200

/** @param segments  of a flow whose four flights have the shape of MSE */
export function marksOf(segments: readonly number[]): string[] {
  const turns = turnsOf(segments)
  const [third, fourth] = [turns[2]!, turns[3]!]
  const opened = openerMark(segments, turns)
  const usual = -segments[fourth]! === SELECT_BYTES + HANDSHAKE_BYTES
  const marks: string[] = []
  if (opened !== undefined) marks.push(opened)
  if (usual) marks.push('the fourth flight has 82 bytes: select 14 and handshake 68')
  else if (
    -segments[fourth]! === SELECT_BYTES &&
    segments[third] !== PROOF_BYTES + HANDSHAKE_BYTES
  ) {
    // The other side has waited for the handshake, so it was not in the third flight.
    marks.push('the fourth flight begins with 14 bytes: select')
  }
  if (marks.length < MARKS_WANTED && (opened !== undefined || usual)) {
    const content = contentMark(segments, turns)
    if (content !== undefined) marks.push(content)
  }
  return marks
}

/** Whether the marks suffice to call it likely. */
export function marksSuffice(marks: readonly string[]): boolean {
  return marks.length >= MARKS_WANTED
}

/** Index of the first segment of each flight. */
export function turnsOf(segments: readonly number[]): number[] {
  const turns: number[] = []
  for (const [index, size] of segments.entries()) {
    if (index === 0 || size > 0 !== segments[index - 1]! > 0) turns.push(index)
  }
  return turns
}

function openerMark(segments: readonly number[], turns: readonly number[]): string | undefined {
  const third = segments.slice(turns[2]!, turns[3]!)
  if (third[0] === PROOF_BYTES + HANDSHAKE_BYTES) {
    return 'the third flight has 124 bytes: proof 56 and handshake 68'
  }
  if (third[1] === HANDSHAKE_BYTES) {
    return 'the third flight goes on with 68 bytes: a handshake'
  }
  if (turns[4] !== undefined && segments[turns[4]] === HANDSHAKE_BYTES) {
    return 'the fifth flight begins with 68 bytes: a handshake'
  }
  return undefined
}

/** Content that begins as peers begin it, once both sides have greeted. */
function contentMark(segments: readonly number[], turns: readonly number[]): string | undefined {
  // The selection itself may be padded: what stands behind it counts.
  const after = turns[3]!
  const answered = segments.findIndex((size, at) => at > after && -size >= ANSWER_BYTES_MIN)
  const greeted = segments.findIndex((size, at) => at > after && size >= GREETING_BYTES_MIN)
  if (answered < 0 || greeted < 0) return undefined
  for (const [turn, at] of turns.entries()) {
    if (at <= answered || at <= greeted) continue
    const mark = unchokeMark(segments, turns, turn) ?? requestMark(segments, turns, turn)
    if (mark !== undefined) return mark
  }
  return undefined
}

function unchokeMark(
  segments: readonly number[],
  turns: readonly number[],
  turn: number,
): string | undefined {
  const at = turns[turn]!
  const [size, fromOpener] = [Math.abs(segments[at]!), segments[at]! > 0]
  if (!isUnchoke(size)) return undefined
  const said = `${size} bytes (unchoke, allowed fast)`
  if (isContent(segments, at + 1, fromOpener)) {
    return `a flight begins with ${said}, and goes on with full segments: content`
  }
  const [asked, given] = [turns[turn + 1], turns[turn + 2]]
  if (asked !== at + 1 || given === undefined || !isContent(segments, given, fromOpener)) {
    return undefined
  }
  const asking = segments.slice(asked, given).reduce((sum, one) => sum + Math.abs(one), 0)
  if (asking % REQUEST_BYTES !== 0 || asking > REQUESTS_MAX * REQUEST_BYTES) return undefined
  return `a flight of ${said}, one of ${asking / REQUEST_BYTES} times 17 (requests), and full segments: content`
}

/** The giver put its unchoke behind its greeting: who takes says interested and requests at once. */
function requestMark(
  segments: readonly number[],
  turns: readonly number[],
  turn: number,
): string | undefined {
  const at = turns[turn]!
  const requests = (Math.abs(segments[at]!) - INTERESTED_BYTES) / REQUEST_BYTES
  const isFew = Number.isInteger(requests) && requests >= 2 && requests <= FIRST_REQUESTS_MAX
  if (!isFew || turns[turn + 1] !== at + 1) return undefined
  if (!isContent(segments, at + 1, segments[at]! < 0)) return undefined
  return `a flight of 5 and ${requests} times 17 bytes (interested, requests), and full segments: content`
}

function isUnchoke(size: number): boolean {
  const allowed = (size - UNCHOKE_BYTES) / ALLOWED_FAST_BYTES
  return Number.isInteger(allowed) && allowed >= 0 && allowed <= ALLOWED_FAST_MAX
}

/** Whether the segments from `at` on are full ones of one side, behind the head of a block or not. */
function isContent(segments: readonly number[], at: number, fromOpener: boolean): boolean {
  const sign = fromOpener ? 1 : -1
  const start = segments[at] === sign * PIECE_HEAD_BYTES ? at + 1 : at
  const [first, second] = [(segments[start] ?? 0) * sign, (segments[start + 1] ?? 0) * sign]
  return first >= JOINED_BYTES_MIN || (first >= FULL_BYTES_MIN && second === first)
}
