/**
 * First bytes → a node's link, a client at its node (FCP), a browser at its node (FProxy), or not.
 *
 * Text: a name of 9 to 16 letters that is a whole line, then fields, then `EndMessage`: 150 bits and
 * more: certain. Enciphered links of 0.4 and 0.5: 24 bits, and 3 or 4 numbers whose first bits agree
 * with their sizes (5 bits of size, 8 of first byte, each): 60 bits and more: certain; with the answer
 * or without. FProxy: a key's two hashes and commas in a path are 500 bits of form; a KSK is only a word: likely.
 * 0.7 between nodes has no mark at all: only `fits`, where a node's reference told the address.
 */
import { hasAt, u16be } from '../../core/bytes.ts'
import { lookRandomTogether } from '../../core/chance.ts'
import type { Finding, Fit, Look, Protocol, Sight } from '../../core/protocol.ts'
import { latin1 } from '../../core/text.ts'
import { keyIn } from './keys.ts'
import { FCP1_NAMES, NODE_NAMES } from './names.ts'
import { linkWire, PRESENTATIONS } from './wire/link.ts'
import { fieldOf, messageWire, type TextMessage } from './wire/message.ts'

const PATHS = ['CHK@', 'SSK@', 'USK@', 'KSK@', 'CHK%40', 'SSK%40', 'USK%40', 'KSK%40', 'freenet:']

export const starts: Protocol['starts'] = {
  tcp: [
    'ClientHello',
    'NodeHello',
    'HandshakeRe',
    Uint8Array.of(0, 0, 0, 1),
    Uint8Array.of(0, 0, 0, 2),
    Uint8Array.of(0, 0, 0, 3),
    ...[0x08, 0x09].flatMap((mode) => [3, 4].map((high) => Uint8Array.of(0, 1, mode, high))),
    ...PATHS.flatMap((path) => [`GET /${path}`, `HEAD /${path}`]),
  ],
}

function found(part: string, sureness: Finding['sureness'], reason: string): Finding {
  return { part, sureness, reasons: [reason] }
}

export function recognise(look: Look): Sight {
  const [opener, other] = look.heads
  const head = opener.length > 0 ? opener : other
  if (head[0] === 0) return look.fromStart ? recogniseBinary(look) : 'no'
  if (head[0] === 0x47 || (head[0] === 0x48 && head[1] === 0x45)) return recogniseHttp(look)
  const first = recogniseText(opener, look.final)
  return first === 'no' ? recogniseText(other, look.final) : first
}

// --- Text ----------------------------------------------------------------------------------------

function recogniseText(head: Uint8Array, final: boolean): Sight {
  if (head.length === 0) return 'no'
  const outcome = messageWire.parse(head, 0)
  if (outcome.kind === 'malformed') return 'no'
  if (outcome.kind === 'need') return final || head.length > 8192 ? 'no' : 'more'
  return sightOf(outcome.message)
}

function sightOf(said: TextMessage): Sight {
  if (said.end !== 'EndMessage') return 'no'
  switch (said.name) {
    case 'ClientHello':
      if (fieldOf(said, 'ExpectedVersion') === undefined) return 'no'
      return found('fcp', 'certain', `ClientHello of "${fieldOf(said, 'Name') ?? ''}" to a node`)
    case 'NodeHello':
      if (fieldOf(said, 'Node') === undefined) return 'no'
      return found('fcp', 'certain', `NodeHello of ${fieldOf(said, 'Node')}`)
    case 'HandshakeRequest':
    case 'HandshakeReply':
      return found('node', 'certain', `${said.name}, as nodes of 0.3 begin`)
    default:
      return 'no'
  }
}

// --- Links ---------------------------------------------------------------------------------------

function recogniseBinary({ heads, final }: Look): Sight {
  const opener = heads[0]
  if (opener.length < 4) return final ? 'no' : 'more'
  return opener[1] === 1 ? recogniseLink(opener, final) : recognisePlain(opener, final)
}

function recogniseLink(opener: Uint8Array, final: boolean): Sight {
  const outcome = linkWire.parse(opener, 0)
  if (outcome.kind === 'malformed') return 'no'
  if (outcome.kind === 'need') return final ? 'no' : 'more'
  const { mode, numbers } = outcome.message
  return found('node', 'certain', `link of 0.5, ${mode}: ${numbers.length} numbers of true sizes`)
}

/** A preamble, then a message with a name of the presentation. */
function recognisePlain(opener: Uint8Array, final: boolean): Sight {
  const presentation = PRESENTATIONS[u16be(opener, 2)]
  if (u16be(opener, 0) !== 0 || presentation === undefined || presentation === 'mux') return 'no'
  if (opener.length === 4) return final ? 'no' : 'more'
  const outcome = messageWire.parse(opener, 4)
  if (outcome.kind === 'malformed') return 'no'
  if (outcome.kind === 'need') return final || opener.length > 8192 ? 'no' : 'more'
  const { name } = outcome.message
  const isFcp = presentation === 'fcp'
  if (!(isFcp ? FCP1_NAMES : NODE_NAMES).has(name)) return 'no'
  const reason = `preamble of ${presentation.toUpperCase()}, then ${name}`
  return found(isFcp ? 'fcp' : 'node', 'certain', reason)
}

// --- FProxy --------------------------------------------------------------------------------------

const LINE_BYTES_MAX = 1024

function recogniseHttp({ heads: [opener], final }: Look): Sight {
  const space = hasAt(opener, 0, GET) ? GET.length : HEAD.length
  if (space === HEAD.length && !hasAt(opener, 0, HEAD)) {
    return !final && opener.length < HEAD.length ? 'more' : 'no'
  }
  const end = opener.indexOf(0x0a)
  if (end < 0) return final || opener.length > LINE_BYTES_MAX ? 'no' : 'more'
  if (end > LINE_BYTES_MAX) return 'no'
  const [target, version] = latin1(opener, space, end - space).split(' ')
  const key = keyIn(target!)
  if (key === undefined || version?.startsWith('HTTP/') !== true) return 'no'
  if (key.form === 'new') return found('fproxy', 'certain', `asks a node for ${key.text}`)
  return found('fproxy', 'likely', `asks for ${key.text}, as a node's web gate is asked`)
}

const GET = Uint8Array.of(0x47, 0x45, 0x54, 0x20)
const HEAD = Uint8Array.of(0x48, 0x45, 0x41, 0x44, 0x20)

// --- By endpoint ---------------------------------------------------------------------------------

const NONE: readonly Fit[] = []
const DATAGRAMS: readonly Fit[] = [
  { part: 'node', taughtAs: ['node'], reason: 'enciphered datagrams of at least 64 bytes' },
]
/** A handshake of 0.7 has an iv and a hash of 32 bytes each; data packets are padded to 64. */
const DATAGRAM_BYTES_MIN = 64

export function fits({ carrier, datagrams }: Look): readonly Fit[] {
  if (carrier !== 'udp' || datagrams[0] === undefined) return NONE
  if (datagrams.some(({ size }) => size < DATAGRAM_BYTES_MIN)) return NONE
  return lookRandomTogether(datagrams) ? DATAGRAMS : NONE
}
