/** Addresses of ours on which nothing ever was: whoever calls them was told so, or scans. */
import { AddressSet } from '../../core/address-set.ts'

/** Addresses of one /24. */
const NETWORK_ADDRESSES = 256

export class DarkSpace {
  readonly #addresses: AddressSet

  private constructor(addresses: AddressSet) {
    this.#addresses = addresses
  }

  /** @returns the space, or what of the texts is no network */
  static of(cidrs: readonly string[]): DarkSpace | string {
    const addresses = AddressSet.of(cidrs)
    return typeof addresses === 'string' ? addresses : new DarkSpace(addresses)
  }

  /** Networks of 256 addresses that it has, those of IPv6 not counted. */
  get networks(): number {
    return this.#addresses.ranges.reduce(
      (sum, { from, to }) => sum + Math.ceil((to - from) / NETWORK_ADDRESSES),
      0,
    )
  }

  has(ip: string): boolean {
    return this.#addresses.has(ip)
  }
}
