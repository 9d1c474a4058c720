/**
 * Tunnels over UDP in which access networks and mirrors carry whole frames.
 * Source: RFC 2661 section 3.1; TZSP as Wireshark and MikroTik read it; RFC 5415 section 4.3.
 *
 *   L2TP     flags 12 bits, version 4 bits = 2 | [length u16be] | tunnel u16be | session u16be
 *            [sequence u16be, expected u16be] [offset u16be, so many bytes] | PPP
 *   TZSP     01 | type u8 = 0 | protocol u16be | tags { type u8 | size u8 | value } … 01 | frame
 *   CAPWAP   preamble u8 = 0 | size 5 bits (in 4 bytes), radio 5, binding 5, native 1, fragment 1, … | frame
 */
import { u16be } from '../../core/bytes.ts'
import { LAYER_802_11, LAYER_ETHERNET, LAYER_PPP, type Layers } from './layers.ts'
import { DECODED_UDP, TUNNEL_CAPWAP, TUNNEL_L2TP, TUNNEL_TZSP } from './status.ts'

/** No tunnel was found. */
export const NONE = -1

const HAS_LENGTH = 0x4000
const HAS_SEQUENCE = 0x0800
const HAS_OFFSET = 0x0200
/** Control messages, bits that must be zero, and the version. */
const L2TP_FIXED = 0xb4ff

/** Version 2; of version 3 nothing tells how long its cookie is. */
export function l2tp(layers: Layers): number {
  const { bytes, at, end } = layers
  const flags = u16be(bytes, at)
  if ((flags & L2TP_FIXED) !== 2) return NONE
  if ((flags & HAS_LENGTH) !== 0 && u16be(bytes, at + 2) !== layers.wireEnd - at) return NONE
  let from = at + ((flags & HAS_LENGTH) !== 0 ? 8 : 6)
  if ((flags & HAS_SEQUENCE) !== 0) from += 4
  if ((flags & HAS_OFFSET) !== 0) {
    if (end - from < 2) return NONE
    from += 2 + u16be(bytes, from)
  }
  if (from >= end) return NONE
  layers.at = from
  return layers.enterTunnel(TUNNEL_L2TP, DECODED_UDP, LAYER_PPP)
}

const TAG_PADDING = 0
const TAG_END = 1

export function tzsp(layers: Layers): number {
  const { bytes, end } = layers
  const start = layers.at
  // Version 1; type 0 is a frame that was received, 1 one to be sent.
  if (bytes[start] !== 1 || bytes[start + 1]! > 1) return NONE
  const inside = layerOfFrame(u16be(bytes, start + 2))
  if (inside === NONE) return NONE
  let at = start + 4
  while (at + 1 < end && bytes[at] !== TAG_END) {
    at += bytes[at] === TAG_PADDING ? 1 : 2 + bytes[at + 1]!
  }
  if (at >= end || bytes[at] !== TAG_END) return NONE
  layers.at = at + 1
  return layers.enterTunnel(TUNNEL_TZSP, DECODED_UDP, inside)
}

function layerOfFrame(protocol: number): number {
  if (protocol === 1) return LAYER_ETHERNET
  return protocol === 18 ? LAYER_802_11 : NONE
}

const NATIVE = 0x0100
/** Fragment, last fragment, keep-alive, and three bits that must be zero. */
const CAPWAP_OTHER = 0x00cf

export function capwap(layers: Layers): number {
  const { bytes, at, end } = layers
  if (bytes[at] !== 0) return NONE
  const size = (bytes[at + 1]! >>> 3) << 2
  const flags = u16be(bytes, at + 2)
  if (size < 8 || end - at < size || (flags & CAPWAP_OTHER) !== 0) return NONE
  layers.at = at + size
  const inside = (flags & NATIVE) !== 0 ? LAYER_802_11 : LAYER_ETHERNET
  return layers.enterTunnel(TUNNEL_CAPWAP, DECODED_UDP, inside)
}
