/**
 * Remembered endpoints: which protocol an (ip, port) was claimed, or seen, to speak, and the very
 * message that taught it. Never by host pair, never by port alone.
 */
import type { Endpoint } from '../core/address.ts'
import type { Carrier, TaughtBy } from '../core/event.ts'
import { limits } from '../core/limits.ts'

export interface Taught {
  /** Index of the protocol. */
  readonly index: number
  readonly part: string
  readonly carriers: 'tcp' | 'udp' | 'both'
  readonly taughtBy: TaughtBy
  /** When it was last said, in microseconds. */
  lastMicros: number
}

/** Different things said of one endpoint; more are kept only in place of what has expired. */
const TAUGHT_PER_ENDPOINT_MAX = 6

/** A claim about the future of a flow is worth as much as one about its past, but not for ever. */
const ENDPOINT_MICROS = limits.endpointSeconds * 1_000_000

/** What is said again in another such span is told again: long before it would be forgotten. */
const RETELL_MICROS = ENDPOINT_MICROS / 8

function spanOf(micros: number): number {
  return Math.floor(micros / RETELL_MICROS)
}

export class Endpoints {
  /** `ip port` → what was said of it; the entry longest not mentioned comes first. */
  readonly #known = new Map<string, Taught[]>()
  readonly #endpointsMax: number
  forgotten = 0

  constructor(endpointsMax: number = limits.endpointsMax) {
    this.#endpointsMax = endpointsMax
  }

  get size(): number {
    return this.#known.size
  }

  /** Is told what is new, and now and then what was said again: for others that remember too. */
  retell: ((endpoint: Endpoint, taught: Taught) => void) | undefined

  teach(endpoint: Endpoint, taught: Taught): void {
    if (this.learn(endpoint, taught)) this.retell?.(endpoint, taught)
  }

  /** As `teach`, and nobody is told. @returns whether it is worth telling */
  learn(endpoint: Endpoint, taught: Taught): boolean {
    if (endpoint.port === 0) return false
    const key = `${endpoint.ip} ${endpoint.port}`
    const list = this.#known.get(key)
    if (list === undefined) {
      if (this.#known.size >= this.#endpointsMax) this.#forgetOldest()
      this.#known.set(key, [taught])
      return true
    }
    for (const known of list) {
      if (covers(known, taught)) {
        const isLater = spanOf(taught.lastMicros) > spanOf(known.lastMicros)
        known.lastMicros = Math.max(known.lastMicros, taught.lastMicros)
        this.#refresh(key, list)
        return isLater
      }
    }
    if (list.length === TAUGHT_PER_ENDPOINT_MAX) {
      const expired = taught.lastMicros - ENDPOINT_MICROS
      const old = list.findIndex((known) => known.lastMicros <= expired)
      if (old < 0) return false
      list.splice(old, 1)
    }
    list.push(taught)
    return true
  }

  /** Moves an entry to the end of the queue, but only when the table is filling up: it is dear. */
  #refresh(key: string, list: Taught[]): void {
    if (this.#known.size * 2 < this.#endpointsMax) return
    this.#known.delete(key)
    this.#known.set(key, list)
  }

  /** Several at once: finding the oldest passes over all that were removed before it. */
  #forgetOldest(): void {
    let left = Math.ceil(this.#endpointsMax / 64)
    for (const key of this.#known.keys()) {
      this.#known.delete(key)
      this.forgotten++
      if (--left === 0) return
    }
  }

  /**
   * What is known of an endpoint that a flow of these times goes to.
   * @param firstMicros  the flow's first packet
   * @param lastMicros   the flow's last packet
   */
  find(
    endpoint: Endpoint,
    carrier: Carrier,
    firstMicros: number,
    lastMicros: number,
  ): readonly Taught[] {
    if (this.#known.size === 0) return NOTHING
    const list = this.#known.get(`${endpoint.ip} ${endpoint.port}`)
    if (list === undefined) return NOTHING
    return list.filter(
      (taught) =>
        (taught.carriers === 'both' || taught.carriers === carrier) &&
        taught.lastMicros > firstMicros - ENDPOINT_MICROS &&
        taught.taughtBy.micros < lastMicros + ENDPOINT_MICROS,
    )
  }
}

/** Whether what was said before says all of it: a claim for TCP says nothing about UDP. */
function covers(known: Taught, taught: Taught): boolean {
  if (known.index !== taught.index || known.part !== taught.part) return false
  return known.carriers === 'both' || known.carriers === taught.carriers
}

const NOTHING: readonly Taught[] = []
