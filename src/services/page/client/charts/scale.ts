/**
 * Counts as colours, in steps that grow by multiplication. The colours are viridis' (Smith, van der
 * Walt 2015), which people who do not tell red from green read in the same order: on white from
 * light to dark, on black from dark to light, so that much always stands out. Pure.
 */

/** Viridis at equal distances, from its dark end. */
// biome-ignore format: a table
const VIRIDIS = ['#440154', '#482878', '#3e4989', '#31688e', '#26828e', '#1f9e89', '#35b779', '#6ece58', '#b5de2b', '#fde725']

/** The part of it that stands out from the ground by 3 to 1. */
const LIGHT = [0.55, 0] as const
const DARK = [0.34, 1] as const

/** Steps that a scale is told in. */
const STEPS_MAX = 7

/** 0 for the smallest count, 1 for the greatest. */
export function shareOf(count: number, most: number): number {
  return most <= 1 ? 1 : Math.min(1, Math.log(Math.max(1, count)) / Math.log(most))
}

export function colourOf(share: number, isDark: boolean): readonly [number, number, number] {
  const [from, to] = isDark ? DARK : LIGHT
  const at = (from + (to - from) * share) * (VIRIDIS.length - 1)
  const below = Math.min(VIRIDIS.length - 2, Math.floor(at))
  const [a, b] = [channels(VIRIDIS[below]!), channels(VIRIDIS[below + 1]!)]
  const mixed = a.map((value, i) => Math.round(value + (b[i]! - value) * (at - below)))
  return mixed as unknown as readonly [number, number, number]
}

export function colourText(share: number, isDark: boolean): string {
  return `rgb(${colourOf(share, isDark).join(' ')})`
}

function channels(hex: string): readonly number[] {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16))
}

/** Counts that a legend names: 1, and powers of 2, 4, 10 … up to the greatest. */
export function ticksOf(most: number): readonly number[] {
  const base = [2, 4, 10, 100].find((one) => Math.log(most) / Math.log(one) < STEPS_MAX) ?? 1000
  const ticks: number[] = []
  for (let tick = 1; tick < most; tick *= base) ticks.push(tick)
  return [...ticks, Math.max(1, most)]
}
