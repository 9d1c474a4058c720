/** What small peers have in common that do as a person at their keyboard says. */
import type { Link, Order, Peer, PeerSettings, Site } from './peer.ts'

/** Who it is, where it lives; what it is told to do and cannot is said to fail. */
export abstract class OrderedPeer {
  readonly settings: PeerSettings
  site!: Site

  constructor(settings: PeerSettings) {
    this.settings = settings
  }

  start(site: Site): void {
    this.site = site
  }

  order(order: Order): void {
    const why = this.obey(order)
    if (why !== undefined) this.fail(order.do, why)
  }

  fail(order: Order['do'], why: string): void {
    this.site.say({ type: 'failed', order, why })
  }

  /** @returns why it cannot be done, or undefined */
  protected abstract obey(order: Order): string | undefined
}

export const SECOND = 1_000_000
export const NEVER = Number.POSITIVE_INFINITY

/** One whose parts wait for many things, where a site keeps one wish: the earliest. */
export abstract class TimedPeer extends OrderedPeer {
  #due = NEVER

  /** Wake me then, or before. */
  alarm(micros: number): void {
    if (micros >= this.#due) return
    this.#due = micros
    this.site.wakeAt(micros)
  }

  wake(): void {
    this.#due = NEVER
    const next = this.woken(this.site.nowMicros)
    if (next !== NEVER) this.alarm(next)
  }

  /** Do what is due. @returns when the next is; infinity: nothing is awaited */
  protected abstract woken(nowMicros: number): number
}

/** One that only serves those who come to its port. */
export abstract class ServingPeer extends OrderedPeer implements Peer {
  override start(site: Site): void {
    super.start(site)
    site.listen('tcp', this.settings.port)
  }

  opened(_link: Link): void {}

  abstract data(link: Link, bytes: Uint8Array): number

  abstract closed(link: Link): void

  datagram(): void {}

  wake(): void {}

  protected obey(_order: Order): string | undefined {
    return `a ${this.settings.role} does nothing by itself`
  }
}
