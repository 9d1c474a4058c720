/**
 * First bytes → GNUnet, or not.
 *
 * Over TCP each side begins with a welcome (32 bits of size and type), and goes on with messages whose
 * sizes their types allow; the opener mostly sends its hello, which repeats the key of its welcome.
 * Over UDP size, type and zeros are 64 bits, the messages inside must fill the rest.
 */
import { hasAt, u16be, u32be } from '../../core/bytes.ts'
import type { Fit, Look, Protocol, Sight } from '../../core/protocol.ts'
import { HEAD, HELLO, isLegal, messageWire, UDP, WELCOME } from './wire/message.ts'

/** 32 bytes of EdDSA key since 2013; before, the hash of an RSA key, 64 bytes. */
const WELCOMES = [36, 68].map((size) => Uint8Array.of(0, size, 0, WELCOME))

export const starts: Protocol['starts'] = { tcp: WELCOMES }

/** So many messages are looked at; all of them must be legal. */
const MESSAGES_MAX = 16

/** How many legal messages a side begins with; less than 0 where one is not. */
function legalIn(head: Uint8Array): number {
  let count = 0
  for (let at = 0; at + HEAD <= head.length && count < MESSAGES_MAX; count++) {
    const outcome = messageWire.parse(head, at)
    if (!isLegal(u16be(head, at + 2), u16be(head, at))) return -1
    if (outcome.kind === 'malformed') return -1
    if (outcome.kind === 'need') break
    at += outcome.size
  }
  return count
}

export function recognise(look: Look): Sight {
  if (look.carrier === 'udp') return 'no'
  if (!look.fromStart) return recogniseMiddle(look)
  const welcomed = look.heads.map((head) => WELCOMES.some((start) => hasAt(head, 0, start)))
  const counts = look.heads.map(legalIn)
  if (counts.some((count) => count < 0)) return 'no'
  const could = look.heads.every((head, side) => welcomed[side] || head.length < HEAD)
  if (!could) return 'no'
  if (welcomed[0] && welcomed[1] && counts[0]! > 0 && counts[1]! > 0) {
    return { part: 'peer', sureness: 'certain', reasons: ['a welcome from both sides'] }
  }
  const [head] = look.heads
  if (welcomed[0] && counts[0]! >= 2 && repeatsItsKey(head)) {
    const reasons = ['a welcome, and a hello with the same key']
    return { part: 'peer', sureness: 'certain', reasons }
  }
  if (!look.final) return 'more'
  const count = Math.max(...counts)
  if (count < 2) return 'no'
  const reasons = [`a welcome and ${count - 1} more messages from one side`]
  return { part: 'peer', sureness: 'likely', reasons }
}

/** The second message is a hello of the peer that the welcome names: 256 bits. */
function repeatsItsKey(head: Uint8Array): boolean {
  const size = u16be(head, 0)
  if (size !== 36 || head.length < size + 8 + 32) return false
  if (u16be(head, size + 2) !== HELLO) return false
  return hasAt(head, size + 8, head.subarray(HEAD, size))
}

/** From the middle: so many messages that say by their sizes what they are. */
const MIDDLE_MESSAGES_MIN = 6

function recogniseMiddle({ heads, final }: Look): Sight {
  const counts = heads.map(legalIn)
  if (counts.some((count) => count < 0)) return 'no'
  const sum = counts[0]! + counts[1]!
  if (sum < MIDDLE_MESSAGES_MIN) return final ? 'no' : 'more'
  // 24 bits of type and high size of each message agree: more than 140 in all.
  const reasons = [`${sum} messages in a row, begun before the capture`]
  return { part: 'peer', sureness: 'likely', reasons }
}

const NONE: readonly Fit[] = []
const ATTEMPT: readonly Fit[] = [
  { part: 'peer', taughtAs: ['peer'], reason: 'a connection without payload' },
]
const DATAGRAM: readonly Fit[] = [
  {
    part: 'peer-udp',
    taughtAs: ['peer'],
    reason: 'a message over UDP: size, type, zeros, and messages that fill the rest',
    alone: 'likely',
  },
]
const PEER_AT = 8
const INNER_AT = PEER_AT + 32

export function fits(look: Look): readonly Fit[] {
  if (look.carrier === 'tcp') {
    return look.fromStart && look.segments.length === 0 ? ATTEMPT : NONE
  }
  const first = look.datagrams[0]
  if (first === undefined) return NONE
  const { bytes, size } = first
  if (u16be(bytes, 2) !== UDP || u16be(bytes, 0) !== size || u32be(bytes, 4) !== 0) return NONE
  if (bytes.length < size || size < INNER_AT + HEAD) return NONE
  return look.datagrams.every(({ bytes: each }) => isFilled(each)) ? DATAGRAM : NONE
}

/** Either direction sends messages of its own, or says that fragments came. */
function isFilled(bytes: Uint8Array): boolean {
  const type = u16be(bytes, 2)
  if (type !== UDP) return type === 57 && u16be(bytes, 0) === bytes.length
  let at = INNER_AT
  while (at + HEAD <= bytes.length) {
    const size = u16be(bytes, at)
    if (size < HEAD || at + size > bytes.length) return false
    at += size
  }
  return at === bytes.length
}
