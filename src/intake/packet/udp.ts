/**
 * UDP header.
 * Source: RFC 768; RFC 2675 section 4 (length zero in jumbograms).
 *
 *   source u16be | destination u16be | length u16be (header included) | checksum u16be
 *
 * The header's length cuts what IP carries beyond it. Where it says more than IP carries, IP is
 * believed: some capturing programs cut packets and correct only the outer lengths.
 */
import type { Layers } from './layers.ts'
import { DECODED_UDP, MALFORMED, TRUNCATED } from './status.ts'
import { udpTunnel } from './tunnels.ts'

export function udp(layers: Layers): number {
  const { bytes, at } = layers
  if (layers.end - at < 8) return layers.wireEnd - at < 8 ? MALFORMED : TRUNCATED
  const length = (bytes[at + 4]! << 8) | bytes[at + 5]!
  if (length < 8 && length !== 0) return MALFORMED
  const packet = layers.packet
  packet.protocol = 17
  packet.srcPort = (bytes[at]! << 8) | bytes[at + 1]!
  packet.dstPort = (bytes[at + 2]! << 8) | bytes[at + 3]!
  packet.tcpFlags = 0
  if (length !== 0) layers.trim(length)
  layers.at = at + 8
  layers.setPayload()
  const next = udpTunnel(layers)
  return next < 0 ? DECODED_UDP : next
}
