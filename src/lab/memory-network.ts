/**
 * A network in memory: peers with addresses, a virtual clock, seeded chance, delay, loss and NATs.
 * It knows no protocol. Same seed, same peers, same orders: same packets, to the microsecond.
 *
 * TCP keeps its order and loses nothing: a lost segment comes one retransmission later, and so does
 * all that is behind it. A datagram that is lost is lost.
 */
import type { Endpoint } from '../core/address.ts'
import type { Peer, PeerSaid } from '../core/peer.ts'
import { randomFrom } from '../core/random.ts'
import { Home } from './home.ts'
import { type Connection, MemoryLink } from './memory-link.ts'
import type { Nat } from './nat.ts'
import { Schedule } from './schedule.ts'
import type { Tap } from './tap.ts'

export interface NetworkSettings {
  readonly seed: number
  /** Microseconds since 1970 at which the virtual clock begins. */
  readonly startMicros: number
  /** One way, between two peers: least and most, in microseconds. Each pair has its own, fixed. */
  readonly delayMicros: readonly [number, number]
  /** Part of the packets that are lost, 0 to 1. */
  readonly loss: number
  /** Sees every packet that is under way, in the order of time. */
  readonly tap?: Tap
}

/** TCP's first retransmission time-out, RFC 6298 section 2. */
const RETRANSMIT_MICROS = 1_000_000
/** A connection to an address where nobody is fails after so long (Linux: 6 SYNs, 127 s; Windows: 21 s). */
const UNREACHABLE_MICROS = 21_000_000

export class MemoryNetwork {
  readonly schedule: Schedule
  readonly settings: NetworkSettings
  /** By address; private ones of several NATs may be equal, so behind a NAT the box is named too. */
  readonly #homes = new Map<string, Home>()
  readonly #nats = new Map<string, Nat>()
  readonly #random: () => number
  /** Messages and bytes: pieces of streams and datagrams that were handed to a peer. */
  readonly counts = { messages: 0, bytes: 0, lost: 0, connections: 0, refused: 0 }

  constructor(settings: NetworkSettings) {
    this.settings = settings
    this.schedule = new Schedule(settings.startMicros)
    this.#random = randomFrom(settings.seed)
  }

