/**
 * Kinds of evidence that a host takes part in a P2P network, their weights, and how they add up.
 *
 * One observation of a kind gives half its weight, a second half of the rest, and so on: the same
 * kind again and again proves little more. Different kinds add as independent witnesses do:
 * 100 × (1 − Π (1 − contribution / 100)), so the sum nears 100 and never passes it.
 */
import type { Endpoint } from '../../core/address.ts'
import type { PacketRef } from '../../core/event.ts'
import { programsIn } from './programs.ts'

// biome-ignore format: a table
export const WEIGHTS = {
  'spoke-certain': 80, // flows whose bytes are surely the protocol's
  transfer: 60,        // content moved
  'spoke-likely': 50,  // flows that structure or a taught endpoint explain
  share: 50,           // says what it offers
  client: 40,          // says what software it is
  request: 40,         // asks for content or sources
  search: 30,          // searches by words
  threat: 30,          // does what only this kind of network knows
  told: 25,            // tells of other participants
  named: 20,           // named by others; counts only for a host that was seen to act
  'spoke-unsure': 15,  // flows that merely look like it
} as const

export type Kind = keyof typeof WEIGHTS

/** Values of one kind that are told apart; beyond, "64 or more". */
const DISTINCT_MAX = 64
/** Ways that are told. */
const WAYS_MAX = 8

/** Different texts. Most hold one or none, and there are very many of them: no set for one. */
export type Few = string | Set<string> | undefined

/** At most `max` of them. */
export function added(few: Few, text: string, max: number): Few {
  if (few === undefined || few === text) return text
  if (typeof few === 'string') return new Set([few, text])
  if (few.size < max) few.add(text)
  return few
}

export function textsOf(few: Few): readonly string[] {
  if (few === undefined) return []
  return typeof few === 'string' ? [few] : [...few]
}

/**
 * What the words about a first observation are made of, once they are asked for: a text, the
 * endpoint that was spoken of or spoke, the reasons of a recognition.
 */
export type First = string | Endpoint | readonly string[] | undefined

/** What was seen of one kind. */
export class Evidence implements PacketRef {
  readonly family: string
  readonly kind: Kind
  readonly capture: string
  frame: number
  count = 0
  /** Bytes, for transfers. */
  sent = 0
  received = 0
  first: First
  /** As what a host was named first, for `named`. */
  readonly as: string | undefined
  /** The same host, of another family. */
  next: Evidence | undefined = undefined
  #distinct: Few = undefined
  #ways: Few = undefined

  constructor(family: string, kind: Kind, where: PacketRef, first: First, as?: string) {
    this.family = family
    this.kind = kind
    this.capture = where.capture
    this.frame = where.frame
    this.first = first
    this.as = as
  }

  /**
   * @param distinct  what is counted apart: contents, endpoints, namers
   * @param way       how it was done: channel, part
   */
  add(distinct: string | undefined, way: string | undefined): void {
    this.count++
    if (distinct !== undefined) this.#distinct = added(this.#distinct, distinct, DISTINCT_MAX)
    if (way !== undefined) this.#ways = added(this.#ways, way, WAYS_MAX)
  }

  /** Flows are told as they end, or as they go on: the first is the one with the earliest frame. */
  meet({ capture, frame }: PacketRef, first: First): void {
    if (capture !== this.capture || frame >= this.frame) return
    this.frame = frame
    this.first = first
  }

  get distinctText(): string {
    const { distinct } = this
    return distinct < DISTINCT_MAX ? String(distinct) : `${DISTINCT_MAX} or more`
  }

  get distinct(): number {
    const distinct = this.#distinct
    return distinct === undefined ? 0 : typeof distinct === 'string' ? 1 : distinct.size
  }

  /** The first few of the values that are told apart. */
  get values(): readonly string[] {
    return programsIn(textsOf(this.#distinct)).slice(0, 3)
  }

  get ways(): string {
    return textsOf(this.#ways).join(', ')
  }

  /** Parts, in whatever order flows end. */
  get parts(): string {
    return textsOf(this.#ways).toSorted().join(', ')
  }

  /** How much it adds, 0 to its weight. */
  get contribution(): number {
    return WEIGHTS[this.kind] * (1 - 0.5 ** this.count)
  }
}

/** Independent witnesses together, 0 to 100. */
export function together(parts: readonly (number | Evidence)[]): number {
  let doubt = 1
  for (const part of parts) {
    doubt *= 1 - (typeof part === 'number' ? part : part.contribution) / 100
  }
  return 100 * (1 - doubt)
}

/**
 * What taken-back recognitions leave of a score: with none all of it, with as many as there are
 * flows that stand, about half.
 */
export function trust(flowsStanding: number, flowsWithdrawn: number): number {
  return (flowsStanding + 1) / (flowsStanding + flowsWithdrawn + 1)
}
