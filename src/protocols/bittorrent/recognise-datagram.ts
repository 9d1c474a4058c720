/**
 * What a UDP flow is, by its first datagrams, uTP excepted.
 *
 *   d1:ad2:id20:… e       KRPC: certain by one message that is read to its last byte
 *   00000417 27101980 …   UDP tracker: certain by the connect request's 96 bits
 *   BT-SEARCH * HTTP/1.   local discovery: certain
 *   8… 00000400…040e      Azureus DHT: certain where the address inside is the sender's
 *   00000001 … 6 n        UDP tracker's answer whose request was not captured: likely
 *
 * Ports say nothing here.
 */
import { unroutable } from '../../core/address.ts'
import { bytesOf, hasAt, sameBytes, u16be, u32be } from '../../core/bytes.ts'
import type { Datagram, Finding, Look, Sight } from '../../core/protocol.ts'
import { shown } from '../../core/text.ts'
import { bdecodeCut } from '../formats/bencode.ts'
import { beginsAsKrpc } from './session-datagram.ts'
import {
  isAnnounceAnswer,
  isAnnounceRequest,
  isConnectAnswer,
  isConnectRequest,
  isConstantAnswer,
  isCutAnnounce,
} from './session-udp-tracker.ts'
import { ID_BYTES, KRPC_METHODS, krpcWire } from './wire/krpc.ts'
import { LSD_START, lsdWire } from './wire/lsd.ts'
import {
  ANNOUNCE_BYTES,
  udpTrackerResponse6Wire,
  udpTrackerResponseWire,
} from './wire/udp-tracker.ts'
import { isVuzeAction, vuzeActionName, vuzeBody, vuzeDhtWire } from './wire/vuze-dht.ts'

export function recogniseDatagrams(look: Look): Sight {
  let best: Finding | undefined
  let open = false
  for (const datagram of look.datagrams) {
    const sight = recogniseOne(datagram, look)
    if (sight === 'more') open = true
    else if (sight !== 'no') {
      if (sight.sureness === 'certain') return sight
      best ??= sight
    }
  }
  if (best !== undefined) return best
  return open && !look.final ? 'more' : 'no'
}

/** Asked about every datagram of the world: a byte or two let most go. */
function recogniseOne(datagram: Datagram, look: Look): Sight {
  const { bytes } = datagram
  switch (bytes[0]) {
    case LETTER_D:
      if (beginsAsKrpc(bytes)) return krpc(datagram)
      break
    case LETTER_B:
      if (hasAt(bytes, 0, LSD_START)) return lsd(datagram)
      break
    case 0:
      return actionFirst(datagram, look)
  }
  // Requests begin with a number that says nothing; the action stands behind it.
  if (bytes[8] !== 0 || bytes[9] !== 0 || bytes.length < 36) return 'no'
  return connectionFirst(datagram, look)
}

const LETTER_B = 0x42
const LETTER_D = 0x64

/** A connect request, whose number is a constant, or an answer. */
function actionFirst(datagram: Datagram, look: Look): Sight {
  const { bytes } = datagram
  if (isConnectRequest(bytes)) {
    const reasons = ['UDP tracker connect request: the constant 0x41727101980 and action 0']
    return { part: 'tracker-udp', sureness: 'certain', reasons }
  }
  if (isConstantAnswer(bytes)) {
    const reasons = ['UDP tracker connect answer that gives the constant 0x41727101980 back']
    return { part: 'tracker-udp', sureness: 'certain', reasons }
  }
  const action = u32be(bytes, 0)
  if (action === 1) return trackerAnswer(datagram, look)
  const said = isVuzeAction(action) ? vuze(datagram, look) : 'no'
  return said === 'no' ? connectionFirst(datagram, look) : said
}

function connectionFirst(datagram: Datagram, look: Look): Sight {
  const { bytes, size } = datagram
  const action = u32be(bytes, 8)
  if (action === 1) {
    const cut = bytes.length < size
    const announces = cut
      ? size >= ANNOUNCE_BYTES && isCutAnnounce(bytes)
      : isAnnounceRequest(bytes)
    return announces ? announce(datagram, look) : 'no'
  }
  if (action === 2) return scrape(datagram, look)
  return isVuzeAction(action) ? vuze(datagram, look) : 'no'
}

