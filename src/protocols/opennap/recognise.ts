/**
 * First bytes → a client at its server, peer to peer, a metaserver, or not.
 *
 * Peers: the caller's GET or SEND with nick, quoted path and number is 24 or 32 bits of letters and
 * as much of quotes, spaces and digits in their places; the listener's `1` 8 more. Programs of other
 * networks use the same start on their own: the wire is Napster's, the network need not be.
 */
import type { Side } from '../../core/event.ts'
import type { Fit, Look, Protocol, Sight, Start } from '../../core/protocol.ts'
import { latin1 } from '../../core/text.ts'
import { FULL_SEGMENT_BYTES, segmentsSent } from '../formats/full-segments.ts'
import { recogniseFrames } from './recognise-frames.ts'
import { ASK_BYTES_MAX, askWire, fileAskAt, HAIL } from './wire/ask.ts'
import { metaserverWire, REDIRECTION_BYTES_MAX } from './wire/metaserver.ts'

/** Texts of first messages are so long; the first byte is the length. */
const FIRST_LENGTH_MAX = 200

function firstFrames(): readonly Uint8Array[] {
  const list: Uint8Array[] = [Uint8Array.of(0, 0, 8, 0), Uint8Array.of(0, 0, 9, 0)]
  for (let length = 1; length <= FIRST_LENGTH_MAX; length++) {
    // A login, a new user's, a nick check from clients; an e-mail or an error from servers.
    for (const number of [2, 6, 7, 3, 0]) list.push(Uint8Array.of(length, 0, number, 0))
    // A version check or a socket test goes before; a message of the day comes first.
    list.push(Uint8Array.of(length, 0, 4, 0), Uint8Array.of(length, 0, 0x98, 3))
    list.push(Uint8Array.of(length, 0, 0x6d, 2))
  }
  return list
}

export const starts: Protocol['starts'] = {
  tcp: [
    ...firstFrames(),
    // The same in network order.
    new Uint8Array([0]),
    'GET',
    'SEND',
    // A listener's hail, and a metaserver's address.
    { byteFrom: 0x31, byteTo: 0x39 },
  ] satisfies Start[],
}

export function recognise(look: Look): Sight {
  let open = false
  for (const ask of ASKED) {
    const sight = ask(look)
    if (sight === 'more') open = true
    else if (sight !== 'no') return sight
  }
  return open ? 'more' : 'no'
}

const ASKED = [recogniseTransfer, recogniseMetaserver, recogniseFrames]

function recogniseTransfer(look: Look): Sight {
  for (const listener of [1, 0] as const) {
    const sight = transferOf(look, listener)
    if (sight !== 'no') return sight
  }
  return 'no'
}

function transferOf({ heads, final }: Look, listener: Side): Sight {
  const hail = heads[listener]
  const caller = heads[listener === 0 ? 1 : 0]
  if (hail.length > 0 && hail[0] !== HAIL) return 'no'
  if (caller.length === 0) return hail.length === 1 && !final ? 'more' : 'no'
  const wish = wishOf(caller)
  if (wish === 'no') return 'no'
  if (wish === 'more') return final ? cutAsk(hail, caller) : 'more'
  if (hail.length === 0) {
    if (!final) return 'more'
    const isFile = wish !== 'list'
    return isFile
      ? { part: 'peer', sureness: 'likely', reasons: [`${wish} from the caller`] }
      : 'no'
  }
  const asks = wish === 'list' ? 'GETLIST or SENDLIST' : wish
  const reasons = [`"1" from the listener, ${asks} from the caller`]
  return { part: 'peer', sureness: 'certain', reasons }
}

/** An ask that the capture cut: hail, GET or SEND, a nick and the begin of a quoted path: 48 bits. */
function cutAsk(hail: Uint8Array, caller: Uint8Array): Sight {
  const hailed = hail.length > 0
  if (!(hailed ? CUT : CUT_PATH).test(latin1(caller, 0, ASK_BYTES_MAX))) return 'no'
  const begin = 'the begin of a GET or SEND with nick and quoted path'
  const reasons = [hailed ? `"1" from the listener, ${begin}` : begin]
  return { part: 'peer', sureness: 'likely', reasons }
}

