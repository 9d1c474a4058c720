/**
 * Tunnels: packets inside packets. The flow is that of the innermost IP packet; a tunnel packet in
 * which no IP is found (ARP in VXLAN, a GRE keep-alive, encrypted PPP) stays a packet of the tunnel's
 * own flow. A UDP port is a hint where to look, never a proof: header bits that must be zero, lengths
 * and the inner IP header have to agree, else the datagram is left what it is.
 *
 *   GRE      C 1 bit, R 1, K 1, S 1, 9 bits, version 3 | protocol u16be          RFC 2784, 2890
 *            [checksum u16be, 0 u16be] [key u32be] [sequence u32be]
 *   GRE v1   … | payload length u16be | call u16be | [sequence u32be] [ack u32be]    RFC 2637
 *   ERSPAN   II: 8 bytes, III: 12 bytes (and 8 more where the last bit says so), then Ethernet
 *   VXLAN    flags u8 = 08 | 0 u24 | network u24be | 0 u8 | Ethernet                 RFC 7348
 *   GENEVE   version 2 bits, options 6 bits (in 4 bytes) | flags u8 | protocol u16be | network u24be | 0 u8
 *            options | Ethernet or IP                                                RFC 8926
 *   VXLAN-GPE   flags u8 = 0c | 0 u16 | next u8 | network u24be | 0 u8               its draft, 13
 *   Teredo   [00 01 authentication] [00 00 origin 6] IPv6                            RFC 4380 section 5.1
 *   GTP-U    version 3 bits = 1, type 1 = 1, 0, E, S, N | message u8 = ff | length u16be | tunnel u32be
 *            [sequence u16be | n-pdu u8 | next u8 | extensions] IP                   TS 29.281 section 5
 *   others   L2TP, TZSP, CAPWAP: tunnels-layer2.ts
 */
import { u16be, u32be } from '../../core/bytes.ts'
import {
  LAYER_ETHERNET,
  LAYER_IP,
  LAYER_IP4,
  LAYER_IP6,
  LAYER_MPLS,
  LAYER_PPP,
  type Layers,
} from './layers.ts'
import { other } from './other.ts'
import {
  DECODED_OTHER_IP,
  DECODED_UDP,
  TUNNEL_6IN4,
  TUNNEL_ERSPAN,
  TUNNEL_ETHERIP,
  TUNNEL_GENEVE,
  TUNNEL_GRE,
  TUNNEL_GTP_U,
  TUNNEL_IP_IN_IP,
  TUNNEL_MPLS_IN_IP,
  TUNNEL_TEREDO,
  TUNNEL_VXLAN,
} from './status.ts'
import { capwap, l2tp, NONE, tzsp } from './tunnels-layer2.ts'

/** IPv4 (protocol 4) or IPv6 (41) directly in IP. */
export function ipInIp(layers: Layers): number {
  other(layers)
  return layers.protocol === 41
    ? layers.enterTunnel(TUNNEL_6IN4, DECODED_OTHER_IP, LAYER_IP6)
    : layers.enterTunnel(TUNNEL_IP_IN_IP, DECODED_OTHER_IP, LAYER_IP4)
}

export function mplsInIp(layers: Layers): number {
  other(layers)
  return layers.enterTunnel(TUNNEL_MPLS_IN_IP, DECODED_OTHER_IP, LAYER_MPLS)
}

/** RFC 3378: version 3 in four bits, twelve zero bits, Ethernet. */
export function etherIp(layers: Layers): number {
  other(layers)
  const { bytes, at } = layers
  if (layers.end - at < 2 || u16be(bytes, at) !== 0x3000) return DECODED_OTHER_IP
  layers.at = at + 2
  return layers.enterTunnel(TUNNEL_ETHERIP, DECODED_OTHER_IP, LAYER_ETHERNET)
}