function krpc({ bytes, size }: Datagram): Sight {
  const outcome = krpcWire.parse(bytes, 0)
  if (outcome.kind === 'message') {
    const said = outcome.message
    const known = said.kind !== 'query' || KRPC_METHODS.includes(said.method)
    if (said.kind === 'error' && said.dict.bytes('t') === undefined && outcome.size < bytes.length)
      return 'no'
    const whole = outcome.size === bytes.length
    const sureness = whole && known ? 'certain' : 'likely'
    const what = said.kind === 'query' ? `query ${shown(said.method.slice(0, 40))}` : `${said.kind}`
    const reasons = [`DHT ${what}: one bencoded dictionary with its y, t and 20-byte id`]
    if (!whole) reasons.push(`${bytes.length - outcome.size} bytes follow the dictionary`)
    return { part: 'dht', sureness, reasons }
  }
  if (outcome.kind !== 'malformed' || outcome.fault !== 'truncated') return 'no'
  if (size <= bytes.length || !beginsWithId(bytes)) return 'no'
  const reasons = ['begins as a DHT message does; the capture has cut it']
  return { part: 'dht', sureness: 'likely', reasons }
}

/** Whether it begins as most messages do, or arguments or values with an id of 20 bytes stand there. */
function beginsWithId(bytes: Uint8Array): boolean {
  if (USUAL_STARTS.some((start) => hasAt(bytes, 0, start))) return true
  const dict = bdecodeCut(bytes, 0)
  const id = (dict?.dict('a') ?? dict?.dict('r'))?.bytes('id')
  return id?.length === ID_BYTES
}

const USUAL_STARTS = ['d1:ad2:id20:', 'd1:rd2:id20:', 'd2:ip6:', 'd2:ip18:', 'd1:eli20'].map(
  bytesOf,
)

function lsd({ bytes, size }: Datagram): Sight {
  const outcome = lsdWire.parse(bytes, 0)
  if (outcome.kind === 'message') {
    const reasons = ['local service discovery: BT-SEARCH with port and infohash']
    return { part: 'lsd', sureness: 'certain', reasons }
  }
  const sureness = size > bytes.length ? 'certain' : 'likely'
  return { part: 'lsd', sureness, reasons: ['begins with BT-SEARCH * HTTP/1.'] }
}

/** An announce whose connect the capture does not hold; its answer makes it certain. */
function announce({ bytes, from }: Datagram, look: Look): Sight {
  const wire = look.ends[0].ip.includes(':') ? udpTrackerResponse6Wire : udpTrackerResponseWire
  const transaction = u32be(bytes, 12)
  const answered = look.datagrams.some(
    (other) =>
      other.from !== from &&
      other.bytes.length >= 8 &&
      u32be(other.bytes, 4) === transaction &&
      (u32be(other.bytes, 0) === 1 || u32be(other.bytes, 0) === 3) &&
      wire.parse(other.bytes, 0).kind === 'message',
  )
  const reasons = ['UDP tracker announce: action 1, an event, a peer id in its place']
  if (answered) reasons.push('answered with the same transaction')
  return { part: 'tracker-udp', sureness: answered ? 'certain' : 'likely', reasons }
}

/** A hash of 20 bytes says nothing, so it takes an answer, or a second request on the connection. */
function scrape({ bytes, size, from }: Datagram, look: Look): Sight {
  if ((size - 16) % 20 !== 0 || size < 36) return 'no'
  const hashes = (size - 16) / 20
  const answered = look.datagrams.some(
    (other) =>
      other.from !== from &&
      other.size === 8 + 12 * hashes &&
      u32be(other.bytes, 0) === 2 &&
      u32be(other.bytes, 4) === u32be(bytes, 12),
  )
  const reason = `UDP tracker scrape of ${hashes} ${hashes === 1 ? 'content' : 'contents'}: action 2`
  if (answered) {
    const reasons = [reason, 'answered with the same transaction and as many counts']
    return { part: 'tracker-udp', sureness: 'certain', reasons }
  }
  const again = look.datagrams.some(
    (other) =>
      other.from === from &&
      u32be(other.bytes, 8) === 2 &&
      (other.size - 16) % 20 === 0 &&
      sameBytes(other.bytes.subarray(0, 8), bytes.subarray(0, 8)) &&
      u32be(other.bytes, 12) !== u32be(bytes, 12),
  )
  if (!again || !isChanceNumber(bytes)) return 'more'
  const number = bytes.subarray(0, 8)
  const isOther = look.datagrams.some((other) =>
    other.from === from ? !isAsked(other) : hasAt(other.bytes, 0, number),
  )
  if (isOther) return 'more'
  const reasons = [reason, 'and another with the same connection and a new transaction']
  return { part: 'tracker-udp', sureness: 'likely', reasons }
}

