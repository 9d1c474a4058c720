/**
 * The addresses of a list of networks. All IPv4 is looked up by its number among ranges in order, which
 * happens for every connection; networks of IPv6 are few, and are gone through.
 */
import { parseIp4, parseIp6 } from './address.ts'
import { u32be } from './bytes.ts'
import { readNetwork } from './expression-values.ts'

/** Addresses of IPv4 as numbers, the last one not among them. */
export interface AddressRange {
  readonly from: number
  readonly to: number
}

/** Bits beyond the prefix are zero. */
interface Prefix {
  readonly bytes: Uint8Array
  readonly bits: number
}

export class AddressSet {
  /** All IPv4 of it: in order, and no two of them touch. */
  readonly ranges: readonly AddressRange[]
  readonly #six: readonly Prefix[]

  private constructor(ranges: readonly AddressRange[], six: readonly Prefix[]) {
    this.ranges = ranges
    this.#six = six
  }

  /** @returns the set, or the first of the texts that is no network */
  static of(networks: readonly string[]): AddressSet | string {
    const ranges: AddressRange[] = []
    const six: Prefix[] = []
    for (const text of networks) {
      const network = readNetwork(text)
      if (network === undefined) return text
      const four = parseIp4(network.ip)
      if (four === undefined) six.push({ bytes: parseIp6(network.ip)!, bits: network.bits })
      else {
        const from = u32be(four, 0)
        ranges.push({ from, to: from + 2 ** (32 - network.bits) })
      }
    }
    return new AddressSet(merged(ranges), six)
  }

  has(ip: string): boolean {
    if (ip.includes(':')) return this.#six.length > 0 && this.#hasSix(ip)
    const bytes = parseIp4(ip)
    if (bytes === undefined) return false
    const value = u32be(bytes, 0)
    let low = 0
    let high = this.ranges.length
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if (this.ranges[middle]!.to <= value) low = middle + 1
      else high = middle
    }
    return low < this.ranges.length && this.ranges[low]!.from <= value
  }

  #hasSix(ip: string): boolean {
    const bytes = parseIp6(ip)
    return bytes !== undefined && this.#six.some((network) => holds(network, bytes))
  }
}

function merged(ranges: AddressRange[]): AddressRange[] {
  const all: AddressRange[] = []
  for (const range of ranges.sort((a, b) => a.from - b.from)) {
    const last = all.at(-1)
    if (last === undefined || last.to < range.from) all.push(range)
    else all[all.length - 1] = { from: last.from, to: Math.max(last.to, range.to) }
  }
  return all
}

function holds({ bytes, bits }: Prefix, ip: Uint8Array): boolean {
  for (let i = 0; 8 * i < bits; i++) {
    const unit = 2 ** Math.max(0, 8 - (bits - 8 * i))
    if (Math.floor(ip[i]! / unit) !== Math.floor(bytes[i]! / unit)) return false
  }
  return true
}