export function gre(layers: Layers): number {
  other(layers)
  const { bytes, at } = layers
  if (layers.end - at < 4) return DECODED_OTHER_IP
  const flags = u16be(bytes, at)
  const type = u16be(bytes, at + 2)
  if ((flags & 7) === 1) return pptp(layers, flags, type)
  // Version other than 0, or the routing of RFC 1701: not read.
  if ((flags & 0x4007) !== 0) return DECODED_OTHER_IP
  const sequenced = (flags & 0x1000) !== 0
  layers.at = at + 4 + (flags & 0x8000 ? 4 : 0) + (flags & 0x2000 ? 4 : 0) + (sequenced ? 4 : 0)
  switch (type) {
    case 0x0800:
      return layers.enterTunnel(TUNNEL_GRE, DECODED_OTHER_IP, LAYER_IP4)
    case 0x86dd:
      return layers.enterTunnel(TUNNEL_GRE, DECODED_OTHER_IP, LAYER_IP6)
    case 0x6558: // Ethernet, transparently bridged
      return layers.enterTunnel(TUNNEL_GRE, DECODED_OTHER_IP, LAYER_ETHERNET)
    case 0x8847:
      return layers.enterTunnel(TUNNEL_GRE, DECODED_OTHER_IP, LAYER_MPLS)
    case 0x88be: // type I has no header and no sequence, type II both
      if (sequenced) layers.at += 8
      return layers.enterTunnel(TUNNEL_ERSPAN, DECODED_OTHER_IP, LAYER_ETHERNET)
    case 0x22eb:
      return erspan3(layers)
    default:
      return DECODED_OTHER_IP
  }
}

function erspan3(layers: Layers): number {
  const { bytes, at } = layers
  if (layers.end - at < 12) return DECODED_OTHER_IP
  layers.at = at + ((bytes[at + 11]! & 1) === 1 ? 20 : 12)
  const frameType = (bytes[at + 10]! >>> 2) & 31
  if (frameType !== 0 && frameType !== 2) return DECODED_OTHER_IP
  const inside = frameType === 0 ? LAYER_ETHERNET : LAYER_IP
  return layers.enterTunnel(TUNNEL_ERSPAN, DECODED_OTHER_IP, inside)
}

function pptp(layers: Layers, flags: number, type: number): number {
  // Without a sequence number there is no payload, only an acknowledgement.
  if (type !== 0x880b || (flags & 0x3000) !== 0x3000) return DECODED_OTHER_IP
  layers.at += 12 + (flags & 0x80 ? 4 : 0)
  return layers.enterTunnel(TUNNEL_GRE, DECODED_OTHER_IP, LAYER_PPP)
}

/**
 * Whether the UDP payload at `layers.at` is a tunnel.
 * @returns the layer inside, or -1 where the datagram is just a datagram
 */
export function udpTunnel(layers: Layers): number {
  const { packet, bytes, at } = layers
  const size = layers.end - at
  if (size < 16) return NONE
  // Teredo between peers uses any port, so the check begins with the bytes: version 6, next header.
  if (bytes[at]! >>> 4 === 6 && isTeredo(layers, at)) {
    return layers.enterTunnel(TUNNEL_TEREDO, DECODED_UDP, LAYER_IP6)
  }
  const next = atPort(layers, packet.dstPort)
  // Senders choose another source port; some answer from the tunnel's own.
  return next === NONE ? atPort(layers, packet.srcPort) : next
}

function atPort(layers: Layers, port: number): number {
  switch (port) {
    case 4789:
    case 8472: // Linux before the number was assigned
      return vxlan(layers)
    case 6081:
      return geneve(layers)
    case 2152:
      return gtp(layers)
    case 3544:
      return teredoWithHeaders(layers)
    case 1701:
      return l2tp(layers)
    case 4790:
      return vxlanOfMany(layers)
    case 5247:
      return capwap(layers)
    case 6635:
      return layers.enterTunnel(TUNNEL_MPLS_IN_IP, DECODED_UDP, LAYER_MPLS)
    case 37008:
      return tzsp(layers)
    default:
      return NONE
  }
}

