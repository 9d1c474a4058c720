/**
 * First bytes → FastTrack, or not.
 *
 * Datagrams name their network. Transfers name files by a hash, or their heads have headers that
 * nobody else writes. A connection to a supernode is encrypted but for its first 12 and 8 bytes: it
 * shows itself only where it begins as giFT and MLDonkey begin; else its sizes fit, and an endpoint
 * that datagrams or heads told of must say the rest.
 */
import { hasAt } from '../../core/bytes.ts'
import { looksRandom } from '../../core/chance.ts'
import type { Finding, Fit, Look, Sight, Start } from '../../core/protocol.ts'
import { isPrintable } from '../../core/text.ts'
import { mostAreFull, segmentsSent } from '../formats/full-segments.ts'
import { recogniseHttp } from './recognise-http.ts'
import { fitsDatagram, recogniseDatagrams } from './recognise-udp.ts'
import { ANSWER_BYTES, GIFT_RANDOM, HELLO_BYTES, hasGiftSeed } from './wire/handshake.ts'

export const starts: Readonly<Partial<Record<'tcp' | 'udp', readonly Start[]>>> = {
  tcp: [
    GIFT_RANDOM,
    'GIVE ',
    // Requests for `/.hash=` and `/.files`, and all others: only their headers tell.
    'GET /',
    'HEAD /.hash=',
    // Where only the answer was captured.
    'HTTP/1.',
  ],
  udp: [0x27, 0x28, 0x29].map((type) => Uint8Array.of(type, 0, 0, 0)),
}

export function recognise(look: Look): Sight {
  if (look.carrier === 'udp') return recogniseDatagrams(look)
  if (look.heads[0][0] === GIFT_RANDOM[0]) return recogniseLink(look)
  return recogniseHttp(look)
}

/**
 * The random number of giFT is 32 bits, its seed 32 more. Without the seed, the sizes must agree:
 * twelve bytes and no more before the other side has sent eight.
 */
function recogniseLink({ heads, segments, fromStart, final }: Look): Sight {
  const [opener, other] = heads
  if (!fromStart || !hasAt(opener, 0, GIFT_RANDOM.subarray(0, opener.length))) return 'no'
  if (opener.length < HELLO_BYTES) return final ? 'no' : 'more'
  if (hasGiftSeed(opener)) {
    return link('certain', 'begins with the number and the cipher seed of giFT and MLDonkey')
  }
  if (segments[0] !== HELLO_BYTES) return 'no'
  if (other.length >= ANSWER_BYTES) {
    return segments[1]! < 0
      ? link('certain', 'begins with the number of giFT in 12 bytes, which are answered by 8')
      : 'no'
  }
  if (!final) return 'more'
  return link('likely', 'begins with the number of giFT in 12 bytes')
}

function link(sureness: Finding['sureness'], reason: string): Finding {
  return { part: 'supernode', sureness, reasons: [reason] }
}

/** All parts of claims and flows: one port serves everything. */
const ANY: readonly string[] = []

const LINK: Fit = {
  part: 'supernode',
  taughtAs: ANY,
  reason: '12 unreadable bytes, answered by 8: cipher seeds of a node and a supernode',
}

const BODY: Fit = {
  part: 'transfer',
  taughtAs: ANY,
  reason: 'a connection seen from its middle on which one side sends alone, as a file is sent',
}

const ATTEMPT: readonly Fit[] = [
  { part: 'transfer', taughtAs: ['node', 'transfer'], reason: 'a connection without payload' },
  { part: 'supernode', taughtAs: ['supernode'], reason: 'a connection without payload' },
]

const NONE: readonly Fit[] = []
const LINKS: readonly Fit[] = [LINK]
const BODIES: readonly Fit[] = [BODY]

export function fits(look: Look): readonly Fit[] {
  if (look.carrier === 'udp') return fitsDatagram(look)
  if (!look.fromStart) return isOneSided(look) ? BODIES : NONE
  const { segments, heads } = look
  if (segments.length === 0) return ATTEMPT
  if (segments[0] !== HELLO_BYTES || segments.length < 2) return NONE
  if (segments[1]! > -ANSWER_BYTES || isPrintable(heads[0], 0, HELLO_BYTES)) return NONE
  // Ciphers' seeds have no runs; heads of field buses, of the same size, have.
  return looksRandom(heads[0], 0, HELLO_BYTES) ? LINKS : NONE
}

const ONE_SIDED_MIN = 8
const TEXT_BYTES = 16

/** A file that is being sent: full segments of one side, neither TLS records nor lines of text. */
function isOneSided({ heads, segments }: Look): boolean {
  if (segmentsSent(segments) < ONE_SIDED_MIN) return false
  if (!segments.every((size) => size > 0 === segments[0]! > 0)) return false
  const head = heads[segments[0]! > 0 ? 0 : 1]
  const isTls = head[0]! >= 20 && head[0]! <= 23 && head[1] === 3
  return !isTls && !isPrintable(head, 0, TEXT_BYTES) && mostAreFull(segments)
}
