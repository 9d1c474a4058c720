/** Where one peer lives in a network in memory: its `Site`. */
import type { Endpoint } from '../core/address.ts'
import type { Carrier } from '../core/event.ts'
import type { Link, Peer, PeerSaid, Site } from '../core/peer.ts'
import { randomFrom } from '../core/random.ts'
import type { MemoryNetwork } from './memory-network.ts'
import type { Nat } from './nat.ts'

/** Ports of outgoing connections: RFC 6335 section 6. */
const FIRST_DYNAMIC_PORT = 49_152

export class Home implements Site {
  readonly peer: Peer
  readonly ip: string
  readonly nat: Nat | undefined
  readonly tcpPorts = new Set<number>()
  readonly udpPorts = new Set<number>()
  isGone = false
  readonly #network: MemoryNetwork
  readonly #said: (said: PeerSaid) => void
  readonly #random: () => number
  #nextPort = FIRST_DYNAMIC_PORT
  /** Number of the wish to be woken; older ones are void. */
  #wish = 0

  constructor(
    network: MemoryNetwork,
    of: {
      peer: Peer
      ip: string
      nat: Nat | undefined
      said: (said: PeerSaid) => void
      seed: number
    },
  ) {
    this.peer = of.peer
    this.ip = of.ip
    this.nat = of.nat
    this.#network = network
    this.#said = of.said
    this.#random = randomFrom(of.seed)
  }

  get nowMicros(): number {
    return this.#network.schedule.nowMicros
  }

  chance(below: number): number {
    return Math.floor((this.#random() / 2 ** 32) * below)
  }

  listen(carrier: Carrier, port: number): void {
    const ports = carrier === 'tcp' ? this.tcpPorts : this.udpPorts
    ports.add(port)
  }

  connect(to: Endpoint): Link {
    return this.#network.connect(this, to)
  }

  sendTo(fromPort: number, to: Endpoint, bytes: Uint8Array): void {
    if (this.isGone) return
    if (!this.udpPorts.has(fromPort)) throw new RangeError(`port ${fromPort} is not listened at`)
    this.#network.datagram(this, fromPort, to, bytes)
  }

  wakeAt(micros: number): void {
    const wish = ++this.#wish
    this.#network.schedule.put(micros, () => {
      if (wish === this.#wish && !this.isGone) this.peer.wake()
    })
  }

  say(said: PeerSaid): void {
    this.#said(said)
  }

  freePort(): number {
    const port = this.#nextPort
    this.#nextPort = port === 0xffff ? FIRST_DYNAMIC_PORT : port + 1
    return port
  }
}
