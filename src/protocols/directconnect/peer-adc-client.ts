/**
 * A small ADC client: finds its way into a hub, shares, searches, browses, fetches.
 *
 *     peer-hub-client what both dialects do   peer-shares    its files
 *     peer-adc-node   lines, ids              peer-jobs      what it wants
 *     peer-adc-users  who is in the hub       peer-adc-talk  a connection with another client
 *
 * One that can be called says so among its features, gets results by datagram, and tells others where
 * to call it; others get results through the hub, and ask to be told where to call.
 * Source: adc.sourceforge.io ADC 1.0.3; eiskaltdcpp dcpp/AdcHub.cpp; fixtures/adc-hub.pcap.
 */
import type { Endpoint } from '../../core/address.ts'
import type { Link, Site } from '../../core/peer.ts'
import { nameOf } from '../formats/file-path.ts'
import { numberOf } from './content.ts'
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
import { HubClient, RESULTS_MAX, SLOTS } from './peer-hub-client.ts'
import type { SharedFile } from './peer-shares.ts'
import { type Named, unescaped } from './wire/adc.ts'

const PROTOCOL = 'ADC/1.0'
const ACTIVE = 'TCP4,UDP4'
const TOKENS_MAX = 256

export class AdcClient extends HubClient {
  cid = ''
  #pid = ''
  #sid = ''
  readonly #users = new Users()
  /** What somebody shows who comes because we asked him → his nick. */
  readonly #tokens = new Map<string, string>()

  override start(site: Site): void {
    super.start(site)
    const { pid, cid } = newIds(site)
    this.#pid = pid
    this.cid = cid
  }

  protected greet(hub: Link): void {
    hub.send(line('HSUP', FEATURES))
  }

  protected answering(): AdcTalk {
    return new AdcTalk(this)
  }

  protected fromHub(bytes: Uint8Array): number | 'broken' {
    return readLine(bytes, (said) => this.#take(said))
  }

  /** Under the client id, not the session's. */
  datagram(_atPort: number, from: Endpoint, bytes: Uint8Array): void {
    readLine(bytes, (said) => {
      if (said.kind !== 'U' || said.name !== 'RES') return
      const user = this.#users.find(({ cid }) => cid === said.words[0])
      if (user !== undefined) this.#result(user, namedBehind(said, 1), from)
    })
  }

  protected override forget(): void {
    super.forget()
    this.#sid = ''
    this.#users.clear()
    this.#tokens.clear()
  }

  #send(...words: readonly string[]): void {
    this.hub!.send(line(...words))
  }

  #take(said: Line): void {
    const { kind, name, words } = said
    if (kind === 'I') return this.#told(said)
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
        if (this.isActive && words[2] === PROTOCOL) this.#invite(user, words[3] ?? '')
        return
      default:
        return
    }
  }

  /** The hub itself says something. */
  #told({ name, words }: Line): void {
    if (name === 'SID' && this.#sid === '') {
      this.#sid = words[0] ?? ''
      this.#say({ ID: this.cid, PD: this.#pid, ...this.#own, ...this.#shared })
    } else if (name === 'QUI') this.#users.gone(words[0])
    else if (name === 'STA' && words[0]?.startsWith('2') && !this.isIn) {
      this.hub!.close()
      this.lost(unescaped(words[1] ?? ''))
    }
  }

  get #own(): Readonly<Record<string, string>> {
    const { port } = this.settings
    const where = this.isActive ? { SU: ACTIVE, I4: this.site.ip, U4: String(port) } : { SU: '' }
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

  protected inform(): void {
    this.#say(this.#shared)
  }

  #say(values: Readonly<Record<string, string>>): void {
    const words = Object.entries(values).map(([name, value]) => `${name}${value}`)
    this.#send('BINF', this.#sid, ...words)
  }

  /** Somebody is there, or has changed; oneself last. */
  #met(sid: string, named: Named): void {
    this.#users.tell(sid, named)
    if (sid === this.#sid && !this.isIn) this.entered()
  }

  protected ask(words: readonly string[], token: string): void {
    this.#send('BSCH', this.#sid, ...words.map((word) => `AN${escaped(word)}`), `TO${token}`)
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
    return [`FN${shown}`, `SI${file.size}`, `SL${this.slots}`, `TR${root}`, ...told]
  }

  #result({ nick }: User, named: Named, from: Endpoint | undefined): void {
    const one = (name: string): string | undefined => named.get(name)?.[0]
    const path = one('FN')
    const size = numberOf(one('SI'))
    const root = one('TR')
    if (path === undefined || size === undefined) return
    if (!/^[A-Z2-7]{39}$/.test(root ?? '')) return
    const source = { nick, name: nameOf(path), size, root: root! }
    const token = one('TO')
    this.found.result((search) => search.token === token, source, from)
  }

  meet(nick: string): string | undefined {
    if (!this.isIn) return 'in no hub'
    const user = this.#users.find((each) => each.nick === nick)
    if (user === undefined) return 'is not there'
    if (!this.isActive && !user.isActive) return 'neither can be called'
    // Those who never came are forgotten, the oldest first.
    const [oldest] = this.#tokens.keys()
    if (oldest !== undefined && this.#tokens.size >= TOKENS_MAX) this.#tokens.delete(oldest)
    const token = this.newToken()
    this.#tokens.set(token, nick)
    if (this.isActive) this.#invite(user, token)
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
    } else this.call(where, () => new AdcTalk(this, token))
  }

  /** Who it is that comes with a token of ours; it is good once. */
  awaited(token: string): string | undefined {
    const nick = this.#tokens.get(token)
    this.#tokens.delete(token)
    return nick
  }
}