  /**
   * Give a peer a home; it starts at once.
   * @param said    hears what the peer tells of itself
   * @param nat     the box that it sits behind
   * @param isShut  its firewall drops every call from outside
   * @throws RangeError  where the address is taken
   */
  add(peer: Peer, ip: string, said: (said: PeerSaid) => void, nat?: Nat, isShut = false): Home {
    const name = homeName(ip, nat)
    if (this.#homes.has(name)) throw new RangeError(`two peers at ${ip}`)
    const home = new Home(this, { peer, ip, nat, isShut, said, seed: this.#random() })
    this.#homes.set(name, home)
    if (nat !== undefined) this.#nats.set(nat.ip, nat)
    peer.start(home)
    return home
  }

  /** A peer's machine is switched off: nothing is said to anybody, its packets come to nothing. */
  remove(home: Home): void {
    home.isGone = true
    this.#homes.delete(homeName(home.ip, home.nat))
  }

  get size(): number {
    return this.#homes.size
  }

  runUntil(micros: number): number {
    return this.schedule.runUntil(micros)
  }

  /** A datagram leaves a home. */
  datagram(from: Home, fromPort: number, to: Endpoint, bytes: Uint8Array): void {
    const inside = { ip: from.ip, port: fromPort }
    const source = from.nat === undefined ? inside : from.nat.outside(inside, to)
    const copy = bytes.slice()
    this.settings.tap?.datagram(this.schedule.nowMicros, source, to, copy, from)
    if (this.#isLost()) return
    this.schedule.put(this.schedule.nowMicros + this.delayBetween(source.ip, to.ip), () => {
      const target = this.#receiver(source, to)
      if (target === undefined) return
      this.#count(copy.length)
      target.home.peer.datagram(target.port, source, copy)
    })
  }

  #receiver(from: Endpoint, to: Endpoint): { home: Home; port: number } | undefined {
    const nat = this.#nats.get(to.ip)
    const inside = nat === undefined ? to : nat.inside(to.port, from)
    if (inside === undefined) return undefined
    const home = this.#homes.get(homeName(inside.ip, nat))
    return home?.listens('udp', inside.port) ? { home, port: inside.port } : undefined
  }

  /** A home asks for a connection. */
  connect(from: Home, to: Endpoint): MemoryLink {
    const inside = { ip: from.ip, port: from.freePort() }
    const source = from.nat === undefined ? inside : from.nat.outside(inside, to)
    const connection: Connection = {
      network: this,
      ends: [source, to],
      delayMicros: this.delayBetween(source.ip, to.ip),
      arrivesMicros: [0, 0],
      links: [undefined, undefined],
    }
    const link = new MemoryLink(connection, 0, { home: from, local: inside, remote: to })
    connection.links[0] = link
    this.#syn(connection, from)
    return link
  }

  #syn(connection: Connection, from: Home): void {
    const [, to] = connection.ends
    const { tap } = this.settings
    const delay = connection.delayMicros + this.#lag()
    tap?.opening(this.schedule.nowMicros, connection.ends, from)
    this.schedule.put(this.schedule.nowMicros + delay, () => {
      const target = this.#acceptor(to)
      if (target === undefined) {
        const isSilent = !this.#isReachable(to)
        if (!isSilent) tap?.refused(this.schedule.nowMicros, connection.ends)
        this.schedule.put(this.schedule.nowMicros + (isSilent ? UNREACHABLE_MICROS : delay), () => {
          this.counts.refused++
          connection.links[0]!.fall('refused')
        })
        return
      }
      this.#establish(connection, target, delay)
    })
  }

  #establish(connection: Connection, target: { home: Home; local: Endpoint }, delay: number): void {
    this.counts.connections++
    const now = this.schedule.nowMicros
    const link = new MemoryLink(connection, 1, {
      home: target.home,
      local: target.local,
      remote: connection.ends[0],
    })
    connection.links[1] = link
    connection.arrivesMicros[0] = now + delay
    this.settings.tap?.accepted(now, connection.ends, target.home)
    link.open()
    this.schedule.put(now + delay, () => {
      this.settings.tap?.established(this.schedule.nowMicros, connection.ends)
      connection.links[0]!.open()
    })
  }

  #acceptor(to: Endpoint): { home: Home; local: Endpoint } | undefined {
    const nat = this.#nats.get(to.ip)
    const inside = nat === undefined ? to : nat.insideTcp(to.port)
    if (inside === undefined) return undefined
    const home = this.#homes.get(homeName(inside.ip, nat))
    if (home === undefined || home.isShut) return undefined
    return home.listens('tcp', inside.port) ? { home, local: inside } : undefined
  }

  /** Whether a machine is there that would answer a SYN with RST. */
  #isReachable(to: Endpoint): boolean {
    if (this.#nats.has(to.ip)) return true
    const home = this.#homes.get(homeName(to.ip, undefined))
    return home !== undefined && !home.isShut
  }

  /** When a piece of a stream that is sent now will be there; pieces do not overtake. */
  arrival(connection: Connection, side: 0 | 1): number {
    const straight = this.schedule.nowMicros + connection.delayMicros + this.#lag()
    const other = side === 0 ? 1 : 0
    const micros = Math.max(straight, connection.arrivesMicros[other])
    connection.arrivesMicros[other] = micros
    return micros
  }

  /** Extra time of a segment that was lost and sent again. */
  #lag(): number {
    return this.#isLost() ? RETRANSMIT_MICROS : 0
  }

  #isLost(): boolean {
    if (this.settings.loss === 0 || this.#random() / 2 ** 32 >= this.settings.loss) return false
    this.counts.lost++
    return true
  }

  #count(bytes: number): void {
    this.counts.messages++
    this.counts.bytes += bytes
  }

  /** A piece of a stream came. */
  countPiece(bytes: number): void {
    this.#count(bytes)
  }

  /** Fixed for each pair of addresses and the same both ways. */
  delayBetween(a: string, b: string): number {
    const [least, most] = this.settings.delayMicros
    if (most === least) return least
    const mixed = mix(this.settings.seed, a < b ? `${a} ${b}` : `${b} ${a}`)
    return least + (mixed % (most - least + 1))
  }
}

function homeName(ip: string, nat: Nat | undefined): string {
  return nat === undefined ? ip : `${ip} behind ${nat.ip}`
}

/** FNV-1a over the letters of a pair of addresses. */
function mix(seed: number, text: string): number {
  let mixed = 0x811c_9dc5 ^ seed
  for (let i = 0; i < text.length; i++) mixed = Math.imul(mixed ^ text.charCodeAt(i), 0x0100_0193)
  return mixed >>> 0
}
