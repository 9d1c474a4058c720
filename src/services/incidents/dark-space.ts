/** Addresses of ours on which nothing ever was: whoever calls them was told so, or scans. */
import { parseIp4, parseIp6 } from '../../core/address.ts'
import { u32be } from '../../core/bytes.ts'
import { readNetwork } from '../../core/expression-values.ts'

/** Addresses of one /24. */
const NETWORK_ADDRESSES = 256

/** All IPv4 is looked up by its number, which happens for every connection. */
interface Range {
  readonly from: number
  readonly to: number
}

interface Prefix {
  readonly bytes: Uint8Array
  readonly bits: number
}

export class DarkSpace {
  readonly #ranges: readonly Range[]
  readonly #six: readonly Prefix[]

  private constructor(ranges: readonly Range[], six: readonly Prefix[]) {
    this.#ranges = ranges
    this.#six = six
  }

  /** @returns the space, or what of the texts is no network */
  static of(cidrs: readonly string[]): DarkSpace | string {
    const ranges: Range[] = []
    const six: Prefix[] = []
    for (const cidr of cidrs) {
      const network = readNetwork(cidr)
      if (network === undefined) return cidr
      const four = parseIp4(network.ip)
      if (four === undefined) six.push({ bytes: parseIp6(network.ip)!, bits: network.bits })
      else {
        const from = u32be(four, 0)
        ranges.push({ from, to: from + 2 ** (32 - network.bits) })
      }
    }
    return new DarkSpace(merged(ranges), six)
  }

  /** Networks of 256 addresses that it has, those of IPv6 not counted. */
  get networks(): number {
    return this.#ranges.reduce(
      (sum, { from, to }) => sum + Math.ceil((to - from) / NETWORK_ADDRESSES),
      0,
    )
  }

  has(ip: string): boolean {
    if (ip.includes(':')) return this.#six.length > 0 && this.#hasSix(ip)
    const bytes = parseIp4(ip)
    if (bytes === undefined) return false
    const value = u32be(bytes, 0)
    let low = 0
    let high = this.#ranges.length
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if (this.#ranges[middle]!.to <= value) low = middle + 1
      else high = middle
    }
    return low < this.#ranges.length && this.#ranges[low]!.from <= value
  }

  #hasSix(ip: string): boolean {
    const bytes = parseIp6(ip)
    return bytes !== undefined && this.#six.some((network) => holds(network, bytes))
  }
}

function merged(ranges: Range[]): Range[] {
  const all: Range[] = []
  for (const range of ranges.sort((a, b) => a.from - b.from)) {
    const last = all.at(-1)
    if (last === undefined || last.to < range.from) all.push(range)
    else all[all.length - 1] = { from: last.from, to: Math.max(last.to, range.to) }
  }
  return all
}

/** Bits beyond the prefix are zero in the network's bytes. */
function holds({ bytes, bits }: Prefix, ip: Uint8Array): boolean {
  for (let i = 0; 8 * i < bits; i++) {
    const unit = 2 ** Math.max(0, 8 - (bits - 8 * i))
    if (Math.floor(ip[i]! / unit) !== Math.floor(bytes[i]! / unit)) return false
  }
  return true
}
