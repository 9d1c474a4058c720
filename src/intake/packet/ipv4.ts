/**
 * IPv4 header.
 * Source: RFC 791.
 *
 *   version 4 bits, header length 4 bits (in 4 bytes) | class u8 | total length u16be
 *   identification u16be | flags 3 bits (2: more fragments), offset 13 bits (in 8 bytes)
 *   time to live u8 | protocol u8 | header checksum u16be | source 4 | destination 4 | options
 *
 * The total length cuts Ethernet's padding. Where it is zero the sending host left it to its card
 * (segmentation offload), and the frame's size counts. The header checksum is not judged.
 */
import { u32be } from '../../core/bytes.ts'
import { LAYER_IP4, LAYER_IP6, type Layers, NO_OUTER } from './layers.ts'
import { layerOfProtocol } from './protocols.ts'
import { FRAGMENT_HELD, MALFORMED, TRUNCATED } from './status.ts'

export function ip4(layers: Layers): number {
  const { bytes, at } = layers
  const wireSize = layers.wireEnd - at
  if (layers.end - at < 20) return wireSize < 20 ? MALFORMED : TRUNCATED
  const first = bytes[at]!
  const headerSize = (first & 15) << 2
  if (first >>> 4 !== 4 || headerSize < 20) return MALFORMED
  const total = (bytes[at + 2]! << 8) | bytes[at + 3]!
  // A tunnel is a guess until its inside holds together: there, the length must fit.
  if (layers.outer !== NO_OUTER && (total === 0 || total > wireSize)) return MALFORMED
  let size = total
  if (total === 0) {
    size = wireSize
    layers.counts.lengthZero++
  }
  if (size < headerSize) return MALFORMED
  setEnds(layers, at + size)
  layers.acceptIp()
  const packet = layers.packet
  packet.version = 4
  packet.src0 = packet.src1 = packet.dst0 = packet.dst1 = 0
  packet.src2 = packet.dst2 = 0xffff
  packet.src3 = u32be(bytes, at + 12)
  packet.dst3 = u32be(bytes, at + 16)
  packet.ipBytes = size
  const protocol = bytes[at + 9]!
  layers.protocol = protocol
  layers.at = at + headerSize
  if (layers.at > layers.end) return TRUNCATED
  // More fragments, or an offset: the two reserved bits do not matter.
  if ((bytes[at + 6]! & 0x3f) !== 0 || bytes[at + 7] !== 0) return fragment(layers, at)
  return layerOfProtocol(protocol)
}

/**
 * The header is believed over the frame: it may cut padding, and where it says more than the frame
 * had, something on the way (a capturing program, a cut of a cut) lost the rest.
 */
function setEnds(layers: Layers, ipEnd: number): void {
  layers.wireEnd = ipEnd
  if (layers.end > ipEnd) layers.end = ipEnd
}

function fragment(layers: Layers, at: number): number {
  const { bytes } = layers
  const offset = (((bytes[at + 6]! & 0x1f) << 8) | bytes[at + 7]!) << 3
  const more = (bytes[at + 6]! & 0x20) !== 0
  const id = (bytes[at + 4]! << 8) | bytes[at + 5]!
  if (!layers.defragmenter.add(layers, id, offset, more)) return FRAGMENT_HELD
  return layerOfProtocol(layers.protocol)
}

/** IP of whichever version, told by the first nibble: raw links and tunnels. */
export function ip(layers: Layers): number {
  if (layers.at >= layers.end) return layers.wireEnd > layers.at ? TRUNCATED : MALFORMED
  const version = layers.bytes[layers.at]! >>> 4
  return version === 4 ? LAYER_IP4 : version === 6 ? LAYER_IP6 : MALFORMED
}
