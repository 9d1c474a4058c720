/** Datagrams of Gnutella: the length formula; GND and GTA fragments. */
import { bits, u16le, u32le } from '../../core/bytes.ts'
import type { Datagram, Finding, Look, Sight } from '../../core/protocol.ts'
import { G2_NAMES } from './g2-said.ts'
import { parseG2 } from './wire/g2-packet.ts'
import { couldBeHeader, HEADER_BYTES, TYPE_NAMES } from './wire/header.ts'
import { parseDatagram } from './wire/message.ts'
import { isDeflated, parseSrUdp } from './wire/sr-udp.ts'
import { isZlib } from './zlib.ts'

type Evidence = { readonly finding: Finding } | 'ping' | 'fragment' | undefined

export function recogniseDatagrams(look: Look): Sight {
  let pings = 0
  let fragments = 0
  let modern = false
  let foreign = 0
  for (const datagram of look.datagrams) {
    const evidence = evidenceOf(datagram)
    if (typeof evidence === 'object') return evidence.finding
    if (evidence === 'fragment') fragments++
    if (evidence === undefined) foreign++
    if (evidence !== 'ping') continue
    pings++
    modern ||= hasModernGuid(datagram.bytes)
  }
  if (pings + fragments === 0) return 'no'
  if (fragments >= 2) return found('g2', 'likely', `${fragments} GND or GTA datagrams`)
  if (!look.final) return 'more'
  if (fragments > 0) return found('udp', 'unsure', 'a GND or GTA datagram')
  // Alone a ping is little: 23 bytes of which 7 are fixed, and two more in modern GUIDs.
  return modern && foreign === 0
    ? found('udp', 'likely', `${pings} bare pings with the marks of a modern GUID`)
    : 'no'
}

function found(part: string, sureness: Finding['sureness'], reason: string): Finding {
  return { part, sureness, reasons: [reason] }
}

function evidenceOf(datagram: Datagram): Evidence {
  const { bytes, size } = datagram
  if (bytes.length < 8) return undefined
  if (bytes[0] === 0x47 && (bytes[1] === 0x4e || bytes[1] === 0x54)) {
    const fragment = fragmentEvidence(bytes)
    if (fragment !== undefined) return fragment
  }
  if (bytes.length < HEADER_BYTES || u16le(bytes, 19) !== size - HEADER_BYTES) return undefined
  if (!couldBeHeader(bytes, 0, true) || isUniform(bytes) || !couldBeGuid(bytes)) return undefined
  if (!isSent(bytes)) return undefined
  if (size === HEADER_BYTES) return bytes[16] === 0 ? 'ping' : undefined
  return messageEvidence(datagram)
}

/** Header and length agree; the payload must be one of its type, as far as it was captured. */
function messageEvidence({ bytes, size }: Datagram): Evidence {
  const name = TYPE_NAMES[bytes[16]!]!
  const reason = `a ${name} message: type, length and TTL agree with ${size} bytes`
  if (bytes.length < size) return { finding: found('udp', 'likely', reason) }
  const outcome = parseDatagram(bytes, 0)
  if (outcome.kind !== 'message') return undefined
  const { payload } = outcome.message
  // A ping's payload is GGEP; anything else behind a ping's header is chance.
  if (payload.type === 'ping' && payload.extra[0] !== 0xc3) return undefined
  return { finding: { part: 'udp', sureness: 'certain', reasons: [reason] } }
}

/** GUIDs of one repeated byte are padding of another protocol. */
function isUniform(bytes: Uint8Array): boolean {
  return (
    u32le(bytes, 0) === u32le(bytes, 4) &&
    u32le(bytes, 8) === u32le(bytes, 12) &&
    bytes[0] === bytes[1]
  )
}

/** Links alone have byes, tables and counts of hosts; all but DHT messages have a TTL or came a hop. */
function isSent(bytes: Uint8Array): boolean {
  const name = TYPE_NAMES[bytes[16]!]
  if (name === 'dht') return true
  return name !== 'bye' && name !== 'qrp' && name !== 'hsep' && bytes[17]! + bytes[18]! > 0
}

/** Other protocols' fields of 32 bits are mostly zeros: chance has 5 of 16 once in 10^8. */
function couldBeGuid(bytes: Uint8Array): boolean {
  let zeros = 0
  for (let at = 0; at < 16; at++) if (bytes[at] === 0) zeros++
  return zeros <= 4
}

/** Byte 8 is ff, byte 15 tells a version of at most 3 (Gnutella 0.6). */
function hasModernGuid(bytes: Uint8Array): boolean {
  return bytes[8] === 0xff && bytes[15]! <= 3
}

function fragmentEvidence(bytes: Uint8Array): Evidence {
  const outcome = parseSrUdp(bytes, 0)
  if (outcome.kind !== 'message') return undefined
  const { tag, flags, count, part, payload } = outcome.message
  if (count === 0) {
    // An acknowledgement; its own payload is announced by a flag, but not by every servent.
    return payload.length <= 16 && bits(flags, 0, 1) === 0 ? 'fragment' : undefined
  }
  if (payload.length === 0) return undefined
  const isG2 = tag === 'GND'
  const reason = `${tag} datagram, part ${part} of ${count}`
  if (isDeflated(outcome.message)) {
    if (part !== 1 || !isZlib(payload)) return 'fragment'
    return { finding: found(isG2 ? 'g2' : 'udp', 'certain', `${reason}, a zlib stream`) }
  }
  if (!isG2)
    return part === 1 && couldBeHeader(payload, 0, true)
      ? { finding: found('udp', 'certain', reason) }
      : 'fragment'
  const packet = parseG2(payload, 0)
  const named = packet.kind === 'message' && G2_NAMES.has(packet.message.name)
  if (part === 1 && named) {
    return { finding: found('g2', 'certain', `${reason}, packet ${packet.message.name}`) }
  }
  return 'fragment'
}
