/**
 * What a small client of a hub does in either dialect: it takes connections of others, shares, keeps
 * what it wants and what it found. The dialects say what goes over the wire.
 */
import { type Endpoint, parseEndpoint } from '../../core/address.ts'
import { NEVER, SECOND, TimedPeer } from '../../core/ordered-peer.ts'
import type { Link, Order, Peer, PeerSettings, Site, Talk } from '../../core/peer.ts'
import { Found } from './peer-found.ts'
import { Jobs, type Source } from './peer-jobs.ts'
import { nickOf } from './peer-node.ts'
import { Shares } from './peer-shares.ts'

/** To all users it is told how much one shares: seldom. */
const INFO_MICROS = 10 * SECOND
const TALKS_MAX = 64
const TOKENS = 2 ** 30
export const SLOTS = 16
/** Results to one who gets them by datagram. */
export const RESULTS_MAX = 10

export abstract class HubClient extends TimedPeer implements Peer {
  readonly nick: string
  readonly shares = new Shares()
  readonly jobs: Jobs
  protected hub: Link | undefined
  protected hubAt: Endpoint | undefined
  protected isIn = false
  protected slots = SLOTS
  protected found!: Found
  #talks = 0
  #infoMicros = NEVER

  constructor(settings: PeerSettings) {
    super(settings)
    this.nick = nickOf(settings.nick)
    this.jobs = new Jobs(this)
  }

  override start(site: Site): void {
    super.start(site)
    this.found = new Found(site)
    const { port } = this.settings
    if (port === 0) return
    site.listen('tcp', port)
    site.listen('udp', port)
  }

  /** Whether others can call it. */
  protected get isActive(): boolean {
    return !this.settings.isFirewalled && this.settings.port !== 0
  }

  opened(link: Link): void {
    if (link === this.hub) return this.greet(link)
    if (link.byUs) return (link.state as Talk).opened(link)
    if (this.#talks >= TALKS_MAX) return link.close()
    this.#talks++
    link.state = this.answering()
  }

  data(link: Link, bytes: Uint8Array): number {
    if (link !== this.hub) {
      const talk = link.state as Talk | undefined
      return talk === undefined ? bytes.length : talk.data(link, bytes)
    }
    const used = this.fromHub(bytes)
    if (used !== 'broken') return used
    link.close()
    this.lost('the hub speaks something else')
    return bytes.length
  }

  closed(link: Link, why: 'closed' | 'refused'): void {
    if (link === this.hub) this.lost(why)
    else (link.state as Talk | undefined)?.closed(link, why)
  }

  protected woken(now: number): number {
    if (this.#infoMicros <= now) {
      this.#infoMicros = NEVER
      if (this.isIn) this.inform()
    }
    return Math.min(this.jobs.wake(now), this.found.wake(now), this.#infoMicros)
  }

  protected obey(order: Order): string | undefined {
    switch (order.do) {
      case 'join':
        if (this.hub !== undefined) return 'in a hub already'
        this.hubAt = order.at
        this.hub = this.site.connect(order.at)
        return undefined
      case 'publish': {
        const content = this.shares.add(order.file)
        if (content === undefined) return 'too many files'
        this.site.say({ type: 'published', name: order.file.name, content })
        this.#informSoon()
        return undefined
      }
      case 'search':
        return this.isIn ? this.#search(order.text) : 'in no hub'
      case 'fetch':
        return this.jobs.get(order.name, this.found.sourcesOf(order.name, order.content))
      case 'browse':
        if (parseEndpoint(order.of) !== undefined) return 'people have nicks here'
        return this.jobs.browse(nickOf(order.of))
      case 'leave':
        return this.#leave()
      default:
        return 'not understood'
    }
  }

  #search(text: string): string | undefined {
    const token = this.newToken()
    const dueMicros = this.found.search(text, token)
    if (dueMicros === undefined) return 'too many searches'
    this.alarm(dueMicros)
    this.ask(wordsOf(text), token)
    return undefined
  }

  protected newToken(): string {
    return String(this.site.chance(TOKENS))
  }

  #informSoon(): void {
    if (!this.isIn || this.#infoMicros !== NEVER) return
    this.#infoMicros = this.site.nowMicros + INFO_MICROS
    this.alarm(this.#infoMicros)
  }

  #leave(): string | undefined {
    if (this.hub === undefined) return 'in no hub'
    this.hub.close()
    this.forget()
    this.jobs.end()
    this.site.say({ type: 'left' })
    return undefined
  }

  /** The hub has taken it. */
  protected entered(): void {
    this.isIn = true
    this.site.say({ type: 'joined', at: this.hubAt! })
  }

  protected lost(why: string): void {
    if (!this.isIn) this.fail('join', why)
    this.forget()
  }

  /** What counts in one hub only. */
  protected forget(): void {
    this.hub = undefined
    this.isIn = false
    this.found.forgetSearches()
  }

  /** Remember who has what. */
  learn(wanted: string, source: Source): void {
    this.found.learn(wanted, source)
  }

  /** Somebody wants to be called. */
  protected call(where: Endpoint, talk: () => Talk): void {
    if (this.#talks >= TALKS_MAX) return
    this.#talks++
    this.site.connect(where).state = talk()
  }

  /** A talk with another client is over. */
  ended(): void {
    this.#talks--
  }

  takeSlot(): boolean {
    if (this.slots === 0) return false
    this.slots--
    return true
  }

  giveSlot(): void {
    this.slots++
  }

  /** Results come so. */
  abstract datagram(atPort: number, from: Endpoint, bytes: Uint8Array): void

  /**
   * See that a connection with somebody comes to be.
   * @returns why it cannot, or undefined
   */
  abstract meet(nick: string): string | undefined

  /** The connection with the hub stands. */
  protected abstract greet(hub: Link): void

  /** @returns how many bytes were used */
  protected abstract fromHub(bytes: Uint8Array): number | 'broken'

  /** A talk with somebody who called. */
  protected abstract answering(): Talk

  /** Tell all users how much is shared. */
  protected abstract inform(): void

  /** Ask the hub's users; results name the token again, where the dialect has a place for it. */
  protected abstract ask(words: readonly string[], token: string): void
}

export function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}
