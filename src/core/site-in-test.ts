/**
 * For tests of peers in their own folders, which may not import the lab: a place where one peer
 * lives alone, and the test plays all the others.
 */
import assert from 'node:assert/strict'
import type { Endpoint } from './address.ts'
import { concat } from './bytes.ts'
import type { Carrier } from './event.ts'
import type { Link, Peer, PeerSaid, Site } from './peer.ts'
import { randomFrom } from './random.ts'

export class SiteInTest implements Site {
  readonly ip: string
  readonly peer: Peer
  readonly said: PeerSaid[] = []
  readonly listens: string[] = []
  /** Connections that the peer asked for. */
  readonly calls: LinkInTest[] = []
  readonly datagrams: { readonly to: Endpoint; readonly bytes: Uint8Array }[] = []
  nowMicros = 1_700_000_000_000_000
  wakesAt = Number.POSITIVE_INFINITY
  readonly #random: () => number

  /** @param seed  of its chance: two that meet are to draw different ids */
  constructor(peer: Peer, ip = '192.0.2.1', seed = 1) {
    this.peer = peer
    this.ip = ip
    this.#random = randomFrom(seed)
    peer.start(this)
  }

  chance(below: number): number {
    return Math.floor((this.#random() / 2 ** 32) * below)
  }

  listen(carrier: Carrier, port: number): void {
    this.listens.push(`${carrier} ${port}`)
  }

  connect(to: Endpoint): LinkInTest {
    const link = new LinkInTest(this.peer, true, { ip: this.ip, port: 50_000 }, to)
    this.calls.push(link)
    return link
  }

  sendTo(_fromPort: number, to: Endpoint, bytes: Uint8Array): void {
    this.datagrams.push({ to, bytes: bytes.slice() })
  }

  wakeAt(micros: number): void {
    this.wakesAt = micros
  }

  say(said: PeerSaid): void {
    this.said.push(said)
  }

  /** Somebody calls the peer. */
  called(from: Endpoint, port = 1): LinkInTest {
    const link = new LinkInTest(this.peer, false, { ip: this.ip, port }, from)
    link.open()
    return link
  }

  /** Let time pass, and wake the peer if that is when it wanted to be. */
  pass(micros: number): void {
    this.nowMicros += micros
    if (this.wakesAt > this.nowMicros) return
    this.wakesAt = Number.POSITIVE_INFINITY
    this.peer.wake()
  }

  /** What was said of a type, without the types. */
  saidOf<T extends PeerSaid['type']>(type: T): Extract<PeerSaid, { type: T }>[] {
    return this.said.filter((each): each is Extract<PeerSaid, { type: T }> => each.type === type)
  }
}

export class LinkInTest implements Link {
  readonly byUs: boolean
  readonly local: Endpoint
  readonly remote: Endpoint
  state: unknown
  isClosed = false
  readonly #peer: Peer
  #sent: Uint8Array[] = []
  #unread = new Uint8Array(0)

  constructor(peer: Peer, byUs: boolean, local: Endpoint, remote: Endpoint) {
    this.#peer = peer
    this.byUs = byUs
    this.local = local
    this.remote = remote
  }

  send(bytes: Uint8Array): void {
    if (!this.isClosed) this.#sent.push(bytes.slice())
  }

  close(): void {
    this.isClosed = true
  }

  open(): void {
    this.#peer.opened(this)
  }

  /** The other end says something. */
  hear(...parts: readonly Uint8Array[]): void {
    for (const part of parts) {
      this.#unread = new Uint8Array(concat(this.#unread, part))
      while (this.#unread.length > 0 && !this.isClosed) {
        const used = this.#peer.data(this, this.#unread)
        if (used === 0) break
        this.#unread = this.#unread.slice(used)
      }
    }
  }

  /** The other end goes away, or was never there. */
  fall(why: 'closed' | 'refused' = 'closed'): void {
    this.isClosed = true
    this.#peer.closed(this, why)
  }

  /** All that was sent since it was taken last. */
  take(): Uint8Array {
    const sent = concat(...this.#sent)
    this.#sent = []
    return sent
  }
}

/** Two ends of a connection talk until neither says more. */
export function talk(one: LinkInTest, other: LinkInTest): void {
  for (let i = 0; i < 100; i++) {
    const [here, there] = [one.take(), other.take()]
    if (here.length === 0 && there.length === 0) return
    other.hear(here)
    one.hear(there)
  }
  assert.fail('they talk on')
}
