/**
 * Network address translators, by who may answer through a mapping (RFC 4787 sections 4 and 5).
 * Outgoing TCP passes as it does through every NAT; incoming TCP only where a port was opened.
 */
import { type Endpoint, endpointText } from '../core/address.ts'

// biome-ignore format: a table
const KINDS = ['full-cone', 'address-restricted', 'port-restricted', 'symmetric'] as const

export type NatKind = (typeof KINDS)[number]
export const NAT_KINDS: readonly NatKind[] = KINDS

/** First port that a NAT gives out; below are the well-known and many registered ones. */
const FIRST_PORT = 20_000

interface Mapping {
  readonly inside: Endpoint
  /** Whom the inside has written to: endpoints, or addresses, as the kind asks. */
  readonly known: Set<string>
}

export class Nat {
  readonly ip: string
  readonly kind: NatKind
  /** Public port → who is behind it. */
  readonly #mappings = new Map<number, Mapping>()
  readonly #ports = new Map<string, number>()
  readonly #opened = new Map<string, Endpoint>()
  #next = FIRST_PORT

  constructor(ip: string, kind: NatKind) {
    this.ip = ip
    this.kind = kind
  }

  /** What the world sees of a datagram or connection that leaves. */
  outside(inside: Endpoint, to: Endpoint): Endpoint {
    const own = endpointText(inside)
    const name = this.kind === 'symmetric' ? `${own} ${endpointText(to)}` : own
    let port = this.#ports.get(name)
    if (port === undefined) {
      port = this.#freePort()
      this.#ports.set(name, port)
      this.#mappings.set(port, { inside, known: new Set() })
    }
    this.#mappings.get(port)!.known.add(this.#nameOf(to))
    return { ip: this.ip, port }
  }

  /** Who behind this NAT gets a datagram that comes to `port`; undefined: it is dropped. */
  inside(port: number, from: Endpoint): Endpoint | undefined {
    const opened = this.#opened.get(`udp ${port}`)
    if (opened !== undefined) return opened
    const mapping = this.#mappings.get(port)
    if (mapping === undefined) return undefined
    if (this.kind !== 'full-cone' && !mapping.known.has(this.#nameOf(from))) return undefined
    return mapping.inside
  }

  /** Forward a public port, as UPnP does. */
  open(carrier: 'tcp' | 'udp', port: number, inside: Endpoint): void {
    this.#opened.set(`${carrier} ${port}`, inside)
  }

  /** Who behind this NAT gets a connection to `port`. */
  insideTcp(port: number): Endpoint | undefined {
    return this.#opened.get(`tcp ${port}`)
  }

  #nameOf(end: Endpoint): string {
    return this.kind === 'address-restricted' ? end.ip : endpointText(end)
  }

  #freePort(): number {
    while (this.#mappings.has(this.#next)) this.#next++
    if (this.#next > 0xffff) throw new RangeError(`NAT ${this.ip} has no port left`)
    return this.#next++
  }
}
