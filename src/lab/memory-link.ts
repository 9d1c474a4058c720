/** A TCP connection in memory, and each end's view of it. */
import type { Endpoint } from '../core/address.ts'
import { concat } from '../core/bytes.ts'
import type { Link } from '../core/peer.ts'
import type { Home } from './home.ts'
import type { MemoryNetwork } from './memory-network.ts'

export type Ends = readonly [Endpoint, Endpoint]

export interface Connection {
  readonly network: MemoryNetwork
  /** As the world between them sees it: [opener, other]. */
  readonly ends: Ends
  /** One way. */
  readonly delayMicros: number
  /** When the last piece that was sent to each side will be there. */
  readonly arrivesMicros: [number, number]
  readonly links: [MemoryLink | undefined, MemoryLink | undefined]
}

/** A peer that leaves so much unread reads nothing any more. */
const UNREAD_BYTES_MAX = 4_194_304
/** The least that RFC 9293 section 3.8.3 lets a user time-out be told of: after 3 retransmissions. */
const UNACKNOWLEDGED_MICROS = 15_000_000

export class MemoryLink implements Link {
  readonly local: Endpoint
  readonly remote: Endpoint
  readonly byUs: boolean
  state: unknown
  readonly #home: Home
  readonly #connection: Connection
  readonly #side: 0 | 1
  #isOpen = false
  #isOver = false
  /** This end said that it has no more to send. */
  #isClosed = false
  #unread: Uint8Array = NOTHING
  #early: Uint8Array[] | undefined

  constructor(
    connection: Connection,
    side: 0 | 1,
    of: { home: Home; local: Endpoint; remote: Endpoint },
  ) {
    this.#connection = connection
    this.#side = side
    this.#home = of.home
    this.local = of.local
    this.remote = of.remote
    this.byUs = side === 0
  }

  /** The connection stands. */
  open(): void {
    if (this.#isOver || this.#home.isGone) return
    this.#isOpen = true
    this.#home.peer.opened(this)
    const early = this.#early ?? []
    this.#early = undefined
    for (const bytes of early) this.send(bytes)
  }

  send(bytes: Uint8Array): void {
    if (this.#isClosed || this.#isOver || this.#home.isGone || bytes.length === 0) return
    const copy = bytes.slice()
    if (!this.#isOpen) {
      this.#early ??= []
      this.#early.push(copy)
      return
    }
    const { network, ends } = this.#connection
    network.settings.tap?.piece(network.schedule.nowMicros, ends, this.#side, copy)
    network.schedule.put(this.#arrival(), () => {
      const there = this.#there
      if (there !== undefined && !there.#home.isGone) there.take(copy)
      else this.#notice()
    })
  }

  /** Nobody acknowledges any more: TCP gives up after a while. */
  #notice(): void {
    const { schedule } = this.#connection.network
    schedule.put(schedule.nowMicros + UNACKNOWLEDGED_MICROS, () => this.fall('closed'))
  }

  close(): void {
    if (this.#isClosed || this.#isOver) return
    this.#isClosed = true
    if (!this.#isOpen) {
      this.#isOver = true
      return
    }
    const { network, ends } = this.#connection
    network.settings.tap?.closing(network.schedule.nowMicros, ends, this.#side)
    network.schedule.put(this.#arrival(), () => this.#there?.fall('closed'))
    // Nothing is read any more, and the peer knows that itself.
    this.#isOver = true
  }

  #arrival(): number {
    return this.#connection.network.arrival(this.#connection, this.#side)
  }

  get #there(): MemoryLink | undefined {
    return this.#connection.links[this.#side === 0 ? 1 : 0]
  }

  /** A piece of the stream came. */
  take(bytes: Uint8Array): void {
    if (this.#isOver || this.#home.isGone) return
    this.#connection.network.countPiece(bytes.length)
    let unread = this.#unread.length === 0 ? bytes : concat(this.#unread, bytes)
    while (unread.length > 0 && !this.#isOver) {
      const used = this.#home.peer.data(this, unread)
      if (used === 0) break
      unread = unread.subarray(used)
    }
    this.#unread = unread
    if (unread.length > UNREAD_BYTES_MAX) this.close()
  }

  /** The other end closed, or nobody took the connection. */
  fall(why: 'closed' | 'refused'): void {
    if (this.#isOver || this.#home.isGone) return
    this.#isOver = true
    const { network, ends } = this.#connection
    if (why === 'closed')
      network.settings.tap?.closing(network.schedule.nowMicros, ends, this.#side)
    this.#home.peer.closed(this, why)
  }
}

const NOTHING = new Uint8Array(0)
