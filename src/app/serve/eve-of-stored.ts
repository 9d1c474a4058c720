/** A stored flow as a line of Suricata's EVE: as much of the event as the store kept. */
import type { Flow } from '../../core/event.ts'
import type { FlowDetail } from '../../core/store.ts'
import { Eve } from '../../services/export/eve.ts'

/** Numbers of protocols above IP, by the names that flows carry. */
const NUMBERS: Readonly<Record<string, number>> = {
  ICMP: 1,
  TCP: 6,
  UDP: 17,
  'IPv6-ICMP': 58,
  SCTP: 132,
}

export function protocolNumber(proto: string): number {
  return NUMBERS[proto] ?? Number(proto)
}

const REASONS: readonly Flow['reason'][] = ['closed', 'timeout', 'evicted', 'end-of-capture']

export function eveOfStored(): (flow: FlowDetail) => string {
  const eve = new Eve()
  return (flow) => eve.line(flowEvent(flow)) ?? ''
}

function flowEvent(flow: FlowDetail): Flow {
  const { family, part, sureness, reasons, taughtBy, neighbour, gapBytes } = flow
  return {
    type: 'flow',
    flow: Number(flow.id.slice(flow.id.indexOf('.') + 1)),
    micros: flow.endMicros,
    capture: flow.capture,
    frame: flow.frame,
    proto: flow.proto,
    protoNumber: protocolNumber(flow.proto),
    ends: [
      { ip: flow.srcIp, port: flow.srcPort },
      { ip: flow.dstIp, port: flow.dstPort },
    ],
    startMicros: flow.startMicros,
    endMicros: flow.endMicros,
    packets: flow.packets,
    bytes: flow.bytes,
    payloadBytes: [0, 0],
    fromStart: true,
    // A flow that goes on is accounted for as far as it went.
    reason: REASONS.find((reason) => reason === flow.reason) ?? 'end-of-capture',
    ...(family !== undefined &&
      part !== undefined &&
      sureness !== undefined && {
        p2p: {
          family,
          part,
          sureness,
          reasons,
          ...(neighbour && { neighbour }),
          ...(taughtBy && { taughtBy }),
        },
      }),
    ...(gapBytes && { gapBytes }),
  }
}
