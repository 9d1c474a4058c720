/** Layers on top of each other, and what stands at one place of them. Pure. */
import type { Span } from '../../../../core/store.ts'
import type { Colour } from '../families.ts'

export interface Layer {
  readonly key: string
  readonly label: string
  readonly colour: Colour
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

/** The biggest layers as they are; of all others, and of the grey ones, one is made together. */
export function biggest(
  layers: readonly Layer[],
  most: number,
  othersOf: (rest: readonly Layer[], kept: readonly Layer[]) => string,
): Layer[] {
  const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0)
  const ranked = layers
    .map((layer) => ({ layer, sum: sum(layer.values) }))
    .filter((one) => one.sum > 0)
    .sort((a, b) => b.sum - a.sum)
  // What is grey could not be told from the others.
  const isKept = (layer: Layer, rank: number) => rank < most && layer.colour !== 'rest'
  const all = ranked.map(({ layer }) => layer)
  const kept = all.filter(isKept)
  const rest = all.filter((layer, rank) => !isKept(layer, rank))
  if (rest.length === 0) return kept
  const values = rest[0]!.values.map((_, step) =>
    rest.reduce((all, layer) => all + layer.values[step]!, 0),
  )
  const label = othersOf(rest, kept)
  return [...kept, { key: 'others', label, colour: 'rest', hatched: false, values }]
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
