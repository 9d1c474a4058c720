/**
 * A small eDonkey client: logs in to a server, offers files, searches, asks for sources, fetches.
 *
 *     peer-node      frames, tags        peer-shares      its files and their hashes
 *     peer-talk      a connection with another client: serves, fetches, tells what it shares
 *     peer-jobs      what it wants of whom
 *
 * Source: eMule sockets.cpp, ServerSocket.cpp, ListenSocket.cpp; fixtures/server-tcp.pcap.
 */
import { type Endpoint, parseEndpoint } from '../../core/address.ts'
import { TimedPeer } from '../../core/ordered-peer.ts'
import type { Link, Order, Peer, PeerSettings, Site, Talk } from '../../core/peer.ts'
import { Jobs } from './peer-jobs.ts'
import {
  helloOf,
  loginTags,
  NONE,
  newUserHash,
  readFrame,
  serverFrame,
  serverMessageOf,
  textBytes,
} from './peer-node.ts'
import { contentOf, entryOf, type SharedFile, Shares } from './peer-shares.ts'
import { ClientTalk } from './peer-talk.ts'
import { addressOfId, type FileEntry, LOW_ID_END } from './wire/entries.ts'
import type { Hello } from './wire/hello.ts'
import type { SearchTree } from './wire/search-tree.ts'
import type { ServerTcpMessage } from './wire/server-tcp.ts'
import { TAG, tagNumber, tagText } from './wire/tag.ts'

const SEARCHES_MAX = 16
/** What was found; the oldest are forgotten. */
const FILES_MAX = 2048
const TALKS_MAX = 64
const SLOTS = 8
/** Files of one message to the server, as eMule sends them. */
const OFFERED_MAX = 200
/** Deeper trees are refused by servers. */
const WORDS_MAX = 16

/** A file that others have. */
export interface Wanted {
  readonly hash: string
  readonly name: string
  readonly size: number
}

export class Client extends TimedPeer implements Peer {
  readonly shares = new Shares()
  readonly jobs: Jobs
  #userHash = ''
  #server: Link | undefined
  #serverAt: Endpoint | undefined
  /** Given by the server; 0: none yet. */
  id = 0
  readonly #searches: string[] = []
  readonly #found: Wanted[] = []
  #talks = 0
  #slots = SLOTS
  /** Those who wait for a slot. */
  readonly #queue: ClientTalk[] = []

  constructor(settings: PeerSettings) {
    super(settings)
    this.jobs = new Jobs(this)
  }

  override start(site: Site): void {
    super.start(site)
    this.#userHash = newUserHash(site)
    if (this.settings.port !== 0) site.listen('tcp', this.settings.port)
  }

