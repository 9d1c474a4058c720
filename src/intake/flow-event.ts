/** The account of one flow, as an event. */
import type { Flow, FlowUpdate, FlowVerdict } from '../core/event.ts'
import { protoName } from '../core/proto-names.ts'
import { FLOW_END_NAMES, FLOW_ENDS, type FlowTable } from './flow/table.ts'

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
    micros: table.lastMicros(slot),
    capture: captures[table.firstCapture[slot]!]!,
    frame: table.firstFrame[slot]!,
    proto: protoName(protocol),
    protoNumber: protocol,
    ends: [table.endpoint(slot, 0), table.endpoint(slot, 1)],
    startMicros: table.firstMicros[slot]!,
    endMicros: table.lastMicros(slot),
    packets: [table.packets(slot, 0), table.packets(slot, 1)],
    bytes: [table.bytes(slot, 0), table.bytes(slot, 1)],
    payloadBytes: [table.payload(slot, 0), table.payload(slot, 1)],
    fromStart: table.fromStart[slot] === 1,
    reason: FLOW_END_NAMES[reason]!,
  }
  if (protocol === TCP) flow.tcpFlags = [table.flags(slot, 0), table.flags(slot, 1)]
  if (vlan !== undefined) flow.vlan = vlan
  if (p2p !== undefined) flow.p2p = p2p
  if (gapBytes !== undefined) flow.gapBytes = gapBytes
  return flow
}

/** How a flow stands that goes on. */
export function flowUpdate(
  table: FlowTable,
  slot: number,
  captures: readonly string[],
  p2p: FlowVerdict,
): FlowUpdate {
  const { reason: _, ...account } = flowEvent(
    table,
    slot,
    FLOW_ENDS.endOfCapture,
    captures,
    p2p,
    undefined,
  )
  return { ...account, type: 'flow-update', p2p }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
