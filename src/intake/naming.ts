/**
 * Names flows that say nothing readable, by what is remembered of their endpoints. A flow needs
 * both: the shape that a protocol's encrypted form has (`fits`), and an endpoint that a message
 * taught.
 */
import { endpointText } from '../core/address.ts'
import type { TaughtBy } from '../core/event.ts'
import { Candidate } from './candidate.ts'
import type { Endpoints } from './endpoints.ts'
import type { FlowTable } from './flow/table.ts'
import type { Found } from './readings.ts'
import type { OwnedFit, Recogniser } from './recognise.ts'
import { Slots } from './slots.ts'

const TCP = 6

export class Naming {
  readonly #recogniser: Recogniser
  readonly #endpoints: Endpoints
  readonly #table: FlowTable
  /** Flows that were given up, and what they could be: claims that come later may explain them. */
  readonly #waiting = new Slots<readonly OwnedFit[]>()

  constructor(recogniser: Recogniser, endpoints: Endpoints, table: FlowTable) {
    this.#recogniser = recogniser
    this.#endpoints = endpoints
    this.#table = table
  }

  wait(slot: number, fits: readonly OwnedFit[]): void {
    if (fits.length > 0) this.#waiting.set(slot, fits)
  }

  /** The telling shape of a flow that was given up, in words. */
  waitingFit(slot: number): string | undefined {
    return this.#waiting.get(slot)?.find(({ telling }) => telling)?.reason
  }

  /** Flows that were given up and would fit a shape. */
  eachWaiting(visit: (slot: number) => void): void {
    this.#waiting.each(visit)
  }

  forget(slot: number): void {
    this.#waiting.delete(slot)
  }

  match(slot: number, fits: readonly OwnedFit[]): Found | undefined {
    if (fits.length === 0 || this.#endpoints.size === 0) return undefined
    const table = this.#table
    const carrier = table.protocol[slot] === TCP ? 'tcp' : 'udp'
    const first = table.firstMicros[slot]!
    const last = table.lastMicros(slot)
    // The side that was called is the better witness: its port is the one it listens on.
    for (const side of [1, 0] as const) {
      for (const taught of this.#endpoints.find(table.endpoint(slot, side), carrier, first, last)) {
        const fit = fits.find(
          (one) =>
            one.index === taught.index &&
            (one.taughtAs.length === 0 || one.taughtAs.includes(taught.part)),
        )
        if (fit === undefined) continue
        return {
          index: fit.index,
          part: fit.part,
          sureness: 'likely',
          reasons: [fit.reason, taughtReason(taught.taughtBy)],
          taughtBy: taught.taughtBy,
        }
      }
    }
    return undefined
  }

  /** What is less than certain is shown with the message that named the endpoint, where there is one. */
  witnessed(slot: number, candidate: Candidate, found: Found): Found {
    if (found.sureness === 'certain' || this.#endpoints.size === 0) return found
    const fits = this.#recogniser.fits(candidate.look(true))
    const own = fits.filter(({ index }) => index === found.index)
    const { taughtBy } = this.match(slot, own) ?? {}
    if (taughtBy === undefined) return found
    const reasons = [...found.reasons, taughtReason(taughtBy)]
    return { ...found, sureness: 'likely', reasons, taughtBy }
  }

  /** At the end of a flow: claims that came after it was given up count as well. */
  matchLate(slot: number): Found | undefined {
    if (this.#endpoints.size === 0) return undefined
    const fits = this.#waiting.get(slot) ?? this.#silentFits(slot)
    return fits === undefined ? undefined : this.match(slot, fits)
  }

  /** A connection without any payload: an attempt, which only its destination explains. */
  #silentFits(slot: number): readonly OwnedFit[] | undefined {
    const table = this.#table
    if (table.protocol[slot] !== TCP) return undefined
    // What a reset says of its cause is no payload: such a flow was never looked at.
    if (table.mark(slot) !== 0) return undefined
    const ends = [table.endpoint(slot, 0), table.endpoint(slot, 1)] as const
    return this.#recogniser.fits(new Candidate('tcp', table.fromStart[slot] === 1, ends).look(true))
  }
}

/** A fit whose structure is telling enough without any memory of the endpoints. */
export function aloneAmong(fits: readonly OwnedFit[]): Found | undefined {
  for (const { index, part, alone, reason } of fits) {
    if (alone !== undefined) return { index, part, sureness: alone, reasons: [reason] }
  }
  return undefined
}

/** In words: who said so, how, and where to look it up. */
function taughtReason(taught: TaughtBy): string {
  const where = `frame ${taught.frame} of ${taught.capture}`
  const endpoint = endpointText(taught.endpoint)
  if (taught.via === 'flow') return `${endpoint} speaks it in the clear (${where})`
  return `${endpoint} was named by ${endpointText(taught.by)} via ${taught.via} (${where})`
}
