/**
 * First bytes → hub, peer, search result, TLS of a DC program, or not.
 *
 * - `$Lock … Pk=…|` is 48 bits of one word and 40 of another; `$MyNick n|$Lock …` is 112;
 *   `HSUP AD`, `CSUP AD`, `ISUP AD` with a line's end are 64: certain.
 * - Datagrams: `$SR `, one or two 05, `n/m` and `(…)` in their places; `URES ` and 39 letters of
 *   base32 (195 bits of which 39 × 3 are fixed): certain.
 * - From the middle of a connection: commands whose words have the form that each must have. One is
 *   likely; two, or one from each side, are certain.
 * - `GET …?cid=<39 letters>&encryption=1`: 195 bits of which 117 are fixed: certain.
 * - TLS: the ClientHello offers `adc` or `nmdc`, in clear: 24 or 32 bits of a name, in a message
 *   whose seven lengths agree. Both: certain; one: likely.
 */
import type { Fit, Look, Protocol, Sight, Start } from '../../core/protocol.ts'
import { latin1 } from '../../core/text.ts'
import { FULL_SEGMENT_BYTES, segmentsSent } from '../formats/full-segments.ts'
import { bootstrapSight } from './bootstrap.ts'
import { isAdcResult, isNmdcResult, lineEnd, strictCommands } from './strict.ts'
import { offeredProtocols } from './wire/hello.ts'

const MIDDLE_STARTS = [
  '$MyINFO $ALL ',
  '$Search ',
  '$MultiSearch ',
  '$ConnectToMe ',
  '$RevConnectToMe ',
  '$To: ',
  '$SR ',
  '$Quit ',
  '$ADCGET ',
  '$ADCSND ',
  'BINF ',
  'BMSG ',
  'BSCH ',
  'FSCH ',
  'DCTM ',
  'DRCM ',
  'DRES ',
  'EMSG ',
  'IQUI ',
  'CGET ',
  'CSND ',
]

const LETTER_G = 0x47

export const starts: Protocol['starts'] = {
  tcp: [
    '$Lock ',
    '$MyNick ',
    'HSUP AD',
    'CSUP AD',
    'ISUP AD',
    'GET ',
    Uint8Array.of(0x16, 3, 1),
    Uint8Array.of(0x16, 3, 3),
    ...MIDDLE_STARTS,
  ] satisfies Start[],
  udp: ['$SR ', 'URES '],
}

export function recognise(look: Look): Sight {
  if (look.carrier === 'udp') return recogniseResult(look)
  const [head] = look.heads
  if (look.fromStart && head.length > 0 && head[0] === 0x16) return recogniseTls(look)
  if (!look.fromStart) return recogniseMiddle(look)
  if (head[0] === LETTER_G) return bootstrapSight(head, look.final)
  const opener = openingOf(look.heads[0], look.final)
  const other = openingOf(look.heads[1], look.final)
  const found = typeof opener === 'object' ? opener : other
  if (typeof found === 'object') return found
  if (opener === 'more' || other === 'more') return 'more'
  return 'no'
}

/** The first command of one side. */
function openingOf(head: Uint8Array, final: boolean): Sight {
  if (head.length === 0) return final ? 'no' : 'more'
  const first = latin1(head, 0, 8)
  if (first.startsWith('$Lock ')) return lockOf(head, final)
  if (first.startsWith('$MyNick ')) return nickOf(head, final)
  if (/^[HCI]SUP AD/.test(first)) return supOf(head, final)
  const isBegun = ['$Lock ', '$MyNick ', 'HSUP AD', 'CSUP AD', 'ISUP AD'].some((start) =>
    start.startsWith(first),
  )
  return isBegun && !final ? 'more' : 'no'
}

/** A lock with its key's name takes less. */
const LOCK_BYTES_MAX = 1024

function lockOf(head: Uint8Array, final: boolean): Sight {
  const command = latin1(head, 0, LOCK_BYTES_MAX)
  const end = command.indexOf('|')
  if (end < 0) return final || head.length >= LOCK_BYTES_MAX ? cutLock(command) : 'more'
  const body = command.slice(0, end)
  if (/^\$Lock [!-~]{2,} Pk=[\x20-\x7e\x80-\xff]*$/.test(body)) {
    return { part: 'hub', sureness: 'certain', reasons: ['`$Lock … Pk=…|` opens the talk'] }
  }
  // Some hubs of the old days name no Pk.
  return /^\$Lock [!-~\x80-\xff]{8,}$/.test(body)
    ? { part: 'hub', sureness: 'likely', reasons: ['`$Lock …|` without Pk opens the talk'] }
    : 'no'
}

/** The capture cut it: the text that says that more commands are spoken is 160 bits. */
function cutLock(command: string): Sight {
  if (!/^\$Lock EXTENDEDPROTOCOL[!-~]*$/.test(command)) return 'no'
  const reasons = ['`$Lock EXTENDEDPROTOCOL…`, cut']
  return { part: 'hub', sureness: 'certain', reasons }
}

function nickOf(head: Uint8Array, final: boolean): Sight {
  const command = latin1(head, 0, LOCK_BYTES_MAX)
  const isPeer = /^\$MyNick [^|$\0\r\n]{1,255}\|\$Lock [!-~\x80-\xff]{2,}(?: Pk=[^|]*)?\|/.test(
    command,
  )
  if (isPeer) {
    return { part: 'peer', sureness: 'certain', reasons: ['`$MyNick …|$Lock …|` from one side'] }
  }
  if (final && /^\$MyNick [^|$\0\r\n]{1,255}\|\$Lock [!-~]*$/.test(command)) {
    return { part: 'peer', sureness: 'certain', reasons: ['`$MyNick …|$Lock …`, cut'] }
  }
  const isBegun = /^\$MyNick [^|$\0\r\n]{0,255}(?:\|(?:\$[A-Za-z]{0,4}|\$Lock [^|]*)?)?$/.test(
    command,
  )
  return isBegun && !final && head.length < LOCK_BYTES_MAX ? 'more' : 'no'
}

