/** Protocols above IP whose inside is not read: counted as flows between addresses. */
import { u16be } from '../../core/bytes.ts'
import type { Layers } from './layers.ts'
import { DECODED_OTHER_IP } from './status.ts'

export function other(layers: Layers): number {
  const packet = layers.packet
  packet.protocol = layers.protocol
  packet.srcPort = 0
  packet.dstPort = 0
  packet.tcpFlags = 0
  layers.setPayload()
  return DECODED_OTHER_IP
}

/** SCTP (RFC 9260), DCCP (RFC 4340) and UDP-Lite (RFC 3828) begin with two ports. */
export function ports(layers: Layers): number {
  other(layers)
  const { bytes, at, packet } = layers
  if (layers.end - at < 4) return DECODED_OTHER_IP
  packet.srcPort = u16be(bytes, at)
  packet.dstPort = u16be(bytes, at + 2)
  return DECODED_OTHER_IP
}
