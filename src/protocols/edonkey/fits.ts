/**
 * Flows that say nothing readable. Obfuscated eDonkey and Kad look like chance, except for what
 * obfuscation cannot hide: sizes, who answers whom, and two bits of each first byte. This file
 * tells what such a flow could be, and where its structure alone is enough; datagrams have their
 * own (`fits-udp.ts`).
 *
 * Between clients over TCP the negotiation has no fixed size, but what follows it has: after HELLO
 * and its answer, both sides identify themselves with frames of 11 (challenge), 83 (public key, 384
 * bits) and 55 or 56 bytes (signature), each sent by itself. Four of these six in segments of just
 * these sizes, after four segments in the ranges of the negotiation and the greetings, are below
 * 2^-28 if sizes were chance; and no segment is shorter than a frame's head. A busy client's frames
 * are joined on their way: three of the six, and one joined with the frame before it, are below 2^-24.
 * Where all of a turn is joined (by the card of sender or receiver), what is asked and granted in turns stays: a slot for
 * uploads by 22 bytes, alone or behind a signature; 6 that grant it; 46 or 70 that ask for parts; then the parts. Three
 * sizes at places that follow each other are below 2^-24, and full segments must come next.
 * Where the connection ends sooner (Kad tests in this way whether it can be called), aMule's 23 bytes (operating system)
 * and 11 bytes directly after the greetings, from one side, are below 2^-26: two sizes at two
 * places, greetings of nearly the same size, and nothing but identification behind them.
 *
 * Measured with `test/negatives/measure-chance.ts`: of random conversations that begin in the very
 * sizes of the negotiation and the greetings, and go on in segments from 1 to 1,448 bytes, none of
 * 400,000 is named; of those that go on in segments from 1 to 64 bytes, 43 in a million.
 *
 * Source: eMule EncryptedStreamSocket.cpp, BaseClient.cpp, DownloadClient.cpp, UploadClient.cpp.
 */
import { looksRandom } from '../../core/chance.ts'
import type { Fit, Look } from '../../core/protocol.ts'
import { FULL_SEGMENT_BYTES } from '../formats/full-segments.ts'
import { fitsUdp } from './fits-udp.ts'
import { isFrameByte } from './wire/frame.ts'

const NONE: readonly Fit[] = []

export function fits(look: Look): readonly Fit[] {
  return look.carrier === 'udp' ? fitsUdp(look) : fitsTcp(look)
}

const SILENT: readonly Fit[] = [
  { part: 'peer', taughtAs: ['peer'], reason: 'a connection without payload' },
  { part: 'server', taughtAs: ['server'], reason: 'a connection without payload' },
]

const MIDDLE: readonly Fit[] = [
  { part: 'peer', taughtAs: ['peer'], reason: 'a connection seen from its middle, not readable' },
  {
    part: 'server',
    taughtAs: ['server'],
    reason: 'a connection seen from its middle, not readable',
  },
]

/** Negotiation of the opener: mark 1, key part 4, magic 4, methods 2, padding size 1, padding. */
const OPENING_BYTES = [12, 12 + 255] as const
/** The answer: magic 4, method 1, padding size 1, padding. */
const ANSWER_BYTES = [6, 6 + 255] as const
/** HELLO and its answer: 33 bytes and tags. */
const GREETING_BYTES = [40, 400] as const
/** Nick and mod of either side make the difference between the two. */
const GREETINGS_DIFFER_MAX = 100
/** To a server: mark 1, 96 bytes of key exchange, padding size 1, padding up to 15. */
const SERVER_OPENING_BYTES = [98, 113] as const
/** From it: 96 bytes, then magic 4, methods 2, padding size 1, padding. */
const SERVER_ANSWER_BYTES = [103, 103 + 255] as const

/** From the middle of a connection fewer bytes than this tell chance from nothing else. */
const MIDDLE_BYTES_MIN = 96

/** RFC 8446 5.1: a record of type 20 to 23, version 3.0 to 3.4. What follows looks like chance. */
function isTls(head: Uint8Array): boolean {
  return head[0]! >= 20 && head[0]! <= 23 && head[1] === 3 && head[2]! <= 4
}

function within(size: number, range: readonly [number, number]): boolean {
  return size >= range[0] && size <= range[1]
}

function fitsTcp(look: Look): readonly Fit[] {
  const [mine, theirs] = look.heads
  // Without its SYN a silent connection is no attempt: what it said was before.
  if (look.totals[0] + look.totals[1] === 0) return look.fromStart ? SILENT : NONE
  if (!looksRandom(mine) || !looksRandom(theirs) || isTls(mine) || isTls(theirs)) return NONE
  if (!look.fromStart) return mine.length + theirs.length < MIDDLE_BYTES_MIN ? NONE : MIDDLE
  if (mine.length === 0 || isFrameByte(mine[0])) return NONE
  const found: Fit[] = []
  const [opening = 0, answer = 0] = look.segments
  if (within(opening, OPENING_BYTES) && (answer === 0 || within(-answer, ANSWER_BYTES))) {
    const { single, joined } = identification(look.segments)
    const isIdentified = single.length >= 4 || (single.length === 3 && joined.length > 0)
    const granted = grantedSlot(look.segments)
    const alone = isIdentified || granted.length > 0 || (look.final && isPrompt(look.segments))
    const sizes = [...single, ...joined, ...granted]
    const told = sizes.length > 0 ? `, then frames of ${sizes.join(', ')} bytes` : ''
    found.push({
      part: 'peer-obfuscated',
      taughtAs: ['peer'],
      reason: `obfuscated eDonkey between clients: ${opening} and ${-answer} random bytes${told}`,
      telling: true,
      ...(alone && { alone: 'likely' as const }),
    })
  }
  const answered = answer === 0 || within(-answer, SERVER_ANSWER_BYTES)
  if (within(opening, SERVER_OPENING_BYTES) && answered) {
    found.push({
      part: 'server-obfuscated',
      taughtAs: ['server'],
      reason: `obfuscated eDonkey to a server: ${opening} random bytes, then ${-answer}`,
    })
  }
  return found
}