function supOf(head: Uint8Array, final: boolean): Sight {
  const end = lineEnd(head)
  if (end < 0) return final || head.length > LOCK_BYTES_MAX ? cutSup(head) : 'more'
  const line = latin1(head, 0, end)
  if (!/^[HCI]SUP(?: (?:AD|RM)[A-Z0-9]{4})+ ?$/.test(line)) return 'no'
  const part = line.startsWith('C') ? 'peer' : 'hub'
  return { part, sureness: 'certain', reasons: [`\`${line.slice(0, 4)} AD…\` names features`] }
}

/** The capture cut it: the base of the protocol is named first, 11 letters in all. */
function cutSup(head: Uint8Array): Sight {
  const line = latin1(head, 0, LOCK_BYTES_MAX)
  if (!/^[HCI]SUP ADBAS[E0](?: (?:AD|RM)[A-Z0-9]{4})* ?[A-Z0-9]{0,5}$/.test(line)) return 'no'
  const part = line.startsWith('C') ? 'peer' : 'hub'
  return { part, sureness: 'certain', reasons: [`\`${line.slice(0, 10)}…\` names features, cut`] }
}

function recogniseTls({ heads, final }: Look): Sight {
  const names = offeredProtocols(heads[0])
  if (names === 'more') return final ? 'no' : 'more'
  if (names === undefined) return 'no'
  // Between clients nothing is offered and no name is asked for, as browsers always do: then only
  // the endpoint memory can tell, which is asked at the end of the look.
  if (names.length === 0) return final ? 'no' : 'more'
  const ours = names.filter((name) => name === 'adc' || name === 'nmdc')
  if (ours.length === 0 || ours.length !== names.length) return 'no'
  return {
    part: 'tls',
    sureness: ours.length > 1 ? 'certain' : 'likely',
    reasons: [`the TLS ClientHello offers ${ours.join(' and ')} (ALPN)`],
  }
}

function recogniseMiddle({ heads, final }: Look): Sight {
  const [a, b] = [strictCommands(heads[0]), strictCommands(heads[1])]
  const count = a.count + b.count
  const part = a.count > 0 ? a.part : b.part
  // What one side says may be cut, packed or a file; then the other must say two, and nobody fetch it.
  if ((a.bad && b.count < 2) || (b.bad && a.count < 2) || heads.some(isHttp)) return 'no'
  if (count >= 2) {
    const isWhole = !a.bad && !b.bad
    const reason = isWhole ? 'no other byte' : 'from one side'
    return { part, sureness: 'certain', reasons: [`${count} whole commands, ${reason}`] }
  }
  if (!final) return 'more'
  return count === 1
    ? { part, sureness: 'likely', reasons: ['one whole command with words of its form'] }
    : 'no'
}

function isHttp(head: Uint8Array): boolean {
  return /^(?:HTTP\/1|(?:GET|POST|HEAD|PUT) )/.test(latin1(head, 0, 8))
}

function recogniseResult({ datagrams }: Look): Sight {
  for (const { bytes, size } of datagrams) {
    if (size > bytes.length) return cutResult(bytes)
    const isAdc = isAdcResult(bytes)
    if (!isAdc && !isNmdcResult(bytes)) return 'no'
    const what = isAdc ? '`URES` with a client id' : '`$SR` with slots and hub'
    return { part: 'results', sureness: 'certain', reasons: [what] }
  }
  return 'more'
}

/** The capture cut it: a whole client id, or a nick and the begin of a path. */
function cutResult(bytes: Uint8Array): Sight {
  const text = latin1(bytes)
  const told =
    /^URES [A-Z2-7]{39} [A-Z]/.test(text) || /^\$SR [!#-~]{1,64} [ -{}-~\x80-\xff]{8}/.test(text)
  if (!told) return 'no'
  return { part: 'results', sureness: 'likely', reasons: ['the begin of a search result, cut'] }
}

const NO_FITS: readonly Fit[] = []
const ONE_SIDED_MIN = 8

/** TLS, attempts, and files from their middle, at endpoints that somebody named. */
export function fits({ carrier, totals, fromStart, heads, segments }: Look): readonly Fit[] {
  if (carrier !== 'tcp') return NO_FITS
  if (totals[0] + totals[1] === 0) return fromStart ? SILENT : NO_FITS
  if (fromStart) return heads[0][0] === 0x16 && heads[0][1] === 3 ? TLS : NO_FITS
  if (segmentsSent(segments) < ONE_SIDED_MIN) return NO_FITS
  const isFull = segments.every(
    (size) => size > 0 === segments[0]! > 0 && Math.abs(size) >= FULL_SEGMENT_BYTES,
  )
  return isFull ? BODY : NO_FITS
}

const SILENT: readonly Fit[] = [
  {
    part: 'peer',
    taughtAs: ['peer', 'peer-tls'],
    reason: 'a connection without a word, to where a hub or peer said that a user listens',
  },
  {
    part: 'hub',
    taughtAs: ['hub'],
    reason: 'a connection without a word, to where a hub was said to be',
  },
]

const TLS: readonly Fit[] = [
  {
    part: 'tls',
    taughtAs: ['peer-tls', 'hub-tls'],
    reason: 'TLS to where a user or hub was said to listen with TLS',
  },
]

const BODY: readonly Fit[] = [
  {
    part: 'peer',
    taughtAs: ['peer'],
    reason: 'a connection seen from its middle on which one side sends alone, as a file is sent',
  },
]
