/**
 * First bytes → a node, a chat room, a peer cache, or not.
 *
 * There is no specification by the makers. What is computed is so much that nothing else can be
 * meant: a listener that hails with `1` (8 bits) and is answered by 16 bytes of which two follow
 * from the others (16 bits) and one more is one of three numbers (6), and who says 16 bytes of
 * the same kind (16) with the counterpart of that number (8): 54 bits, in both directions. A cache: `8`,
 * such a block with the one number that caches have (32 bits together), and the size of its list.
 * All else is `likely` at most.
 */
import { hasAt, u16be, u16le, u32be } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import type { Fit, Look, Protocol, Sight } from '../../core/protocol.ts'
import { CACHE_HAIL, CACHE_ID, cacheWire, LIST_BYTES } from './wire/cache.ts'
import { BLOCK, keyIdAt, ROLES } from './wire/key-block.ts'

const HAIL = 0x31

export const starts: Protocol['starts'] = {
  tcp: [Uint8Array.of(HAIL), Uint8Array.of(CACHE_HAIL)],
}

/** What a caller is → what the listener then is. */
const COUNTERPARTS: ReadonlyMap<number, number> = new Map([
  [0x50, 0x51],
  [0x52, 0x53],
  [0x57, 0x58],
])

export function recognise(look: Look): Sight {
  if (!look.fromStart) return 'no'
  const first = look.heads[1]
  if (first[0] === CACHE_HAIL) return recogniseCache(look)
  if (first[0] === HAIL) return recogniseLink(look)
  return recogniseOld(look)
}

function recogniseLink({ heads, final }: Look): Sight {
  const [caller, listener] = heads
  // Who says more than his hail before he is asked, and who is asked in other words, is another.
  if (caller.length === 0) return listener.length === 1 && !final ? 'more' : 'no'
  if (caller.length < BLOCK) return final ? 'no' : 'more'
  const id = keyIdAt(caller, 0)
  const counterpart = COUNTERPARTS.get(id)
  if (counterpart === undefined) return 'no'
  const part = id === 0x57 ? 'chat' : 'node'
  const said = `"1" from the listener, then a key block of a ${ROLES[id]}`
  if (listener.length < 1 + BLOCK) {
    return final ? { part, sureness: 'likely', reasons: [said] } : 'more'
  }
  const answer = keyIdAt(listener, 1)
  if (answer !== counterpart) return 'no'
  const reasons = [`${said}, answered by one of a ${ROLES[answer]}; both blocks check`]
  return { part, sureness: 'certain', reasons }
}

function recogniseCache({ heads, totals, final }: Look): Sight {
  const list = heads[1]
  if (list.length > LIST_BYTES) return 'no'
  if (list.length < 1 + BLOCK) return final ? 'no' : 'more'
  if (keyIdAt(list, 1) === CACHE_ID) {
    if (totals[1] === LIST_BYTES && cacheWire.parse(list, 0).kind === 'message') {
      const reasons = ['"8", a key block of a cache that checks, a list of 132 bytes']
      return { part: 'cache', sureness: 'certain', reasons }
    }
    if (!final) return 'more'
    return { part: 'cache', sureness: 'likely', reasons: ['"8" and a key block of a cache'] }
  }
  if (list.length < LIST_BYTES) return final ? 'no' : 'more'
  return isKnownList(list) ? KNOWN_LIST : 'no'
}

/**
 * A list as OpenDPI (winmx.c) and ipp2p know it: 149 bytes with zeros where the seed is, and what
 * follows from them near the end. Seen by others; why it is so is not known.
 */
function isKnownList(list: Uint8Array): boolean {
  return (
    list.length === LIST_BYTES &&
    u32be(list, 17) === 0 &&
    u32be(list, 21) === 0 &&
    u32be(list, 25) === 0 &&
    u16be(list, 39) === 0 &&
    u16be(list, 135) === 0x7edf &&
    u16be(list, 147) === 0xf792
  )
}

const KNOWN_LIST: Sight = {
  part: 'cache',
  sureness: 'likely',
  reasons: ['149 bytes that begin with "8", with the zeros and ends that other tools know'],
}

/** `1CLIE` */
export const OLD = Uint8Array.of(0x31, 0x43, 0x4c, 0x49, 0x45)
const OLD_HEADER = 4

/**
 * Programs before 3.x, as everything2.com "WPNP: Packet Types" tells: the caller says `1`, then `CLIE`,
 * then packets: a length in clear, a type and so many bytes, enciphered.
 */
function recogniseOld({ heads, final }: Look): Sight {
  const caller = heads[0]
  const begun = caller.subarray(0, OLD.length)
  if (begun.length === 0 || !hasAt(OLD, 0, begun)) return 'no'
  if (caller.length < OLD.length + OLD_HEADER) return final ? 'no' : 'more'
  let at = OLD.length
  while (at + OLD_HEADER <= caller.length) at += OLD_HEADER + u16le(caller, at)
  if (at !== caller.length) return final ? 'no' : 'more'
  const reasons = ['"1", "CLIE" and packets whose lengths agree']
  return { part: 'node', sureness: 'likely', reasons }
}

const NO_FITS: readonly Fit[] = []

/** A caller whose block checks, where the listener's side was not captured. */
export function fits({ carrier, fromStart, segments, heads }: Look): readonly Fit[] {
  if (carrier !== 'tcp' || !fromStart || Math.abs(segments[0] ?? 0) !== BLOCK) return NO_FITS
  const side: Side = segments[0]! > 0 ? 0 : 1
  return COUNTERPARTS.has(keyIdAt(heads[side], 0)) ? CALLER : NO_FITS
}

const CALLER: readonly Fit[] = [
  {
    part: 'node',
    taughtAs: ['node'],
    reason: 'a key block that checks, from one side only',
  },
  {
    part: 'chat',
    taughtAs: ['chat'],
    reason: 'a key block that checks, from one side only',
  },
]
