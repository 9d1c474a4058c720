/** The account of one flow, as an event. */
import type { Flow, FlowVerdict } from '../core/event.ts'
import { FLOW_END_NAMES, type FlowTable } from './flow/table.ts'

/** Names of protocols above IP, as Suricata writes them. */
const PROTO_NAMES: Readonly<Record<number, string>> = {
  1: 'ICMP',
  6: 'TCP',
  17: 'UDP',
  58: 'IPv6-ICMP',
  132: 'SCTP',
}

const TCP = 6

export function flowEvent(
  table: FlowTable,
  slot: number,
  reason: number,
  captures: readonly string[],
  p2p: FlowVerdict | undefined,
  gapBytes: readonly [number, number] | undefined,
): Flow {
  const vlan = table.vlans(slot)
  const protocol = table.protocol[slot]!
  const flow: Mutable<Flow> = {
    type: 'flow',
    flow: table.number[slot]!,
    micros: table.lastMicros[slot]!,
    capture: captures[table.firstCapture[slot]!]!,
    frame: table.firstFrame[slot]!,
    proto: PROTO_NAMES[protocol] ?? String(protocol),
    protoNumber: protocol,
    ends: [table.endpoint(slot, 0), table.endpoint(slot, 1)],
    startMicros: table.firstMicros[slot]!,
    endMicros: table.lastMicros[slot]!,
    packets: [table.packets0[slot]!, table.packets1[slot]!],
    bytes: [table.bytes0[slot]!, table.bytes1[slot]!],
    payloadBytes: [table.payload0[slot]!, table.payload1[slot]!],
    fromStart: table.fromStart[slot] === 1,
    reason: FLOW_END_NAMES[reason]!,
  }
  if (protocol === TCP) flow.tcpFlags = [table.flags0[slot]!, table.flags1[slot]!]
  if (vlan !== undefined) flow.vlan = vlan
  if (p2p !== undefined) flow.p2p = p2p
  if (gapBytes !== undefined) flow.gapBytes = gapBytes
  return flow
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
