/** Layers on top of each other, and what stands at one place of them. Pure. */

import type { Span } from '../../../../core/store.ts'

export interface Layer {
  readonly key: string
  readonly label: string
  /** Number of a colour of the palette; `rest` is grey. */
  readonly colour: number | 'rest'
  /** Drawn hatched with a dashed edge: the name rests on an endpoint, not on bytes. */
  readonly hatched: boolean
  /** One for each step. */
  readonly values: readonly number[]
}

/** The upper edge of each layer, the first at the bottom. */
export function stacked(layers: readonly Layer[]): number[][] {
  const edges: number[][] = []
  for (const { values } of layers) {
    const below = edges.at(-1)
    edges.push(values.map((value, step) => value + (below?.[step] ?? 0)))
  }
  return edges
}

/** The biggest layers as they are; of all others together one is made. */
export function biggest(layers: readonly Layer[], most: number, others: string): Layer[] {
  const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0)
  const ranked = layers
    .map((layer) => ({ layer, sum: sum(layer.values) }))
    .filter((one) => one.sum > 0)
    .sort((a, b) => b.sum - a.sum)
  const kept = ranked.slice(0, most).map(({ layer }) => layer)
  const rest = ranked.slice(most).map(({ layer }) => layer)
  if (rest.length === 0) return kept
  const values = rest[0]!.values.map((_, step) =>
    rest.reduce((all, layer) => all + layer.values[step]!, 0),
  )
  return [...kept, { key: 'others', label: others, colour: 'rest', hatched: false, values }]
}

const STEPS_MIN = 60
const STEPS_MAX = 160
/** Flows that go on are told of every ten seconds of a capture. */
const TOLD_MICROS = 10_000_000

/** How many steps a chart of a span is asked in: fine, but not finer than what is told, where there is a choice. */
export function stepsFor(span: Span): number {
  const told = Math.floor((span.to - span.from) / TOLD_MICROS)
  return Math.min(STEPS_MAX, Math.max(STEPS_MIN, told))
}
