/**
 * A small ADC client: finds its way into a hub, shares, searches, browses, fetches.
 *
 *     peer-adc-node  lines, ids            peer-shares     its files
 *     peer-jobs      what it wants         peer-adc-talk   a connection with another client
 *     peer-adc-users who is in the hub     peer-adc-found  what was searched, and found
 *
 * One that can be called says so among its features, gets results by datagram, and tells others where
 * to call it; others get results through the hub, and ask to be told where to call.
 * Source: adc.sourceforge.io ADC 1.0.3; eiskaltdcpp dcpp/AdcHub.cpp; fixtures/adc-hub.pcap.
 */
import { type Endpoint, parseEndpoint } from '../../core/address.ts'
import { TimedPeer } from '../../core/ordered-peer.ts'
import type { Link, Order, Peer, PeerSettings, Site } from '../../core/peer.ts'
import { nameOf } from '../formats/file-path.ts'
import { numberOf } from './content.ts'
import { Found } from './peer-adc-found.ts'
import {
  escaped,
  FEATURES,
  type Line,
  line,
  namedBehind,
  newIds,
  readLine,
  STATUS,
} from './peer-adc-node.ts'
import { AdcTalk } from './peer-adc-talk.ts'
import { portOf, type User, Users } from './peer-adc-users.ts'
import { Jobs, type Source } from './peer-jobs.ts'
import { NEVER, nickOf, SECOND, type Talk } from './peer-node.ts'
import { type SharedFile, Shares } from './peer-shares.ts'
import { type Named, unescaped } from './wire/adc.ts'

const PROTOCOL = 'ADC/1.0'
const ACTIVE = 'TCP4,UDP4'
/** To all users it is told how much one shares: seldom. */
const INFO_MICROS = 10 * SECOND
const TOKENS_MAX = 256
const TALKS_MAX = 64
const SLOTS = 16
const RESULTS_MAX = 10
const TOKENS = 2 ** 30

