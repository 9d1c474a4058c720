/**
 * What a UDP flow is, by its first datagrams, uTP excepted.
 *
 *   d1:ad2:id20:… e       KRPC: certain by one message that is read to its last byte
 *   00000417 27101980 …   UDP tracker: certain by the connect request's 96 bits
 *   BT-SEARCH * HTTP/1.   local discovery: certain
 *   8… 00000400…040e      Azureus DHT: certain where the address inside is the sender's
 *
 * Ports say nothing here.
 */
import { unroutable } from '../../core/address.ts'
import { bytesOf, hasAt, u32be } from '../../core/bytes.ts'
import type { Datagram, Finding, Look, Sight } from '../../core/protocol.ts'
import { shown } from '../../core/text.ts'
import { beginsAsKrpc } from './session-datagram.ts'
import { isAnnounceRequest, isConnectRequest } from './session-udp-tracker.ts'
import { KRPC_METHODS, krpcWire } from './wire/krpc.ts'
import { LSD_START, lsdWire } from './wire/lsd.ts'
import { udpTrackerResponse6Wire, udpTrackerResponseWire } from './wire/udp-tracker.ts'
import { vuzeActionName, vuzeDhtWire } from './wire/vuze-dht.ts'

/** How the datagrams of these parts begin, for the card's `starts`. */
export const DATAGRAM_STARTS = [
  'd1:',
  'd2:ip',
  'BT-SEARCH',
  Uint8Array.of(0, 0, 4, 0x17, 0x27, 0x10, 0x19, 0x80),
  // What begins with a number that says nothing (an announce without its connect, an Azureus
  // request) is shown where its answer is there: that begins with the action.
  Uint8Array.of(0, 0, 0, 1),
  Uint8Array.of(0, 0, 0, 3),
  Uint8Array.of(0, 0, 4),
] as const

const QUERY_STARTS = ['d1:ad2:id20:', 'd1:rd2:id20:', 'd2:ip6:', 'd2:ip18:', 'd1:eli20'].map(
  bytesOf,
)

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

function recogniseOne(datagram: Datagram, look: Look): Sight {
  const { bytes } = datagram
  if (beginsAsKrpc(bytes)) return krpc(datagram)
  if (hasAt(bytes, 0, LSD_START)) return lsd(datagram)
  if (isConnectRequest(bytes)) {
    const reasons = ['UDP tracker connect request: the constant 0x41727101980 and action 0']
    return { part: 'tracker-udp', sureness: 'certain', reasons }
  }
  if (isAnnounceRequest(bytes)) return announce(datagram, look)
  return vuze(datagram, look)
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
  if (size <= bytes.length || !QUERY_STARTS.some((start) => hasAt(bytes, 0, start))) return 'no'
  const reasons = ['begins as a DHT message does; the capture has cut it']
  return { part: 'dht', sureness: 'likely', reasons }
}

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
  if (!asked) return 'no'
  const reasons = [`Azureus DHT ${name} that answers a request by both its numbers`]
  return { part: 'vuze-dht', sureness: 'certain', reasons }
}
