/** What was found about an address as a text for those who make the client that spreads it. Pure. */
import { endpointText } from '../../../../core/address.ts'
import type { CauseRow, IncidentRow, Propagation } from '../../../../core/store.ts'
import { edgeText, nodeName } from '../charts/ways-graph.tsx'
import { counted, countText, isoText, safe } from '../words.ts'

const STEPS_TOLD = 12

export interface Findings {
  readonly ways: Propagation
  readonly incidents: readonly IncidentRow[]
  readonly causes: readonly CauseRow[]
}

export function reportText({ ways, incidents, causes }: Findings): string {
  const lines = [`Address told though nobody is there: ${safe(ways.of)}`, '']
  for (const row of incidents) {
    lines.push(
      `- ${endpointText(row.target)} was asked by ${counted(row.sources, 'source')} from ` +
        `${isoText(row.startMicros)} to ${isoText(row.endMicros)} (${safe(row.family)}).`,
    )
    for (const { name, count } of row.software) {
      lines.push(`  - ${countText(count)} of them say they are ${safe(name)}`)
    }
    for (const { name, count } of row.contents) {
      lines.push(`  - ${countText(count)} asked for ${safe(name)}`)
    }
  }
  if (ways.twin !== undefined) {
    lines.push(
      `- Read backwards it is ${ways.twin.ip}, seen in ${counted(ways.twin.flows, 'recognised flow')}.`,
    )
  }
  const found = causes.filter(({ verdict }) => verdict === 'confirmed' || verdict === 'supported')
  if (found.length > 0) lines.push('', 'Why:')
  for (const { hypothesis, verdict, text, p } of found) {
    const chance = p === undefined ? '' : ` (p ${p.toExponential(1)})`
    lines.push(`- ${safe(hypothesis)} is ${verdict}${chance}: ${safe(text)}`)
  }
  const names = new Map(ways.nodes.map((node) => [node.id, nodeName(node)]))
  if (ways.edges.length > 0) lines.push('', 'Evidence, the earliest first:')
  for (const edge of ways.edges.slice(0, STEPS_TOLD)) {
    lines.push(`- ${isoText(edge.micros)} ${edgeText(edge, names)} of ${safe(edge.capture)}`)
  }
  return `${lines.join('\n')}\n`
}
