/** Where nodes and edges of a graph of ways stand: a column for each layer, the earliest at the top. Pure. */
import type { Propagation, PropagationEdge, PropagationNode } from '../../../../core/store.ts'

export const NODE = { width: 176, height: 42 } as const
const COLUMN = 310
const ROW = 54
const TOP = 30
const MARGIN = 8
/** Between two edges of the same two nodes. */
const APART = 12

export interface Placed {
  readonly node: PropagationNode
  readonly x: number
  readonly y: number
}

export interface Drawn {
  readonly edge: PropagationEdge
  /** By it somebody heard of it first; later tellings are drawn paler. */
  readonly isFirst: boolean
  readonly path: string
  /** Of its label. */
  readonly x: number
  readonly y: number
}

export interface Layout {
  readonly width: number
  readonly height: number
  readonly nodes: readonly Placed[]
  readonly edges: readonly Drawn[]
  readonly columns: readonly { readonly x: number; readonly firstMicros: number }[]
}

export function layoutOf({ nodes, edges }: Pick<Propagation, 'nodes' | 'edges'>): Layout {
  // A layer that lost its nodes to a network is no column.
  const layers = [...new Set(nodes.map(({ layer }) => layer))].sort((a, b) => a - b)
  const columns = layers.map((layer) => nodes.filter((node) => node.layer === layer))
  const tallest = Math.max(1, ...columns.map(({ length }) => length))
  const placed = columns.flatMap((column, at) => {
    const down = ((tallest - column.length) * ROW) / 2
    return column.map((node, row) => ({
      node,
      x: MARGIN + at * COLUMN,
      y: TOP + MARGIN + down + row * ROW,
    }))
  })
  const places = new Map(placed.map((one) => [one.node.id, one]))
  const between = new Map<string, number>()
  const heard = firstHeard(edges)
  const drawn = edges.flatMap((edge): Drawn[] => {
    const [from, to] = [places.get(edge.from), places.get(edge.to)]
    if (from === undefined || to === undefined) return []
    const pair = `${edge.from} ${edge.to}`
    const before = between.get(pair) ?? 0
    between.set(pair, before + 1)
    const isFirst = edge.kind === 'called' || heard.get(edge.to) === edge
    return [{ edge, isFirst, ...curve(from, to, before * APART) }]
  })
  return {
    width: 2 * MARGIN + (columns.length - 1) * COLUMN + NODE.width,
    height: TOP + 2 * MARGIN + tallest * ROW,
    nodes: placed,
    edges: drawn,
    columns: columns.map((column, at) => ({
      x: MARGIN + at * COLUMN,
      firstMicros: Math.min(...column.map(({ firstMicros }) => firstMicros)),
    })),
  }
}

function firstHeard(edges: readonly PropagationEdge[]): ReadonlyMap<string, PropagationEdge> {
  const first = new Map<string, PropagationEdge>()
  for (const edge of edges) {
    const known = first.get(edge.to)
    if (edge.kind === 'told' && (known === undefined || edge.micros < known.micros)) {
      first.set(edge.to, edge)
    }
  }
  return first
}

/** From the right of one to the left of the other; what goes back does so in an arc. */
function curve(from: Placed, to: Placed, apart: number): Pick<Drawn, 'path' | 'x' | 'y'> {
  const [x1, y1] = [from.x + NODE.width, from.y + NODE.height / 2 + apart]
  const [x2, y2] = [to.x - 5, to.y + NODE.height / 2 + apart]
  const bend = x2 > x1 ? Math.min(120, (x2 - x1) / 2) : 70
  const path = `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`
  // Where it is long, beside whoever told: farther on it passes behind others.
  const near = x2 - x1 > COLUMN ? 0.2 : 0.5
  return { path, x: bezier(near, x1, x1 + bend, x2 - bend, x2), y: bezier(near, y1, y1, y2, y2) }
}

function bezier(t: number, a: number, b: number, c: number, d: number): number {
  const s = 1 - t
  return s * s * s * a + 3 * s * s * t * b + 3 * s * t * t * c + t * t * t * d
}
