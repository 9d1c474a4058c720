/**
 * SOCKS: what is said before a connection that a proxy carries, and before each datagram.
 * Source: RFC 1928, RFC 1929; for version 4 the text of Ying-Da Lee, and that of 4A.
 *
 *   asks      05 | count u8 | methods | [01 | name u8 … | password u8 …] | 05 | 01 | 00 | address
 *   answers   05 | method u8 | [01 | 00: method 2]                       | 05 | 00 | 00 | address
 *   asks      04 | 01 | port u16be | ip 4 | user … 00 | [name … 00: the ip is 0.0.0.x]
 *   answers   00 | 5a | 6 bytes
 *   datagram  00 00 | 00 | address | payload                     both ways; the address is the far end's
 *   address   01 ip 4, 03 length u8 name, 04 ip 16 | port u16be
 */
import { type Endpoint, ip4, ip6 } from '../../core/address.ts'
import { u16be } from '../../core/bytes.ts'

export interface SocksHead {
  /** Bytes of it, from where it begins. */
  readonly size: number
  /** Who is spoken to, or answers; unknown where he was asked for by name. */
  readonly endpoint?: Endpoint
}

/** `more`: it may become one. */
export type SocksSight = SocksHead | 'more' | 'no'

/** Four are in use. */
const METHODS_MAX = 8
/** Names of users and hosts in version 4, which tells no length. */
const TEXT_MAX = 255

/** All that a client says before its own words. */
export function socksAsk(bytes: Uint8Array): SocksSight {
  if (bytes[0] === 4) return ask4(bytes)
  if (bytes.length === 0) return 'more'
  if (bytes[0] !== 5) return 'no'
  const count = bytes[1] ?? 1
  if (count === 0 || count > METHODS_MAX) return 'no'
  let at = 2 + count
  if (bytes[at] === 1) {
    at += 2 + (bytes[at + 1] ?? TEXT_MAX)
    at += 1 + (bytes[at] ?? TEXT_MAX)
  }
  return addressed(bytes, at, 1)
}

/** All that a proxy says before the words of the other side. */
export function socksAnswer(bytes: Uint8Array): SocksSight {
  if (bytes[0] === 0) return answer4(bytes)
  if (bytes.length === 0) return 'more'
  if (bytes[0] !== 5) return 'no'
  const method = bytes[1] ?? 0
  if (method !== 0 && method !== 2) return 'no'
  return addressed(bytes, method === 2 ? 4 : 2, 0)
}

/** The head of a relayed datagram; pieces of datagrams are not read. */
export function socksDatagram(bytes: Uint8Array): SocksHead | undefined {
  if (bytes[0] !== 0 || bytes[1] !== 0 || bytes[2] !== 0) return undefined
  const head = addressAt(bytes, 3)
  return typeof head === 'string' ? undefined : head
}

/** `05 | code | 00 | address`. */
function addressed(bytes: Uint8Array, at: number, code: number): SocksSight {
  for (const [index, wanted] of [5, code, 0].entries()) {
    const byte = bytes[at + index]
    if (byte === undefined) return 'more'
    if (byte !== wanted) return 'no'
  }
  return addressAt(bytes, at + 3)
}

function addressAt(bytes: Uint8Array, at: number): SocksSight {
  const kind = bytes[at]
  if (kind === undefined) return 'more'
  const start = at + 1
  const size = kind === 1 ? 4 : kind === 4 ? 16 : 1 + (bytes[start] ?? 0)
  if (kind !== 1 && kind !== 3 && kind !== 4) return 'no'
  const end = start + size
  if (bytes.length < end + 2) return 'more'
  if (kind === 3) return { size: end + 2 }
  const ip = kind === 1 ? ip4(bytes, start) : ip6(bytes, start)
  return { size: end + 2, endpoint: { ip, port: u16be(bytes, end) } }
}

function ask4(bytes: Uint8Array): SocksSight {
  if (bytes.length < 9) return (bytes[1] ?? 1) === 1 ? 'more' : 'no'
  if (bytes[1] !== 1) return 'no'
  const user = bytes.indexOf(0, 8)
  if (user > 8 + TEXT_MAX) return 'no'
  if (user < 0) return bytes.length > 8 + TEXT_MAX ? 'no' : 'more'
  const isNamed = bytes[4] === 0 && bytes[5] === 0 && bytes[6] === 0 && bytes[7] !== 0
  if (!isNamed) {
    return { size: user + 1, endpoint: { ip: ip4(bytes, 4), port: u16be(bytes, 2) } }
  }
  const name = bytes.indexOf(0, user + 1)
  if (name > user + TEXT_MAX) return 'no'
  if (name < 0) return bytes.length > user + TEXT_MAX ? 'no' : 'more'
  return { size: name + 1 }
}

function answer4(bytes: Uint8Array): SocksSight {
  if ((bytes[1] ?? 0x5a) !== 0x5a) return 'no'
  return bytes.length < 8 ? 'more' : { size: 8 }
}
