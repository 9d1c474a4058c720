/**
 * The state of one packet being unpacked, header by header. Every reader of a header takes it,
 * moves `at` past its header and returns what follows: a layer (32 and above) or, at the end, a
 * status (below 32). So no header's file knows the file of the next, and nothing is allocated.
 *
 *   bytes  …|headers read|at … end|cut by the snaplen … wireEnd|…
 */
import { limits } from '../../core/limits.ts'
import type { Defragmenter } from './defrag.ts'
import { STATUS_NAMES, TUNNEL_NAMES, TUNNEL_TOO_DEEP } from './status.ts'

export const LAYER_ETHERNET = 32
export const LAYER_VLAN = 33
export const LAYER_MPLS = 34
export const LAYER_PPPOE = 35
export const LAYER_PPP = 36
/** IPv4 or IPv6, told by the version nibble. */
export const LAYER_IP = 37
export const LAYER_IP4 = 38
export const LAYER_IP6 = 39
export const LAYER_TCP = 40
export const LAYER_UDP = 41
export const LAYER_ICMP = 42
export const LAYER_OTHER = 43
export const LAYER_GRE = 44
export const LAYER_ETHERIP = 45
/** A tunnel that carries IP directly; `Layers.protocol` says which. */
export const LAYER_IP_IN_IP = 46
export const LAYER_MPLS_IN_IP = 47
export const LAYER_LLC = 48
export const LAYER_AUTHENTICATION = 49
/** Ports as in TCP and UDP, the rest unread: SCTP, DCCP, UDP-Lite. */
export const LAYER_PORTS = 50
export const LAYER_802_11 = 51
/** 802.1ah: a customer's frame inside a provider's. */
export const LAYER_BACKBONE = 52

/** No outer packet to fall back to. */
export const NO_OUTER = -1

const EMPTY = new Uint8Array(0)

/** The packet being looked at; one object, reused. */
export class Packet {
  /** 4 or 6. */
  version = 0
  /** Addresses as u32 words, most significant first. IPv4: 0, 0, 0xffff, address. */
  src0 = 0
  src1 = 0
  src2 = 0
  src3 = 0
  dst0 = 0
  dst1 = 0
  dst2 = 0
  dst3 = 0
  /** Protocol above IP, after all extension headers. */
  protocol = 0
  /** ICMP: type in place of the source port; see icmp.ts for the destination port. */
  srcPort = 0
  dstPort = 0
  /** Size of the IP packet on the wire, headers included; of all fragments together. */
  ipBytes = 0
  /** Where the payload above TCP, UDP, ICMP or IP lies: the input, or a reassembled datagram. */
  payload: Uint8Array = EMPTY
  payloadAt = 0
  /** Payload bytes that the capture holds. */
  payloadSize = 0
  /** Payload bytes that were on the wire; more than `payloadSize` where the snaplen cut. */
  payloadWireSize = 0
  tcpFlags = 0
  sequence = 0
  acknowledgement = 0
  window = 0
  /** VLAN ids, outer first, -1 where there is none. Id 0 is a mere priority and not kept. */
  vlan0 = -1
  vlan1 = -1
  /** How many tunnels were unpacked; the flow is that of the innermost IP packet. */
  tunnel = 0
  /** How many fragments the (innermost) IP packet was put together from; 0 where it came whole. */
  fragments = 0
}

/** Counts over everything decoded. Every packet is in exactly one row of `statuses`. */
export class PacketCounts {
  /** By status (`STATUS_NAMES`). */
  readonly statuses = new Float64Array(STATUS_NAMES.length)
  /** Tunnel headers unpacked, by kind (`TUNNEL_NAMES`). */
  readonly tunnels = new Float64Array(TUNNEL_NAMES.length)
  /** Packets of which the capture holds less than was on the wire. */
  snaplenCut = 0
  vlanTagged = 0
  /** IP packets whose total length is zero (segmentation offload, jumbograms): the frame's size counts. */
  lengthZero = 0
  /** Fragments seen, held or completing. */
  fragments = 0
  /** Datagrams that were put together. */
  reassembled = 0
  /** Fragments given up: a piece never came, or too many datagrams were open. */
  fragmentsLost = 0
  /** IP bytes of the fragments that were given up; they are in no flow. */
  fragmentBytesLost = 0
  /** Datagrams given up because `limits.fragmentsMax` was reached. */
  fragmentsEvicted = 0
  /** Bytes of fragments that overlapped earlier ones: the first seen were kept. */
  fragmentBytesOverlapping = 0

  get packets(): number {
    let sum = 0
    for (const count of this.statuses) sum += count
    return sum
  }

  /** TCP, UDP and ICMP checksums are never judged: sending hosts leave them to their cards. */
  get checksumNotJudged(): number {
    return this.statuses[0]! + this.statuses[1]! + this.statuses[2]!
  }

  status(name: (typeof STATUS_NAMES)[number]): number {
    return this.statuses[STATUS_NAMES.indexOf(name)]!
  }

  tunnel(name: (typeof TUNNEL_NAMES)[number]): number {
    return this.tunnels[TUNNEL_NAMES.indexOf(name)]!
  }
}

export class Layers {
  bytes: Uint8Array = EMPTY
  at = 0
  /** Where the bytes that the capture holds of this layer end. */
  end = 0
  /** Where the bytes that were on the wire end; at or beyond `end`. */
  wireEnd = 0
  micros = 0
  /** Protocol number or EtherType that the last header named. */
  protocol = 0
  /** Status of the packet around the tunnel being entered; what counts if no IP is found inside. */
  outer = NO_OUTER
  readonly packet = new Packet()
  readonly counts = new PacketCounts()
  readonly defragmenter: Defragmenter
  #tunnelKind = 0

  constructor(defragmenter: Defragmenter) {
    this.defragmenter = defragmenter
  }

  /**
   * A tunnel's header was read. Nothing of the outer packet is overwritten until an inner IP header
   * proves sound, so that a wrong guess costs nothing.
   * @returns `next`, or the status where this tunnel is one too many
   */
  enterTunnel(kind: number, outer: number, next: number): number {
    if (this.packet.tunnel >= limits.tunnelDepthMax) return TUNNEL_TOO_DEEP
    this.outer = outer
    this.#tunnelKind = kind
    return next
  }

  /** An IP header proved sound: if it lies in a tunnel, the tunnel is one. */
  acceptIp(): void {
    if (this.outer === NO_OUTER) return
    this.outer = NO_OUTER
    this.packet.fragments = 0
    this.packet.tunnel++
    this.counts.tunnels[this.#tunnelKind]!++
  }

  /** Whether frames are read that lie inside another IP packet. */
  get inTunnel(): boolean {
    return this.outer !== NO_OUTER || this.packet.tunnel > 0
  }

  /** The rest of the layer is `size` bytes long by its own word: what follows is padding. */
  trim(size: number): void {
    const end = this.at + size
    if (end < this.wireEnd) {
      this.wireEnd = end
      if (end < this.end) this.end = end
    }
  }

  /** The rest of the layer is the packet's payload. */
  setPayload(): void {
    const packet = this.packet
    if (packet.payload !== this.bytes) packet.payload = this.bytes
    // The snaplen may have cut inside the header: then nothing is held, but the wire's size is known.
    const from = Math.min(this.at, this.end)
    packet.payloadAt = from
    packet.payloadSize = this.end - from
    packet.payloadWireSize = Math.max(this.wireEnd - this.at, 0)
  }
}
