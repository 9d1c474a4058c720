/**
 * Whom a crawl may write to. Unless told otherwise only loopback, and private networks where the crawl
 * has a network of its own: what peers tell, and what a capture from elsewhere names, is whatever they
 * like, and nobody shall crawl the Internet, or knock at a neighbour's, by accident.
 */
import { parseIp4, parseIp6 } from '../../core/address.ts'
import { readNetwork } from '../../core/expression-values.ts'

export const LOOPBACK: readonly string[] = ['127.0.0.0/8', '::1/128']
/** RFC 1918; RFC 4193. Link-local is left out: it has no meaning beyond one link. */
export const PRIVATE_NETWORKS: readonly string[] = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  'fc00::/7',
]

/** @param isApart  the crawl is in a network namespace of its own */
export function homeNetworks(isApart: boolean): readonly string[] {
  return isApart ? [...LOOPBACK, ...PRIVATE_NETWORKS] : LOOPBACK
}

interface Range {
  readonly bytes: Uint8Array
  readonly bits: number
}

export class Allowed {
  readonly #ranges: readonly Range[]
  readonly #except: readonly Range[]

  private constructor(ranges: readonly Range[], except: readonly Range[]) {
    this.#ranges = ranges
    this.#except = except
  }

  /**
   * @param except  networks inside of these that are not allowed all the same
   * @returns the first text that is no network, where there is one
   */
  static of(networks: readonly string[], except: readonly string[] = []): Allowed | string {
    const ranges = rangesOf(networks)
    const excepted = rangesOf(except)
    if (typeof ranges === 'string') return ranges
    return typeof excepted === 'string' ? excepted : new Allowed(ranges, excepted)
  }

  has(ip: string): boolean {
    const bytes = parseIp4(ip) ?? parseIp6(ip)
    if (bytes === undefined) return false
    const isIn = (range: Range) => holds(range, bytes)
    return this.#ranges.some(isIn) && !this.#except.some(isIn)
  }
}

function rangesOf(networks: readonly string[]): Range[] | string {
  const ranges: Range[] = []
  for (const text of networks) {
    const read = readNetwork(text)
    const bytes = read && (parseIp4(read.ip) ?? parseIp6(read.ip))
    if (read === undefined || bytes === undefined) return text
    ranges.push({ bytes, bits: read.bits })
  }
  return ranges
}

function holds({ bytes, bits }: Range, address: Uint8Array): boolean {
  if (bytes.length !== address.length) return false
  const whole = Math.floor(bits / 8)
  for (let i = 0; i < whole; i++) if (bytes[i] !== address[i]) return false
  const divisor = 2 ** (8 - (bits % 8))
  return (
    bits % 8 === 0 || Math.floor(bytes[whole]! / divisor) === Math.floor(address[whole]! / divisor)
  )
}
