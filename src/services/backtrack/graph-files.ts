/**
 * The graph for other programs: CSV with a row an edge; GraphML, where a node is an endpoint and an edge
 * goes from who told to whom he told of.
 * Source: RFC 4180; GraphML, graphdrawing.org, schema 1.1.
 */
import { endpointText } from '../../core/address.ts'
import { csvCell } from '../../core/csv.ts'
import { isoText } from '../../core/figures.ts'
import type { Edge } from './graph.ts'

// biome-ignore format: a table
const FIELDS = [
  ['family', 'string', (edge: Edge) => edge.family],
  ['via', 'string', (edge: Edge) => edge.via],
  ['kind', 'string', (edge: Edge) => edge.kind],
  ['part', 'string', (edge: Edge) => edge.part],
  ['content', 'string', (edge: Edge) => edge.content ?? ''],
  ['id', 'string', (edge: Edge) => edge.id ?? ''],
  ['reading', 'string', (edge: Edge) => edge.reading ?? ''],
  ['to', 'string', (edge: Edge) => endpointText(edge.to)],
  ['first', 'string', (edge: Edge) => isoText(edge.firstMicros)],
  ['last', 'string', (edge: Edge) => isoText(edge.lastMicros)],
  ['count', 'int', (edge: Edge) => String(edge.count)],
  ['capture', 'string', (edge: Edge) => edge.capture],
  ['frame', 'int', (edge: Edge) => String(edge.frame)],
] as const

export function* csvLines(edges: Iterable<Edge>): Generator<string> {
  yield ['by', 'about', ...FIELDS.map(([name]) => name)].join()
  for (const edge of edges) {
    const ends = [endpointText(edge.by), endpointText(edge.about)]
    yield [...ends, ...FIELDS.map(([, , value]) => value(edge))].map(csvCell).join()
  }
}

export function* graphmlLines(edges: Iterable<Edge>): Generator<string> {
  yield '<?xml version="1.0" encoding="UTF-8"?>'
  yield '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
  yield '  <key id="address" for="node" attr.name="address" attr.type="string"/>'
  for (const [name, type] of FIELDS) {
    yield `  <key id="${name}" for="edge" attr.name="${name}" attr.type="${type}"/>`
  }
  yield '  <graph id="told" edgedefault="directed">'
  const all = [...edges]
  const nodes = new Set(all.flatMap(({ by, about }) => [endpointText(by), endpointText(about)]))
  for (const node of nodes) {
    yield `    <node id="${xml(node)}"><data key="address">${xml(node)}</data></node>`
  }
  for (const edge of all) {
    const ends = `source="${xml(endpointText(edge.by))}" target="${xml(endpointText(edge.about))}"`
    yield `    <edge ${ends}>${FIELDS.map((field) => datum(field, edge)).join('')}</edge>`
  }
  yield '  </graph>'
  yield '</graphml>'
}

function datum([name, , value]: (typeof FIELDS)[number], edge: Edge): string {
  const text = value(edge)
  return text === '' ? '' : `<data key="${name}">${xml(text)}</data>`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** What XML 1.0 has no place for, even escaped, becomes U+FFFD. */
function xml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/[&<>"']/g, (character) => ENTITIES[character]!)
}