/** Segments of negotiation and HELLO. */
const GREETINGS = 4
/** What aMule says of its operating system, before its challenge or its key. */
const SYSTEM_BYTES = 23

/** Frames of secure identification: challenge, public key, signature without or with its address byte. */
const IDENTIFICATION = [
  // Who says its system before its challenge says it directly after the greetings.
  { single: [11], joined: [SYSTEM_BYTES + 11], joinedLast: GREETINGS },
  { single: [83], joined: [11 + 83, SYSTEM_BYTES + 83, SYSTEM_BYTES + 11 + 83] },
  { single: [55, 56], joined: [83 + 55, 83 + 56, 55 + 22, 56 + 22] },
]
/** OP_STARTUPLOADREQ with a hash, alone or behind a signature. */
const SLOT_ASKED: ReadonlySet<number> = new Set([22, 55 + 22, 56 + 22])
/** OP_ACCEPTUPLOADREQ: who grants a slot waits for nothing else. */
const SLOT_GRANTED_BYTES = 6
/** OP_REQUESTPARTS: a hash, and three spans in 32 or in 64 bits. */
const PARTS_ASKED: ReadonlySet<number> = new Set([46, 70])

interface Identification {
  /** Sizes of segments that are one frame; those of the other side are negative. */
  readonly single: number[]
  /** Of segments that are such a frame with others of known size before it. */
  readonly joined: number[]
}

/**
 * Which of the six frames of secure identification (three a side) stand behind the negotiation and
 * the greetings; none where those do not fit.
 */
function identification(segments: readonly number[]): Identification {
  const found: Identification = { single: [], joined: [] }
  if (!isGreeted(segments)) return found
  for (const sign of [1, -1]) {
    // Each side challenges, then shows its key, then signs.
    let from = GREETINGS
    for (const { single, joined, joinedLast = segments.length } of IDENTIFICATION) {
      const standing = (sizes: readonly number[]) =>
        segments.findIndex((each, index) => index >= from && sizes.includes(sign * each))
      const alone = standing(single)
      const at = alone < 0 ? standing(joined) : alone
      if (at < 0 || (alone < 0 && at > joinedLast)) continue
      found[alone < 0 ? 'joined' : 'single'].push(segments[at]!)
      from = at + 1
    }
  }
  return found
}

/** Sizes of the segments that ask for a slot, grant it and ask for parts, where parts follow. */
function grantedSlot(segments: readonly number[]): readonly number[] {
  for (let at = GREETINGS + 1; at + 2 < segments.length; at++) {
    const granted = segments[at]!
    if (Math.abs(granted) !== SLOT_GRANTED_BYTES) continue
    const sign = Math.sign(granted)
    const asked = segments.slice(GREETINGS, at).findLast((size) => size * sign < 0) ?? 0
    const [parts, sent] = [segments[at + 1]!, segments[at + 2]!]
    const isAsked = SLOT_ASKED.has(-sign * asked) && PARTS_ASKED.has(-sign * parts)
    if (isAsked && sign * sent >= FULL_SEGMENT_BYTES) {
      return isGreeted(segments) ? [asked, granted, parts] : []
    }
  }
  return []
}

/**
 * Negotiation and HELLO in turns: the first four segments are in their ranges, and none of those
 * behind is shorter than the shortest frame.
 */
function isGreeted(segments: readonly number[]): boolean {
  const [opening = 0, answer = 0, hello = 0, helloAnswer = 0] = segments
  return (
    within(opening, OPENING_BYTES) &&
    within(-answer, ANSWER_BYTES) &&
    within(hello, GREETING_BYTES) &&
    within(-helloAnswer, GREETING_BYTES) &&
    Math.abs(hello + helloAnswer) <= GREETINGS_DIFFER_MAX &&
    segments.every((size, at) => Math.abs(size) >= FRAME_BYTES_MIN || isRest(segments, at))
  )
}

/** Head and opcode. */
const FRAME_BYTES_MIN = 6

/** A long message is sent in full segments and a rest of any size. */
function isRest(segments: readonly number[], at: number): boolean {
  const [before = 0, own] = [segments[at - 1], segments[at]!]
  return before > 0 === own > 0 && Math.abs(before) >= FULL_SEGMENT_BYTES
}

/** aMule on both sides: HELLO is one byte longer than its answer, but for the nicks. */
const SAME_GREETINGS_DIFFER_MAX = 32

/** aMule's 23 (operating system) and 11 (challenge) bytes directly after the greetings. */
function isPrompt(segments: readonly number[]): boolean {
  const [, , hello = 0, helloAnswer = 0, first = 0, second = 0, ...rest] = segments
  const promptly =
    (first === 23 && second === 11) ||
    (first === 11 && second === 23) ||
    (first === -23 && second === -11) ||
    (first === -11 && second === -23)
  return (
    promptly &&
    isGreeted(segments) &&
    Math.abs(hello + helloAnswer) <= SAME_GREETINGS_DIFFER_MAX &&
    rest.every((size) => PROMPT_REST.has(Math.abs(size)))
  )
}

/** What may follow: the operating system, and the frames of secure identification. */
const PROMPT_REST: ReadonlySet<number> = new Set([23, 11, 83, 55, 56])
