/**
 * What was named to a host: endpoints that trackers, nodes and peers told it in messages that could
 * be read. Once the host is caught, they are refused to it.
 */
import { type Endpoint, endpointText } from '../../core/address.ts'
import type { Claim, TaughtBy } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { trim } from '../../core/oldest.ts'

export interface NamedEndpoint {
  readonly endpoint: Endpoint
  readonly carriers: 'tcp' | 'udp' | 'both'
  readonly family: string
  /** What listens there, in the family's words. */
  readonly part: string
  readonly taughtBy: TaughtBy
}

export function namedBy(claim: Claim): NamedEndpoint {
  const { about, by, carriers, family, part, via, micros, capture, frame, content } = claim
  const said = { capture, frame, via, by, endpoint: about, micros }
  const taughtBy = content === undefined ? said : { ...said, content }
  return { endpoint: about, carriers, family, part, taughtBy }
}

export class Learned {
  /** Longest not named first. */
  readonly #named = new Map<string, NamedEndpoint>()
  /** How many endpoints of an address are among them. */
  readonly #addresses = new Map<string, number>()

  get size(): number {
    return this.#named.size
  }

  /** @returns whether it was not known */
  add(named: NamedEndpoint): boolean {
    const key = endpointText(named.endpoint)
    const before = this.#named.get(key)
    if (before !== undefined) this.#named.delete(key)
    const isWider = before !== undefined && before.carriers !== named.carriers
    this.#named.set(key, isWider ? { ...named, carriers: 'both' } : named)
    if (before !== undefined) return false
    const { ip } = named.endpoint
    this.#addresses.set(ip, (this.#addresses.get(ip) ?? 0) + 1)
    trim(this.#named, limits.wallNamedPerHostMax, ({ endpoint }) => this.#forgotten(endpoint.ip))
    return true
  }

  #forgotten(ip: string): void {
    const left = this.#addresses.get(ip)! - 1
    if (left === 0) this.#addresses.delete(ip)
    else this.#addresses.set(ip, left)
  }

  /** Who named this endpoint since then; undefined where nobody did. */
  find(endpoint: Endpoint, carrier: 'tcp' | 'udp', since: number): NamedEndpoint | undefined {
    const named = this.#named.get(endpointText(endpoint))
    if (named === undefined || named.taughtBy.micros < since) return undefined
    return named.carriers === 'both' || named.carriers === carrier ? named : undefined
  }

  /** The same by the address alone: who calls does so from a port that nobody names. */
  findAddress(ip: string, since: number): NamedEndpoint | undefined {
    if (!this.#addresses.has(ip)) return undefined
    for (const named of this.#named.values()) {
      if (named.endpoint.ip === ip && named.taughtBy.micros >= since) return named
    }
    return undefined
  }

  since(micros: number): NamedEndpoint[] {
    return [...this.#named.values()].filter(({ taughtBy }) => taughtBy.micros >= micros)
  }

  clear(): void {
    this.#named.clear()
    this.#addresses.clear()
  }
}
