/** Where one peer lives in a network in memory: its `Site`. */
import type { Endpoint } from '../core/address.ts'
import type { Carrier } from '../core/event.ts'
import type { Link, Peer, PeerSaid, Site } from '../core/peer.ts'
import { Dice } from './dice.ts'
import type { MemoryNetwork } from './memory-network.ts'
import type { Nat } from './nat.ts'

/** Ports of outgoing connections: RFC 6335 section 6. */
const FIRST_DYNAMIC_PORT = 49_152

export class Home implements Site {
  readonly peer: Peer
  readonly ip: string
  readonly nat: Nat | undefined
  /** No call from outside comes through: a firewall drops it. */
  readonly isShut: boolean
  isGone = false
  // Most peers listen at one port or two: lists are smaller than sets.
  readonly #tcpPorts: number[] = []
  readonly #udpPorts: number[] = []
  readonly #network: MemoryNetwork
  readonly #said: (said: PeerSaid) => void
  readonly #dice: Dice
  #nextPort = FIRST_DYNAMIC_PORT
  /** Number of the wish to be woken; older ones are void. */
  #wish = 0

  constructor(
    network: MemoryNetwork,
    of: {
      peer: Peer
      ip: string
      nat: Nat | undefined
      isShut: boolean
      said: (said: PeerSaid) => void
      seed: number
    },
  ) {
    this.peer = of.peer
    this.ip = of.ip
    this.nat = of.nat
    this.isShut = of.isShut
    this.#network = network
    this.#said = of.said
    this.#dice = new Dice(of.seed)
  }

  get nowMicros(): number {
    return this.#network.schedule.nowMicros
  }

  chance(below: number): number {
    return this.#dice.below(below)
  }

  listen(carrier: Carrier, port: number): void {
    if (!this.listens(carrier, port)) this.#ports(carrier).push(port)
  }

  listens(carrier: Carrier, port: number): boolean {
    return this.#ports(carrier).includes(port)
  }

  #ports(carrier: Carrier): number[] {
    return carrier === 'tcp' ? this.#tcpPorts : this.#udpPorts
  }

  connect(to: Endpoint): Link {
    return this.#network.connect(this, to)
  }

  sendTo(fromPort: number, to: Endpoint, bytes: Uint8Array): void {
    if (this.isGone) return
    if (!this.listens('udp', fromPort)) throw new RangeError(`port ${fromPort} is not listened at`)
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
