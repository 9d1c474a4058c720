/**
 * Kinds of evidence that a host takes part in a P2P network, their weights, and how they add up.
 *
 * One observation of a kind gives half its weight, a second half of the rest, and so on: the same
 * kind again and again proves little more. Different kinds add as independent witnesses do:
 * 100 × (1 − Π (1 − contribution / 100)), so the sum nears 100 and never passes it.
 */
import type { PacketRef } from '../../core/event.ts'

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

/** Different texts, at most so many. Most hold one, and there are many of them: no set for one. */
export class Few {
  #one: string | undefined
  #more: Set<string> | undefined

  add(text: string, max: number): void {
    if (this.#one === undefined) this.#one = text
    else if (text !== this.#one) {
      this.#more ??= new Set([this.#one])
      if (this.#more.size < max) this.#more.add(text)
    }
  }

  get size(): number {
    return this.#more?.size ?? (this.#one === undefined ? 0 : 1)
  }

  get texts(): readonly string[] {
    return this.#more ? [...this.#more] : this.#one === undefined ? [] : [this.#one]
  }
}

/** What was seen of one kind. */
export class Evidence implements PacketRef {
  readonly family: string
  readonly kind: Kind
  readonly capture: string
  readonly frame: number
  count = 0
  /** Bytes, for transfers. */
  sent = 0
  received = 0
  /** The first observation in words. */
  readonly first: string
  readonly #distinct = new Few()
  readonly #ways = new Few()

  constructor(family: string, kind: Kind, where: PacketRef, first: string) {
    this.family = family
    this.kind = kind
    this.capture = where.capture
    this.frame = where.frame
    this.first = first
  }

  /**
   * @param distinct  what is counted apart: contents, endpoints, namers
   * @param way       how it was done: channel, part
   */
  add(distinct: string | undefined, way: string | undefined): void {
    this.count++
    if (distinct !== undefined) this.#distinct.add(distinct, DISTINCT_MAX)
    if (way !== undefined) this.#ways.add(way, WAYS_MAX)
  }

  get distinctText(): string {
    const { size } = this.#distinct
    return size < DISTINCT_MAX ? String(size) : `${DISTINCT_MAX} or more`
  }

  get distinct(): number {
    return this.#distinct.size
  }

  /** The first few of the values that are told apart. */
  get values(): readonly string[] {
    return this.#distinct.texts.slice(0, 3)
  }

  get ways(): string {
    return this.#ways.texts.join(', ')
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
