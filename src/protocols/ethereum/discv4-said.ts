/** The lists of discv4's messages → endpoints, in the words of the specification. */
import { type Endpoint, ip4, ip6 } from '../../core/address.ts'
import { hex } from '../../core/bytes.ts'
import type { Discv4 } from './wire/discv4.ts'
import { type Enr, enrOf } from './wire/enr.ts'
import { listAt, numberIn, type Rlp, stringAt } from './wire/rlp.ts'

/** Where a node says a node is; the ports of UDP and TCP may differ, 0 or empty is "not told". */
export interface NodeEndpoint {
  readonly ip: string
  readonly udp: number
  readonly tcp: number
}

export interface Neighbour extends NodeEndpoint {
  /** The public key, hex of 64 bytes. */
  readonly id: string
}

function endpointIn(list: Rlp | undefined): NodeEndpoint | undefined {
  const ip = stringAt(list, 0)
  const udp = stringAt(list, 1)
  const tcp = stringAt(list, 2)
  if (ip === undefined || udp === undefined || udp.length > 2) return undefined
  const text = ip.length === 4 ? ip4(ip, 0) : ip.length === 16 ? ip6(ip, 0) : undefined
  if (text === undefined) return undefined
  const tcpPort = tcp === undefined || tcp.length > 2 ? 0 : numberIn(tcp)
  return { ip: text, udp: numberIn(udp), tcp: tcpPort }
}

export interface PingSaid {
  readonly version: number
  readonly from: NodeEndpoint | undefined
  readonly to: NodeEndpoint | undefined
}

export function pingIn({ list }: Discv4): PingSaid {
  return {
    version: numberIn(stringAt(list, 0) ?? NOTHING),
    from: endpointIn(listAt(list, 1)),
    to: endpointIn(listAt(list, 2)),
  }
}

const NOTHING = new Uint8Array(0)

export function pongTo({ list }: Discv4): NodeEndpoint | undefined {
  return endpointIn(listAt(list, 0))
}

export function targetOf({ list }: Discv4): string {
  return hex(stringAt(list, 0) ?? NOTHING)
}

export function neighboursIn({ list }: Discv4): readonly Neighbour[] {
  const found: Neighbour[] = []
  for (const entry of listAt(list, 0) ?? []) {
    const endpoint = endpointIn(entry)
    const id = stringAt(entry, 3)
    if (endpoint !== undefined && id?.length === 64) found.push({ ...endpoint, id: hex(id) })
  }
  return found
}

export function recordIn({ list }: Discv4): Enr | undefined {
  return enrOf(listAt(list, 1))
}

export function udpOf({ ip, udp }: NodeEndpoint): Endpoint {
  return { ip, port: udp }
}

export function tcpOf({ ip, tcp }: NodeEndpoint): Endpoint {
  return { ip, port: tcp }
}
