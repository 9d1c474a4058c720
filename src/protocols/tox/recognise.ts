/**
 * First bytes → Tox, or not. All but the kind and keys is encrypted, so what tells is: kinds with
 * their exact sizes, in pairs of question and answer from both directions, bytes that look like chance,
 * and keys that a side repeats.
 *
 * A kind and its size are about 18 bits, a pair 36; a key said twice by one side another 256.
 */

import { u16be } from '../../core/bytes.ts'
import { looksRandom } from '../../core/chance.ts'
import type { Datagram, Fit, Look, Protocol, Sight } from '../../core/protocol.ts'
import { isSize, KEY_BYTES } from './wire/datagram.ts'

export const starts: Protocol['starts'] = {
  udp: [
    { byteFrom: 0x00, byteTo: 0x02 },
    Uint8Array.of(0x04),
    { byteFrom: 0x18, byteTo: 0x1a },
    Uint8Array.of(0x21),
  ],
}

/** Question → answer, from the other side. */
const PAIRS: ReadonlyMap<number, number> = new Map([
  [0x00, 0x01],
  [0x02, 0x04],
  [0x18, 0x19],
  [0x1a, 0x1a],
])
const LAN_DISCOVERY = 0x21
/** Kinds that begin with their sender's key. */
const KEYED = new Set([0x00, 0x01, 0x02, 0x04, 0x18])

export function recognise(look: Look): Sight {
  const { datagrams, final } = look
  const first = datagrams[0]
  if (look.carrier !== 'udp' || first === undefined) return 'no'
  if (!isSize(first.bytes[0]!, first.size)) return 'no'
  if (first.bytes[0] === LAN_DISCOVERY) return recogniseLan(look)
  for (const { bytes, size } of datagrams) {
    if (!isSize(bytes[0]!, size) || !looksRandom(bytes, 1)) return 'no'
  }
  const pair = pairIn(datagrams)
  if (pair && keysAgree(datagrams)) {
    const reasons = ['a question and its answer in their sizes, a key that a side repeats']
    return { part: 'dht', sureness: 'certain', reasons }
  }
  if (!final) return 'more'
  if (!pair) return 'no'
  return { part: 'dht', sureness: 'likely', reasons: ['a question and its answer in their sizes'] }
}

function pairIn(datagrams: readonly Datagram[]): boolean {
  return datagrams.some(({ bytes, from }, i) => {
    const answer = PAIRS.get(bytes[0]!)
    if (answer === undefined) return false
    return datagrams.slice(i + 1).some((later) => later.from !== from && later.bytes[0] === answer)
  })
}

/** One key for each side, and one of them said at least twice. */
function keysAgree(datagrams: readonly Datagram[]): boolean {
  const keys: [Uint8Array | undefined, Uint8Array | undefined] = [undefined, undefined]
  let repeated = 0
  for (const { bytes, from } of datagrams) {
    if (!KEYED.has(bytes[0]!) || bytes.length <= KEY_BYTES) continue
    const key = bytes.subarray(1, 1 + KEY_BYTES)
    const before = keys[from]
    if (before === undefined) keys[from] = key
    else if (key.every((byte, i) => byte === before[i])) repeated++
    else return false
  }
  return repeated > 0
}

/** The same key to everybody in the network, again and again, from the port that it is sent to. */
function recogniseLan({ datagrams, ends, final }: Look): Sight {
  const [first] = datagrams
  if (!isForAll(ends[1].ip) || ends[0].port !== ends[1].port) return 'no'
  const same = datagrams.every(({ bytes, from, size }) => {
    return from === 0 && size === first!.size && bytes.every((byte, i) => byte === first!.bytes[i])
  })
  if (!same || !looksRandom(first!.bytes, 1)) return 'no'
  if (datagrams.length < 2) return final ? 'no' : 'more'
  return { part: 'lan-discovery', sureness: 'likely', reasons: ['one key to everybody, again'] }
}

function isForAll(ip: string): boolean {
  return ip.endsWith('.255') || ip.startsWith('ff0')
}

// --- By endpoint, and relays over TCP -----------------------------------------------------------------------------

const NONE: readonly Fit[] = []
const RELAY: readonly Fit[] = [
  {
    part: 'relay',
    taughtAs: ['relay'],
    reason: 'chance-like handshake of 128 and 96 bytes, then frames whose lengths chain',
    alone: 'likely',
  },
]
const HELLO_BYTES = 128
const ANSWER_BYTES = 96
/** A ping with its tag has 25 bytes; nothing is longer than 2,048. */
const FRAME_BYTES = [17, 2048] as const
const FRAMES_MIN = 3

/** Nodes hail a hundred ports above their own, each once: such a datagram says nothing alone. */
const HAIL: readonly Fit[] = [
  {
    part: 'lan-discovery',
    taughtAs: ['dht', 'lan-discovery'],
    reason: 'a key to everybody in the network, at another port',
  },
]

function isHail({ datagrams, ends }: Look): boolean {
  const [first] = datagrams
  if (first === undefined || first.bytes[0] !== LAN_DISCOVERY) return false
  return isSize(LAN_DISCOVERY, first.size) && isForAll(ends[1].ip) && looksRandom(first.bytes, 1)
}

/** Sizes are 20 bits; each frame's length must be legal (5 bits) and end where the next begins. */
export function fits(look: Look): readonly Fit[] {
  const { carrier, fromStart, segments, heads } = look
  if (carrier === 'udp') return isHail(look) ? HAIL : NONE
  if (segments[0] !== HELLO_BYTES || segments[1] !== -ANSWER_BYTES) return NONE
  if (!fromStart) return NONE
  const [hello, answer] = heads
  const counts = [framesFrom(hello, HELLO_BYTES), framesFrom(answer, ANSWER_BYTES)]
  if (counts.some((count) => count < 0) || counts[0]! + counts[1]! < FRAMES_MIN) return NONE
  const random = looksRandom(hello, 0, HELLO_BYTES) && looksRandom(answer, 0, ANSWER_BYTES)
  return random ? RELAY : NONE
}

/** How many frames follow; less than 0 where one is not legal. */
function framesFrom(head: Uint8Array, from: number): number {
  let count = 0
  for (let at = from; at + 2 <= head.length; count++) {
    const length = u16be(head, at)
    if (length < FRAME_BYTES[0] || length > FRAME_BYTES[1]) return -1
    at += 2 + length
  }
  return count
}
