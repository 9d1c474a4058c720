/**
 * A small NMDC client: finds its way into a hub, shares, searches, browses, fetches.
 *
 *     peer-node      commands, limits      peer-shares    its files
 *     peer-jobs      what it wants         peer-talk      a connection with another client
 *
 * One that can be called is active: it gets results by datagram and tells others where to call it. A
 * passive one gets results through the hub, and asks others to tell it where to call them.
 * Source: nmdc.sourceforge.io NMDC 1.3; eiskaltdcpp dcpp/NmdcHub.cpp; fixtures/nmdc-hub.pcap.
 */
import { type Endpoint, parseEndpoint } from '../../core/address.ts'
import { bytesOf, concat } from '../../core/bytes.ts'
import { TimedPeer } from '../../core/ordered-peer.ts'
import type { Link, Order, Peer, PeerSettings, Site } from '../../core/peer.ts'
import { text } from '../../core/text.ts'
import { nameOf } from '../formats/file-path.ts'
import { numberOf } from './content.ts'
import { foundOf, Jobs, type Source } from './peer-jobs.ts'
import {
  at,
  command,
  escaped,
  FIVE,
  lockIn,
  NEVER,
  nickOf,
  readCommand,
  type Said,
  SECOND,
  type Talk,
} from './peer-node.ts'
import { Shares } from './peer-shares.ts'
import { ClientTalk } from './peer-talk.ts'
import { keyOf } from './wire/key.ts'

const SUPPORTS = 'NoHello NoGetINFO UserIP2 TTHSearch '
/** Results are told without an end: so long one waits for them. */
const SEARCH_MICROS = 10 * SECOND
/** Hubs do not like to be told often how much one shares: to all users it is told. */
const INFO_MICROS = 10 * SECOND
const SEARCHES_MAX = 16
const SOURCES_MAX = 2048
const USERS_MAX = 16_384
const TALKS_MAX = 64
const SLOTS = 16
/** Results to one who has a port, and through the hub. */
const RESULTS_MAX = 10
const PASSIVE_RESULTS_MAX = 5

interface Search {
  readonly text: string
  readonly words: readonly string[]
  readonly dueMicros: number
  hits: number
}

export class Client extends TimedPeer implements Peer {
  readonly nick: string
  readonly shares = new Shares()
  readonly jobs: Jobs
  #hub: Link | undefined
  #hubAt: Endpoint | undefined
  #isIn = false
  readonly #searches: Search[] = []
  readonly #sources: Source[] = []
  /** Nicks of those who are passive. */
  readonly #passive = new Set<string>()
  #talks = 0
  #slots = SLOTS
  #infoMicros = NEVER

  constructor(settings: PeerSettings) {
    super(settings)
    this.nick = nickOf(settings.nick)
    this.jobs = new Jobs(this)
  }

  override start(site: Site): void {
    super.start(site)
    const { port } = this.settings
    if (port === 0) return
    site.listen('tcp', port)
    site.listen('udp', port)
  }

