/**
 * Where a peer lives on real sockets: the same peers that live in memory speak with real clients.
 * The clock is the machine's, chance is seeded. Only the lab and tests use it; what it may reach is
 * for the caller to bound (loopback, a namespace).
 */
import { createSocket, type Socket as Datagrams } from 'node:dgram'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Endpoint } from '../core/address.ts'
import { concat } from '../core/bytes.ts'
import type { Carrier } from '../core/event.ts'
import type { Link, Peer, PeerSaid, Site } from '../core/peer.ts'
import { Dice } from './dice.ts'

/** A peer that leaves so much unread reads nothing any more. */
const UNREAD_BYTES_MAX = 4_194_304

/** So many were made. */
let homes = 0

export class SocketHome implements Site {
  readonly ip: string
  readonly peer: Peer
  readonly #said: (said: PeerSaid) => void
  readonly #dice: Dice
  readonly #servers: Server[] = []
  readonly #datagrams = new Map<number, Datagrams>()
  readonly #links = new Set<SocketLink>()
  #timer: NodeJS.Timeout | undefined
  /** Listening that is under way. */
  readonly #pending: Promise<void>[] = []

  /** @param seed  of its chance; usually another for each peer of the process */
  constructor(peer: Peer, ip: string, said: (said: PeerSaid) => void, seed = ++homes) {
    this.peer = peer
    this.ip = ip
    this.#said = said
    this.#dice = new Dice(seed)
  }

  /**
   * Start the peer and wait until it listens.
   * @throws the system's error where a port is taken
   */
  async start(): Promise<void> {
    this.peer.start(this)
    await Promise.all(this.#pending)
  }

  get nowMicros(): number {
    return Math.round((performance.timeOrigin + performance.now()) * 1000)
  }

  chance(below: number): number {
    return this.#dice.below(below)
  }

  listen(carrier: Carrier, port: number): void {
    this.#pending.push(carrier === 'tcp' ? this.#listenTcp(port) : this.#listenUdp(port))
  }

  #listenTcp(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const server = createServer((socket) => {
        const link = this.#linkOf(socket, false)
        link.open()
      })
      this.#servers.push(server)
      server.once('error', reject)
      server.listen(port, this.ip, resolve)
    })
  }

  #listenUdp(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = createSocket(this.ip.includes(':') ? 'udp6' : 'udp4')
      this.#datagrams.set(port, socket)
      // A datagram that could not be sent is lost, as datagrams may be.
      socket.on('error', reject)
      socket.on('message', (bytes, { address, port: from }) => {
        this.peer.datagram(port, { ip: address, port: from }, new Uint8Array(bytes))
      })
      socket.bind(port, this.ip, resolve)
    })
  }

  connect(to: Endpoint): Link {
    const socket = connect({ host: to.ip, port: to.port, localAddress: this.ip })
    const link = this.#linkOf(socket, true, to)
    socket.once('connect', () => link.open())
    return link
  }

  #linkOf(socket: Socket, byUs: boolean, to?: Endpoint): SocketLink {
    const link = new SocketLink(this.peer, socket, byUs, to)
    this.#links.add(link)
    socket.once('close', () => this.#links.delete(link))
    return link
  }

  sendTo(fromPort: number, to: Endpoint, bytes: Uint8Array): void {
    const socket = this.#datagrams.get(fromPort)
    if (socket === undefined) throw new RangeError(`port ${fromPort} is not listened at`)
    socket.send(bytes.slice(), to.port, to.ip)
  }

  wakeAt(micros: number): void {
    clearTimeout(this.#timer)
    const millis = Math.max(0, (micros - this.nowMicros) / 1000)
    this.#timer = setTimeout(() => this.peer.wake(), millis)
  }

  say(said: PeerSaid): void {
    this.#said(said)
  }

  /** Close everything; the peer hears no more. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer)
    for (const link of this.#links) link.drop()
    for (const socket of this.#datagrams.values()) socket.close()
    await Promise.all(
      this.#servers.map((server) => new Promise((resolve) => server.close(resolve))),
    )
  }
}

class SocketLink implements Link {
  readonly byUs: boolean
  state: unknown
  readonly #peer: Peer
  readonly #socket: Socket
  readonly #to: Endpoint | undefined
  #unread: Uint8Array = new Uint8Array(0)
  #isOpen = false
  /** This end closed: the peer knows it and hears no more. */
  #isClosed = false

  constructor(peer: Peer, socket: Socket, byUs: boolean, to: Endpoint | undefined) {
    this.#peer = peer
    this.#socket = socket
    this.#to = to
    this.byUs = byUs
    socket.setNoDelay(true)
    socket.on('data', (bytes) => this.#take(new Uint8Array(bytes)))
    // What went wrong is told by the close that follows.
    socket.on('error', () => {})
    socket.on('close', () => {
      if (!this.#isClosed) this.#peer.closed(this, this.#isOpen ? 'closed' : 'refused')
    })
  }

  get local(): Endpoint {
    return { ip: this.#socket.localAddress ?? '', port: this.#socket.localPort ?? 0 }
  }

  get remote(): Endpoint {
    return this.#to ?? { ip: this.#socket.remoteAddress ?? '', port: this.#socket.remotePort ?? 0 }
  }

  open(): void {
    this.#isOpen = true
    this.#peer.opened(this)
  }

  send(bytes: Uint8Array): void {
    if (!this.#isClosed) this.#socket.write(bytes.slice())
  }

  close(): void {
    this.#isClosed = true
    this.#socket.end()
  }

  drop(): void {
    this.#isClosed = true
    this.#socket.destroy()
  }

  #take(bytes: Uint8Array): void {
    let unread = this.#unread.length === 0 ? bytes : concat(this.#unread, bytes)
    while (unread.length > 0 && !this.#isClosed) {
      const used = this.#peer.data(this, unread)
      if (used === 0) break
      unread = unread.subarray(used)
    }
    this.#unread = unread
    if (unread.length > UNREAD_BYTES_MAX) this.drop()
  }
}
