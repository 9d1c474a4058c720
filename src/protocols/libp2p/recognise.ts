/**
 * First bytes → libp2p, or not.
 *
 * TCP: multistream's greeting, 160 bits. QUIC: the first datagrams can be opened by everybody, and
 * offer `libp2p`. Multicast DNS: asks for, or answers to, `_p2p._udp.local` (136 bits).
 */
import { bytesOf, hasAt } from '../../core/bytes.ts'
import { bothLookRandom, looksRandom } from '../../core/chance.ts'
import type { Datagram, Finding, Fit, Look, Protocol, Sight } from '../../core/protocol.ts'
import { isQuicClientInitial, QUIC_STARTS, QuicHello } from '../formats/quic-initial.ts'
import { GREETING } from './wire/multistream.ts'

const HELLO = bytesOf(GREETING)
const ALPN = 'libp2p'

/** Multicast DNS has id 0: a question, or an answer with authority. */
const ASK = bytesOf('\0\0\0\0\0')
const ANSWER = bytesOf('\0\0\x84\0\0')
const NAME_AT = 12
/** libp2p/specs discovery/mdns.md; before 2021 go-ipfs used the second. */
const SERVICES = ['\x04_p2p\x04_udp\x05local\0', '\x0f_ipfs-discovery\x04_udp\x05local\0'].map(
  bytesOf,
)

export const starts: Protocol['starts'] = { tcp: [HELLO], udp: [ASK, ANSWER, ...QUIC_STARTS] }

export function recognise(look: Look): Sight {
  return look.carrier === 'tcp' ? recogniseStream(look) : recogniseDatagrams(look)
}

function recogniseStream({ heads, final }: Look): Sight {
  for (const head of heads) {
    if (!hasAt(head, 0, HELLO)) continue
    return certain('stream', 'begins with "/multistream/1.0.0"')
  }
  return !final && heads.some((head) => head.length > 0 && hasAt(HELLO, 0, head)) ? 'more' : 'no'
}

function certain(part: string, reason: string): Finding {
  return { part, sureness: 'certain', reasons: [reason] }
}

function recogniseDatagrams({ datagrams, final }: Look): Sight {
  for (const { bytes } of datagrams) {
    if (!isService(bytes)) continue
    return certain('mdns', 'asks or answers who is "_p2p._udp.local" by multicast DNS')
  }
  return recogniseQuic(datagrams, final)
}

function isService(bytes: Uint8Array): boolean {
  if (!hasAt(bytes, 0, ASK) && !hasAt(bytes, 0, ANSWER)) return false
  return SERVICES.some((service) => hasAt(bytes, NAME_AT, service))
}

function recogniseQuic(datagrams: readonly Datagram[], final: boolean): Sight {
  let hello: QuicHello | undefined
  for (const { from, bytes, size } of datagrams) {
    if (from !== datagrams[0]!.from || !isQuicClientInitial(bytes, size)) break
    hello ??= new QuicHello()
    if (!hello.add(bytes)) return 'no'
    const { alpn } = hello
    if (alpn === 'no') return 'no'
    if (alpn === 'more') continue
    return alpn.includes(ALPN)
      ? certain('quic', 'the QUIC client offers the protocol "libp2p" (ALPN)')
      : 'no'
  }
  return hello !== undefined && !final && hello.alpn === 'more' ? 'more' : 'no'
}

const ANY: readonly string[] = ['peer', 'stream', 'quic']
const NONE: readonly Fit[] = []
const ATTEMPT: readonly Fit[] = [
  { part: 'stream', taughtAs: ['peer', 'stream'], reason: 'a connection without payload' },
]
const SEALED: readonly Fit[] = [
  {
    part: 'stream',
    taughtAs: ['peer', 'stream'],
    reason: 'both sides look random, as a connection does that was secured before',
  },
]
const QUIC: readonly Fit[] = [
  { part: 'quic', taughtAs: ANY, reason: 'packets of a QUIC connection that began before' },
]

const RANDOM_BYTES_MIN = 32
/** RFC 9000 17.3: the first bit 0, the second 1. Shorter packets cannot be protected. */
const SHORT_HEADER = [0x40, 0x7f] as const
const SHORT_BYTES_MIN = 21

/** The first byte, and the longest connection id: behind them all is protected. */
const CLEAR_BYTES_MAX = 1 + 20
/** RFC 9001 5.4.1: the low five bits of the first byte are masked, so they are chance. */
const MASKED_BITS = 0x1f

/**
 * Short headers alone, whose masked bits differ among what one side sends, with chance behind. A
 * handshake has long headers: it is recognised by its ALPN, or is not ours.
 */
function isQuicLater(datagrams: readonly Datagram[]): boolean {
  const counts = [0, 0]
  const masked = [new Set<number>(), new Set<number>()] as const
  for (const { from, bytes, size } of datagrams) {
    const first = bytes[0]!
    if (first < SHORT_HEADER[0] || first > SHORT_HEADER[1] || size < SHORT_BYTES_MIN) return false
    if (!looksRandom(bytes, CLEAR_BYTES_MAX)) return false
    counts[from]!++
    masked[from].add(first & MASKED_BITS)
  }
  // Of so few values of 32, half and more are others.
  const differ = ([0, 1] as const).every((side) => 2 * masked[side].size >= counts[side]!)
  return datagrams.length > 2 && differ
}

export function fits({ carrier, heads, segments, datagrams }: Look): readonly Fit[] {
  if (carrier === 'udp') {
    return isQuicLater(datagrams) ? QUIC : NONE
  }
  if (segments.length === 0) return ATTEMPT
  if (heads[0].length < RANDOM_BYTES_MIN || heads[1].length < RANDOM_BYTES_MIN) return NONE
  return bothLookRandom(heads) ? SEALED : NONE
}
