/**
 * First bytes → Soulseek, or not.
 *
 * Server: the client logs in with a message of 32 bits length and 32 bits code, whose strings must
 * fill it to the last byte. Peers: the first message tells user and kind of connection, again to the
 * last byte: more than 100 bits that must agree. Who answers a call through the server says only
 * a token (40 bits and four free bytes); what follows must then be a message of peers.
 */
import { u32le } from '../../core/bytes.ts'
import { looksRandom } from '../../core/chance.ts'
import type { Finding, Fit, Look, Protocol, Sight } from '../../core/protocol.ts'
import { isPrintable } from '../../core/text.ts'
import type { Wire } from '../../core/wire.ts'
import type { Row } from './wire/fields.ts'
import {
  initWire,
  peerWire,
  type SoulseekMessage,
  serverAskWire,
  serverTellWire,
} from './wire/message.ts'
import { crossed, hiddenLength } from './wire/obfuscated.ts'

/** Servers allow 30 characters; some programs of old allowed more. */
const USER_BYTES_MAX = 64
/** Code, lengths of user and kind, kind, token: what `peer-init` has beside the user. */
const INIT_BYTES = 1 + 4 + 4 + 1 + 4
const PIERCE = Uint8Array.of(5, 0, 0, 0, 0)
const PIERCE_BYTES = 9

function loginStarts(): Uint8Array[] {
  return Array.from({ length: 255 }, (_, i) => Uint8Array.of(i + 1, 0, 0, 0, 1, 0, 0, 0))
}

function initStarts(): Uint8Array[] {
  return Array.from({ length: USER_BYTES_MAX }, (_, i) => {
    return Uint8Array.of(INIT_BYTES + i + 1, 0, 0, 0, 1, i + 1, 0, 0, 0)
  })
}

export const starts: Protocol['starts'] = { tcp: [...loginStarts(), ...initStarts(), PIERCE] }

export function recognise(look: Look): Sight {
  if (!look.fromStart) return recogniseMiddle(look)
  const head = look.heads[0]
  if (head.length === 0) return look.final ? 'no' : 'more'
  for (let i = 1; i < 4; i++) if (head.length > i && head[i] !== 0) return 'no'
  if (head.length < PIERCE_BYTES) return look.final ? 'no' : 'more'
  if (head[4] === 0) return head[0] === 5 ? recognisePierced(look) : 'no'
  if (head[4] !== 1) return 'no'
  return head[5] === 0 ? recogniseLogin(look) : recogniseInit(head)
}

function found(part: string, sureness: Finding['sureness'], ...reasons: string[]): Finding {
  return { part, sureness, reasons }
}

function isName(value: unknown): boolean {
  if (!(value instanceof Uint8Array)) return false
  if (value.length === 0 || value.length > USER_BYTES_MAX) return false
  // Names may be latin-1 or UTF-8, but hold no control characters.
  return value.every((byte) => byte >= 0x20 && byte !== 0x7f)
}

function recogniseLogin(look: Look): Sight {
  const outcome = serverAskWire.parse(look.heads[0], 0)
  if (outcome.kind === 'need') return look.final ? 'no' : 'more'
  if (outcome.kind === 'malformed') return 'no'
  const { row, rest } = outcome.message
  if (rest.length > 0 || !isName(row.user)) return 'no'
  const version = row.version as number
  if (version === 0 || version > 9999) return 'no'
  const digest = row.digest as Uint8Array | undefined
  if (digest !== undefined) {
    if (row.minor === undefined || !isDigest(digest)) return 'no'
    return found('server', 'certain', `login with version ${version} and an MD5`)
  }
  // Until about 2004 there was no digest: the answer makes it sure.
  const told = serverTellWire.parse(look.heads[1], 0)
  const answered = told.kind === 'message' && told.message.name === 'login'
  if (answered && (told.message.row.success as number) <= 1) {
    return found('server', 'certain', `login with version ${version}, and its answer`)
  }
  if (!look.final) return 'more'
  return found('server', 'likely', `login with version ${version}, without an MD5`)
}

function isDigest(digest: Uint8Array): boolean {
  if (digest.length !== 32) return false
  return digest.every((byte) => (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66))
}

const PARTS: Readonly<Record<number, string>> = { 80: 'peer', 70: 'file', 68: 'distributed' }

function recogniseInit(head: Uint8Array): Sight {
  const outcome = initWire.parse(head, 0)
  if (outcome.kind === 'need') return 'more'
  if (outcome.kind === 'malformed') return 'no'
  const part = initPart(outcome.message)
  if (part === undefined) return 'no'
  return found(part, 'certain', 'peer-init with a user and a kind of connection')
}

function initPart({ name, row, rest }: SoulseekMessage): string | undefined {
  const kind = row.kind as Uint8Array | undefined
  if (name !== 'peer-init' || rest.length > 0 || !isName(row.user)) return undefined
  return kind?.length === 1 ? PARTS[kind[0]!] : undefined
}

/** Requests and answers that a stranger would not send: 64 bits of frame, filled by its fields. */
function recognisePierced(look: Look): Sight {
  const [opener, answerer] = look.heads
  for (const [head, at] of [
    [opener, PIERCE_BYTES],
    [answerer, 0],
  ] as const) {
    const outcome = peerWire.parse(head, at)
    if (outcome.kind === 'malformed') return fileStarts(look) ?? 'no'
    if (outcome.kind !== 'message') continue
    const { name, rest } = outcome.message
    if (name === 'other' || rest.length > 0) return fileStarts(look) ?? 'no'
    return found('peer', 'certain', `pierce-firewall, then ${name}`)
  }
  return fileStarts(look) ?? (look.final ? 'no' : 'more')
}

