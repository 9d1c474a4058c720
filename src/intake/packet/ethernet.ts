/**
 * Ethernet II, 802.3 with LLC and SNAP, and what an EtherType announces.
 * Source: IEEE 802.3 clause 3, IEEE 802.2, RFC 1042.
 *
 *   destination 6 | source 6 | type u16be                     type ≥ 1536
 *   destination 6 | source 6 | length u16be | LLC …           length ≤ 1500
 *   LLC  dsap u8 | ssap u8 | control u8 | SNAP: oui 3 | type u16be    dsap = ssap = aa
 */
import { u16be, u24be } from '../../core/bytes.ts'
import {
  LAYER_BACKBONE,
  LAYER_IP4,
  LAYER_IP6,
  LAYER_LLC,
  LAYER_MPLS,
  LAYER_PPPOE,
  LAYER_VLAN,
  type Layers,
} from './layers.ts'
import { NOT_IP, TRUNCATED } from './status.ts'

/** Below this the type field is a length. */
const TYPE_MIN = 1536
const SAP_SNAP = 0xaa
/** RFC 948: IP directly above LLC. */
const SAP_IP = 0x06

export function ethernet(layers: Layers): number {
  const { bytes, at } = layers
  if (layers.end - at < 14) return TRUNCATED
  const type = (bytes[at + 12]! << 8) | bytes[at + 13]!
  layers.at = at + 14
  if (type >= TYPE_MIN) return layerOfEtherType(type)
  layers.trim(type)
  return LAYER_LLC
}

/** LLC, at the DSAP. */
export function llc(layers: Layers): number {
  const { bytes, at } = layers
  if (layers.end - at < 3) return layers.wireEnd - at < 3 ? NOT_IP : TRUNCATED
  if (bytes[at] === SAP_IP && bytes[at + 1] === SAP_IP) {
    layers.at = at + 3
    return LAYER_IP4
  }
  if (bytes[at] !== SAP_SNAP || bytes[at + 1] !== SAP_SNAP) return NOT_IP
  if (layers.end - at < 8) return TRUNCATED
  const oui = u24be(bytes, at + 3)
  // 000000: EtherType follows; 0000f8: the same over bridges (RFC 1042, 802.1H).
  if (oui !== 0 && oui !== 0x0000f8) return NOT_IP
  layers.at = at + 8
  return layerOfEtherType(u16be(bytes, at + 6))
}

export function layerOfEtherType(type: number): number {
  switch (type) {
    case 0x0800:
      return LAYER_IP4
    case 0x86dd:
      return LAYER_IP6
    case 0x8100: // 802.1Q
    case 0x88a8: // 802.1ad
    case 0x9100: // before 802.1ad
    case 0x9200:
      return LAYER_VLAN
    case 0x8847:
    case 0x8848:
      return LAYER_MPLS
    case 0x8864:
      return LAYER_PPPOE
    case 0x88e7: // 802.1ah
      return LAYER_BACKBONE
    default:
      return NOT_IP
  }
}
