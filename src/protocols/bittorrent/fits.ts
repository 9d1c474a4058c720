/**
 * What a flow that says nothing readable could be, were its endpoint known. The engine names it
 * only where a message or a certain flow has taught that very endpoint.
 */
import { u32be } from '../../core/bytes.ts'
import { looksRandom } from '../../core/chance.ts'
import type { Datagram, Fit, Look } from '../../core/protocol.ts'
import { lookAtMse } from './mse.ts'
import { plausibleUtp } from './recognise-utp.ts'

/** Parts of claims and flows whose endpoint also takes peer connections: one port serves all. */
const PEER_TEACHERS = ['peer', 'peer-encrypted', 'utp', 'utp-encrypted', 'dht', 'vuze-dht'] as const

const ATTEMPT: Fit = {
  part: 'peer',
  taughtAs: PEER_TEACHERS,
  reason: 'a connection attempt without payload',
}
const ENCRYPTED: Fit = {
  part: 'peer-encrypted',
  taughtAs: PEER_TEACHERS,
  reason: 'chance-like bytes from the first one on, as MSE sends them',
  telling: true,
}
const UTP: Fit = {
  part: 'utp',
  taughtAs: PEER_TEACHERS,
  reason: 'datagrams with a uTP header, too few to tell by themselves',
  telling: true,
}
const WEBRTC: Fit = {
  part: 'webrtc',
  taughtAs: ['webrtc'],
  reason: 'STUN or DTLS, as a WebRTC data channel begins',
}

export function fits(look: Look): readonly Fit[] {
  return look.carrier === 'tcp' ? fitsStream(look) : fitsDatagrams(look)
}

/** Fewer bytes than a key tell too little: many protocols open with a few dozen that look like chance. */
const CHANCE_BYTES_MIN = 96

function fitsStream(look: Look): readonly Fit[] {
  const [opener, other] = look.heads
  // Without its SYN a silent connection is no attempt: what it said was before.
  if (opener.length + other.length === 0) return look.fromStart ? [ATTEMPT] : []
  if (isTls(opener) || isTls(other)) return []
  if (look.fromStart) return lookAtMse(look).kind === 'no' ? [] : [ENCRYPTED]
  const enough = Math.max(opener.length, other.length) >= CHANCE_BYTES_MIN
  const chance = looksRandom(opener) && looksRandom(other)
  return enough && chance ? [ENCRYPTED] : []
}

/** RFC 8446 5.1: a record of type 20 to 23, version 3.0 to 3.4. What follows looks like chance. */
function isTls(head: Uint8Array): boolean {
  return head[0]! >= 20 && head[0]! <= 23 && head[1] === 3 && head[2]! <= 4
}

function fitsDatagrams({ datagrams }: Look): readonly Fit[] {
  if (datagrams.length === 0) return []
  if (areUtp(datagrams)) return [UTP]
  const isWebRtc = datagrams.every(isStunOrDtls) && datagrams.some(isPlainStunOrDtls)
  return isWebRtc ? [WEBRTC] : []
}

/**
 * Headers that parse, of connections whose ids are neighbours, and whose clocks do not stand still.
 * A random id is hardly ever 0.
 */
function areUtp(datagrams: readonly Datagram[]): boolean {
  const ids: number[] = []
  const told = new Map<number, Datagram>()
  for (const datagram of datagrams) {
    const packet = plausibleUtp(datagram.bytes, datagram.size)
    if (packet === undefined || packet.connectionId === 0 || isStun(datagram.bytes)) return false
    ids.push(packet.connectionId)
    const same = told.get(packet.timestampMicros)
    if (same !== undefined && datagram.micros - same.micros > SAME_TIME_MICROS) return false
    told.set(packet.timestampMicros, datagram)
  }
  return Math.max(...ids) - Math.min(...ids) <= 1
}

/** Clocks of coarse systems stand still for 16 ms. */
const SAME_TIME_MICROS = 20_000

const STUN_COOKIE = 0x2112a442

/** RFC 8489 5: a type below 0x4000, the cookie. */
function isStun(bytes: Uint8Array): boolean {
  return bytes.length >= 20 && bytes[0]! < 4 && u32be(bytes, 4) === STUN_COOKIE
}

/** RFC 7983: STUN begins with 0 to 3, DTLS with 20 to 63; DTLS 1.3 hides most of its header. */
function isStunOrDtls(datagram: Datagram): boolean {
  const first = datagram.bytes[0]!
  const isHidden = first >= 32 && first < 64 && datagram.bytes.length >= 13
  return isHidden || isPlainStunOrDtls(datagram)
}

/** Says itself what it is: by the cookie, or by a type and a version. */
function isPlainStunOrDtls({ bytes }: Datagram): boolean {
  const first = bytes[0]!
  return isStun(bytes) || (first >= 20 && first < 32 && bytes.length >= 13 && bytes[1] === 0xfe)
}
