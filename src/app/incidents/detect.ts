/**
 * What would be incidents by another definition: stored flows through the same detector once more. The
 * store does not keep how many bytes were payload; whoever sent more than bare headers is taken for
 * one who said something.
 */
import type { Flow, Incident } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { CallRow, IncidentRow, StoreReader } from '../../core/store.ts'
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
const NO_REASONS: readonly string[] = []

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
  for await (const rows of reader.eachCall({ ...which, where: chosen })) {
    for (const row of rows) contacts.consume(flowOf(row))
    flows += rows.length
    if (flows >= limits.detectedFlowsMax) break
  }
  incidents.finish()
  found.sort((a, b) => b.sources - a.sources || b.startMicros - a.startMicros)
  const isCut = flows >= limits.detectedFlowsMax || found.length > ROWS_MAX
  return { rows: found.slice(0, ROWS_MAX).map(rowOf), flows, isCut }
}

/** As far as the detector looks at it. */
function flowOf({ startMicros, proto, src, dst, port, packets, bytes, family }: CallRow): Flow {
  return {
    type: 'flow',
    flow: 0,
    micros: startMicros,
    capture: '',
    frame: 0,
    proto,
    protoNumber: 0,
    ends: [
      { ip: src, port: 0 },
      { ip: dst, port },
    ],
    startMicros,
    endMicros: startMicros,
    packets: [packets, 0],
    bytes: [bytes, 0],
    payloadBytes: [Math.max(0, bytes - HEADER_BYTES * packets), 0],
    fromStart: true,
    reason: 'closed',
    ...(family !== undefined && {
      p2p: { family, part: '', sureness: 'certain', reasons: NO_REASONS },
    }),
  }
}

/** It is stored nowhere: its name is its place. */
function rowOf({ type, ...incident }: Incident, index: number): IncidentRow {
  return { ...incident, id: `0.${index + 1}`, run: 0 }
}
