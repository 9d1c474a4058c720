/**
 * What stands between Ethernet and IP: VLAN tags, MPLS labels, PPPoE, PPP.
 * Source: IEEE 802.1Q (802.1ah in it), RFC 3032 (MPLS), RFC 4385 (control word), RFC 2516 (PPPoE), RFC 1661 (PPP).
 *
 *   VLAN    priority 3 bits, drop 1, id 12 | type u16be
 *   802.1ah priority 4 bits, 4 bits, instance 24 | the customer's Ethernet frame
 *   MPLS    label 20 bits, class 3, bottom 1, time to live 8            repeated until bottom
 *   PPPoE   version 4 bits, type 4 | code u8 | session u16be | length u16be | PPP
 *   PPP     [ff 03] protocol u8 or u16be (an odd first byte ends it)
 */
import { u16be } from '../../core/bytes.ts'
import { layerOfEtherType } from './ethernet.ts'
import {
  LAYER_ETHERNET,
  LAYER_IP4,
  LAYER_IP6,
  LAYER_LLC,
  LAYER_MPLS,
  LAYER_PPP,
  type Layers,
} from './layers.ts'
import { MALFORMED, NOT_IP, TRUNCATED } from './status.ts'

/** Tags of one frame; deeper stacks are not seen outside attacks, and only two are kept. */
export function vlan(layers: Layers): number {
  const { bytes, at } = layers
  if (layers.end - at < 4) return TRUNCATED
  layers.at = at + 4
  if (!layers.inTunnel) keepTag(layers, u16be(bytes, at) & 0xfff)
  const type = u16be(bytes, at + 2)
  if (type >= 1536) return layerOfEtherType(type)
  layers.trim(type)
  return LAYER_LLC
}

function keepTag(layers: Layers, id: number): void {
  // Id 0 says only "this frame has a priority": the frame is in no VLAN.
  if (id === 0) return
  const packet = layers.packet
  if (packet.vlan0 < 0) {
    packet.vlan0 = id
    layers.counts.vlanTagged++
  } else if (packet.vlan1 < 0) packet.vlan1 = id
}

export function backbone(layers: Layers): number {
  if (layers.end - layers.at < 4) return TRUNCATED
  layers.at += 4
  return LAYER_ETHERNET
}

export function mpls(layers: Layers): number {
  const { bytes, end } = layers
  let at = layers.at
  for (;;) {
    if (end - at < 4) return TRUNCATED
    const bottom = (bytes[at + 2]! & 1) === 1
    at += 4
    if (bottom) break
  }
  layers.at = at
  if (end <= at) return TRUNCATED
  const nibble = bytes[at]! >>> 4
  if (nibble === 4) return LAYER_IP4
  if (nibble === 6) return LAYER_IP6
  // A pseudowire: Ethernet behind a control word (first nibble 0), or without one.
  if (nibble === 0 && looksLikeEthernet(layers, at + 4)) {
    layers.at = at + 4
    return LAYER_ETHERNET
  }
  return looksLikeEthernet(layers, at) ? LAYER_ETHERNET : NOT_IP
}

/** MPLS does not say what it carries: only a frame that leads to IP is believed to be one. */
function looksLikeEthernet(layers: Layers, at: number): boolean {
  return layers.end - at >= 14 && layerOfEtherType(u16be(layers.bytes, at + 12)) !== NOT_IP
}

/** PPPoE session stage. */
export function pppoe(layers: Layers): number {
  const { bytes, at } = layers
  if (layers.end - at < 6) return TRUNCATED
  if (bytes[at] !== 0x11) return MALFORMED
  if (bytes[at + 1] !== 0) return NOT_IP
  layers.at = at + 6
  layers.trim(u16be(bytes, at + 4))
  return LAYER_PPP
}

export function ppp(layers: Layers): number {
  const { bytes, end } = layers
  let at = layers.at
  if (end - at >= 2 && bytes[at] === 0xff && bytes[at + 1] === 0x03) at += 2
  if (end - at < 2) return TRUNCATED
  let protocol = bytes[at++]!
  if ((protocol & 1) === 0) protocol = (protocol << 8) | bytes[at++]!
  layers.at = at
  switch (protocol) {
    case 0x21:
      return LAYER_IP4
    case 0x57:
      return LAYER_IP6
    case 0x281:
      return LAYER_MPLS
    default:
      return NOT_IP
  }
}
