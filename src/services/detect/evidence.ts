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

/** What was seen of one kind. */
export class Evidence implements PacketRef {
  readonly kind: Kind
  readonly capture: string
  readonly frame: number
  count = 0
  /** Bytes, for transfers: [sent, received]. */
  readonly bytes: [number, number] = [0, 0]
  /** The first observation in words. */
  readonly first: string
  readonly #distinct = new Set<string>()
  readonly #ways = new Set<string>()

  constructor(kind: Kind, where: PacketRef, first: string) {
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
    if (distinct !== undefined && this.#distinct.size < DISTINCT_MAX) this.#distinct.add(distinct)
    if (way !== undefined && this.#ways.size < 8) this.#ways.add(way)
  }

  get distinctText(): string {
    const { size } = this.#distinct
    return size < DISTINCT_MAX ? String(size) : `${DISTINCT_MAX} or more`
  }

  get distinct(): number {
    return this.#distinct.size
  }

  get ways(): string {
    return [...this.#ways].join(', ')
  }

  /** How much it adds, 0 to its weight. */
  get contribution(): number {
    return WEIGHTS[this.kind] * (1 - 0.5 ** this.count)
  }
}

/** Independent witnesses together, 0 to 100. */
export function together(contributions: Iterable<number>): number {
  let doubt = 1
  for (const contribution of contributions) doubt *= 1 - contribution / 100
  return 100 * (1 - doubt)
}

/**
 * What taken-back recognitions leave of a score: with none all of it, with as many as there are
 * flows that stand, about half.
 */
export function trust(flowsStanding: number, flowsWithdrawn: number): number {
  return (flowsStanding + 1) / (flowsStanding + flowsWithdrawn + 1)
}