  get hello(): Hello {
    const me = { userHash: this.#userHash, id: this.id, port: this.settings.port }
    return helloOf(this.settings.nick, me, this.#serverAt)
  }

  get canBeCalled(): boolean {
    return this.id >= LOW_ID_END
  }

  opened(link: Link): void {
    if (link === this.#server) return this.#login(link)
    if (link.byUs) return (link.state as Talk).opened(link)
    if (this.#talks >= TALKS_MAX) return link.close()
    this.#talks++
    link.state = new ClientTalk(this)
  }

  data(link: Link, bytes: Uint8Array): number {
    if (link !== this.#server) {
      const talk = link.state as Talk | undefined
      return talk === undefined ? bytes.length : talk.data(link, bytes)
    }
    const used = readFrame(bytes, (frame) => {
      const message = serverMessageOf(frame)
      if (message !== undefined) this.#take(message)
    })
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

  protected woken(now: number): number {
    return this.jobs.wake(now)
  }

  protected obey(order: Order): string | undefined {
    switch (order.do) {
      case 'join':
        if (this.#server !== undefined) return 'at a server already'
        this.#serverAt = order.at
        this.#server = this.site.connect(order.at)
        return undefined
      case 'publish': {
        const shared = this.shares.add(order.file)
        if (shared === undefined) return 'too many files'
        this.#offer([shared])
        const content = contentOf(shared.hash)
        this.site.say({ type: 'published', name: order.file.name, content })
        return undefined
      }
      case 'search':
        return this.#search(order.text)
      case 'fetch': {
        const { name, content } = order
        const wanted = this.#found.findLast((each) =>
          content === undefined ? each.name === name : contentOf(each.hash) === content,
        )
        return wanted === undefined ? `nobody known has ${name}` : this.jobs.get(wanted)
      }
      case 'browse': {
        const at = parseEndpoint(order.of)
        if (at === undefined) return 'a server finds nobody by his nick'
        return this.call(at, ClientTalk.browsing(this, order.of)) ? undefined : 'too many links'
      }
      case 'leave':
        return this.#leave()
      default:
        return 'not understood'
    }
  }

  #login(link: Link): void {
    const { port, nick } = this.settings
    const body = { userHash: this.#userHash, id: 0, port, tags: loginTags(nick) }
    link.send(serverFrame({ type: 'login', body, rest: NONE }))
  }

  #leave(): string | undefined {
    if (this.#server === undefined) return 'at no server'
    this.tell({ type: 'disconnect', body: null, rest: NONE })
    this.#server.close()
    this.#server = undefined
    this.id = 0
    this.#searches.length = 0
    this.jobs.end()
    this.site.say({ type: 'left' })
    return undefined
  }

  #lost(why: string): void {
    if (this.id === 0) this.fail('join', why)
    this.#server = undefined
    this.id = 0
    for (const _ of this.#searches.splice(0)) this.fail('search', why)
  }

  /** @returns whether there is a server to tell it to */
  tell(message: ServerTcpMessage): boolean {
    if (this.#server === undefined || this.id === 0) return false
    this.#server.send(serverFrame(message))
    return true
  }

  #offer(files: readonly SharedFile[]): void {
    for (let at = 0; at < files.length; at += OFFERED_MAX) {
      const body = files
        .slice(at, at + OFFERED_MAX)
        .map((shared) => entryOf(shared, this.id, this.settings.port))
      this.tell({ type: 'offer-files', body, rest: NONE })
    }
  }

  #search(wanted: string): string | undefined {
    if (this.#searches.length >= SEARCHES_MAX) return 'too many searches'
    const body = treeOf(wanted)
    if (body === undefined) return 'no words'
    if (!this.tell({ type: 'search', body, rest: NONE })) return 'at no server'
    this.#searches.push(wanted)
    return undefined
  }

  #take(message: ServerTcpMessage): void {
    switch (message.type) {
      case 'id-change':
        return this.#identified(message.body.id)
      case 'search-result':
        return this.#results(message.body.files)
      case 'found-sources':
        return this.jobs.sources(message.body.hash, message.body.sources)
      case 'callback-requested': {
        const { ip, port } = message.body
        this.call({ ip, port }, new ClientTalk(this))
        return
      }
      default:
        // A failed callback does not say whose it was: it is waited for in vain.
        return
    }
  }

  #identified(id: number): void {
    const isNew = this.id === 0
    this.id = id
    if (!isNew || id === 0) return
    this.site.say({ type: 'joined', at: this.#serverAt! })
    this.#offer(this.shares.all)
  }

  #results(files: readonly FileEntry[]): void {
    const wanted = this.#searches.shift()
    if (wanted === undefined) return
    for (const entry of files) this.learn(wanted, entry)
    this.site.say({ type: 'searched', text: wanted, hits: files.length })
  }

  learn(text: string, { hash, id, port, tags }: FileEntry): void {
    const name = tagText(tags, TAG.name)
    const size = tagNumber(tags, TAG.size)
    if (name === undefined || size === undefined) return
    if (!this.#found.some((each) => each.hash === hash && each.name === name)) {
      this.#found.push({ hash, name, size })
      if (this.#found.length > FILES_MAX) this.#found.shift()
    }
    const ip = addressOfId(id)
    const at = ip === undefined || port === 0 ? {} : { at: { ip, port } }
    this.site.say({ type: 'found', text, name, size, content: contentOf(hash), ...at })
  }

  /** @returns whether there is room for one more link */
  call(to: Endpoint, talk: ClientTalk): boolean {
    if (this.#talks >= TALKS_MAX) return false
    this.#talks++
    this.site.connect(to).state = talk
    return true
  }

  /** A talk with another client is over. */
  ended(talk: ClientTalk, hadSlot: boolean): void {
    this.#talks--
    const index = this.#queue.indexOf(talk)
    if (index >= 0) this.#queue.splice(index, 1)
    if (!hadSlot) return
    this.#slots++
    const next = this.#queue.shift()
    if (next !== undefined) {
      this.#slots--
      next.accept()
    }
  }

  /** @returns 0 where he may load now, else his place in the queue */
  enqueue(talk: ClientTalk): number {
    if (this.#slots > 0) {
      this.#slots--
      return 0
    }
    if (!this.#queue.includes(talk)) this.#queue.push(talk)
    return 1 + this.#queue.indexOf(talk)
  }
}

/** All words, as eMule joins them: AND of the first and the rest. */
function treeOf(wanted: string): SearchTree | undefined {
  const words = wanted.split(/\s+/).filter((word) => word !== '')
  const nodes = words.slice(0, WORDS_MAX).map((word): SearchTree => {
    return { type: 'keyword', text: textBytes(word) }
  })
  return nodes.length === 0
    ? undefined
    : nodes.reduceRight((right, left) => ({ type: 'and', left, right }))
}
