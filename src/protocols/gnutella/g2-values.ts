/**
 * Values inside Gnutella2 packets: addresses, URNs, texts, numbers.
 *
 * Source: Gnutella2 wiki (packet pages), src/core/g2 of gtk-gnutella, src/networks/gnutella2 of
 * MLDonkey.
 */
import { type Endpoint, ip6 } from '../../core/address.ts'
import { base32, hex, u16be, u16le, u32be, u32le, u64be, u64le } from '../../core/bytes.ts'
import { text } from '../../core/text.ts'
import { parseUrn, type Urns } from '../formats/urn.ts'
import { endpoint4 } from './addresses.ts'
import { type G2Packet, g2Child, g2Children } from './wire/g2-packet.ts'

/** ip4 port, or ip6 port; more may follow. */
export function g2Endpoint(packet: G2Packet | undefined): Endpoint | undefined {
  if (packet === undefined) return undefined
  const { payload, bigEndian } = packet
  if (payload.length === 18) {
    return { ip: ip6(payload, 0), port: bigEndian ? u16be(payload, 16) : u16le(payload, 16) }
  }
  if (payload.length < 6) return undefined
  const endpoint = endpoint4(payload, 0)
  return bigEndian ? { ip: endpoint.ip, port: u16be(payload, 4) } : endpoint
}

/** The endpoint of each child of that name. */
export function g2Endpoints(packet: G2Packet, name: string): Endpoint[] {
  return g2Children(packet, name).flatMap((child) => g2Endpoint(child) ?? [])
}

export function g2Text(packet: G2Packet | undefined): string | undefined {
  if (packet === undefined) return undefined
  const { payload } = packet
  const end = payload.indexOf(0)
  return text(payload, 0, end < 0 ? payload.length : end)
}

export function g2Guid(packet: G2Packet | undefined): string | undefined {
  return packet !== undefined && packet.payload.length >= 16
    ? hex(packet.payload, 0, 16)
    : undefined
}

/** One, two, four or eight bytes. */
function g2Number(packet: G2Packet | undefined): number | undefined {
  if (packet === undefined) return undefined
  const { payload, bigEndian } = packet
  switch (payload.length) {
    case 1:
      return payload[0]!
    case 2:
      return bigEndian ? u16be(payload, 0) : u16le(payload, 0)
    case 4:
      return bigEndian ? u32be(payload, 0) : u32le(payload, 0)
    case 8:
      return bigEndian ? u64be(payload, 0) : u64le(payload, 0)
    default:
      return undefined
  }
}

/** A URN: family NUL digest; a bitprint is SHA-1 and Tiger tree root one behind the other. */
function g2Urn(packet: G2Packet): Urns | undefined {
  const { payload } = packet
  const end = payload.indexOf(0)
  if (end < 0) return undefined
  const family = text(payload, 0, end).toLowerCase()
  const at = end + 1
  const size = payload.length - at
  switch (family) {
    case 'sha1':
      return size >= 20 ? parseUrn(`urn:sha1:${base32(payload, at, 20)}`) : undefined
    case 'bp':
    case 'bitprint':
      if (size < 44) return undefined
      return parseUrn(`urn:bitprint:${base32(payload, at, 20)}.${base32(payload, at + 20, 24)}`)
    case 'ttr':
    case 'tree:tiger/':
    case 'tree:tiger':
      return size >= 24 ? parseUrn(`urn:tree:tiger:${base32(payload, at, 24)}`) : undefined
    case 'md5':
      return size >= 16 ? parseUrn(`urn:md5:${hex(payload, at, 16)}`) : undefined
    case 'ed2k':
    case 'ed2khash':
      return size >= 16 ? parseUrn(`urn:ed2k:${hex(payload, at, 16)}`) : undefined
    case 'btih':
      return size >= 20 ? parseUrn(`urn:btih:${hex(payload, at, 20)}`) : undefined
    default:
      return undefined
  }
}

export function g2Urns(packet: G2Packet): Urns[] {
  return g2Children(packet, 'URN').flatMap((child) => g2Urn(child) ?? [])
}

export interface G2Hit {
  readonly urns: readonly Urns[]
  readonly name?: string
  readonly size?: number
  readonly alternates: readonly Endpoint[]
}

/** A child `H` of a hit. Without `SZ`, four bytes of size stand before the name. */
export function g2Hit(packet: G2Packet): G2Hit {
  const sized = g2Number(g2Child(packet, 'SZ'))
  const described = g2Child(packet, 'DN')
  let name = g2Text(described)
  let size = sized
  if (sized === undefined && described !== undefined && described.payload.length >= 4) {
    const { payload, bigEndian } = described
    size = bigEndian ? u32be(payload, 0) : u32le(payload, 0)
    name = text(payload, 4)
  }
  const alternates: Endpoint[] = []
  for (const child of g2Children(packet, 'ALT')) {
    for (let at = 0; at + 6 <= child.payload.length; at += 6) {
      alternates.push(endpoint4(child.payload, at))
    }
  }
  return {
    urns: g2Urns(packet),
    alternates,
    ...(name !== undefined && { name }),
    ...(size !== undefined && { size }),
  }
}
