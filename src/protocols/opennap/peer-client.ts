/**
 * A small client: logs in, tells what it shares, searches, browses, fetches.
 *
 *     peer-node       words, limits, lies
 *     peer-shares     its files
 *     peer-download   from 203 to the last byte      peer-upload   the other side of it
 *     peer-list       lists of files, between clients
 *
 * Who is browsed through the server is put on the hot list: people looked there who had music they
 * liked, and wanted to know when he comes again.
 * Source: opennap, napster.txt; fixtures/server.pcap and fixtures/download.pcap.
 */
import { type Endpoint, parseEndpoint } from '../../core/address.ts'
import { OrderedPeer } from '../../core/ordered-peer.ts'
import type { Link, Order, Peer, PeerSettings, Site, Talk } from '../../core/peer.ts'
import { addressOf, fileUrn } from './content.ts'
import { Downloads, type Source } from './peer-download.ts'
import { ListFetch } from './peer-list.ts'
import {
  frame,
  hasBug,
  LINK_SPEED,
  nickOf,
  quoted,
  readFrame,
  reversed,
  valuesOf,
  wire8,
} from './peer-node.ts'
import { Shares, shownName, wordsOfFile } from './peer-shares.ts'
import { Arrival, Push } from './peer-upload.ts'
import type { Frame } from './wire/frame.ts'

const RESULTS_WANTED = 100
/** What was found; the oldest are forgotten. */
const SOURCES_MAX = 2048
/** Searches and browses that wait for their end. */
const ASKED_MAX = 64
const HOTLIST_MAX = 32
const UPLOADS_MAX = 64

interface Asked {
  readonly text: string
  hits: number
}

export class Client extends OrderedPeer implements Peer, Talk {
  readonly nick: string
  readonly shares = new Shares()
  readonly downloads: Downloads
  #server: Link | undefined
  #serverAt: Endpoint | undefined
  #isIn = false
  readonly #searches: Asked[] = []
  readonly #browses: Asked[] = []
  readonly #hotlist: string[] = []
  readonly #sources: Source[] = []
  #uploads = 0

  constructor(settings: PeerSettings) {
    super(settings)
    this.nick = nickOf(settings.nick)
    this.downloads = new Downloads(this)
  }

  override start(site: Site): void {
    super.start(site)
    if (this.settings.port !== 0) site.listen('tcp', this.settings.port)
  }

  /** What it tells of where it listens: who cannot be called says 0. */
  get toldPort(): number {
    return this.settings.isFirewalled ? 0 : this.settings.port
  }

