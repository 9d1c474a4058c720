/**
 * What the wall remembers of connections that the kernel decides by their marks: nothing of them
 * comes up, so that whoever reads packets takes them for ended after some minutes.
 */
import { type Endpoint, endpointText } from '../../core/address.ts'
import type { Carrier, Decision, FlowVerdict } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { trim } from '../../core/oldest.ts'
import type { FileKind } from './kinds.ts'

/** What becomes of a connection, and why. */
export type Sentence = Pick<Decision, 'action' | 'rule' | 'why' | 'taughtBy' | 'family'>

export interface Known {
  readonly verdict?: FlowVerdict | undefined
  /** The verdict rests on its ends alone: nobody read it. */
  readonly isSuspected?: boolean
  /** `Standing.fit` */
  readonly fit?: string | undefined
  readonly kinds?: Set<FileKind> | undefined
  readonly mac?: string | undefined
  readonly sentence?: Sentence | undefined
}

/** The same for both directions. */
export function connectionKey(
  [one, other]: readonly [Endpoint, Endpoint],
  carrier: Carrier,
): string {
  const [first, second] = [endpointText(one), endpointText(other)]
  return first < second ? `${carrier} ${first} ${second}` : `${carrier} ${second} ${first}`
}

/** By `connectionKey`. */
export class KnownConnections {
  /** Longest not met first. */
  readonly #known = new Map<string, Known>()
  readonly #full: () => void

  constructor(full: () => void) {
    this.#full = full
  }

  get size(): number {
    return this.#known.size
  }

  get(key: string): Known | undefined {
    return this.#known.get(key)
  }

  /** Only what says something. */
  keep(key: string, known: Known): void {
    const { verdict, isSuspected = false, fit, kinds, mac, sentence } = known
    if (verdict === undefined && fit === undefined && sentence === undefined) return
    this.#known.delete(key)
    this.#known.set(key, { verdict, isSuspected, fit, kinds, mac, sentence })
    if (trim(this.#known, limits.wallConnectionsMax)) this.#full()
  }

  /** It is met again: whoever meets it remembers from now on. */
  take(key: string): Known | undefined {
    const known = this.#known.get(key)
    this.#known.delete(key)
    return known
  }

  /** What was found by another policy is not: what was read stays. */
  pardon(): void {
    for (const [key, known] of this.#known) {
      if (known.sentence === undefined && !known.isSuspected) continue
      this.#known.delete(key)
      const verdict = known.isSuspected ? undefined : known.verdict
      this.keep(key, { ...known, verdict, isSuspected: false, sentence: undefined })
    }
  }
}
