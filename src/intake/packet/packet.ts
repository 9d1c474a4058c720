/**
 * From the bytes of a captured packet to addresses, ports and payload: the loop over its headers.
 *
 * Per packet nothing is allocated: every header's reader works with numbers over the one buffer
 * that the source handed in, and writes into the one `Packet`. Only fragments are copied. Which
 * bytes a field came from stands in the file of its header.
 */
import { Defragmenter } from './defrag.ts'
import { ethernet, llc } from './ethernet.ts'
import { icmp } from './icmp.ts'
import { ip, ip4 } from './ipv4.ts'
import { authentication, ip6 } from './ipv6.ts'
import {
  LAYER_802_11,
  LAYER_AUTHENTICATION,
  LAYER_BACKBONE,
  LAYER_ETHERIP,
  LAYER_ETHERNET,
  LAYER_GRE,
  LAYER_ICMP,
  LAYER_IP,
  LAYER_IP_IN_IP,
  LAYER_IP4,
  LAYER_IP6,
  LAYER_LLC,
  LAYER_MPLS,
  LAYER_MPLS_IN_IP,
  LAYER_PORTS,
  LAYER_PPP,
  LAYER_PPPOE,
  LAYER_TCP,
  LAYER_UDP,
  LAYER_VLAN,
  Layers,
  NO_OUTER,
  type Packet,
  type PacketCounts,
} from './layers.ts'
import { link } from './link.ts'
import { other, ports } from './other.ts'
import { DECODED_OTHER_IP } from './status.ts'
import { tcp } from './tcp.ts'
import { etherIp, gre, ipInIp, mplsInIp } from './tunnels.ts'
import { udp } from './udp.ts'
import { backbone, mpls, ppp, pppoe, vlan } from './vlan.ts'
import { wireless } from './wireless.ts'

export { Packet, PacketCounts } from './layers.ts'
export * from './status.ts'
export { TCP_ACK, TCP_FIN, TCP_PSH, TCP_RST, TCP_SYN } from './tcp.ts'

/** Smallest number that is a layer and not a status. */
const LAYER_FIRST = 32

export class Decoder {
  readonly packet: Packet
  readonly counts: PacketCounts
  readonly #layers: Layers

  constructor() {
    const defragmenter: Defragmenter = new Defragmenter(() => this.counts)
    this.#layers = new Layers(defragmenter)
    this.packet = this.#layers.packet
    this.counts = this.#layers.counts
  }

  /**
   * Decode what lies at bytes[at … at + size).
   * @param wireSize  size of the frame on the wire, in bytes; more than `size` where the snaplen cut
   * @param linkType  as registered at tcpdump.org
   * @returns         a status; up to `DECODED.otherIp`, `packet` holds a flow's packet, else only counts
   */
  decode(
    bytes: Uint8Array,
    at: number,
    size: number,
    wireSize: number,
    linkType: number,
    micros: number,
  ): number {
    const layers = this.#layers
    const packet = this.packet
    layers.bytes = bytes
    layers.at = at
    layers.end = at + size
    layers.wireEnd = at + Math.max(wireSize, size)
    layers.micros = micros
    layers.outer = NO_OUTER
    packet.vlan0 = -1
    packet.vlan1 = -1
    packet.tunnel = 0
    packet.fragments = 0
    let status = link(layers, linkType)
    while (status >= LAYER_FIRST) status = this.#step(layers, status)
    if (layers.outer !== NO_OUTER) status = layers.outer
    const counts = this.counts
    counts.statuses[status]!++
    if (
      wireSize > size ||
      (status <= DECODED_OTHER_IP && packet.payloadSize < packet.payloadWireSize)
    ) {
      counts.snaplenCut++
    }
    return status
  }

  /** The capture is over: fragments still held are counted as lost. */
  end(): void {
    this.#layers.defragmenter.end()
  }

  #step(layers: Layers, layer: number): number {
    switch (layer) {
      case LAYER_ETHERNET:
        return ethernet(layers)
      case LAYER_IP4:
        return ip4(layers)
      case LAYER_TCP:
        return tcp(layers)
      case LAYER_UDP:
        return udp(layers)
      case LAYER_IP6:
        return ip6(layers)
      case LAYER_VLAN:
        return vlan(layers)
      case LAYER_ICMP:
        return icmp(layers)
      case LAYER_IP:
        return ip(layers)
      default:
        return this.#rareStep(layers, layer)
    }
  }

  #rareStep(layers: Layers, layer: number): number {
    switch (layer) {
      case LAYER_LLC:
        return llc(layers)
      case LAYER_MPLS:
        return mpls(layers)
      case LAYER_PPPOE:
        return pppoe(layers)
      case LAYER_PPP:
        return ppp(layers)
      case LAYER_PORTS:
        return ports(layers)
      case LAYER_GRE:
        return gre(layers)
      case LAYER_ETHERIP:
        return etherIp(layers)
      case LAYER_IP_IN_IP:
        return ipInIp(layers)
      case LAYER_MPLS_IN_IP:
        return mplsInIp(layers)
      case LAYER_BACKBONE:
        return backbone(layers)
      case LAYER_802_11:
        return wireless(layers)
      case LAYER_AUTHENTICATION:
        return authentication(layers)
      default:
        return other(layers)
    }
  }
}
