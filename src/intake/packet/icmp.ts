/**
 * ICMP and ICMPv6: type and code stand in the places of the ports, so that a question and its
 * answer are one flow.
 * Source: RFC 792, RFC 4443; the pairs: Community ID specification, as Zeek maps them.
 *
 *   type u8 | code u8 | checksum u16be | …
 *
 * Source port = type. Destination port = the type of the opposite message where there is one (echo
 * request 8 ↔ reply 0), else the code.
 */
import type { Layers } from './layers.ts'
import { DECODED_ICMP, MALFORMED, TRUNCATED } from './status.ts'

// biome-ignore format: a table
const PAIRS4 = [
  [8, 0],   // echo                      RFC 792
  [13, 14], // timestamp                 RFC 792
  [15, 16], // information               RFC 792
  [10, 9],  // router solicitation       RFC 1256
  [17, 18], // address mask              RFC 950
] as const
// biome-ignore format: a table
const PAIRS6 = [
  [128, 129], // echo                    RFC 4443
  [130, 131], // multicast listener      RFC 2710
  [133, 134], // router solicitation     RFC 4861
  [135, 136], // neighbour solicitation  RFC 4861
  [139, 140], // node information        RFC 4620
  [144, 145], // home agent discovery    RFC 6275
] as const

const NO_PAIR = 0xffff
const opposites4 = opposites(PAIRS4)
const opposites6 = opposites(PAIRS6)

function opposites(pairs: readonly (readonly [number, number])[]): Uint16Array {
  const table = new Uint16Array(256).fill(NO_PAIR)
  for (const [ask, answer] of pairs) {
    table[ask] = answer
    table[answer] = ask
  }
  return table
}

export function icmp(layers: Layers): number {
  const { bytes, at, packet } = layers
  if (layers.end - at < 4) return layers.wireEnd - at < 4 ? MALFORMED : TRUNCATED
  const type = bytes[at]!
  const opposite = (layers.protocol === 58 ? opposites6 : opposites4)[type]!
  packet.protocol = layers.protocol
  packet.srcPort = type
  packet.dstPort = opposite === NO_PAIR ? bytes[at + 1]! : opposite
  packet.tcpFlags = 0
  layers.at = at + 4
  layers.setPayload()
  return DECODED_ICMP
}
