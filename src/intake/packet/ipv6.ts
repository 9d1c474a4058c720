/**
 * IPv6 header and its extension headers.
 * Source: RFC 8200; RFC 4302 (authentication), RFC 6275 (mobility), RFC 7401 (HIP), RFC 5533 (shim6).
 *
 *   version 4 bits, class 8, label 20 | payload length u16be | next header u8 | hop limit u8
 *   source 16 | destination 16
 *   hop-by-hop, routing, destination …   next u8 | size u8 (in 8 bytes, less the first 8) | …
 *   authentication                       next u8 | size u8 (in 4 bytes, less 8) | …
 *   fragment   next u8 | 0 | offset 13 bits (in 8 bytes), 2 bits, more 1 bit | id u32be
 *
 * A payload length of zero is a jumbogram or segmentation offload: the frame's size counts. The
 * destination is the one in the fixed header, also under a routing header.
 */
import { u16be, u32be } from '../../core/bytes.ts'
import { LAYER_OTHER, type Layers, NO_OUTER } from './layers.ts'
import { layerOfProtocol } from './protocols.ts'
import { FRAGMENT_HELD, MALFORMED, TRUNCATED } from './status.ts'

const HOP_BY_HOP = 0
const ROUTING = 43
const FRAGMENT = 44
const AUTHENTICATION = 51
const NO_NEXT = 59
const DESTINATION = 60
const MOBILITY = 135
const HIP = 139
const SHIM6 = 140

export function ip6(layers: Layers): number {
  const { bytes, at } = layers
  const wireSize = layers.wireEnd - at
  if (layers.end - at < 40) return wireSize < 40 ? MALFORMED : TRUNCATED
  if (bytes[at]! >>> 4 !== 6) return MALFORMED
  const length = u16be(bytes, at + 4)
  if (layers.outer !== NO_OUTER && length + 40 > wireSize) return MALFORMED
  const size = length === 0 && bytes[at + 6] !== NO_NEXT ? wireSize : length + 40
  if (length === 0 && size > 40) layers.counts.lengthZero++
  layers.wireEnd = at + size
  if (layers.end > layers.wireEnd) layers.end = layers.wireEnd
  layers.acceptIp()
  setAddresses(layers, size)
  layers.protocol = bytes[at + 6]!
  layers.at = at + 40
  return extensions(layers)
}

function setAddresses(layers: Layers, size: number): void {
  const { bytes, at, packet } = layers
  packet.version = 6
  packet.src0 = u32be(bytes, at + 8)
  packet.src1 = u32be(bytes, at + 12)
  packet.src2 = u32be(bytes, at + 16)
  packet.src3 = u32be(bytes, at + 20)
  packet.dst0 = u32be(bytes, at + 24)
  packet.dst1 = u32be(bytes, at + 28)
  packet.dst2 = u32be(bytes, at + 32)
  packet.dst3 = u32be(bytes, at + 36)
  packet.ipBytes = size
}

/** Every round moves at least 8 bytes on, so the packet's size bounds the loop. */
function extensions(layers: Layers): number {
  for (;;) {
    const header = layers.protocol
    switch (header) {
      case HOP_BY_HOP:
      case ROUTING:
      case DESTINATION:
      case HIP:
      case SHIM6:
      case MOBILITY: {
        const { bytes, at } = layers
        if (layers.end - at < 8) return short(layers, 8)
        // Mobility messages, HIP and shim6 control usually carry nothing: then they are the protocol.
        if (header >= MOBILITY && bytes[at] === NO_NEXT) return LAYER_OTHER
        const size = (bytes[at + 1]! + 1) << 3
        if (layers.end - at < size) return short(layers, size)
        layers.protocol = bytes[at]!
        layers.at = at + size
        break
      }
      case FRAGMENT: {
        const status = fragment(layers)
        if (status >= 0) return status
        break
      }
      default:
        return layerOfProtocol(header)
    }
  }
}

/** A fragment header; -1 where reading goes on (a whole datagram). */
function fragment(layers: Layers): number {
  const { bytes, at } = layers
  if (layers.end - at < 8) return short(layers, 8)
  const word = u16be(bytes, at + 2)
  layers.protocol = bytes[at]!
  layers.at = at + 8
  // RFC 6946: an atomic fragment is whole, and never mixed with others.
  if ((word & 0xfff9) === 0) return -1
  const whole = layers.defragmenter.add(
    layers,
    u32be(bytes, at + 4),
    word & 0xfff8,
    (word & 1) === 1,
  )
  return whole ? -1 : FRAGMENT_HELD
}

function short(layers: Layers, size: number): number {
  return layers.wireEnd - layers.at < size ? MALFORMED : TRUNCATED
}

/** RFC 4302, in IPv4 and IPv6: what follows the authentication header is readable. */
export function authentication(layers: Layers): number {
  const { bytes, at } = layers
  if (layers.end - at < 8) return short(layers, 8)
  const size = (bytes[at + 1]! + 2) << 2
  if (size < 12) return MALFORMED
  if (layers.end - at < size) return short(layers, size)
  layers.protocol = bytes[at]!
  layers.at = at + size
  if (layers.protocol === AUTHENTICATION) return LAYER_OTHER
  return layers.packet.version === 6 ? extensions(layers) : layerOfProtocol(layers.protocol)
}
