/**
 * First datagrams of a flow → whether they are WireGuard's.
 *
 * One message alone has 32 fixed bits (type, three zeros) and a fixed size. What makes it certain is
 * that the sides agree: an answer names the 32-bit index that the asker chose; or, in the middle of a
 * session, each side repeats its index while its counter grows, over bytes that look like chance.
 */
import { u32le } from '../../core/bytes.ts'
import { looksRandom } from '../../core/chance.ts'
import type { Side } from '../../core/event.ts'
import type { Datagram, Look, Protocol, Sight } from '../../core/protocol.ts'
import { COOKIE_BYTES, DATA_BYTES_MIN, INITIATION_BYTES, RESPONSE_BYTES } from './wire/message.ts'

export const starts: Protocol['starts'] = {
  udp: [1, 2, 3, 4].map((type) => Uint8Array.of(type, 0, 0, 0)),
}

/** What a side has shown. */
interface Shown {
  /** Index that it gave itself, of its last initiation; -1: none seen. */
  asked: number
  /** Index that its data names, and the last counter. */
  receiver: number
  counter: number
  /** Data messages in a row that agree with each other. */
  agreeing: number
}

function nothingShown(): Shown {
  return { asked: -1, receiver: -1, counter: -1, agreeing: 0 }
}

/** Bytes of sealed data that are looked at; a tag alone has 16. */
const SEALED_AT = 16

export function recognise(look: Look): Sight {
  const sides = [nothingShown(), nothingShown()] as const
  let blankInitiation = false
  for (const datagram of look.datagrams) {
    const { bytes, from, size } = datagram
    if (bytes.length < SEALED_AT) return 'no'
    const type = u32le(bytes, 0)
    const other = sides[from === 0 ? 1 : 0]
    if (type === 1 && size === INITIATION_BYTES) {
      sides[from].asked = u32le(bytes, 4)
      blankInitiation ||= hasBlankMac2(bytes)
    } else if (type === 2 && size === RESPONSE_BYTES) {
      if (u32le(bytes, 8) === other.asked) return certain('a response names the index', from)
    } else if (type === 3 && size === COOKIE_BYTES) {
      if (u32le(bytes, 4) === other.asked) return certain('a cookie names the index', from)
    } else if (type !== 4 || !addData(sides[from], datagram)) {
      return 'no'
    }
  }
  const [a, b] = sides
  if (a.agreeing > 0 && b.agreeing > 0 && a.agreeing + b.agreeing > 2) {
    const reasons = ['both sides send data under indices of their own, with counters that grow']
    return { part: 'tunnel', sureness: 'certain', reasons }
  }
  if (!look.final) return 'more'
  // 32 bits of type, the size, and 128 bits of a second MAC that is zero unless a cookie was given.
  if (blankInitiation) return likely('a handshake initiation of 148 bytes whose second MAC is zero')
  // One direction only: 64 fixed bits a message, an index of 32 that stays, a counter that grows.
  if (Math.max(a.agreeing, b.agreeing) > 2) {
    return likely('data of one index with a counter that grows')
  }
  return 'no'
}

/** Take a data message into account; false where it is none. */
function addData(side: Shown, { bytes, size }: Datagram): boolean {
  // No session lives for 2^32 messages' worth of two minutes; the upper half is 32 more fixed bits.
  if (size < DATA_BYTES_MIN || u32le(bytes, 12) !== 0) return false
  // Only a packet that fills the tunnel's MTU (1,420 by custom, never below 576) is not padded to 16.
  if (size % 16 !== 0 && size < 576) return false
  if (!looksRandom(bytes, SEALED_AT)) return false
  const receiver = u32le(bytes, 4)
  const counter = u32le(bytes, 8)
  const agrees = receiver === side.receiver && counter > side.counter
  side.agreeing = agrees ? side.agreeing + 1 : 1
  side.receiver = receiver
  side.counter = counter
  return true
}

function hasBlankMac2(bytes: Uint8Array): boolean {
  if (bytes.length !== INITIATION_BYTES) return false
  for (let at = INITIATION_BYTES - 16; at < INITIATION_BYTES; at++) {
    if (bytes[at] !== 0) return false
  }
  return looksRandom(bytes, 8, INITIATION_BYTES - 24)
}

function certain(what: string, from: Side): Sight {
  const who = from === 0 ? 'the other side' : 'the opener'
  return { part: 'tunnel', sureness: 'certain', reasons: [`${what} that ${who} chose`] }
}

function likely(reason: string): Sight {
  return { part: 'tunnel', sureness: 'likely', reasons: [reason] }
}
