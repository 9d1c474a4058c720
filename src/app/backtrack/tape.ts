/**
 * Stands between a peer and where it lives, and writes down as packets all that passes: Ethernet, IP, TCP
 * or UDP with true checksums, made of the bytes of sockets. Acknowledgements, repeated segments and what
 * else the system does by itself are not seen and left out.
 *
 * It is also the last wall: whoever would write to an address that is not allowed is stopped here, by an
 * error that is a mistake of ours.
 */
import type { Endpoint } from '../../core/address.ts'
import type { Carrier } from '../../core/event.ts'
import { tcpFrame, udpFrame } from '../../core/packet-maker.ts'
import type { Link, Order, Peer, PeerSaid, Site } from '../../core/peer.ts'
import type { Allowed } from '../../services/backtrack/allowed.ts'

const FIN = 0x01
const SYN = 0x02
const RST = 0x04
const PSH = 0x08
const ACK = 0x10
/** Payload of one segment on Ethernet; IPv6 takes 20 more of the 1500. */
const SEGMENT_BYTES = [1460, 1440] as const
const NUMBERS = 2 ** 32
/** A machine that is there refuses at once; where nobody is, the system gives up later. */
const REFUSAL_MICROS = 1_000_000
const NOTHING = new Uint8Array(0)

/** Takes an Ethernet frame. */
export type Record = (micros: number, frame: Uint8Array) => void

export class Tape implements Peer, Site {
  readonly #peer: Peer
  readonly #allowed: Allowed
  readonly #record: Record
  #site!: Site
  #packets = 0

  constructor(peer: Peer, allowed: Allowed, record: Record) {
    this.#peer = peer
    this.#allowed = allowed
    this.#record = record
  }

  // As a site: what the peer does.

  get ip(): string {
    return this.#site.ip
  }

  get nowMicros(): number {
    return this.#site.nowMicros
  }

  chance(below: number): number {
    return this.#site.chance(below)
  }

  listen(carrier: Carrier, port: number): void {
    this.#site.listen(carrier, port)
  }

  connect(to: Endpoint): Link {
    this.#guard(to)
    return new TapedLink(this, this.#site.connect(to), to)
  }

  sendTo(fromPort: number, to: Endpoint, bytes: Uint8Array): void {
    this.#guard(to)
    this.#udp({ ip: this.ip, port: fromPort }, to, bytes)
    this.#site.sendTo(fromPort, to, bytes)
  }

  wakeAt(micros: number): void {
    this.#site.wakeAt(micros)
  }

  say(said: PeerSaid): void {
    this.#site.say(said)
  }

  #guard({ ip }: Endpoint): void {
    if (!this.#allowed.has(ip))
      throw new Error(`${ip} is not allowed, and was about to be written to`)
  }

  #udp(from: Endpoint, to: Endpoint, bytes: Uint8Array): void {
    this.#record(this.nowMicros, udpFrame(from, to, bytes, this.#packets++))
  }

  /** One segment. */
  write(
    [from, to]: readonly [Endpoint, Endpoint],
    numbers: { readonly sequence: number; readonly acknowledged: number },
    flags: number,
    bytes: Uint8Array,
  ): void {
    this.#record(this.nowMicros, tcpFrame(from, to, { ...numbers, flags }, bytes, this.#packets++))
  }

  // As a peer: what the world does.

  start(site: Site): void {
    this.#site = site
    this.#peer.start(this)
  }

  opened(link: Link): void {
    const taped = link.state as TapedLink
    taped.opened()
    this.#peer.opened(taped)
  }

  data(link: Link, bytes: Uint8Array): number {
    const taped = link.state as TapedLink
    taped.heard(bytes)
    const used = this.#peer.data(taped, bytes)
    taped.unread = bytes.length - used
    return used
  }

  closed(link: Link, why: 'closed' | 'refused'): void {
    const taped = link.state as TapedLink
    taped.fell(why)
    this.#peer.closed(taped, why)
  }

  /** Nobody was asked that is not allowed, so nobody else answers. */
  datagram(atPort: number, from: Endpoint, bytes: Uint8Array): void {
    if (!this.#allowed.has(from.ip)) return
    this.#udp(from, { ip: this.ip, port: atPort }, bytes)
    this.#peer.datagram(atPort, from, bytes)
  }

  wake(): void {
    this.#peer.wake()
  }

  order(order: Order): void {
    this.#peer.order(order)
  }
}

/** A connection that the peer asked for. */
class TapedLink implements Link {
  readonly byUs = true
  readonly remote: Endpoint
  state: unknown
  /** Bytes that were shown and not used: they will be shown again. */
  unread = 0
  readonly #tape: Tape
  readonly #link: Link
  readonly #askedMicros: number
  #isOpen = false
  #isClosed = false
  /** Next sequence number of this end, and of the other. */
  readonly #next: [number, number] = [0, 0]

  constructor(tape: Tape, link: Link, to: Endpoint) {
    this.#tape = tape
    this.#link = link
    this.remote = to
    this.#askedMicros = tape.nowMicros
    link.state = this
  }

  /** Of a connection that never came to be, the system does not tell the port: it is 0. */
  get local(): Endpoint {
    const { ip, port } = this.#link.local
    return { ip: ip === '' ? this.#tape.ip : ip, port }
  }

  send(bytes: Uint8Array): void {
    if (this.#isClosed) return
    this.#stream(0, bytes)
    this.#link.send(bytes)
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    // Nobody had answered yet.
    this.#segment(0, this.#isOpen ? FIN + ACK : SYN)
    this.#link.close()
  }

  opened(): void {
    this.#isOpen = true
    this.#segment(0, SYN)
    this.#segment(1, SYN + ACK)
    this.#segment(0, ACK)
  }

  heard(bytes: Uint8Array): void {
    this.#stream(1, bytes.subarray(this.unread))
  }

  fell(why: 'closed' | 'refused'): void {
    this.#isClosed = true
    if (why === 'closed') return this.#segment(1, FIN + ACK)
    this.#segment(0, SYN)
    const isRefused = this.#tape.nowMicros - this.#askedMicros < REFUSAL_MICROS
    if (isRefused) this.#segment(1, RST + ACK)
  }

  #stream(side: 0 | 1, bytes: Uint8Array): void {
    const most = SEGMENT_BYTES[this.remote.ip.includes(':') ? 1 : 0]
    for (let at = 0; at < bytes.length; at += most) {
      this.#segment(side, PSH + ACK, bytes.subarray(at, at + most))
    }
  }

  #segment(side: 0 | 1, flags: number, bytes: Uint8Array = NOTHING): void {
    const ends = side === 0 ? [this.local, this.remote] : [this.remote, this.local]
    const sequence = this.#next[side]
    const acknowledged = flags === SYN ? 0 : this.#next[side === 0 ? 1 : 0]
    const isCounted = flags === SYN || flags === SYN + ACK || flags === FIN + ACK
    this.#next[side] = (sequence + bytes.length + (isCounted ? 1 : 0)) % NUMBERS
    const numbers = { sequence, acknowledged }
    this.#tape.write(ends as [Endpoint, Endpoint], numbers, flags, bytes)
  }
}
