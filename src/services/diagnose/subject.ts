/** What is examined: each endpoint that was told and is in no system, once. */
import type { Endpoint } from '../../core/address.ts'
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

export function subjectsOf(list: readonly Told[], evidence: Evidence): Subjects {
  const seen = new Map<string, { first: Told; tellings: number }>()
  for (const told of list) {
    const known = seen.get(told.key)
    if (known === undefined) seen.set(told.key, { first: told, tellings: 1 })
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
