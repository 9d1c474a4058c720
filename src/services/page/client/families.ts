/**
 * How families are told apart: a title, a colour and, so that colour never says it alone, a hatch.
 * Colours are Okabe and Ito's, made darker on white and lighter on black until each stands out
 * by 3 to 1; a family keeps its own as long as the page is open.
 */
import type { Asked, FamilyTitle } from '../api.ts'

// biome-ignore format: a table
const LIGHT = ['#0072b2', '#c44e00', '#00795a', '#a8508a', '#a86b00', '#2b83b8', '#7d7300', '#5b5fc7']
// biome-ignore format: a table
const DARK = ['#56b4e9', '#e8743b', '#1fbf92', '#dd97bf', '#e69f00', '#8fc9ef', '#f0e442', '#a5a8ff']

export interface Families {
  readonly title: (family: string) => string
  readonly isNeighbour: (family: string) => boolean
  /** The number of its colour, from 0. */
  readonly colour: (family: string) => number
  /** Whom of it others can be asked. */
  readonly asks: (family: string) => readonly Asked[]
  readonly all: readonly FamilyTitle[]
}

/**
 * @param order  families in the order in which they get colours: the biggest first; undefined
 *               while that is not known, so that none gets one by coming early
 * @param kept   the colours that were given so far
 */
export function familiesOf(
  titles: readonly FamilyTitle[],
  order: readonly string[] | undefined,
  kept: Map<string, number>,
): Families {
  const known = new Map(titles.map((title) => [title.family, title]))
  const colour = (family: string) => {
    const has = kept.get(family)
    if (has !== undefined) return has
    const next = kept.size % LIGHT.length
    if (order !== undefined) kept.set(family, next)
    return next
  }
  for (const family of order ?? []) colour(family)
  return {
    title: (family) => known.get(family)?.title ?? family,
    isNeighbour: (family) => known.get(family)?.neighbour ?? false,
    colour,
    asks: (family) => known.get(family)?.asks ?? [],
    all: titles,
  }
}

/** For a canvas, which has no style sheet. */
export function paletteColour(index: number, isDark: boolean): string {
  return (isDark ? DARK : LIGHT)[index % LIGHT.length]!
}

export const REST_COLOUR = { light: '#9aa3ad', dark: '#69727e' } as const
