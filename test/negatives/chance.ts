/**
 * Conversations that say nothing: random bytes in the sizes and turns of encrypted protocols. How
 * often is one of them taken for P2P? Repeatable: a model and a seed give the same conversations.
 */
import type { Side } from '../../src/core/event.ts'
import { limits } from '../../src/core/limits.ts'
import { randomFrom } from '../../src/core/random.ts'
import { Candidate } from '../../src/intake/candidate.ts'
import { type LookEnds, Looking } from '../../src/intake/looking.ts'
import { aloneAmong } from '../../src/intake/naming.ts'
import { Recogniser } from '../../src/intake/recognise.ts'
import { protocols } from '../../src/protocols/index.ts'

/** One payload: who sends it, and what. */
export interface Piece {
  readonly from: Side
  readonly bytes: Uint8Array
  /** Since the piece before. */
  readonly waitMicros: number
}

export interface Model {
  readonly name: string
  readonly carrier: 'tcp' | 'udp'
  readonly fromStart?: boolean
  /** How many of a million may be named. */
  readonly perMillion?: number
  /** How many the test looks at, where a look is dear. */
  readonly conversations?: number
  make(chance: Chance): Piece[]
}

/** Random bytes that no model sees the end of. */
const POOL_BYTES = 1 << 22

/** Repeatable random numbers and bytes. */
export class Chance {
  readonly #next: () => number
  readonly #pool: Uint8Array

  constructor(seed: number) {
    this.#next = randomFrom(seed)
    this.#pool = new Uint8Array(POOL_BYTES)
    const words = new Uint32Array(this.#pool.buffer)
    for (let i = 0; i < words.length; i++) words[i] = this.#next()
  }

  /** From 0 up to, not including, 1. */
  share(): number {
    return this.#next() / 2 ** 32
  }

  between(from: number, to: number): number {
    return from + (this.#next() % (to - from + 1))
  }

  /** Each order of magnitude as often. */
  logBetween(from: number, to: number): number {
    return Math.floor(from * Math.exp(this.share() * Math.log((to + 1) / from)))
  }

  oneOf<T>(values: readonly T[]): T {
    return values[this.#next() % values.length]!
  }

  bytes(size: number): Uint8Array {
    const at = this.#next() % (POOL_BYTES - size)
    return this.#pool.subarray(at, at + size)
  }
}

/** How often each part was named. */
export type Counts = Map<string, number>

const ENDS = [
  { ip: '192.0.2.1', port: 40_000 },
  { ip: '198.51.100.2', port: 443 },
] as const

/** Show conversations of a model to the recognisers as the engine does, without any memory. */
export function countNamed(model: Model, conversations: number, seed: number): Counts {
  const counts: Counts = new Map()
  const chance = new Chance(seed)
  for (let i = 0; i < conversations; i++) {
    for (const name of namesOf(model, model.make(chance))) {
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
  }
  return counts
}

const recogniser = new Recogniser(protocols)

/** What one conversation is named: nothing, or one `family part sureness`. */
export function namesOf(
  { carrier, fromStart = true }: Pick<Model, 'carrier' | 'fromStart'>,
  pieces: readonly Piece[],
): readonly string[] {
  const names: string[] = []
  const name = (index: number, part: string, sureness: string) =>
    names.push(`${protocols[index]!.name} ${part} ${sureness}`)
  const ends: LookEnds = {
    recognised: (_slot, _candidate, index, { part, sureness }) => name(index, part, sureness),
    unknown(_slot, _candidate, fits) {
      const found = aloneAmong(fits)
      if (found) name(found.index, found.part, `${found.sureness}, alone`)
    },
    limit(limit) {
      throw new Error(`${limit} reached: one conversation at a time does not`)
    },
  }
  const [first] = pieces
  if (first === undefined || first.bytes.length === 0) return names
  const looking = new Looking(recogniser, ends)
  if (fromStart && looking.dismisses(carrier, first.bytes, first.bytes.length)) return names
  looking.add(0, new Candidate(carrier, fromStart, ENDS))
  let micros = 1_700_000_000_000_000
  for (const [index, { from, bytes, waitMicros }] of pieces.entries()) {
    if (looking.get(0) === undefined) return names
    micros += waitMicros
    if (carrier === 'tcp') looking.segment(0, from, bytes, micros, index)
    else looking.datagram(0, from, bytes, bytes.length, micros, index)
  }
  looking.conclude(0)
  return names
}

/** As many pieces as are looked at, and some more. */
export const PIECES = Math.max(limits.lookSegments, limits.lookDatagrams) + 2