const CUT = /^(?:GET|SEND)[!#-~\x80-\xff]{1,64} "[^\0\r\n"]{2}/
/** The hail may come only later: then the path must begin as whole paths do, for 8 bits or more. */
const CUT_PATH = /^(?:GET|SEND)[!#-~\x80-\xff]{1,64} "(?:[\\/]|[A-Za-z]:\\)[^\0\r\n"]{2}/

/** What a caller says: `GET…`, `SEND…` in words, `list`, or not (yet). */
function wishOf(caller: Uint8Array): string {
  const start = latin1(caller, 0, 4)
  // `GET ` is HTTP: the nick follows without a space.
  const isGet = start.startsWith('GET') && start !== 'GET '
  if (!isGet && start !== 'SEND')
    return 'GET'.startsWith(start) || 'SEND'.startsWith(start) ? 'more' : 'no'
  const file = fileAskAt(caller)
  if (file !== undefined) return `${isGet ? 'GET' : 'SEND'} with nick, quoted path and number`
  if (
    askWire.parse(caller, 0).kind === 'message' ||
    /^SENDLIST[^\n]{0,66}\n/.test(latin1(caller, 0, 80))
  ) {
    return 'list'
  }
  return caller.length < ASK_BYTES_MAX && BEGUN.test(latin1(caller)) ? 'more' : 'no'
}

/** What may still become one: letters, a nick, a quote, a path. */
const BEGUN = /^(?:GET|SEND)[!#-~\x80-\xff]{0,64}(?: (?:"[^\0\r\n]{0,1024}(?:" -?\d{0,10})?)?)?$/

/**
 * A line with another host's address is all that was said. Services that tell who connects his own
 * address say the same of one of the ends; so those are none.
 */
function recogniseMetaserver({ heads, ends, totals, fromStart, final }: Look): Sight {
  const [asked, said] = heads
  if (!fromStart || asked.length > 0 || said.length === 0 || totals[1] > REDIRECTION_BYTES_MAX) {
    return 'no'
  }
  if (said[0]! < 0x31 || said[0]! > 0x39) return 'no'
  if (!final) return /^[\d.:\r\n]+$/.test(latin1(said)) ? 'more' : 'no'
  const outcome = metaserverWire.parse(said, 0)
  if (outcome.kind !== 'message') return 'no'
  const { servers } = outcome.message
  const isOther = servers.every(({ ip, port }) => port > 0 && !ends.some((end) => end.ip === ip))
  if (!isOther) return 'no'
  const reasons = ['who was called says only the address of another host']
  return { part: 'metaserver', sureness: 'unsure', reasons }
}

const NO_FITS: readonly Fit[] = []
const ONE_SIDED_MIN = 8

/** Attempts, files from their middle, and answers without an ask, at endpoints that a server named. */
export function fits(look: Look): readonly Fit[] {
  const { carrier, totals, fromStart, segments } = look
  if (carrier !== 'tcp') return NO_FITS
  if (totals[0] + totals[1] === 0) return fromStart ? SILENT : NO_FITS
  if (look.heads[1][0] === HAIL && isAnswer(look)) return ANSWER
  if (fromStart || segmentsSent(segments) < ONE_SIDED_MIN) return NO_FITS
  const isFull = segments.every(
    (size) => size > 0 === segments[0]! > 0 && Math.abs(size) >= FULL_SEGMENT_BYTES,
  )
  return isFull ? BODY : NO_FITS
}

/** Hail, size and the begin of a file, where what the caller said was not captured. */
function isAnswer({ heads, totals }: Look): boolean {
  return totals[0] === 0 && /^1[1-9]\d{2,9}[^\d]/.test(latin1(heads[1], 0, 16))
}

const ANSWER: readonly Fit[] = [
  {
    part: 'peer',
    taughtAs: ['peer'],
    reason: 'a "1", digits and then a file, without the side that asked',
  },
]

const SILENT: readonly Fit[] = [
  {
    part: 'peer',
    taughtAs: ['peer'],
    reason: 'a connection without a word, to where a server said that a user listens',
  },
  {
    part: 'server',
    taughtAs: ['server'],
    reason: 'a connection without a word, to where a server was said to be',
  },
]

const BODY: readonly Fit[] = [
  {
    part: 'peer',
    taughtAs: ['peer'],
    reason: 'a connection seen from its middle on which one side sends alone, as a file is sent',
  },
]
