/**
 * Headers that were never on a wire: the capturing system tells with them of which link the packet
 * is, or who logged it.
 * Source: the pages of LINKTYPE_PPI, _NFLOG, _PFLOG, _PKTAP at tcpdump.org; Endace, ERF types.
 *
 *   PPI     0 u8 | flags u8 | length u16le | link type u32le | fields
 *   PKTAP   length u32le | 1 u32le | link type u32le | interface 24 | …
 *   NFLOG   address family u8 | 0 u8 | resource u16be | { size u16 | type u16 | value, to 4 bytes }
 *   pflog   length u8, less its padding | address family u8 | …
 *   ERF     time 8 | type u8 (bit 7: another 8 bytes follow) | flags u8 | size u16be | lost u16be | wire u16be
 */
import { u16be, u16le, u32le } from '../../core/bytes.ts'
import { LAYER_ETHERNET, LAYER_IP, type Layers } from './layers.ts'
import { NOT_IP, TRUNCATED } from './status.ts'

/** The link type that a header names; below 0: a status, `~` of it. */
export function namedLink(layers: Layers, isPktap: boolean): number {
  const { bytes, at, end } = layers
  if (end - at < 12) return ~TRUNCATED
  const size = isPktap ? u32le(bytes, at) : u16le(bytes, at + 2)
  const type = u32le(bytes, at + (isPktap ? 8 : 4))
  if (size < 8) return ~NOT_IP
  if (end - at < size) return ~TRUNCATED
  layers.at = at + size
  return type
}

const NFLOG_PAYLOAD = 9

/** The packet is one of the attributes, the last in practice. Sizes are in the order of the host. */
export function nflog(layers: Layers): number {
  const { bytes, end } = layers
  let at = layers.at + 4
  if (end < at) return TRUNCATED
  while (end - at >= 4) {
    // Types are small numbers: whichever order makes the number small is the host's.
    const isLittle = u16le(bytes, at + 2) <= u16be(bytes, at + 2)
    const size = isLittle ? u16le(bytes, at) : u16be(bytes, at)
    const type = isLittle ? u16le(bytes, at + 2) : u16be(bytes, at + 2)
    if (size < 4) return NOT_IP
    if (type === NFLOG_PAYLOAD) {
      layers.at = at + 4
      layers.trim(size - 4)
      return LAYER_IP
    }
    at += (size + 3) & ~3
  }
  return layers.wireEnd > end ? TRUNCATED : NOT_IP
}

export function pflog(layers: Layers): number {
  const { bytes, at, end } = layers
  if (end - at < 4) return TRUNCATED
  const size = (bytes[at]! + 3) & ~3
  if (size < 4) return NOT_IP
  if (end - at < size) return TRUNCATED
  layers.at = at + size
  return LAYER_IP
}

const ERF_BYTES = 16
/** Ethernet, and Ethernet with colours or hashes; IPv4 and IPv6. */
const ERF_ETHERNET: ReadonlySet<number> = new Set([2, 11, 16, 20])
const ERF_IP: ReadonlySet<number> = new Set([22, 23])

export function erf(layers: Layers): number {
  const { bytes, end } = layers
  let { at } = layers
  if (end - at < ERF_BYTES) return TRUNCATED
  const type = bytes[at + 8]! & 0x7f
  let more = bytes[at + 8]! >= 0x80
  at += ERF_BYTES
  while (more) {
    if (end - at < 8) return TRUNCATED
    more = bytes[at]! >= 0x80
    at += 8
  }
  // Two bytes make Ethernet's payload stand at a multiple of four.
  layers.at = ERF_ETHERNET.has(type) ? at + 2 : at
  if (layers.at > end) return TRUNCATED
  if (ERF_ETHERNET.has(type)) return LAYER_ETHERNET
  return ERF_IP.has(type) ? LAYER_IP : NOT_IP
}