export class AdcClient extends TimedPeer implements Peer {
  readonly nick: string
  readonly shares = new Shares()
  readonly jobs: Jobs
  cid = ''
  #pid = ''
  #hub: Link | undefined
  #hubAt: Endpoint | undefined
  #sid = ''
  #isIn = false
  readonly #users = new Users()
  #found!: Found
  /** What somebody shows who comes because we asked him → his nick. */
  readonly #tokens = new Map<string, string>()
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
    this.#found = new Found(site)
    const { pid, cid } = newIds(site)
    this.#pid = pid
    this.cid = cid
    const { port } = this.settings
    if (port === 0) return
    site.listen('tcp', port)
    site.listen('udp', port)
  }

  get #isActive(): boolean {
    return !this.settings.isFirewalled && this.settings.port !== 0
  }

  opened(link: Link): void {
    if (link === this.#hub) return link.send(line('HSUP', FEATURES))
    if (link.byUs) return (link.state as Talk).opened(link)
    if (this.#talks >= TALKS_MAX) return link.close()
    this.#talks++
    link.state = new AdcTalk(this)
  }

  data(link: Link, bytes: Uint8Array): number {
    if (link !== this.#hub) {
      const talk = link.state as Talk | undefined
      return talk === undefined ? bytes.length : talk.data(link, bytes)
    }
    const used = readLine(bytes, (said) => this.#take(said))
    if (used !== 'broken') return used
    link.close()
    this.#lost('the hub speaks something else')
    return bytes.length
  }

  closed(link: Link, why: 'closed' | 'refused'): void {
    if (link === this.#hub) this.#lost(why)
    else (link.state as Talk | undefined)?.closed(link, why)
  }

  /** Results come so: under the client id, not the session's. */
  datagram(_atPort: number, from: Endpoint, bytes: Uint8Array): void {
    readLine(bytes, (said) => {
      if (said.kind !== 'U' || said.name !== 'RES') return
      const user = this.#users.find(({ cid }) => cid === said.words[0])
      if (user !== undefined) this.#result(user, namedBehind(said, 1), from)
    })
  }

  protected woken(now: number): number {
    if (this.#infoMicros <= now) this.#inform(this.#shared)
    return Math.min(this.jobs.wake(now), this.#found.wake(now), this.#infoMicros)
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
        return this.jobs.get(order.name, this.#found.sourcesOf(order.name, order.content))
      case 'browse':
        if (parseEndpoint(order.of) !== undefined) return 'people have nicks here'
        return this.jobs.browse(nickOf(order.of))
      case 'leave':
        return this.#leave()
      default:
        return 'not understood'
    }
  }

  #leave(): string | undefined {
    if (this.#hub === undefined) return 'in no hub'
    this.#hub.close()
    this.#forget()
    this.jobs.end()
    this.site.say({ type: 'left' })
    return undefined
  }

  #lost(why: string): void {
    if (!this.#isIn) this.fail('join', why)
    this.#forget()
  }

  #forget(): void {
    this.#hub = undefined
    this.#sid = ''
    this.#isIn = false
    this.#found.forgetSearches()
    this.#users.clear()
    this.#tokens.clear()
  }

  #send(...words: readonly string[]): void {
    this.#hub!.send(line(...words))
  }

  #take(said: Line): void {
    const { kind, name, words } = said
    if (kind === 'I') return this.#fromHub(said)
    const user = this.#users.at(words[0])
    if (name === 'INF') return this.#met(words[0] ?? '', namedBehind(said, 1))
    if (user === undefined || user.sid === this.#sid) return
    switch (name) {
      case 'SCH':
        return this.#answer(user, namedBehind(said, kind === 'F' || kind === 'D' ? 2 : 1))
      case 'RES':
        return this.#result(user, namedBehind(said, 2), undefined)
      case 'CTM':
        return this.#call(user, words.slice(2))
      case 'RCM':
        if (this.#isActive && words[2] === PROTOCOL) this.#invite(user, words[3] ?? '')
        return
      default:
        return
    }
  }

  #fromHub({ name, words }: Line): void {
    if (name === 'SID' && this.#sid === '') {
      this.#sid = words[0] ?? ''
      this.#inform({ ID: this.cid, PD: this.#pid, ...this.#own, ...this.#shared })
    } else if (name === 'QUI') this.#users.gone(words[0])
    else if (name === 'STA' && words[0]?.startsWith('2') && !this.#isIn) {
      this.#hub!.close()
      this.#lost(unescaped(words[1] ?? ''))
    }
  }

  get #own(): Readonly<Record<string, string>> {
    const { port } = this.settings
    const where = this.#isActive ? { SU: ACTIVE, I4: this.site.ip, U4: String(port) } : { SU: '' }
    const hubs = { HN: '1', HR: '0', HO: '0' }
    return {
      NI: escaped(this.nick),
      VE: 'PeerscopeLab\\s1.0',
      SL: String(SLOTS),
      ...hubs,
      ...where,
    }
  }

  get #shared(): Readonly<Record<string, string>> {
    return { SS: String(this.shares.bytes), SF: String(this.shares.count) }
  }

  #inform(values: Readonly<Record<string, string>>): void {
    this.#infoMicros = NEVER
    if (this.#hub === undefined || this.#sid === '') return
    const words = Object.entries(values).map(([name, value]) => `${name}${value}`)
    this.#send('BINF', this.#sid, ...words)
  }

  #tellSoon(): void {
    if (!this.#isIn || this.#infoMicros !== NEVER) return
    this.#infoMicros = this.site.nowMicros + INFO_MICROS
    this.alarm(this.#infoMicros)
  }

  /** Somebody is there, or has changed; oneself last. */
  #met(sid: string, named: Named): void {
    this.#users.tell(sid, named)
    if (sid !== this.#sid || this.#isIn) return
    this.#isIn = true
    this.site.say({ type: 'joined', at: this.#hubAt! })
  }

  #newToken(): string {
    return String(this.site.chance(TOKENS))
  }

  #search(wanted: string): string | undefined {
    if (!this.#isIn) return 'in no hub'
    const token = this.#newToken()
    const dueMicros = this.#found.search(wanted, token)
    if (dueMicros === undefined) return 'too many searches'
    this.alarm(dueMicros)
    const words = wanted.split(/\s+/).filter((word) => word !== '')
    this.#send('BSCH', this.#sid, ...words.map((word) => `AN${escaped(word)}`), `TO${token}`)
    return undefined
  }

  /** Somebody searches: he is told by datagram if he can be, else through the hub. */
  #answer(user: User, named: Named): void {
    const token = named.get('TO')?.[0]
    for (const shared of this.shares.named(named, RESULTS_MAX)) {
      const words = this.#resultOf(shared, token)
      if (user.isActive && user.udpPort !== 0 && user.ip !== '' && this.settings.port !== 0) {
        const to = { ip: user.ip, port: user.udpPort }
        this.site.sendTo(this.settings.port, to, line('URES', this.cid, ...words))
      } else this.#send('DRES', this.#sid, user.sid, ...words)
    }
  }

  #resultOf({ path, file, root }: SharedFile, token: string | undefined): string[] {
    const shown = escaped(`/${path.replaceAll('\\', '/')}`)
    const told = token === undefined ? [] : [`TO${escaped(token)}`]
    return [`FN${shown}`, `SI${file.size}`, `SL${this.#slots}`, `TR${root}`, ...told]
  }

  #result({ nick }: User, named: Named, from: Endpoint | undefined): void {
    const one = (name: string): string | undefined => named.get(name)?.[0]
    const path = one('FN')
    const size = numberOf(one('SI'))
    const root = one('TR')
    if (path === undefined || size === undefined) return
    if (!/^[A-Z2-7]{39}$/.test(root ?? '')) return
    const source = { nick, name: nameOf(path), size, root: root! }
    this.#found.result(one('TO'), source, from)
  }

  learn(wanted: string, source: Source): void {
    this.#found.learn(wanted, source)
  }

  /**
   * See that a connection with somebody comes to be.
   * @returns why it cannot, or undefined
   */
  meet(nick: string): string | undefined {
    if (!this.#isIn) return 'in no hub'
    const user = this.#users.find((each) => each.nick === nick)
    if (user === undefined) return 'is not there'
    if (!this.#isActive && !user.isActive) return 'neither can be called'
    // Those who never came are forgotten, the oldest first.
    const [oldest] = this.#tokens.keys()
    if (oldest !== undefined && this.#tokens.size >= TOKENS_MAX) this.#tokens.delete(oldest)
    const token = this.#newToken()
    this.#tokens.set(token, nick)
    if (this.#isActive) this.#invite(user, token)
    else this.#send('DRCM', this.#sid, user.sid, PROTOCOL, token)
    return undefined
  }

  #invite({ sid }: User, token: string): void {
    this.#send('DCTM', this.#sid, sid, PROTOCOL, String(this.settings.port), token)
  }

  /** Somebody wants to be called. */
  #call(user: User, [protocol, port, token]: readonly string[]): void {
    const where = { ip: user.ip, port: portOf(port) ?? 0 }
    if (token === undefined || user.ip === '' || where.port === 0) return
    if (protocol !== PROTOCOL) {
      this.#send('DSTA', this.#sid, user.sid, STATUS.protocol, 'unknown', `TO${token}`)
    } else if (this.#talks < TALKS_MAX) {
      this.#talks++
      this.site.connect(where).state = new AdcTalk(this, token)
    }
  }

  /** Who it is that comes with a token of ours; it is good once. */
  awaited(token: string): string | undefined {
    const nick = this.#tokens.get(token)
    this.#tokens.delete(token)
    return nick
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
