/**
 * First bytes → Ethereum's networks of nodes, or not.
 *
 * discv4: the hash of the datagram stands in front of it (256 bits in one packet). RLPx: the first
 * message holds a point of secp256k1 (256 bits). discv5 masks every byte with the node id of its
 * destination, which no flow tells; only the sizes of its handshake show.
 */
import { u16be } from '../../core/bytes.ts'
import { lookRandomTogether, looksRandom } from '../../core/chance.ts'
import type { Finding, Fit, Look, Protocol, Sight } from '../../core/protocol.ts'
import { couldBeDiscv4, DATAGRAM_BYTES_MAX, hashAgrees } from './wire/discv4.ts'
import { isPoint, OLD_AUTH_BYTES, POINT_BYTES } from './wire/rlpx.ts'

/** A datagram may begin with any byte: its hash. Sizes of handshakes begin with 01 or 02, the old ones with 04. */
export const starts: Protocol['starts'] = {
  udp: [],
  tcp: [
    { byteFrom: 1, byteTo: 2 },
    { byteFrom: 4, byteTo: 4 },
  ],
}

export function recognise(look: Look): Sight {
  return look.carrier === 'udp' ? recogniseDatagrams(look) : recogniseStream(look)
}

function recogniseDatagrams({ datagrams }: Look): Sight {
  for (const { bytes } of datagrams) {
    if (!couldBeDiscv4(bytes) || !hashAgrees(bytes)) continue
    const reason = 'a datagram begins with the Keccak-256 hash of its rest'
    return { part: 'discv4', sureness: 'certain', reasons: [reason] }
  }
  return 'no'
}

function recogniseStream({ heads, fromStart, segments, final }: Look): Sight {
  if (!fromStart) return 'no'
  const [opener] = heads
  const isOld = opener[0] === 4
  const pointAt = isOld ? 0 : 2
  if (opener.length > 2 && opener[pointAt] !== 4) return 'no'
  if (isOld && segments[0] !== OLD_AUTH_BYTES) return 'no'
  if (opener.length < pointAt + POINT_BYTES) {
    return final || opener.length === 0 ? 'no' : 'more'
  }
  if (!isPoint(opener, pointAt)) return 'no'
  if (isOld) return rlpx(`a handshake of ${OLD_AUTH_BYTES} bytes begins with a point of secp256k1`)
  return rlpx(`a handshake of ${u16be(opener, 0)} bytes begins with a point of secp256k1`)
}

function rlpx(reason: string): Finding {
  return { part: 'rlpx', sureness: 'certain', reasons: [reason] }
}

const NONE: readonly Fit[] = []
const ATTEMPT: readonly Fit[] = [
  { part: 'rlpx', taughtAs: ['node', 'rlpx'], reason: 'a connection without payload' },
]
const MIDDLE: readonly Fit[] = [
  {
    part: 'rlpx',
    taughtAs: ['node', 'rlpx'],
    reason: 'a connection seen from its middle whose both sides look random',
  },
]
const DATAGRAMS: Fit = {
  part: 'discv5',
  taughtAs: ['node', 'discv4', 'discv5'],
  reason: 'datagrams of 63 to 1,280 bytes that look random',
}
const MASKED: readonly Fit[] = [DATAGRAMS]
const HANDSHAKE: readonly Fit[] = [
  {
    ...DATAGRAMS,
    reason: 'a masked handshake: ask, 63 bytes of WHOAREYOU, answer with signature and key',
    alone: 'likely',
  },
]

export function fits(look: Look): readonly Fit[] {
  return look.carrier === 'udp' ? fitsDatagrams(look) : fitsStream(look)
}

function fitsStream({ heads, segments, fromStart }: Look): readonly Fit[] {
  if (segments.length === 0) return ATTEMPT
  if (fromStart || heads[0].length < RANDOM_BYTES_MIN || heads[1].length < RANDOM_BYTES_MIN) {
    return NONE
  }
  return looksRandom(heads[0]) && looksRandom(heads[1]) ? MIDDLE : NONE
}

const RANDOM_BYTES_MIN = 32

const WHOAREYOU_BYTES = 63
/** IV, static header, source id, MAC of the message. */
const ORDINARY_BYTES_MIN = 16 + 23 + 32 + 16
/** IV, static header, ids and sizes, signature and key of secp256k1, MAC of the message. */
const HANDSHAKE_BYTES_MIN = 16 + 23 + 34 + 64 + 33 + 16
/** First datagrams, noise in place of a message: go-ethereum 20 bytes of it, @chainsafe/discv5 44. */
const ASK_BYTES: readonly number[] = [91, 115]

/** In any of a flow's first datagrams, several of which must fit. */
function fitsDatagrams({ datagrams }: Look): readonly Fit[] {
  if (datagrams.length < 2 || datagrams[0]!.size < WHOAREYOU_BYTES) return NONE
  for (const { size } of datagrams) {
    if (size < WHOAREYOU_BYTES || size > DATAGRAM_BYTES_MAX) return NONE
  }
  if (!lookRandomTogether(datagrams)) return NONE
  return isHandshake(datagrams) ? HANDSHAKE : MASKED
}

/**
 * Ask, challenge, answer, and one more, by their sizes: the first two exact (about 20 bits), the others
 * within bounds, in turn, all random. Both sides agree on it.
 */
function isHandshake([ask, challenge, answer, next]: Look['datagrams']): boolean {
  if (ask === undefined || challenge === undefined || answer === undefined) return false
  if (next === undefined) return false
  return (
    ASK_BYTES.includes(ask.size) &&
    challenge.from !== ask.from &&
    challenge.size === WHOAREYOU_BYTES &&
    answer.from === ask.from &&
    answer.size >= HANDSHAKE_BYTES_MIN &&
    next.size >= ORDINARY_BYTES_MIN
  )
}
