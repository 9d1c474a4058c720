/**
 * Lists of peers in handshakes and in timed answers, in their two forms.
 * Source: monero-project/monero src/p2p/p2p_protocol_defs.h, contrib/epee/include/net/net_utils_base.h.
 *
 *   local_peerlist_new   sections: adr { type u8: 1 IPv4, 2 IPv6; addr { m_ip u32 | addr 16, m_port u16 } },
 *                        id u64, last_seen, rpc_port …
 *   local_peerlist       one text, before 2019: (ip 4 | port u32le | id 8 | last seen 8) …
 *
 * m_ip is kept in network order in memory, so that its four bytes stand in network order.
 */
import { type Endpoint, ip4, ip6 } from '../../core/address.ts'
import { hex, u32le } from '../../core/bytes.ts'
import { Section } from './wire/storage.ts'

export interface Peer extends Endpoint {
  /** Hex, most significant digit first, as the programs print it. */
  readonly id: string
}

const OLD_BYTES = 24

export function peersIn(section: Section): readonly Peer[] {
  const peers: Peer[] = []
  for (const entry of section.list('local_peerlist_new')) {
    if (!(entry instanceof Section)) continue
    const endpoint = endpointIn(entry.section('adr'))
    if (endpoint !== undefined) peers.push({ ...endpoint, id: idOf(entry.bytes('id')) })
  }
  const packed = section.bytes('local_peerlist')
  for (let at = 0; packed !== undefined && at + OLD_BYTES <= packed.length; at += OLD_BYTES) {
    const id = idOf(packed.subarray(at + 8, at + 16))
    peers.push({ ip: ip4(packed, at), port: u32le(packed, at + 4) % 0x1_0000, id })
  }
  return peers
}

function endpointIn(adr: Section | undefined): Endpoint | undefined {
  const addr = adr?.section('addr')
  const port = addr?.number('m_port')
  if (addr === undefined || port === undefined || port > 65_535) return undefined
  const four = addr.bytes('m_ip')
  if (four?.length === 4) return { ip: ip4(four, 0), port }
  const six = addr.bytes('addr')
  return six?.length === 16 ? { ip: ip6(six, 0), port } : undefined
}

export function idOf(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? '' : hex(bytes.slice().reverse())
}