  opened(link: Link): void {
    if (link === this.#server) this.#login(link)
    else if (link.byUs) (link.state as Talk).opened(link)
    else {
      link.state = new Arrival(this)
      ;(link.state as Talk).opened(link)
    }
  }

  data(link: Link, bytes: Uint8Array): number {
    if (link !== this.#server) return (link.state as Talk).data(link, bytes)
    const used = readFrame(bytes, (message) => this.#take(message))
    if (used !== 'broken') return used
    link.close()
    this.#lost('the server says what is no frame')
    return bytes.length
  }

  closed(link: Link, why: 'closed' | 'refused'): void {
    if (link === this.#server) this.#lost(why)
    else (link.state as Talk | undefined)?.closed(link, why)
  }

  datagram(): void {}

  wake(): void {
    this.downloads.wake()
  }

  protected obey(order: Order): string | undefined {
    switch (order.do) {
      case 'join':
        return this.#join(order.at)
      case 'publish': {
        const shared = this.shares.add(order.file)
        if (shared === undefined) return 'too many files'
        this.tell(100, wordsOfFile(shared))
        const { content, file } = shared
        this.site.say({ type: 'published', name: file.name, content })
        return undefined
      }
      case 'search': {
        const wanted = quoted(wire8(order.text))
        const text = `FILENAME CONTAINS ${wanted} MAX_RESULTS ${RESULTS_WANTED}`
        return this.#ask(this.#searches, order.text, 200, text)
      }
      case 'fetch':
        return this.#get(order.name, order.content)
      case 'browse':
        return this.#browse(order.of)
      case 'leave':
        return this.#leave()
      default:
        return 'not understood'
    }
  }

  #join(at: Endpoint): string | undefined {
    if (this.#server !== undefined) return 'logged in already'
    this.#serverAt = at
    this.#server = this.site.connect(at)
    return undefined
  }

  #login(link: Link): void {
    const client = '"PeerscopeLab 1.0"'
    link.send(frame(2, `${this.nick} secret ${this.toldPort} ${client} ${LINK_SPEED}`))
  }

  /** The server is gone: what was asked has no answer. */
  #lost(why: string): void {
    const wasIn = this.#isIn
    this.#server = undefined
    this.#isIn = false
    if (!wasIn) this.fail('join', why)
    for (const _ of this.#searches.splice(0)) this.fail('search', why)
    for (const _ of this.#browses.splice(0)) this.fail('browse', why)
    this.downloads.serverLost(why)
  }

  #leave(): string | undefined {
    if (this.#server === undefined) return 'not logged in'
    this.#server.close()
    this.#server = undefined
    this.#isIn = false
    this.#searches.length = 0
    this.#browses.length = 0
    this.downloads.end()
    this.site.say({ type: 'left' })
    return undefined
  }

  /** @returns whether there is a server to tell it to */
  tell(number: number, text = ''): boolean {
    if (!this.#isIn) return false
    this.#server!.send(frame(number, text))
    return true
  }

  #ask(waiting: Asked[], text: string, number: number, words: string): string | undefined {
    if (waiting.length >= ASKED_MAX) return 'too much is asked already'
    if (!this.tell(number, words)) return 'not logged in'
    waiting.push({ text, hits: 0 })
    return undefined
  }

  #browse(of: string): string | undefined {
    const at = parseEndpoint(of)
    if (at !== undefined) {
      this.site.connect(at).state = new ListFetch(this, of)
      return undefined
    }
    const nick = nickOf(of)
    const why = this.#ask(this.#browses, of, 211, nick)
    if (why === undefined && !this.#hotlist.includes(nick) && this.#hotlist.length < HOTLIST_MAX) {
      this.#hotlist.push(nick)
      this.tell(207, nick)
    }
    return why
  }

  #get(name: string, content: string | undefined): string | undefined {
    const sources = this.#sources.filter((source) =>
      content === undefined ? source.name === name : source.content === content,
    )
    return this.downloads.begin(name, sources)
  }

  #take(message: Frame): void {
    if (!this.#isIn) return this.#beforeLogin(message)
    const words = valuesOf(message)
    const [first = '', second = '', third = '', fourth = ''] = words
    switch (message.number) {
      case 201:
        return this.#found(this.#searches[0], words[6], words)
      case 212:
        return this.#found(this.#browses[0], first, words.slice(1))
      case 202:
        return this.#searched(this.#searches)
      case 213:
        return this.#searched(this.#browses)
      case 404:
        // The only answer to a browse that cannot be.
        if (/ is not online$/.test(words.join(' ')) && this.#browses.shift() !== undefined) {
          this.fail('browse', 'not online')
        }
        return
      case 204:
        return this.downloads.ready(first, fourth, this.#calledAt(second, third))
      case 206:
      case 609:
        return this.downloads.refused(first, second)
      case 607:
        return this.#wanted(first, second)
      case 501: {
        const at = this.#calledAt(second, third)
        if (at !== undefined) this.#push(at, fourth)
        return
      }
      default:
        return
    }
  }

  #beforeLogin({ number }: Frame): void {
    if (number === 3) {
      this.#isIn = true
      this.site.say({ type: 'joined', at: this.#serverAt! })
      for (const nick of this.#hotlist) this.tell(208, nick)
      for (const shared of this.shares.all) this.tell(100, wordsOfFile(shared))
    } else if (number === 0) {
      this.#server!.close()
      this.#lost('the server says no')
    }
  }

  /** Where a message says that somebody listens; undefined where he does not. */
  #calledAt(ip: string, port: string): Endpoint | undefined {
    const address = addressOf(ip)
    if (address === undefined || !/^\d{1,5}$/.test(port) || port === '0') return undefined
    const isBroken = hasBug(this.settings, 'reversed-address')
    return { ip: isBroken ? reversed(address) : address, port: Number(port) }
  }

  /** A file of another: of 201, of 212, or of a list that came directly. */
  #found(asked: Asked | undefined, nick: string | undefined, words: readonly string[]): void {
    if (asked === undefined || nick === undefined) return
    if (this.learn(asked.text, nick, words)) asked.hits++
  }

  /**
   * @param words  path, md5, size …
   * @param at     where to call him, where the server need not be asked
   */
  learn(text: string, nick: string, words: readonly string[], at?: Endpoint): boolean {
    const [path, md5, size] = words
    if (path === undefined || !/^\d{1,10}$/.test(size ?? '')) return false
    const name = shownName(path)
    const content = fileUrn(name, Number(size))
    const source = { nick, path, md5: md5!, size: Number(size), name, content, at }
    const isKnown = this.#sources.some((each) => each.nick === nick && each.path === path)
    if (!isKnown) this.#sources.push(source)
    if (this.#sources.length > SOURCES_MAX) this.#sources.shift()
    const where = at === undefined ? {} : { at }
    this.site.say({ type: 'found', text, name, size: Number(size), content, ...where })
    return true
  }

  #searched(waiting: Asked[]): void {
    const asked = waiting.shift()
    if (asked !== undefined) this.site.say({ type: 'searched', ...asked })
  }

  /** Somebody wants a file: the server asks whether he may have it. */
  #wanted(nick: string, path: string): void {
    const isYes = this.shares.at(path) !== undefined && this.#uploads < UPLOADS_MAX
    this.tell(isYes ? 608 : 609, `${nick} ${quoted(path)}`)
  }

  /** Somebody wants a file and cannot call. */
  #push(at: Endpoint, path: string): void {
    const shared = this.shares.at(path)
    if (shared === undefined || this.#uploads >= UPLOADS_MAX) return
    this.#uploads++
    this.site.connect(at).state = new Push(this, shared)
  }

  /** @returns whether there is room for one more */
  beginUpload(): boolean {
    if (this.#uploads >= UPLOADS_MAX) return false
    this.#uploads++
    return true
  }

  endUpload(): void {
    this.#uploads--
  }
}
