/** Ends of a flow in words. ICMP has no ports: its type stands in the place of the first one. Pure. */
import { endpointText } from '../../core/address.ts'
import type { FlowRow } from '../../core/store.ts'

// biome-ignore format: a table
const TYPES: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  // RFC 792
  ICMP: {
    0: 'echo reply', 3: 'unreachable', 5: 'redirect', 8: 'echo request', 11: 'time exceeded',
    12: 'parameter problem', 13: 'timestamp', 14: 'timestamp reply',
  },
  // RFC 4443, 4861, 2710, 3810, as short as RFC 3542 has them
  'IPv6-ICMP': {
    1: 'unreachable', 2: 'packet too big', 3: 'time exceeded', 4: 'parameter problem',
    128: 'echo request', 129: 'echo reply', 130: 'listener query', 131: 'listener report',
    132: 'listener done', 133: 'router solicit', 134: 'router advert',
    135: 'neighbour solicit', 136: 'neighbour advert', 137: 'redirect',
    143: 'listener report',
  },
}

type Ends = Pick<FlowRow, 'proto' | 'srcIp' | 'srcPort' | 'dstIp' | 'dstPort'>

export function hasPorts({ proto }: Pick<FlowRow, 'proto'>): boolean {
  return !Object.hasOwn(TYPES, proto)
}

/** `TCP`, `ICMP echo request`, `ICMPv6 type 200` */
export function protoText({ proto, srcPort }: Ends): string {
  if (hasPorts({ proto })) return proto
  const type = TYPES[proto]![srcPort] ?? `type ${srcPort}`
  return `${proto === 'ICMP' ? 'ICMP' : 'ICMPv6'} ${type}`
}

export function openerText(flow: Ends): string {
  return hasPorts(flow) ? endpointText({ ip: flow.srcIp, port: flow.srcPort }) : flow.srcIp
}

export function calledText(flow: Ends): string {
  return hasPorts(flow) ? endpointText({ ip: flow.dstIp, port: flow.dstPort }) : flow.dstIp
}
