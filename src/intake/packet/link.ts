/**
 * Link types of captures: what the first byte of a packet is.
 * Source: the registry of link-layer header types at tcpdump.org; its pages for SLL and SLL2.
 *
 *   SLL    packet type u16be | ARPHRD u16be | address size u16be | address 8 | protocol u16be
 *   SLL2   protocol u16be | 0 u16be | interface u32be | ARPHRD u16be | packet type u8 | size u8 | address 8
 *   NULL   address family u32, in the byte order of the capturing host (LOOP: network order)
 *   HDLC   address u8 | control u8 | type u16be             (Cisco: address 0f or 8f; PPP: ff 03)
 */
import { u16be, u32be, u32le } from '../../core/bytes.ts'
import { layerOfEtherType } from './ethernet.ts'
import {
  LAYER_ETHERNET,
  LAYER_IP,
  LAYER_IP4,
  LAYER_IP6,
  LAYER_LLC,
  LAYER_PPP,
  LAYER_PPPOE,
  type Layers,
} from './layers.ts'
import { LINK_TYPE_NOT_READ, NOT_IP, TRUNCATED } from './status.ts'

/**
 * Which layer a packet of a link type begins with; moves past the link's own header. The names of
 * link types, and which are read, stand in source/link-types.ts.
 */
export function link(layers: Layers, linkType: number): number {
  switch (linkType) {
    case 1:
      return LAYER_ETHERNET
    case 0:
    case 108:
      return loopback(layers)
    case 9:
      return LAYER_PPP
    case 12:
    case 14:
    case 101:
      return LAYER_IP
    case 50:
    case 104:
      return hdlc(layers)
    case 51:
      return LAYER_PPPOE
    case 113:
      return cooked(layers)
    case 204: // one byte of direction, then PPP
      layers.at++
      return LAYER_PPP
    case 228:
      return LAYER_IP4
    case 229:
      return LAYER_IP6
    case 276:
      return cooked2(layers)
    default:
      return LINK_TYPE_NOT_READ
  }
}

function loopback(layers: Layers): number {
  const { bytes, at } = layers
  if (layers.end - at < 4) return TRUNCATED
  layers.at = at + 4
  // Families are small numbers: whichever order makes the number small is the host's.
  const family = Math.min(u32be(bytes, at), u32le(bytes, at))
  switch (family) {
    case 2:
      return LAYER_IP4
    case 10: // Linux
    case 24: // NetBSD, OpenBSD, BSD/OS
    case 28: // FreeBSD
    case 30: // macOS
      return LAYER_IP6
    default:
      return NOT_IP
  }
}

function hdlc(layers: Layers): number {
  const { bytes, at } = layers
  if (layers.end - at < 4) return TRUNCATED
  if (bytes[at] !== 0x0f && bytes[at] !== 0x8f) return LAYER_PPP
  layers.at = at + 4
  return layerOfEtherType(u16be(bytes, at + 2))
}

function cooked(layers: Layers): number {
  const { bytes, at } = layers
  if (layers.end - at < 16) return TRUNCATED
  layers.at = at + 16
  return cookedProtocol(u16be(bytes, at + 2), u16be(bytes, at + 14))
}

function cooked2(layers: Layers): number {
  const { bytes, at } = layers
  if (layers.end - at < 20) return TRUNCATED
  layers.at = at + 20
  return cookedProtocol(u16be(bytes, at + 8), u16be(bytes, at))
}

/** ARPHRD types whose packets are no IP whatever the protocol field says: 802.11 and netlink. */
function cookedProtocol(hardware: number, protocol: number): number {
  if (hardware >= 801 && hardware <= 803) return LINK_TYPE_NOT_READ
  if (hardware === 824) return NOT_IP
  // 4: 802.2 LLC follows (Linux ETH_P_802_2).
  return protocol === 4 ? LAYER_LLC : layerOfEtherType(protocol)
}
