/** What is examined: each endpoint that was told and is in no system, once. */
import { type Endpoint, endpointText } from '../../core/address.ts'
import type { Bogus, Evidence, Told } from './evidence.ts'

export interface Subject {
  readonly family: string
  readonly at: Endpoint
  readonly why: Bogus
  /** Who told it: the first, and how. */
  readonly first: Told
  readonly tellings: number
}

export interface Subjects {
  readonly bogus: readonly Subject[]
  /** Different endpoints that were told, bogus or not. */
  readonly told: number
}

/** @param isLeftOut  what is examined elsewhere */
export function subjectsOf(
  list: readonly Told[],
  evidence: Evidence,
  isLeftOut: (key: string) => boolean = () => false,
): Subjects {
  const seen = new Map<string, { first: Told; tellings: number }>()
  for (const told of list) {
    const key = keyOfTold(told)
    if (isLeftOut(key)) continue
    const known = seen.get(key)
    if (known === undefined) seen.set(key, { first: told, tellings: 1 })
    else known.tellings++
  }
  const bogus: Subject[] = []
  for (const { first, tellings } of seen.values()) {
    const why = evidence.bogus(first)
    if (why === undefined) continue
    bogus.push({ family: first.family, at: first.about, why, first, tellings })
  }
  return { bogus, told: seen.size }
}

export function keyOfTold({ family, about }: Pick<Told, 'family' | 'about'>): string {
  return `${family} ${endpointText(about)}`
}