  get #isActive(): boolean {
    return !this.settings.isFirewalled && this.settings.port !== 0
  }

  get #told(): string {
    return at({ ip: this.site.ip, port: this.settings.port })
  }

  opened(link: Link): void {
    if (link === this.#hub) return
    if (link.byUs) return (link.state as Talk).opened(link)
    if (this.#talks >= TALKS_MAX) return link.close()
    this.#talks++
    link.state = new ClientTalk(this)
  }

  data(link: Link, bytes: Uint8Array): number {
    if (link !== this.#hub) {
      const talk = link.state as Talk | undefined
      return talk === undefined ? bytes.length : talk.data(link, bytes)
    }
    const used = readCommand(bytes, (said) => this.#take(said))
    if (used !== 'broken') return used
    link.close()
    this.#lost('the hub speaks something else')
    return bytes.length
  }

  closed(link: Link, why: 'closed' | 'refused'): void {
    if (link === this.#hub) this.#lost(why)
    else (link.state as Talk | undefined)?.closed(link, why)
  }

  /** Results come so. */
  datagram(_atPort: number, from: Endpoint, bytes: Uint8Array): void {
    const words = text(bytes).replace(/\|$/, '')
    if (words.startsWith('$SR ')) this.#result(words.slice(4), from)
  }

  protected woken(now: number): number {
    while (this.#searches[0] !== undefined && this.#searches[0].dueMicros <= now) {
      const { text: wanted, hits } = this.#searches.shift()!
      this.site.say({ type: 'searched', text: wanted, hits })
    }
    if (this.#infoMicros <= now) this.#info()
    const searched = this.#searches[0]?.dueMicros ?? NEVER
    return Math.min(this.jobs.wake(now), searched, this.#infoMicros)
  }

  protected obey(order: Order): string | undefined {
    switch (order.do) {
      case 'join':
        if (this.#hub !== undefined) return 'in a hub already'
        this.#hubAt = order.at
        this.#hub = this.site.connect(order.at)
        return undefined
      case 'publish': {
        const content = this.shares.add(order.file)
        if (content === undefined) return 'too many files'
        this.site.say({ type: 'published', name: order.file.name, content })
        this.#tellSoon()
        return undefined
      }
      case 'search':
        return this.#search(order.text)
      case 'fetch':
        return this.jobs.get(order.name, this.#sourcesOf(order.name, order.content))
      case 'browse':
        if (parseEndpoint(order.of) !== undefined) return 'people have nicks here'
        return this.jobs.browse(nickOf(order.of))
      case 'leave':
        return this.#leave()
      default:
        return 'not understood'
    }
  }

  #sourcesOf(name: string, content: string | undefined): Source[] {
    return this.#sources.filter((each) =>
      content === undefined ? each.name === name : content.endsWith(`:${each.root}`),
    )
  }

  #leave(): string | undefined {
    if (this.#hub === undefined) return 'in no hub'
    this.#hub.close()
    this.#hub = undefined
    this.#isIn = false
    this.#searches.length = 0
    this.#passive.clear()
    this.jobs.end()
    this.site.say({ type: 'left' })
    return undefined
  }

  #lost(why: string): void {
    if (!this.#isIn) this.fail('join', why)
    this.#hub = undefined
    this.#isIn = false
    this.#passive.clear()
  }

  #send(words: string): void {
    this.#hub!.send(command(words))
  }

  #take({ name, rest }: Said): void {
    switch (name) {
      case 'Lock':
        return this.#unlock(lockIn(rest))
      case 'ValidateDenide':
        this.#hub!.close()
        return this.#lost('the nick is taken')
      case 'Hello':
        if (rest === this.nick && !this.#isIn) this.#greeted()
        return
      case 'MyINFO':
        return this.#met(rest)
      case 'Quit':
        this.#passive.delete(rest)
        return
      case 'Search':
        return this.#answer(rest)
      case 'SR':
        return this.#result(rest, undefined)
      case 'ConnectToMe': {
        const where = parseEndpoint(rest.split(' ')[1] ?? '')
        if (where !== undefined) this.#call(where)
        return
      }
      case 'RevConnectToMe': {
        const from = nickOf(rest.split(' ')[0]!)
        if (this.#isActive) this.#send(`$ConnectToMe ${from} ${this.#told}`)
        return
      }
      default:
        return
    }
  }

  #unlock(lock: string): void {
    const key = keyOf(bytesOf(lock))
    if (key === undefined || this.#isIn) return
    this.#send(`$Supports ${SUPPORTS}`)
    this.#hub!.send(concat(bytesOf('$Key '), key, bytesOf('|')))
    this.#send(`$ValidateNick ${this.nick}`)
  }

  #greeted(): void {
    this.#isIn = true
    this.#send('$Version 1,0091')
    this.#send('$GetNickList')
    this.#info()
    this.site.say({ type: 'joined', at: this.#hubAt! })
  }

  #tellSoon(): void {
    if (!this.#isIn || this.#infoMicros !== NEVER) return
    this.#infoMicros = this.site.nowMicros + INFO_MICROS
    this.alarm(this.#infoMicros)
  }

  #info(): void {
    this.#infoMicros = NEVER
    if (!this.#isIn) return
    const tag = `<PeerscopeLab V:1.0,M:${this.#isActive ? 'A' : 'P'},H:1/0/0,S:${SLOTS}>`
    this.#send(`$MyINFO $ALL ${this.nick} ${tag}$ $100\x01$$${this.shares.bytes}$`)
  }

  /** `$ALL nick description<program V:…,M:A,…>$ …` */
  #met(rest: string): void {
    const nick = rest.split(' ', 2)[1]
    if (nick === undefined || nick === '') return
    if (!rest.includes(',M:P,')) this.#passive.delete(nick)
    else if (this.#passive.size < USERS_MAX) this.#passive.add(nick)
  }

  #search(wanted: string): string | undefined {
    if (!this.#isIn) return 'in no hub'
    if (this.#searches.length >= SEARCHES_MAX) return 'too many searches'
    const words = wanted
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '')
    const dueMicros = this.site.nowMicros + SEARCH_MICROS
    this.#searches.push({ text: wanted, words, dueMicros, hits: 0 })
    this.alarm(dueMicros)
    const from = this.#isActive ? this.#told : `Hub:${this.nick}`
    this.#send(`$Search ${from} F?T?0?1?${escaped(words.join('\0')).replaceAll('\0', '$')}`)
    return undefined
  }

  /** Somebody searches. */
  #answer(rest: string): void {
    const match = /^(?:Hub:(\S+)|(\S+)) ([\s\S]+)$/.exec(rest)
    if (match === null || match[1] === this.nick || match[2] === this.#told) return
    const [, nick, address, asked] = match
    const to = address === undefined ? undefined : parseEndpoint(address)
    const most = nick === undefined ? RESULTS_MAX : PASSIVE_RESULTS_MAX
    for (const { path, file, root } of this.shares.find(asked!, most)) {
      const slots = `${this.#slots}/${SLOTS}`
      const where = at(this.#hubAt!)
      const words = `$SR ${this.nick} ${path}${FIVE}${file.size} ${slots}${FIVE}TTH:${root} (${where})`
      if (nick !== undefined) this.#send(`${words}${FIVE}${nick}`)
      else if (to !== undefined && this.settings.port !== 0) {
        this.site.sendTo(this.settings.port, to, command(words))
      }
    }
  }

  /** `nick path 05 size free/all 05 TTH:root (hub)` */
  #result(rest: string, from: Endpoint | undefined): void {
    const parts = rest.split(FIVE)
    const who = /^(\S+) ([\s\S]+)$/.exec(parts[0]!)
    const size = numberOf(/^(\d+) \d+\/\d+$/.exec(parts[1] ?? '')?.[1])
    const root = /^TTH:([A-Z2-7]{39}) \(/.exec(parts[2] ?? '')?.[1]
    if (who === null || size === undefined || root === undefined) return
    const [, nick, path] = who as unknown as [string, string, string]
    const shown = path.toLowerCase()
    const search = this.#searches.find(({ words }) => words.every((word) => shown.includes(word)))
    if (search === undefined) return
    search.hits++
    const name = nameOf(path)
    this.learn(search.text, { nick, name, size, root }, from && { ip: from.ip, port: 0 })
  }

  /** Remember who has what. */
  learn(wanted: string, source: Source, from?: Endpoint): void {
    const { nick, root } = source
    if (!this.#sources.some((each) => each.nick === nick && each.root === root)) {
      this.#sources.push(source)
      if (this.#sources.length > SOURCES_MAX) this.#sources.shift()
    }
    this.site.say(foundOf(wanted, source, from))
  }

  /**
   * See that a connection with somebody comes to be.
   * @returns why it cannot, or undefined
   */
  meet(nick: string): string | undefined {
    if (!this.#isIn) return 'in no hub'
    if (this.#isActive) this.#send(`$ConnectToMe ${nick} ${this.#told}`)
    else if (this.#passive.has(nick)) return 'neither can be called'
    else this.#send(`$RevConnectToMe ${this.nick} ${nick}`)
    return undefined
  }

  /** Somebody wants to be called: a client believes its hub. */
  #call(where: Endpoint): void {
    if (this.#talks >= TALKS_MAX) return
    this.#talks++
    const hub = `dchub://${at(this.#hubAt!)}`
    this.site.connect(where).state = new ClientTalk(this, hub)
  }

  /** A talk with another client is over. */
  ended(): void {
    this.#talks--
  }

  takeSlot(): boolean {
    if (this.#slots === 0) return false
    this.#slots--
    return true
  }

  giveSlot(): void {
    this.#slots++
  }
}
