/** The ways of an address and lists of incidents, for other programs. GraphML: graphml.graphdrawing.org. */
import { endpointText } from '../../core/address.ts'
import { csvCell } from '../../core/csv.ts'
import type {
  IncidentRow,
  Propagation,
  PropagationEdge,
  PropagationNode,
} from '../../core/store.ts'
import { shown } from '../../core/text.ts'
import { timeText } from './exports.ts'

const EDGE_HEADER =
  'from,to,kind,via,family,count,first,last,flow,pcap_filename,pcap_cnt,from_name,to_name'

export function propagationCsv({ nodes, edges }: Propagation): string {
  const names = new Map(nodes.map(({ id, name }) => [id, name]))
  const rows = edges.map((edge) =>
    [
      csvCell(edge.from),
      csvCell(edge.to),
      edge.kind,
      csvCell(edge.via),
      csvCell(edge.family),
      edge.count,
      timeText(edge.micros),
      timeText(edge.lastMicros),
      edge.flow,
      csvCell(edge.capture),
      edge.frame,
      csvCell(names.get(edge.from) ?? ''),
      csvCell(names.get(edge.to) ?? ''),
    ].join(),
  )
  return `${[EDGE_HEADER, ...rows].join('\n')}\n`
}

type Attribute<Thing> = readonly [
  name: string,
  type: 'string' | 'int',
  of: (thing: Thing) => string,
]

const NODE_ATTRIBUTES: readonly Attribute<PropagationNode>[] = [
  ['name', 'string', ({ name }) => name],
  ['kind', 'string', ({ kind }) => kind],
  ['hosts', 'int', ({ hosts }) => String(hosts)],
  ['layer', 'int', ({ layer }) => String(layer)],
  ['first', 'string', ({ firstMicros }) => timeText(firstMicros)],
  ['software', 'string', ({ software = '' }) => software],
]

const EDGE_ATTRIBUTES: readonly Attribute<PropagationEdge>[] = [
  ['step', 'string', ({ kind }) => kind],
  ['via', 'string', ({ via }) => via],
  ['family', 'string', ({ family }) => family],
  ['count', 'int', ({ count }) => String(count)],
  ['time', 'string', ({ micros }) => timeText(micros)],
  ['flow', 'string', ({ flow }) => flow],
  ['capture', 'string', ({ capture }) => capture],
  ['frame', 'int', ({ frame }) => String(frame)],
]

export function propagationGraphml({ nodes, edges }: Propagation): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
    ...keys('node', NODE_ATTRIBUTES),
    ...keys('edge', EDGE_ATTRIBUTES),
    '  <graph id="ways" edgedefault="directed">',
    ...nodes.map((node) => `    <node id="${xml(node.id)}">${data(node, NODE_ATTRIBUTES)}</node>`),
    ...edges.map(
      (edge, i) =>
        `    <edge id="e${i}" source="${xml(edge.from)}" target="${xml(edge.to)}">${data(edge, EDGE_ATTRIBUTES)}</edge>`,
    ),
    '  </graph>',
    '</graphml>',
    '',
  ].join('\n')
}

function keys<Thing>(of: 'node' | 'edge', attributes: readonly Attribute<Thing>[]): string[] {
  return attributes.map(
    ([name, type]) =>
      `  <key id="${of}-${name}" for="${of}" attr.name="${name}" attr.type="${type}"/>`,
  )
}

function data<Thing extends object>(thing: Thing, attributes: readonly Attribute<Thing>[]): string {
  const of = 'layer' in thing ? 'node' : 'edge'
  return attributes
    .map(([name, , value]) => `<data key="${of}-${name}">${xml(value(thing))}</data>`)
    .join('')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

/** Signs that XML cannot hold are written out. */
function xml(text: string): string {
  return shown(text)
    .replace(/[\ufffe\uffff]/g, '\ufffd')
    .replace(/[&<>"]/g, (sign) => ENTITIES[sign]!)
}

const INCIDENT_HEADER =
  'id,state,start,end,family,ip,port,sources,peak,counting,target_share,part_of,content,software,' +
  'flow,pcap_filename,pcap_cnt'

export function incidentsCsv(rows: readonly IncidentRow[]): string {
  return `${[INCIDENT_HEADER, ...rows.map(incidentLine)].join('\n')}\n`
}

function incidentLine(row: IncidentRow): string {
  return [
    row.id,
    row.state,
    timeText(row.startMicros),
    timeText(row.endMicros),
    csvCell(row.family),
    csvCell(row.target.ip),
    row.target.port,
    row.sources,
    row.peak,
    row.counting,
    row.targetShare.toFixed(3),
    row.partOf === undefined ? '' : csvCell(endpointText(row.partOf)),
    csvCell(row.contents[0]?.name ?? ''),
    csvCell(row.software[0]?.name ?? ''),
    row.first?.flow ?? '',
    csvCell(row.first?.capture ?? ''),
    row.first?.frame ?? '',
  ].join()
}
