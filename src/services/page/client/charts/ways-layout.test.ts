/** Whoever told first stands left and above; every edge is drawn between its two nodes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PropagationEdge, PropagationNode } from '../../../../core/store.ts'
import { layoutOf, NODE } from './ways-layout.ts'

const node = (id: string, layer: number, firstMicros: number): PropagationNode => ({
  ...{ id, name: id, kind: 'host', hosts: 1, layer, firstMicros },
})
const edge = (from: string, to: string): PropagationEdge => ({
  ...{ from, to, kind: 'told', via: 'pex', family: 'f', flow: '1.1', count: 1 },
  ...{ run: 1, micros: 1, lastMicros: 1, capture: 'a', frame: 1 },
})

test('layers are columns from the left, and one that is empty is none', () => {
  const nodes = [node('a', 0, 1), node('b', 0, 2), node('c', 2, 3)]
  const { nodes: placed, columns, width } = layoutOf({ nodes, edges: [] })
  const [a, b, c] = placed
  assert.ok(a!.x === b!.x && a!.y + NODE.height < b!.y)
  assert.ok(a!.x + NODE.width < c!.x && c!.x + NODE.width <= width)
  assert.deepEqual(
    columns.map(({ firstMicros }) => firstMicros),
    [1, 3],
  )
})

test('edges begin and end at their nodes; two of the same pair lie apart; unknown ends draw nothing', () => {
  const nodes = [node('a', 0, 1), node('b', 1, 2)]
  const edges = [edge('a', 'b'), edge('a', 'b'), edge('b', 'a'), edge('a', 'nobody')]
  const { edges: drawn, nodes: placed } = layoutOf({ nodes, edges })
  assert.equal(drawn.length, 3)
  assert.notEqual(drawn[0]!.path, drawn[1]!.path)
  assert.deepEqual(
    drawn.map(({ isFirst }) => isFirst),
    [true, false, true],
  )
  const start = placed[0]!.x + NODE.width
  assert.ok(drawn[0]!.path.startsWith(`M${start} `))
  assert.deepEqual(layoutOf({ nodes: [], edges: [] }).nodes, [])
})
