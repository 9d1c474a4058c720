/**
 * Holepunch: the body of an `extended` message that the receiver's `m` calls `ut_holepunch`.
 *
 *   0  u8    type     0 rendezvous, 1 connect, 2 error
 *   1  u8    address  0 IPv4, 1 IPv6
 *   2  ip    4 or 16
 *      u16be port
 *      u32be error    1 no such peer, 2 not connected, 3 no support, 4 no self; 0 or left out: none
 *
 * Source: BEP 55; libtorrent leaves the error out where there is none.
 */
import { ip4, ip6 } from '../../../core/address.ts'
import { ByteWriter, u16be, u32be } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'
import { ipBytesOf } from '../../formats/compact-peers.ts'

export interface Holepunch {
  /** 0 rendezvous, 1 connect, 2 error; others are kept as they are. */
  readonly action: number
  readonly ip: string
  readonly port: number
  /** Whether the address is written in 16 bytes; an IPv4-mapped one reads as IPv4. */
  readonly sixteen: boolean
  /** Absent where the message ends after the port. */
  readonly error?: number
}

const ACTIONS = ['rendezvous', 'connect', 'error'] as const

export function holepunchAction(action: number): string {
  return ACTIONS[action] ?? `other-${action}`
}

const HOLEPUNCH_FAULTS = ['address-type-unknown', 'body-length-wrong'] as const
const BYTES_MAX = 24

/** @faults HOLEPUNCH_FAULTS */
function parse(bytes: Uint8Array, at: number): Outcome<Holepunch> {
  const have = bytes.length - at
  if (have < 8) return malformed('body-length-wrong', bytes.length)
  const addressType = bytes[at + 1]!
  if (addressType > 1) return malformed('address-type-unknown', at + 1)
  const sixteen = addressType === 1
  const portAt = at + 2 + (sixteen ? 16 : 4)
  const short = portAt + 2 - at
  if (have !== short && have !== short + 4) return malformed('body-length-wrong', bytes.length)
  const ip = sixteen ? ip6(bytes, at + 2) : ip4(bytes, at + 2)
  const punch = { action: bytes[at]!, ip, port: u16be(bytes, portAt), sixteen }
  return message(have === short ? punch : { ...punch, error: u32be(bytes, portAt + 2) }, have)
}

function emit(punch: Holepunch): Uint8Array {
  const writer = new ByteWriter().u8(punch.action).u8(punch.sixteen ? 1 : 0)
  const ip = ipBytesOf(punch.ip) ?? new Uint8Array(punch.sixteen ? 16 : 4)
  if (punch.sixteen && ip.length === 4) writer.bytes(new Uint8Array(10)).u16be(0xffff)
  writer.bytes(ip).u16be(punch.port)
  return (punch.error === undefined ? writer : writer.u32be(punch.error)).finish()
}

export const holepunchWire: Wire<Holepunch> = {
  name: 'bittorrent/ut_holepunch',
  source: 'BEP 55',
  carrier: 'datagram',
  messageBytesMax: BYTES_MAX,
  faults: HOLEPUNCH_FAULTS,
  parse,
  emit,
}
