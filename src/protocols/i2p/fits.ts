/**
 * Routers among each other: every byte is a cipher's. What shows is how bytes are repeated, and sizes.
 *
 * SSU2 (UDP). Bytes 16 to 31 of the first three messages, the opener's connection id and a token, are
 * masked with a key stream that never changes for one router. So the session request repeats, at the same
 * places, the id of its token request and the token of the retry that it answers: 128 bits that agree
 * between datagrams which otherwise are chance, 64 of them between the two directions.
 *
 *   token request    A → B   masked 16 | id 8  | zeros 8 | …   at least 56 bytes
 *   retry            B → A   masked 16 | id 8  | token 8 | …   at least 56
 *   session request  A → B   masked 16 | id 8  | token 8 | key 32 | …   at least 88
 *
 * NTCP2 (TCP). First and second message have 64 bytes and padding, at most 287 in all; the third brings
 * A's router info (hundreds of bytes), and i2pd's answer brings B's, which is about as long. If
 * sizes up to 1,448 were chance, that would be so once in 500 conversations; so it is `unsure`,
 * and only where an endpoint is known for a router's, likely.
 *
 * Source: geti2p.net, "SSU2" and "NTCP2" (i2p/i2p.www i2p2www/spec/ssu2.rst, ntcp2.rst); fixtures.
 */
import { lookRandomTogether, looksRandom } from '../../core/chance.ts'
import type { Datagram, Fit, Look } from '../../core/protocol.ts'

const NONE: readonly Fit[] = []

const ATTEMPT: readonly Fit[] = [
  { part: 'ntcp2', taughtAs: ['router'], reason: 'a connection without payload' },
]
const NTCP2: Fit = {
  part: 'ntcp2',
  taughtAs: ['router'],
  reason: 'chance-like bytes, first messages of 64 to 287 bytes, as NTCP2 sends them',
}
const BY_TOUCH: readonly Fit[] = [NTCP2]
const BY_SIZES: readonly Fit[] = [
  {
    ...NTCP2,
    reason: 'chance-like bytes in the sizes of an NTCP2 handshake with two router infos',
    alone: 'unsure',
  },
]
const SSU2: readonly Fit[] = [
  {
    part: 'ssu2',
    taughtAs: ['router'],
    reason: 'a session request repeats its own id and the token of the retry: SSU2',
    alone: 'likely',
  },
]
const SSU2_BY_TOUCH: readonly Fit[] = [
  { part: 'ssu2', taughtAs: ['router'], reason: 'chance-like datagrams, as SSU2 sends them' },
]

export function fits(look: Look): readonly Fit[] {
  return look.carrier === 'tcp' ? fitsStream(look) : fitsDatagrams(look.datagrams)
}

const MESSAGE_BYTES_MIN = 64
const MESSAGE_BYTES_MAX = 287
/** Key and tag 48, block head 4, tag 16, and a router info: 391 bytes of keys and one address at least. */
const INFO_BYTES_MIN = 600
const INFO_BYTES_MAX = 1_200
/** How much longer (or shorter) i2pd's answer is: other addresses, a date, padding of 6 %. */
const ANSWER_LONGER = [-32, 160] as const

function fitsStream({ fromStart, segments, heads }: Look): readonly Fit[] {
  if (!fromStart) return NONE
  if (segments.length === 0) return ATTEMPT
  const first = segments[0]!
  if (first < MESSAGE_BYTES_MIN || first > MESSAGE_BYTES_MAX) return NONE
  const second = -(segments[1] ?? -MESSAGE_BYTES_MIN)
  if (second < MESSAGE_BYTES_MIN || second > MESSAGE_BYTES_MAX) return NONE
  if (!looksRandom(heads[0]) || !looksRandom(heads[1])) return NONE
  return areInfos(segments) ? BY_SIZES : BY_TOUCH
}

function areInfos(segments: readonly number[]): boolean {
  const asked = wholeAt(segments, 2)
  if (asked < INFO_BYTES_MIN || asked > INFO_BYTES_MAX) return false
  const answeredAt = segments.findIndex((size, at) => at > 2 && size < 0)
  if (answeredAt < 0) return false
  const answered = -wholeAt(segments, answeredAt)
  const longer = answered - asked
  return longer >= ANSWER_LONGER[0] && longer <= ANSWER_LONGER[1]
}

/** Links that carry less cut a message into a full segment and a rest; there are more full ones. */
function wholeAt(segments: readonly number[], at: number): number {
  const [first = 0, rest = 0] = segments.slice(at)
  const sizes = segments.map(Math.abs)
  const full = Math.max(...sizes)
  const isCut = Math.abs(first) === full && sizes.filter((size) => size === full).length > 1
  return isCut && first > 0 === rest > 0 ? first + rest : first
}

const ID = 16
const TOKEN = 24
const HEADER = 32
const REQUEST_BYTES_MIN = 88
const RETRY_BYTES_MIN = 56
/** The smallest that is sent once a session is up: header 16, tag 16, and a block of padding. */
const DATAGRAM_BYTES_MIN = 40

function fitsDatagrams(datagrams: readonly Datagram[]): readonly Fit[] {
  const [first] = datagrams
  if (first === undefined || first.size < DATAGRAM_BYTES_MIN || first.size > 1500) return NONE
  for (const request of datagrams) {
    if (request.size >= REQUEST_BYTES_MIN && isAnswer(datagrams, request)) return SSU2
  }
  const large = datagrams.every(({ size }) => size >= DATAGRAM_BYTES_MIN)
  return large && lookRandomTogether(datagrams) ? SSU2_BY_TOUCH : NONE
}

/** Whether a retry from the other side has the token, and a token request from this side the id. */
function isAnswer(datagrams: readonly Datagram[], request: Datagram): boolean {
  let asked = false
  for (const before of datagrams) {
    if (before === request) return false
    if (before.size < RETRY_BYTES_MIN) continue
    if (before.from === request.from) {
      asked ||= agree(before, request, ID) && !agree(before, request, TOKEN)
    } else if (asked && agree(before, request, TOKEN) && !agree(before, request, ID)) {
      return [before, request].every(({ bytes }) => looksRandom(bytes))
    }
  }
  return false
}

/** Whether eight bytes at one place are the same, while those before the ids are not. */
function agree(a: Datagram, b: Datagram, at: number): boolean {
  if (a.bytes.length < HEADER || b.bytes.length < HEADER) return false
  for (let i = at; i < at + 8; i++) if (a.bytes[i] !== b.bytes[i]) return false
  return a.bytes[0] !== b.bytes[0] || a.bytes[8] !== b.bytes[8]
}
