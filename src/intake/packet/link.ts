/**
 * Link types of captures: what the first byte of a packet is.
 * Source: the registry of link-layer header types at tcpdump.org; its pages for SLL and SLL2.
 *
 *   SLL    packet type u16be | ARPHRD u16be | address size u16be | address 8 | protocol u16be
 *   SLL2   protocol u16be | 0 u16be | interface u32be | ARPHRD u16be | packet type u8 | size u8 | address 8
 *   NULL   address family u32, in the byte order of the capturing host (LOOP: network order)
 *   HDLC   address u8 | control u8 | type u16be             (Cisco: address 0f or 8f; PPP: ff 03)
 *   FDDI   control u8 | destination 6 | source 6 | LLC
 *   Ring   access u8 | control u8 | destination 6 | source 6 | [route: size in 5 bits …] | LLC
 *   1394   destination 8 | source 8 | type u16be
 *   Relay  address u16be (lowest bit: the last byte) | 03 | [00] | NLPID u8, or Cisco: type u16be
 */
import { u16be, u32be, u32le } from '../../core/bytes.ts'
import { erf, namedLink, nflog, pflog } from './capture-headers.ts'
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
import { prismOrAvs, radiotap, wireless } from './wireless.ts'

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
      return rareLink(layers, linkType)
  }
}

const PPI = 192
const PKTAP = 258

function rareLink(layers: Layers, linkType: number): number {
  switch (linkType) {
    case 6:
      return tokenRing(layers)
    case 10:
      return behind(layers, 13, LAYER_LLC)
    case 100: // ATM: LLC follows at once
      return LAYER_LLC
    case 105:
      return wireless(layers)
    case 107:
      return frameRelay(layers)
    case 117:
      return pflog(layers)
    case 119:
    case 163:
      return prismOrAvs(layers)
    case 122: // two addresses of 8 bytes
      return behind(layers, 16, LAYER_LLC)
    case 127:
      return radiotap(layers)
    case 138:
      return typed(layers, 16)
    case PPI:
    case PKTAP: {
      const inside = namedLink(layers, linkType === PKTAP)
      if (inside < 0) return ~inside
      return inside === PPI || inside === PKTAP ? NOT_IP : link(layers, inside)
    }
    case 197:
      return erf(layers)
    case 239:
      return nflog(layers)
    default:
      return LINK_TYPE_NOT_READ
  }
}

/** A header of fixed size that says nothing of what follows. */
function behind(layers: Layers, size: number, next: number): number {
  if (layers.end - layers.at < size) return TRUNCATED
  layers.at += size
  return next
}

/** An EtherType `skip` bytes ahead. */
function typed(layers: Layers, skip: number): number {
  const { bytes, at } = layers
  if (layers.end - at < skip + 2) return TRUNCATED
  layers.at = at + skip + 2
  return layerOfEtherType(u16be(bytes, at + skip))
}

function tokenRing(layers: Layers): number {
  const { bytes, at } = layers
  if (layers.end - at < 15) return TRUNCATED
  // The highest bit of the source says that a route follows, which tells its own size.
  const route = bytes[at + 8]! >= 0x80 ? bytes[at + 14]! & 0x1f : 0
  return behind(layers, 14 + route, LAYER_LLC)
}

/** RFC 2427: control 03, then which protocol; Cisco's way: its EtherType at once. */
function frameRelay(layers: Layers): number {
  const { bytes, end } = layers
  let { at } = layers
  // Two bytes of address, rarely three or four.
  for (let size = 0; at < end && size < 4 && (bytes[at]! & 1) === 0; size++) at++
  if (end - at < 5) return TRUNCATED
  at++
  if (bytes[at] !== 3) {
    layers.at = at + 2
    return layerOfEtherType(u16be(bytes, at))
  }
  at += bytes[at + 1] === 0 ? 2 : 1
  layers.at = at + 1
  switch (bytes[at]) {
    case 0xcc:
      return LAYER_IP4
    case 0x8e:
      return LAYER_IP6
    case 0x80: // SNAP: organisation 3, type
      return typed(layers, 3)
    default:
      return NOT_IP
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
  return cookedProtocol(layers, u16be(bytes, at + 2), u16be(bytes, at + 14))
}

function cooked2(layers: Layers): number {
  const { bytes, at } = layers
  if (layers.end - at < 20) return TRUNCATED
  layers.at = at + 20
  return cookedProtocol(layers, u16be(bytes, at + 8), u16be(bytes, at))
}

/** ARPHRD types whose packets are something else whatever the protocol field says: 802.11, netlink. */
function cookedProtocol(layers: Layers, hardware: number, protocol: number): number {
  if (hardware === 801) return wireless(layers)
  if (hardware === 802) return prismOrAvs(layers)
  if (hardware === 803) return radiotap(layers)
  if (hardware === 824) return NOT_IP
  // 4: 802.2 LLC follows (Linux ETH_P_802_2).
  return protocol === 4 ? LAYER_LLC : layerOfEtherType(protocol)
}
