/**
 * First bytes → the peer-to-peer Skype of 2003 to 2014, or not. There is no specification.
 *
 * TCP: the covers (`wire/cover.ts`). The answer is 632 bits that never change; open and ready of
 * a login are 80 bits which TLS forbids: certain. A hello alone is 448 bits, but another program
 * could copy a list of ciphers; that enciphered bytes follow before any answer, which no TLS
 * client does, makes it likely.
 *
 * UDP: one byte of eleven is known, so one datagram tells nothing (1 in 256 of random ones). A nak
 * that repeats the id of the other side's payload is 16 bits, 11 of types, an exact size; with the address it
 * was sent from in it, 32 more: certain, else likely. Without a nak: five payloads one way, or four of
 * which each side has one, ids that go up unevenly (one counter serves all conversations), and all
 * behind the type like chance: 32 to 64 bits, but of one place, so likely.
 *
 * Today's Skype and Teams are neither: they speak TLS, QUIC, STUN and RTP to servers.
 */
import { ip4 } from '../../core/address.ts'
import { bits, hasAt, u16be, u32be } from '../../core/bytes.ts'
import { looksRandom } from '../../core/chance.ts'
import type { Datagram, Finding, Fit, Look, Protocol, Sight } from '../../core/protocol.ts'
import { ANSWER, agrees, HELLO, HELLO_BYTES, LOGIN_OPEN, LOGIN_READY } from './wire/cover.ts'
import { isNak, NAK_BYTES, PAYLOAD } from './wire/datagram.ts'

export const starts: Protocol['starts'] = {
  tcp: [HELLO.subarray(0, 20), ANSWER.subarray(0, 20), LOGIN_OPEN, LOGIN_READY],
  udp: [],
}

export function recognise(look: Look): Sight {
  return look.carrier === 'tcp' ? recogniseCover(look) : recogniseDatagrams(look)
}

// --- TCP -----------------------------------------------------------------------------------------

function found(part: string, sureness: Finding['sureness'], reason: string): Finding {
  return { part, sureness, reasons: [reason] }
}

function recogniseCover(look: Look): Sight {
  if (!look.fromStart) return 'no'
  const [opener, other] = look.heads
  if (opener.length > 0 && agrees(opener, 0, HELLO)) return recogniseHello(look)
  const opens = opener.length > 0 && agrees(opener, 0, LOGIN_OPEN)
  const ready = other.length > 0 && agrees(other, 0, LOGIN_READY)
  if ((!opens && opener.length > 0) || (!ready && other.length > 0)) return recogniseAnswer(look)
  if (opener.length >= LOGIN_OPEN.length && other.length >= LOGIN_READY.length) {
    const reason = 'an empty TLS handshake record, answered by an empty record of data'
    return found('login', 'certain', reason)
  }
  if (!look.final) return 'more'
  const isAlone = opener.length === LOGIN_OPEN.length && other.length === 0
  return isAlone ? found('login', 'unsure', 'an empty TLS handshake record and no more') : 'no'
}

function recogniseHello(look: Look): Sight {
  const [opener, other] = look.heads
  if (other.length > 0) return recogniseAnswer(look)
  if (opener.length < HELLO_BYTES) return look.final ? 'no' : 'more'
  if (opener.length === HELLO_BYTES || !look.final) return look.final ? 'no' : 'more'
  // A TLS client waits for the answer; were it to go on, then in records.
  if (isRecord(opener, HELLO_BYTES) || !looksRandom(opener, HELLO_BYTES)) return 'no'
  const reason = 'the SSL hello of all Skype clients, and enciphered bytes before any answer'
  return found('peer', 'likely', reason)
}

function isRecord(bytes: Uint8Array, at: number): boolean {
  return bytes[at]! >= 0x14 && bytes[at]! <= 0x17 && bytes[at + 1] === 3
}

function recogniseAnswer({ heads: [, other], final }: Look): Sight {
  if (hasAt(other, 0, ANSWER)) {
    const reason = 'the TLS server hello of all Skype nodes, random and time included'
    return found('peer', 'certain', reason)
  }
  return other.length < ANSWER.length && agrees(other, 0, ANSWER) && !final ? 'more' : 'no'
}

// --- UDP -----------------------------------------------------------------------------------------

const PAYLOAD_BYTES_MIN = 18
const ONE_WAY_MIN = 5
const TWO_WAYS_MIN = 4

function isPayload(bytes: Uint8Array): boolean {
  return bytes[2] === PAYLOAD && bytes.length >= PAYLOAD_BYTES_MIN
}

function recogniseDatagrams(look: Look): Sight {
  const { datagrams, ends, final } = look
  if (!isPayload(datagrams[0]!.bytes)) return 'no'
  let payloads = 0
  for (const datagram of datagrams) {
    const { bytes, size, from } = datagram
    if (size === NAK_BYTES && isNak(bits(bytes[2] ?? 0, 0, 4))) {
      const answered = datagrams.find((one) => isNakOf(datagram, one))
      if (answered === undefined) return 'no'
      const seen = ip4(bytes, 3)
      if (seen === ends[answered.from].ip) {
        const reason = `a payload, and a nak with its id that tells its sender's address ${seen}`
        return found('peer', 'certain', reason)
      }
      const reason = `a payload, and a nak of 11 bytes with its id that tells the address ${seen}`
      return isPublic(bytes) ? found('peer', 'likely', reason) : 'no'
    }
    if (!isKnownKind(bytes)) return 'no'
    if (isPayload(bytes)) {
      if (!looksRandom(bytes, 3)) return 'no'
      payloads++
    } else if (from === 0 && payloads < 2) return 'no'
  }
  if (!final) return 'more'
  return isConversation(datagrams, payloads) ? conversation(datagrams, payloads) : 'no'
}

