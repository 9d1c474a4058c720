/** Addresses that a packet tells of other machines. Source: ntop/n2n src/wire.c. */
import { type Endpoint, ip4, ip6 } from '../../core/address.ts'
import { bits, u16be } from '../../core/bytes.ts'
import { type N2nPacket, TYPES } from './wire/packet.ts'

const SOCKET_FLAG_BIT = 6
const AF_INET6 = 10

/** Behind cookie and hardware addresses, where the socket of versions 2 and 3 stands, by type. */
// biome-ignore format: a table
const SOCKET_AT: Readonly<Record<string, readonly [number, number]>> = {
  'register':           [16, 16],   // cookie 4, source 6, destination 6
  'register-ack':       [16, 16],
  'packet':             [12, 12],   // source 6, destination 6
  'register-super-ack': [12, 17],   // cookie 4, hardware address 6, (version 3: network 5,) lifetime 2
}

export interface Told {
  readonly name: string
  readonly about: Endpoint
}

/** The end that the packet tells, if it tells one that is no blank. */
export function toldBy(said: N2nPacket): Told | undefined {
  const name = TYPES[said.number]!
  if (said.version === 1) {
    const { family, port, address } = said.publicEnd
    if (said.fromSupernode === 0 || port === 0) return undefined
    return { name, about: { ip: family === AF_INET6 ? ip6(address, 0) : ip4(address, 0), port } }
  }
  const places = SOCKET_AT[name]
  if (places === undefined) return undefined
  if (name !== 'register-super-ack' && bits(said.flags, SOCKET_FLAG_BIT, 1) === 0) return undefined
  const at = places[said.version - 2]!
  const { body } = said
  if (body.length < at + 8) return undefined
  const isSix = bits(u16be(body, at), 15, 1) === 1
  if (isSix && body.length < at + 20) return undefined
  const port = u16be(body, at + 2)
  if (port === 0) return undefined
  return { name, about: { ip: isSix ? ip6(body, at + 4) : ip4(body, at + 4), port } }
}
