/** Networks of addresses, and which side of a flow is ours. */
import { type Endpoint, parseIp4, parseIp6, unroutable } from '../../core/address.ts'
import type { Side } from '../../core/event.ts'

/** `10.0.0.0/8` */
export interface Network {
  readonly bytes: Uint8Array
  readonly bits: number
}

export function ipBytes(ip: string): Uint8Array | undefined {
  return ip.includes(':') ? parseIp6(ip) : parseIp4(ip)
}

/** `10.0.0.0/8`, `2001:db8::/32`, or one address; undefined where it is none. */
export function networkOf(text: string): Network | undefined {
  const match = /^([0-9a-fA-F:.]+)(?:\/(\d{1,3}))?$/.exec(text)
  const bytes = match === null ? undefined : ipBytes(match[1]!)
  if (bytes === undefined) return undefined
  const all = bytes.length * 8
  const bits = match![2] === undefined ? all : Number(match![2])
  return bits <= all ? { bytes, bits } : undefined
}

/** @param ip  4 or 16 bytes in network order */
export function holdsIp(network: Network, ip: Uint8Array): boolean {
  if (ip.length !== network.bytes.length) return false
  const whole = Math.floor(network.bits / 8)
  for (let i = 0; i < whole; i++) if (ip[i] !== network.bytes[i]) return false
  const rest = network.bits % 8
  if (rest === 0) return true
  const unit = 2 ** (8 - rest)
  return Math.floor(ip[whole]! / unit) === Math.floor(network.bytes[whole]! / unit)
}

/** As the configuration names them. */
export interface NamedNetwork {
  readonly name: string
  readonly cidrs: readonly string[]
  readonly policy?: 'allow' | 'watch' | 'forbid'
}

/** Where a flow stands between us and the world. */
export interface Place {
  /** The end on our side. */
  readonly host: Endpoint
  readonly peer: Endpoint
  /** `out`: opened from our side; `in`: from the other; `within`: both ends are ours. */
  readonly direction: 'out' | 'in' | 'within'
}

const INSIDE: readonly (string | undefined)[] = ['private', 'shared', 'link local']

/** The networks of ours; where none are named, addresses that are not for the Internet. */
export class Ours {
  readonly #networks: readonly { readonly of: NamedNetwork; readonly parts: readonly Network[] }[]

  constructor(networks: readonly NamedNetwork[]) {
    this.#networks = networks.map((of) => ({
      of,
      parts: of.cidrs.map(networkOf).filter((part) => part !== undefined),
    }))
  }

  has(ip: string): boolean {
    if (this.#networks.length === 0) return INSIDE.includes(unroutable(ip))
    return this.networkOf(ip) !== undefined
  }

  /** The first named network that holds an address. */
  networkOf(ip: string): NamedNetwork | undefined {
    const bytes = ipBytes(ip)
    if (bytes === undefined) return undefined
    return this.#networks.find(({ parts }) => parts.some((part) => holdsIp(part, bytes)))?.of
  }

  /**
   * @param inside  which side came in through an interface of ours, where that is known
   */
  place(ends: readonly [Endpoint, Endpoint], inside?: Side): Place {
    const [opener, other] = ends
    const openerIsOurs = this.has(opener.ip) || inside === 0
    const otherIsOurs = this.has(other.ip) || inside === 1
    if (openerIsOurs && otherIsOurs) return { host: opener, peer: other, direction: 'within' }
    if (otherIsOurs) return { host: other, peer: opener, direction: 'in' }
    return { host: opener, peer: other, direction: 'out' }
  }
}
