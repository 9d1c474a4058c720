/**
 * Spotify's beacon: forty or forty-four bytes that a player broadcasts on its network.
 * No specification: read from captures and from dumps in public questions and tools (README.md).
 *
 *   beacon    "SpotUdp0" | player 8 | u16be 0 or 1 | u16be 0 or 4 | 4 | 16 or 20 unknown
 */
import { ByteWriter, bytesOf, hasAt, hex, u16be } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

export const MAGIC = bytesOf('SpotUdp0')
const PLAYER = 8
/** 20 or 24 were seen; what another program adds is kept. */
const REST_MIN = 4
const REST_MAX = 64
const HEAD = MAGIC.length + PLAYER + 4
export const BEACON_MIN = HEAD + REST_MIN
export const BEACON_MAX = HEAD + REST_MAX

const FAULTS = ['size-wrong', 'name-wrong'] as const

export interface Beacon {
  /** The same for as long as a player runs, and after: who it is. */
  readonly player: Uint8Array
  readonly first: number
  readonly second: number
  /** The first four bytes are the same for many players. */
  readonly rest: Uint8Array
}

function parse(bytes: Uint8Array, at: number): Outcome<Beacon> {
  const size = bytes.length - at
  if (size < BEACON_MIN || size > BEACON_MAX) return malformed('size-wrong', at)
  if (!hasAt(bytes, at, MAGIC)) return malformed('name-wrong', at)
  const numbers = at + MAGIC.length + PLAYER
  return message(
    {
      player: bytes.subarray(at + MAGIC.length, numbers),
      first: u16be(bytes, numbers),
      second: u16be(bytes, numbers + 2),
      rest: bytes.subarray(numbers + 4),
    },
    size,
  )
}

function emit({ player, first, second, rest }: Beacon): Uint8Array {
  return new ByteWriter().bytes(MAGIC).bytes(player).u16be(first).u16be(second).bytes(rest).finish()
}

export function groupOf({ rest }: Beacon): string {
  return hex(rest, 0, 4)
}

export const beaconWire: Wire<Beacon> = {
  name: 'spotify/beacon',
  source: 'third-party/other/zeek/ssh.pcap frame 803, other/ndpi/teams.pcap frame 979',
  carrier: 'datagram',
  messageBytesMax: BEACON_MAX,
  faults: FAULTS,
  parse,
  emit,
}
