/**
 * Who asks the one that he joins what he knows of a file: as a client over TCP, as a node of Kad over UDP,
 * in the crawler's words. A client answers about sources once, and bans whoever asks often: so over TCP it
 * asks once. Kad it asks each minute.
 */
import type { Endpoint } from '../../core/address.ts'
import type { Interview, Step, Told } from '../../core/crawler.ts'
import { SECOND, TimedPeer } from '../../core/ordered-peer.ts'
import type { Link, Order, Peer, PeerSettings, Site } from '../../core/peer.ts'
import { crawler } from './crawler.ts'

const AGAIN_MICROS = 60 * SECOND
const NEVER = Number.POSITIVE_INFINITY

export class Asker extends TimedPeer implements Peer {
  readonly #channel: 'source-exchange' | 'kad'
  #whom: Endpoint | undefined
  protected content: string | undefined
  #interview: Interview | undefined
  #link: Link | undefined
  #againMicros = NEVER

  constructor(settings: PeerSettings) {
    super(settings)
    this.#channel = settings.role.startsWith('kad-') ? 'kad' : 'source-exchange'
  }

  override start(site: Site): void {
    super.start(site)
    if (this.#channel === 'kad') site.listen('udp', this.settings.port)
  }

  protected obey(order: Order): string | undefined {
    if (order.do === 'fetch') this.content = order.content
    else if (order.do === 'join') this.#ask(order.at)
    else return 'it only asks'
    return undefined
  }

  #ask(whom: Endpoint): void {
    this.#whom = whom
    const pair = this.site.chance(2 ** 31)
    const content = this.content === undefined ? {} : { content: this.content }
    const question = { channel: this.#channel, whom, ...content, self: pair, pair }
    this.#interview = crawler.inquire(question)
    if (this.#channel === 'source-exchange') {
      this.#link = this.site.connect(whom)
      return
    }
    this.#againMicros = this.site.nowMicros + AGAIN_MICROS
    this.alarm(this.#againMicros)
    this.#step(this.#interview.opened(this.site.nowMicros))
  }

  /** What one answer names. */
  protected heard(_told: readonly Told[]): void {}

  #step({ send, told, wakeMicros, done }: Step): void {
    for (const bytes of send) {
      if (this.#link !== undefined) this.#link.send(bytes)
      else this.site.sendTo(this.settings.port, this.#whom!, bytes)
    }
    if (told.length > 0) this.heard(told)
    if (wakeMicros !== undefined) this.alarm(wakeMicros)
    if (done === undefined) return
    this.#interview = undefined
    this.#link?.close()
  }

  protected woken(now: number): number {
    if (this.#againMicros <= now) this.#ask(this.#whom!)
    else if (this.#interview !== undefined) this.#step(this.#interview.tick(now))
    return this.#againMicros
  }

  opened(_link: Link): void {
    if (this.#interview !== undefined) this.#step(this.#interview.opened(this.site.nowMicros))
  }

  data(_link: Link, bytes: Uint8Array): number {
    const step = this.#interview?.data?.(bytes, this.site.nowMicros)
    if (step === undefined) return bytes.length
    this.#step(step)
    return step.used
  }

  closed(_link: Link, _why: 'closed' | 'refused'): void {
    this.#interview = undefined
  }

  datagram(_atPort: number, _from: Endpoint, bytes: Uint8Array): void {
    const step = this.#interview?.datagram?.(bytes, this.site.nowMicros)
    if (step !== undefined) this.#step(step)
  }
}
