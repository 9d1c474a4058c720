/**
 * First bytes → a node of Bitcoin or of a chain that descends from it, or not.
 *
 * A header of a known network is 32 bits of magic and 96 of command: nothing else begins so. An
 * unknown network shows itself by a whole `version` message, of which command, length and checksum
 * (160 bits) must agree. The encrypted transport of BIP 324 is made to look like chance and is named
 * only where a message told of the endpoint.
 */
import { bytesOf, hasAt, u32be } from '../../core/bytes.ts'
import { bothLookRandom } from '../../core/chance.ts'
import type { Finding, Fit, Look, Protocol, Sight } from '../../core/protocol.ts'
import { holdsCapturedPackets } from '../formats/captured-packets.ts'
import { NETWORKS, networkOf } from './networks.ts'
import { commandAt, frameWire, HEADER_BYTES } from './wire/frame.ts'

const MAGICS = [...NETWORKS.keys()].map((magic) =>
  Uint8Array.from([24, 16, 8, 0], (shift) => Math.floor(magic / 2 ** shift) % 256),
)

export const starts: Protocol['starts'] = { tcp: MAGICS }

export function recognise(look: Look): Sight {
  if (!look.fromStart) return recogniseMiddle(look)
  let waits = false
  for (const head of look.heads) {
    if (head.length < HEADER_BYTES) {
      waits ||= MAGICS.some((magic) => hasAt(magic, 0, head.subarray(0, 4)))
    } else {
      const found = headerAt(head, 0)
      if (found !== undefined) return found
    }
  }
  return waits && !look.final ? 'more' : 'no'
}

function headerAt(head: Uint8Array, at: number): Finding | undefined {
  const magic = u32be(head, at)
  if (!NETWORKS.has(magic)) return undefined
  const command = commandAt(head, at)
  if (command === undefined) return undefined
  const reason = `"${command}" with the magic ${magic.toString(16)} of ${networkOf(magic)}`
  return { part: 'peer', sureness: 'certain', reasons: [reason] }
}

/** Begun before the capture: messages often begin where segments do. */
function recogniseMiddle({ heads, segments, final }: Look): Sight {
  const next: [number, number] = [0, 0]
  for (const size of segments) {
    const side = size > 0 ? 0 : 1
    const at = next[side]
    next[side] += Math.abs(size)
    if (at + HEADER_BYTES > heads[side].length) continue
    const found = headerAt(heads[side], at)
    if (found !== undefined && !holdsCapturedPackets(heads[side])) return found
  }
  return final ? 'no' : 'more'
}

const VERSION = bytesOf('version\0\0\0\0\0')

/** BIP 324: both sides begin with a key of 64 bytes. */
const KEY_BYTES = 64
/** Key, at most 4,095 bytes of garbage, and its end mark. */
const FIRST_BYTES_MAX = KEY_BYTES + 4095 + 16

const NONE: readonly Fit[] = []
const UNKNOWN_NETWORK: readonly Fit[] = [
  {
    part: 'peer',
    taughtAs: [],
    reason: '"version" message with a valid checksum, of a network that is not known',
    alone: 'likely',
  },
]
const ENCRYPTED: readonly Fit[] = [
  {
    part: 'encrypted',
    taughtAs: ['peer', 'encrypted'],
    reason: 'both sides begin with 64 or more bytes that look random, as BIP 324 does',
  },
]
const ATTEMPT: readonly Fit[] = [
  { part: 'peer', taughtAs: ['peer'], reason: 'a connection without payload' },
]

export function fits({ carrier, heads, segments, fromStart }: Look): readonly Fit[] {
  if (carrier !== 'tcp' || !fromStart) return NONE
  if (segments.length === 0) return ATTEMPT
  const [opener, other] = heads
  if (opener[4] === VERSION[0] && hasAt(opener, 4, VERSION)) {
    return frameWire.parse(opener, 0).kind === 'message' ? UNKNOWN_NETWORK : NONE
  }
  const first = segments[0]!
  if (first < KEY_BYTES || first > FIRST_BYTES_MAX || other.length < KEY_BYTES) return NONE
  return bothLookRandom(heads) ? ENCRYPTED : NONE
}
