/**
 * TCP header.
 * Source: RFC 9293 section 3.1.
 *
 *   source u16be | destination u16be | sequence u32be | acknowledgement u32be
 *   header length 4 bits (in 4 bytes), 4 bits, flags u8 | window u16be | checksum u16be | urgent u16be
 *   options
 */
import { u32be } from '../../core/bytes.ts'
import type { Layers } from './layers.ts'
import { DECODED_TCP, MALFORMED, TRUNCATED } from './status.ts'

export const TCP_FIN = 1
export const TCP_SYN = 2
export const TCP_RST = 4
export const TCP_PSH = 8
export const TCP_ACK = 16

export function tcp(layers: Layers): number {
  const { bytes, at } = layers
  if (layers.end - at < 20) return layers.wireEnd - at < 20 ? MALFORMED : TRUNCATED
  const headerSize = (bytes[at + 12]! >>> 4) << 2
  if (headerSize < 20 || layers.wireEnd - at < headerSize) return MALFORMED
  const packet = layers.packet
  packet.protocol = 6
  packet.srcPort = (bytes[at]! << 8) | bytes[at + 1]!
  packet.dstPort = (bytes[at + 2]! << 8) | bytes[at + 3]!
  packet.sequence = u32be(bytes, at + 4)
  packet.acknowledgement = u32be(bytes, at + 8)
  packet.tcpFlags = bytes[at + 13]!
  packet.window = (bytes[at + 14]! << 8) | bytes[at + 15]!
  // Options may be cut by the snaplen: the payload's size on the wire is known all the same.
  layers.at = at + headerSize
  layers.setPayload()
  return DECODED_TCP
}
