/**
 * First bytes of a flow → whether they are tinc's.
 *
 * A meta connection is text: `0 name 17` from both sides, and from one of them a key line of numbers and
 * hundreds of hex digits. An identity alone has 32 fixed bits ("0 ", " 17") and little else: two of
 * them are likely, an identity with a key line certain.
 *
 * The tunnel over UDP is sealed whole. It has the shape of tinc 1.0's default (blocks of 8 and a MAC of
 * 4) and is named only where the same port was taught by a meta connection.
 */
import { lookRandomTogether } from '../../core/chance.ts'
import type { Fit, Look, Protocol, Sight } from '../../core/protocol.ts'
import { type MetaLine, metaWire } from './wire/meta.ts'

/** An identity begins with a name: letters, digits, an underscore, or a mark of its own. */
export const starts: Protocol['starts'] = { tcp: namesBegin() }

function namesBegin(): string[] {
  const first = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_^?'
  return [...first].map((letter) => `0 ${letter}`)
}

/** Protocol numbers that were in use: 1.0 began with 8, and stays at 17. */
const MAJOR_MIN = 8
const MAJOR_MAX = 17
/** RSA of 1,024 bits in hex. */
const KEY_DIGITS_MIN = 256

interface Seen {
  readonly id?: MetaLine & { type: 'id' }
  readonly hasKey: boolean
}

export function recognise(look: Look): Sight {
  if (!look.fromStart) return 'no'
  const [a, b] = look.heads.map(read) as [Seen | undefined, Seen | undefined]
  if (a === undefined || b === undefined) return 'no'
  const names = [a.id, b.id].flatMap((id) => (id === undefined ? [] : [`${id.name} ${id.version}`]))
  if (names.length === 2 && (a.hasKey || b.hasKey)) {
    const reasons = [`both sides greet as tinc does (${names.join(', ')}), a key of hex follows`]
    return { part: 'meta', sureness: 'certain', reasons }
  }
  if (!look.final) return 'more'
  // Control connections of 1.1 go to the same machine and are no part of the network.
  if (names.length === 2) {
    return { part: 'meta', sureness: 'likely', reasons: [`two identities: ${names.join(', ')}`] }
  }
  if (names.length === 1 && (a.hasKey || b.hasKey)) {
    return { part: 'meta', sureness: 'likely', reasons: [`identity ${names[0]}, a key of hex`] }
  }
  return 'no'
}

/** What stands at the head of a side; undefined where it is not tinc's. */
function read(head: Uint8Array): Seen | undefined {
  const first = metaWire.parse(head, 0)
  if (first.kind === 'malformed') return undefined
  if (first.kind === 'need') {
    // A name and its version are at most 140 bytes long.
    return head.length > 140 ? undefined : { hasKey: false }
  }
  const id = first.message
  if (id.type !== 'id') return undefined
  const major = Number.parseInt(id.version, 10)
  if (major < MAJOR_MIN || major > MAJOR_MAX) return undefined
  const next = metaWire.parse(head, first.size)
  const hasKey =
    next.kind === 'message' &&
    next.message.type === 'metakey' &&
    next.message.key.length >= KEY_DIGITS_MIN
  return { id, hasKey }
}

const NO_FITS: readonly Fit[] = []
const TUNNEL: readonly Fit[] = [
  {
    part: 'tunnel',
    taughtAs: ['meta', 'node'],
    reason: 'sealed datagrams, blocks of 8 bytes and 4 more',
  },
]
const DATAGRAMS_MIN = 3

/** All datagrams are blocks of 8 with a MAC of 4, and look like chance. */
export function fits(look: Look): readonly Fit[] {
  if (look.carrier !== 'udp' || look.datagrams.length < DATAGRAMS_MIN) return NO_FITS
  if (look.datagrams.some(({ size }) => size % 8 !== 4 || size < 20)) return NO_FITS
  return lookRandomTogether(look.datagrams) ? TUNNEL : NO_FITS
}