function isNakOf(nak: Datagram, payload: Datagram): boolean {
  return (
    payload.from !== nak.from &&
    isPayload(payload.bytes) &&
    u16be(payload.bytes, 0) === u16be(nak.bytes, 0) &&
    u32be(nak.bytes, 7) !== 0
  )
}

/** Whether the address in a nak can be somebody's. */
function isPublic(nak: Uint8Array): boolean {
  const first = nak[3]!
  return first > 0 && first < 224 && first !== 127
}

/** Resends, sound and fragments have been seen with other upper halves, payloads not. */
function isKnownKind(bytes: Uint8Array): boolean {
  if (bytes.length < 3) return false
  const kind = bits(bytes[2]!, 0, 4)
  if (kind === PAYLOAD) return isPayload(bytes)
  return kind === 3 || kind === 0xd || kind === 0xf
}

function isConversation(datagrams: readonly Datagram[], payloads: number): boolean {
  const answered = datagrams.some(({ from }) => from === 1)
  if (payloads < (answered ? TWO_WAYS_MIN : ONE_WAY_MIN)) return false
  if (datagrams.every(({ bytes }) => isUtpHead(bytes))) return false
  if (hasFixedPlace(datagrams)) return false
  return goUp(datagrams, 0) && goUp(datagrams, 1)
}

/**
 * Ids go up, by steps that are not all alike; what is sent again has its id, but another iv. One step
 * down is believed where something was sent again: a minute later the counter has come far.
 */
function goUp(datagrams: readonly Datagram[], side: number): boolean {
  const sent = datagrams.filter(({ from, bytes }) => from === side && bytes[2] === PAYLOAD)
  const steps = new Set<number>()
  let down = 0
  for (let i = 1; i < sent.length; i++) {
    const [before, now] = [sent[i - 1]!.bytes, sent[i]!.bytes]
    const step = idStep(before, now)
    if (step >= 0x8000) down++
    if (u32be(now, 3) === u32be(before, 3)) return false
    steps.add(step)
  }
  if (sent.length < 3) return true
  // One number for all kinds, none left out: a plain count, whatever stands behind it.
  const all = datagrams.filter(({ from }) => from === side)
  const isCount = all.every(({ bytes }, i) => i === 0 || idStep(all[i - 1]!.bytes, bytes) === 1)
  if (isCount) return false
  return steps.size > 1 && down <= (steps.has(0) ? 1 : 0)
}

function idStep(before: Uint8Array, now: Uint8Array): number {
  return (u16be(now, 0) - u16be(before, 0) + 0x1_0000) % 0x1_0000
}

/**
 * Whether at a place behind the type each side says the same in all payloads: a zero, a clock's upper bytes, an
 * id (RTP has all three). All there is chance: of four payloads the sides' agree at one of eight places
 * once in 8,000.
 */
function hasFixedPlace(datagrams: readonly Datagram[]): boolean {
  const sides = ([0, 1] as const).map((side) =>
    datagrams.filter(({ from, bytes }) => from === side && isPayload(bytes)),
  )
  for (let at = 3; at < 11; at++) {
    if (sides.every((sent) => sent.every(({ bytes }) => bytes[at] === sent[0]!.bytes[at])))
      return true
  }
  return false
}

/** BEP 29: type and version 1, an extension of 0 to 2, a connection id that stays. */
function isUtpHead(bytes: Uint8Array): boolean {
  return bits(bytes[0]!, 0, 4) === 1 && bytes[0]! < 0x50 && bytes[1]! <= 2
}

function conversation(datagrams: readonly Datagram[], payloads: number): Finding {
  const ways = datagrams.some(({ from }) => from === 1) ? 'both ways' : 'one way'
  return found('peer', 'likely', `${payloads} payloads ${ways}, each with 02 behind a rising id`)
}

// --- By endpoint ---------------------------------------------------------------------------------

const NONE: readonly Fit[] = []
const PROBE: readonly Fit[] = [
  {
    part: 'probe',
    taughtAs: ['peer'],
    reason: 'enciphered, with 02 behind the id of each datagram',
  },
]
const LINK: readonly Fit[] = [
  {
    part: 'peer',
    taughtAs: ['peer'],
    reason: 'enciphered from the start, the third segment small',
  },
]
/** Hosts that are asked whether they are there get 18 to 60 bytes; what follows may be larger. */
const PROBE_BYTES_MAX = 137

export function fits({ carrier, datagrams, segments, heads, fromStart }: Look): readonly Fit[] {
  if (carrier === 'udp') {
    const first = datagrams[0]
    if (first === undefined || first.bytes[2] !== PAYLOAD) return NONE
    for (const { bytes } of datagrams) {
      if (!isPayload(bytes) || bytes.length > PROBE_BYTES_MAX || !looksRandom(bytes, 3)) return NONE
    }
    return PROBE
  }
  // Seen in 60 connections: 26 to 112 bytes from each side, then 8 or 14 to 38.
  if (!fromStart || segments.length < 2 || segments[0]! < 24 || segments[1]! > -24) return NONE
  if (segments[0]! > 130 || segments[1]! < -130 || (segments[2] ?? 8) > 40) return NONE
  return looksRandom(heads[0]) && looksRandom(heads[1]) ? LINK : NONE
}