/** Whether a datagram has the action and the size of one of the requests: 2 with 20 bytes each, 1, 0. */
function isAsked({ bytes, size }: Datagram): boolean {
  const action = u32be(bytes, 8)
  if (action === 2) return size >= 36 && (size - 16) % 20 === 0
  return action === 1 ? size >= ANNOUNCE_BYTES : action === 0 && size === 16
}

/** An answer to an announce that was not captured: everything in it must be believable. */
function trackerAnswer({ bytes, size, from }: Datagram, look: Look): Sight {
  const entry = look.ends[0].ip.includes(':') ? 18 : 6
  if (size !== bytes.length || (size - 20) % entry !== 0 || !isAnnounceAnswer(bytes)) return 'no'
  const peers = (size - 20) / entry
  const reason = `UDP tracker's answer to an announce: interval, counts, ${peers} peers`
  const connected = look.datagrams.some(
    (other) => other.from === from && isConnectAnswer(other.bytes),
  )
  if (connected) {
    const reasons = [reason, 'and its answer to a connect']
    return { part: 'tracker-udp', sureness: 'likely', reasons }
  }
  // The list holds no more than were counted, the one that asks perhaps not among them.
  const counted = u32be(bytes, 12) + u32be(bytes, 16)
  if (peers === 0 || peers > counted + 1) return 'no'
  for (let at = 20 + entry - 2; at < size; at += entry) {
    if (u16be(bytes, at) === 0) return 'no'
  }
  return { part: 'tracker-udp', sureness: 'likely', reasons: [reason] }
}

function vuze(datagram: Datagram, look: Look): Sight {
  const { bytes, from } = datagram
  const outcome = vuzeDhtWire.parse(bytes, 0)
  if (outcome.kind !== 'message') return 'no'
  const said = outcome.message
  const name = vuzeActionName(said.action)
  if (said.kind === 'request') {
    if (said.version > 100 || said.ownVersion > 100) return 'no'
    const own = look.ends[from].ip
    if (said.address.ip === own) {
      const reasons = [`Azureus DHT ${name} with the sender's own address in it`]
      return { part: 'vuze-dht', sureness: 'certain', reasons }
    }
    const { ip } = said.address
    // Behind a translator the sender names its outer address, or an inner one.
    if (said.address.ip.includes(':') !== own.includes(':')) return 'no'
    if (unroutable(own) === undefined && unroutable(ip) === undefined) return 'no'
    if (!isChanceNumber(bytes) || said.network > NETWORK_MAX || !isClock(said.timeBig)) return 'no'
    const reasons = [`Azureus DHT ${name}: version, vendor and address in their places`]
    return { part: 'vuze-dht', sureness: 'likely', reasons }
  }
  const asked = look.datagrams.some((other) => {
    if (other.from === from) return false
    const request = vuzeDhtWire.parse(other.bytes, 0)
    return (
      request.kind === 'message' &&
      request.message.kind === 'request' &&
      request.message.transaction === said.transaction &&
      request.message.connectionBig === said.connectionBig
    )
  })
  if (asked) {
    const reasons = [`Azureus DHT ${name} that answers a request by both its numbers`]
    return { part: 'vuze-dht', sureness: 'certain', reasons }
  }
  // The request was not captured: what the answer tells of others must read to its end.
  const found = said.version <= 100 && said.network <= NETWORK_MAX ? vuzeBody(said) : undefined
  const told = (found?.contacts.length ?? 0) + (found?.values.length ?? 0)
  if (told === 0) return 'no'
  const reasons = [`Azureus DHT ${name}: version, network and ${told} entries in their places`]
  return { part: 'vuze-dht', sureness: 'likely', reasons }
}

/** The number of a connection, here as with trackers, is chance: more zeros are in eight bytes once in 300,000. */
function isChanceNumber(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 8).filter((byte) => byte === 0).length <= ZEROS_MAX
}

const ZEROS_MAX = 2

/** Milliseconds since 1970: later than the first Azureus (2003), before 2100. */
function isClock(timeBig: bigint): boolean {
  return timeBig > 1_000_000_000_000n && timeBig < 4_100_000_000_000n
}

/** Networks in use: 0 stable, 1 for tests, 3 over IPv6, 4 for anonymous peers; some room behind. */
const NETWORK_MAX = 15
