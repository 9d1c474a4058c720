/** Layers on top of each other, and what stands at one place of them. Pure. */

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

/** The step in which a moment lies, or the nearest. */
export function stepAt(micros: number, from: number, stepMicros: number, steps: number): number {
  return Math.min(steps - 1, Math.max(0, Math.floor((micros - from) / stepMicros)))
}
