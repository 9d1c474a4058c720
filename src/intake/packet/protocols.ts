/**
 * What the protocol number of an IP header announces.
 * Source: IANA registry of assigned Internet protocol numbers.
 */
import {
  LAYER_AUTHENTICATION,
  LAYER_ETHERIP,
  LAYER_GRE,
  LAYER_ICMP,
  LAYER_IP_IN_IP,
  LAYER_MPLS_IN_IP,
  LAYER_OTHER,
  LAYER_PORTS,
  LAYER_TCP,
  LAYER_UDP,
} from './layers.ts'

/** The layer that a protocol number announces; LAYER_OTHER where its inside is not read. */
export function layerOfProtocol(protocol: number): number {
  switch (protocol) {
    case 6:
      return LAYER_TCP
    case 17:
      return LAYER_UDP
    case 1:
    case 58:
      return LAYER_ICMP
    case 4:
    case 41:
      return LAYER_IP_IN_IP
    case 47:
      return LAYER_GRE
    case 51:
      return LAYER_AUTHENTICATION
    case 97:
      return LAYER_ETHERIP
    case 137:
      return LAYER_MPLS_IN_IP
    case 33: // DCCP
    case 132: // SCTP
    case 136: // UDP-Lite
      return LAYER_PORTS
    default:
      return LAYER_OTHER
  }
}