function vxlan(layers: Layers): number {
  const { bytes, at } = layers
  if (u32be(bytes, at) !== 0x08000000 || bytes[at + 7] !== 0) return NONE
  layers.at = at + 8
  return layers.enterTunnel(TUNNEL_VXLAN, DECODED_UDP, LAYER_ETHERNET)
}

/** The generic extension says itself what is inside: 1 IPv4, 2 IPv6, 3 Ethernet. */
function vxlanOfMany(layers: Layers): number {
  const { bytes, at } = layers
  if (u32be(bytes, at) >>> 8 !== 0x0c0000 || bytes[at + 7] !== 0) return NONE
  const next = bytes[at + 3]!
  if (next < 1 || next > 3) return NONE
  layers.at = at + 8
  return layers.enterTunnel(TUNNEL_VXLAN, DECODED_UDP, next === 3 ? LAYER_ETHERNET : LAYER_IP)
}

function geneve(layers: Layers): number {
  const { bytes, at } = layers
  // Version 0; of the flags only "control" and "critical options" are in use; the last byte is zero.
  if (bytes[at]! >>> 6 !== 0 || (bytes[at + 1]! & 0x3f) !== 0 || bytes[at + 7] !== 0) return NONE
  const type = u16be(bytes, at + 2)
  if (type !== 0x6558 && type !== 0x0800 && type !== 0x86dd) return NONE
  layers.at = at + 8 + ((bytes[at]! & 0x3f) << 2)
  const inside = type === 0x6558 ? LAYER_ETHERNET : type === 0x0800 ? LAYER_IP4 : LAYER_IP6
  return layers.enterTunnel(TUNNEL_GENEVE, DECODED_UDP, inside)
}

/** One address in 2001::/32, and the length exactly that of the datagram. */
function isTeredo(layers: Layers, at: number): boolean {
  const { bytes } = layers
  // Next header 59 is a bubble: nothing inside, it only opens the NAT.
  return (
    layers.end - at >= 40 &&
    u16be(bytes, at + 4) + 40 === layers.wireEnd - at &&
    bytes[at + 6] !== 59 &&
    (u32be(bytes, at + 8) === 0x20010000 || u32be(bytes, at + 24) === 0x20010000)
  )
}

function teredoWithHeaders(layers: Layers): number {
  const { bytes, end } = layers
  let at = layers.at
  if (u16be(bytes, at) === 1) at += 13 + bytes[at + 2]! + bytes[at + 3]!
  if (end - at >= 8 && u16be(bytes, at) === 0) at += 8
  if (end - at < 40 || bytes[at]! >>> 4 !== 6 || !isTeredo(layers, at)) return NONE
  layers.at = at
  return layers.enterTunnel(TUNNEL_TEREDO, DECODED_UDP, LAYER_IP6)
}

function gtp(layers: Layers): number {
  const { bytes, end } = layers
  const start = layers.at
  const flags = bytes[start]!
  // Version 1, GTP (not charging), the spare bit zero, a user packet, and the length exact.
  if ((flags & 0xf8) !== 0x30 || bytes[start + 1] !== 0xff) return NONE
  if (u16be(bytes, start + 2) + 8 !== layers.wireEnd - start) return NONE
  let at = start + 8
  if ((flags & 7) !== 0) {
    at += 4
    // Every extension has its size in 4 bytes first and the type of the next last.
    for (let type = flags & 4 ? bytes[at - 1]! : 0; type !== 0; type = bytes[at - 1]!) {
      if (at >= end || bytes[at] === 0) return NONE
      at += bytes[at]! << 2
      if (at > end) return NONE
    }
  }
  layers.at = at
  return layers.enterTunnel(TUNNEL_GTP_U, DECODED_UDP, LAYER_IP)
}
