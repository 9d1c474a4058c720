/**
 * Whom a crawl may write to. Unless told otherwise only loopback, and private networks where the crawl
 * has a network of its own: what peers tell, and what a capture from elsewhere names, is whatever they
 * like, and nobody shall crawl the Internet, or knock at a neighbour's, by accident.
 */
import { AddressSet } from '../../core/address-set.ts'

const LOOPBACK: readonly string[] = ['127.0.0.0/8', '::1/128']
/** RFC 1918; RFC 4193. Link-local is left out: it has no meaning beyond one link. */
const PRIVATE_NETWORKS: readonly string[] = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  'fc00::/7',
]

/** @param isApart  the crawl is in a network namespace of its own */
export function homeNetworks(isApart: boolean): readonly string[] {
  return isApart ? [...LOOPBACK, ...PRIVATE_NETWORKS] : LOOPBACK
}

export class Allowed {
  readonly #networks: AddressSet
  readonly #except: AddressSet

  private constructor(networks: AddressSet, except: AddressSet) {
    this.#networks = networks
    this.#except = except
  }

  /**
   * @param except  networks inside of these that are not allowed all the same
   * @returns the first text that is no network, where there is one
   */
  static of(networks: readonly string[], except: readonly string[] = []): Allowed | string {
    const all = AddressSet.of(networks)
    const excepted = AddressSet.of(except)
    if (typeof all === 'string') return all
    return typeof excepted === 'string' ? excepted : new Allowed(all, excepted)
  }

  has(ip: string): boolean {
    return this.#networks.has(ip) && !this.#except.has(ip)
  }
}
