/**
 * How families are told apart: a title, a colour and, so that colour never says it alone, a hatch.
 * Colours are Okabe and Ito's, made darker on white and lighter on black until each stands out
 * by 3 to 1. Only the biggest of what is shown have one, each its own: no two are alike.
 */
import type { Asked, FamilyTitle } from '../api.ts'

// biome-ignore format: a table
const LIGHT = ['#0072b2', '#c44e00', '#00795a', '#a8508a', '#a86b00', '#2b83b8', '#7d7300', '#5b5fc7']
// biome-ignore format: a table
const DARK = ['#56b4e9', '#e8743b', '#1fbf92', '#dd97bf', '#e69f00', '#8fc9ef', '#f0e442', '#a5a8ff']

/** The number of a colour of the palette, from 0; `rest` is grey. */
export type Colour = number | 'rest'

export interface Families {
  readonly title: (family: string) => string
  readonly isNeighbour: (family: string) => boolean
  readonly colour: (family: string) => Colour
  /** Whom of it others can be asked. */
  readonly asks: (family: string) => readonly Asked[]
  readonly all: readonly FamilyTitle[]
}

/**
 * @param order  the families that are shown, the biggest first: as many as there are colours get
 *               one each, all others are grey; undefined while that is not known
 * @param kept   the colours that were given so far: who is still among the biggest keeps its own
 */
export function familiesOf(
  titles: readonly FamilyTitle[],
  order: readonly string[] | undefined,
  kept: Map<string, number>,
): Families {
  const known = new Map(titles.map((title) => [title.family, title]))
  if (order !== undefined) giveColours(order.slice(0, LIGHT.length), kept)
  const given = new Map(kept)
  return {
    title: (family) => known.get(family)?.title ?? family,
    isNeighbour: (family) => known.get(family)?.neighbour ?? false,
    colour: (family) => given.get(family) ?? 'rest',
    asks: (family) => known.get(family)?.asks ?? [],
    all: titles,
  }
}

function giveColours(biggest: readonly string[], kept: Map<string, number>): void {
  for (const family of kept.keys()) if (!biggest.includes(family)) kept.delete(family)
  const free = LIGHT.map((_, at) => at).filter((at) => ![...kept.values()].includes(at))
  for (const family of biggest) if (!kept.has(family)) kept.set(family, free.shift()!)
}

/** For an element of the page. */
export function colourClass(colour: Colour): string {
  return colour === 'rest' ? 'c-rest' : `c${colour}`
}

/** For a canvas, which has no style sheet. */
export function paletteColour(colour: Colour, isDark: boolean): string {
  if (colour === 'rest') return isDark ? REST_COLOUR.dark : REST_COLOUR.light
  return (isDark ? DARK : LIGHT)[colour % LIGHT.length]!
}

const REST_COLOUR = { light: '#9aa3ad', dark: '#69727e' } as const
