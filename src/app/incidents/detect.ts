/**
 * What would be incidents by another definition: stored flows through the same detector once more. The
 * store does not keep how many bytes were payload; whoever sent more than bare headers is taken for
 * one who said something.
 */
import type { Flow, Incident } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { FlowDetail, IncidentRow, StoreReader } from '../../core/store.ts'
import { Contacts } from '../../services/incidents/contacts.ts'
import { Incidents } from '../../services/incidents/incidents.ts'
import { Radiation } from '../../services/incidents/radiation.ts'
import type { DarkQuestion, Detected } from '../../services/page/api.ts'
import { NEIGHBOURS } from '../commands/measuring.ts'
import type { Dark } from './dark.ts'

/** Incidents that are handed out, those with most sources. */
const ROWS_MAX = 1000
/** Of IPv4 or IPv6 and TCP with options; a datagram has less. */
const HEADER_BYTES = 60

export async function detect(
  reader: StoreReader,
  { networks, space }: Dark,
  { sources, hours, where, ...which }: DarkQuestion,
): Promise<Detected> {
  const found: Incident[] = []
  const incidents = new Incidents(
    (event) => {
      if (event.type === 'incident' && event.state === 'closed') found.push(event)
    },
    { sourcesMax: sources, windowHours: hours },
  )
  const contacts = new Contacts(incidents, new Radiation(), space, NEIGHBOURS)
  const toDark = networks.map((network) => `dst==${network}`).join(' || ')
  const chosen = where === undefined ? toDark : `(${where}) && (${toDark})`
  let flows = 0
  for await (const rows of reader.eachFlow!({ ...which, where: chosen })) {
    for (const row of rows) contacts.consume(flowOf(row))
    flows += rows.length
    if (flows >= limits.detectedFlowsMax) break
  }
  incidents.finish()
  found.sort((a, b) => b.sources - a.sources || b.startMicros - a.startMicros)
  const isCut = flows >= limits.detectedFlowsMax || found.length > ROWS_MAX
  return { rows: found.slice(0, ROWS_MAX).map(rowOf), flows, isCut }
}

/** As it was told, as far as the detector looks at it. */
function flowOf(row: FlowDetail): Flow {
  const { family, part, sureness, neighbour } = row
  const said = (side: 0 | 1) => Math.max(0, row.bytes[side] - HEADER_BYTES * row.packets[side])
  const kind = { family: family!, part: part!, sureness: sureness!, reasons: row.reasons }
  return {
    ...{ type: 'flow', flow: 0, micros: row.endMicros, capture: row.capture, frame: row.frame },
    ...{ proto: row.proto, protoNumber: 0, packets: row.packets, bytes: row.bytes },
    ends: [
      { ip: row.srcIp, port: row.srcPort },
      { ip: row.dstIp, port: row.dstPort },
    ],
    ...{ startMicros: row.startMicros, endMicros: row.endMicros, fromStart: true },
    ...{ payloadBytes: [said(0), said(1)], reason: 'closed' as const },
    ...(family !== undefined && { p2p: neighbour ? { ...kind, neighbour } : kind }),
  }
}

/** It is stored nowhere: its name is its place. */
function rowOf({ type, ...incident }: Incident, index: number): IncidentRow {
  return { ...incident, id: `0.${index + 1}`, run: 0 }
}