/** The one side says a token of four bytes, the other an offset of eight, in segments of their own. */
function fileStarts({ segments, heads }: Look): Finding | undefined {
  const [, token, offset] = segments
  if (segments[0] !== PIERCE_BYTES || token !== -4 || offset !== 8) return undefined
  // 40 bits of pierce and 32 zeros above the offset: files are below 4 GB but for few.
  if (u32le(heads[0], PIERCE_BYTES + 4) !== 0) return undefined
  return found('file', 'likely', 'pierce-firewall, a token, an offset')
}

// --- From the middle -----------------------------------------------------------------------------

/** So many messages in a row, with so many letters in them, must be known to the last byte. */
const MIDDLE_MESSAGES_MIN = 3
const MIDDLE_TEXT_MIN = 8

function recogniseMiddle({ heads, final }: Look): Sight {
  let open = false
  // The SYN alone may be missing.
  for (const head of heads) {
    const first = head[4] === 1 && head[5] !== 0 ? recogniseInit(head) : 'no'
    if (typeof first === 'object') return first
  }
  for (const [part, ofOpener, ofOther] of [
    ['server', serverAskWire, serverTellWire],
    ['server-opened', serverTellWire, serverAskWire],
    ['peer', peerWire, peerWire],
  ] as const) {
    const seen = [walk(heads[0], ofOpener), walk(heads[1], ofOther)] as const
    if (seen.some((walked) => walked === undefined)) continue
    open = true
    const messages = seen[0]!.messages + seen[1]!.messages
    const letters = seen[0]!.letters + seen[1]!.letters
    if (messages < MIDDLE_MESSAGES_MIN || letters < MIDDLE_TEXT_MIN) continue
    return found(part, 'likely', `${messages} messages in a row, begun before the capture`)
  }
  return open && !final ? 'more' : 'no'
}

/** Messages that a side begins with; undefined where one is not known to the last byte. */
function walk(
  head: Uint8Array,
  wire: Wire<SoulseekMessage>,
): { messages: number; letters: number } | undefined {
  let messages = 0
  let letters = 0
  for (let at = 0; at + 8 <= head.length && messages < 2 * MIDDLE_MESSAGES_MIN; ) {
    const outcome = wire.parse(head, at)
    if (outcome.kind === 'malformed') return undefined
    if (outcome.kind === 'need') return outcome.size > 65_536 ? undefined : { messages, letters }
    const { name, row, rest } = outcome.message
    if (name === 'other' || rest.length > 0) return undefined
    const said = lettersIn(row)
    if (said < 0) return undefined
    messages++
    letters += said
    at += outcome.size
  }
  return { messages, letters }
}

/** Letters of a row's names; less than 0 where one holds none. */
function lettersIn(row: Row): number {
  let sum = 0
  for (const key of ['user', 'room', 'query', 'file']) {
    const value = row[key]
    if (!(value instanceof Uint8Array)) continue
    if (!isPrintable(value)) return -1
    sum += value.length
  }
  return sum
}

// --- What says nothing readable ------------------------------------------------------------------

const NONE: readonly Fit[] = []
const ATTEMPT: readonly Fit[] = [
  { part: 'peer', taughtAs: ['peer', 'peer-obfuscated'], reason: 'a connection without payload' },
  { part: 'server', taughtAs: ['server'], reason: 'a connection without payload' },
]
/** 40 bits, and nothing else in the connection. */
const PIERCED: readonly Fit[] = [
  {
    part: 'peer',
    taughtAs: ['peer'],
    reason: 'pierce-firewall and nothing else',
    alone: 'unsure',
  },
]
const OBFUSCATED: readonly Fit[] = [
  {
    part: 'peer-obfuscated',
    taughtAs: [],
    reason: 'the first message, xored with the turning key before it, is an opening of peers',
    alone: 'likely',
  },
]

export function fits(look: Look): readonly Fit[] {
  if (look.carrier !== 'tcp' || !look.fromStart) return NONE
  const [head, answer] = look.heads
  if (look.segments.length === 0) return ATTEMPT
  if (head.length < PIERCE_BYTES) return NONE
  if (head.length === PIERCE_BYTES && answer.length === 0) {
    return PIERCE.every((byte, i) => head[i] === byte) ? PIERCED : NONE
  }
  return isObfuscated(head) ? OBFUSCATED : NONE
}

/** 32 bits of length that must be small and true, then user and kind, or code and size of a piercing. */
function isObfuscated(head: Uint8Array): boolean {
  const length = hiddenLength(head, 0)
  if (length < 5 || length > INIT_BYTES + USER_BYTES_MAX || head.length < 8 + length) return false
  const clear = crossed(head, 4, 4 + length, u32le(head, 0))
  const outcome = initWire.parse(clear, 0)
  if (outcome.kind !== 'message') return false
  const { name, rest } = outcome.message
  if (name === 'pierce-firewall') {
    // As many bits as a call has; a key that is no chance gives itself away.
    return rest.length === 0 && head.length === 8 + length && looksRandom(head)
  }
  return initPart(outcome.message) !== undefined
}
