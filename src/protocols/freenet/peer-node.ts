/**
 * A small node of Freenet 0.5, in clear: it keeps what passes by, and routes what is asked for by
 * keys.
 *
 *     peer-line      how a connection opens, messages on it
 *     peer-routes    whom it knows, and what each is near to
 *     peer-queries   requests and inserts under way
 *     peer-store     what it holds               peer-key   what things are called
 *
 * Nobody can be searched: who looks for words must know them. `search` asks for the document under
 * the words, which names the content; `fetch` asks for that.
 */
import { type Endpoint, endpointText } from '../../core/address.ts'
import { OrderedPeer } from '../../core/ordered-peer.ts'
import type { Link, Order, Peer, PeerFile, PeerSettings, Site } from '../../core/peer.ts'
import { fileBytes } from '../../core/peer-file.ts'
import {
  contentKey,
  isKey,
  type Key,
  keyOfUrn,
  keyUrn,
  type Redirect,
  redirectBytes,
  redirectIn,
  titleOf,
  wordsKey,
} from './peer-key.ts'
import { CONTENT_BYTES_MAX, endpointOf, greeting, identity, Line } from './peer-line.ts'
import { HOPS_USUAL, Queries } from './peer-queries.ts'
import { type Reference, Routes } from './peer-routes.ts'
import { Store } from './peer-store.ts'
import { fieldOf, type TextMessage } from './wire/message.ts'

export const ROLES = ['node'] as const

// biome-ignore format: a table
export const BUGS = [
  // It accepts requests and says nothing more, as one that has too much to do.
  'drops-requests',
] as const

/** Documents that were found, and own files, by what they are called. */
const NAMES_MAX = 4096

export class Node extends OrderedPeer implements Peer {
  readonly routes = new Routes()
  readonly store = new Store()
  readonly #queries: Queries
  readonly #links = new Set<Link>()
  readonly #found = new Map<string, Redirect>()
  readonly #names = new Map<Key, string>()
  /** Where it takes calls; who takes none is told to nobody. */
  own: Endpoint | undefined
  name = ''

  constructor(settings: PeerSettings) {
    super(settings)
    this.#queries = new Queries(this)
  }

  override start(site: Site): void {
    super.start(site)
    const { port, isFirewalled } = this.settings
    this.name = endpointText({ ip: site.ip, port })
    if (port === 0) return
    site.listen('tcp', port)
    if (!isFirewalled) this.own = { ip: site.ip, port }
  }

  hasBug(bug: (typeof BUGS)[number]): boolean {
    return this.settings.bugs.includes(bug)
  }

  /** 64 bits in hex, the two halves of which differ: so it must be. */
  freshId(): string {
    const words = [0, 1, 2, 3].map(() => this.site.chance(0x1_0000).toString(16).padStart(4, '0'))
    return words.join('')
  }

  // --- Connections ---------------------------------------------------------------------------------

  /** The connection with a node; one is made where there is none. */
  lineTo(node: Reference): Link {
    node.link ??= this.#call(node.at, node)
    return node.link
  }

  #call(at: Endpoint, node: Reference | undefined): Link {
    const link = this.site.connect(at)
    const line = new Line(true)
    line.node = node
    link.state = line
    this.#links.add(link)
    link.send(greeting(this.freshId(), this.own))
    return link
  }

  opened(link: Link): void {
    if (link.byUs) return
    link.state = new Line(false)
    this.#links.add(link)
  }

  data(link: Link, bytes: Uint8Array): number {
    const line = link.state as Line
    const used = line.read(bytes, (said, content) => this.#take(link, line, said, content))
    if (used !== 'broken') return used
    link.close()
    this.closed(link, 'closed')
    return bytes.length
  }

  closed(link: Link, why: 'closed' | 'refused'): void {
    this.#links.delete(link)
    const { node, isJoin } = link.state as Line
    if (isJoin) this.fail('join', why)
    if (node !== undefined && why === 'refused') this.routes.forget(node)
    this.#queries.lost(link)
    if (node?.link === link) node.link = undefined
  }

  datagram(): void {}

  wake(): void {
    this.#queries.wake()
  }

  #take(link: Link, line: Line, said: TextMessage, content: Uint8Array): void {
    const id = fieldOf(said, 'UniqueID')
    if (id === undefined) return
    if (said.name === 'Identify') return this.#identified(link, line, said)
    const key = fieldOf(said, 'SearchKey')
    if (said.name === 'DataRequest' || said.name === 'InsertRequest') {
      if (isKey(key)) this.#queries.asked(link, id, said, key)
    } else this.#queries.answered(link, id, said, content)
  }

  #identified(link: Link, line: Line, said: TextMessage): void {
    const at = link.byUs ? link.remote : endpointOf(said, 'Source.physical.tcp')
    if (at !== undefined && endpointText(at) !== this.name) line.node = this.routes.learn(at, link)
    if (!link.byUs) link.send(identity(this.freshId(), this.own))
    if (!line.isJoin) return
    line.isJoin = false
    this.site.say({ type: 'joined', at: link.remote })
  }

  // --- Orders --------------------------------------------------------------------------------------

  served(key: Key, bytes: number, { remote }: Link): void {
    this.site.say({ type: 'served', name: this.#names.get(key) ?? key, bytes, to: remote })
  }

  protected obey(order: Order): string | undefined {
    switch (order.do) {
      case 'join': {
        const link = this.#call(order.at, undefined)
        ;(link.state as Line).isJoin = true
        return undefined
      }
      case 'publish':
        return this.#publish(order.file)
      case 'search':
        return this.#search(order.text, order.ttl ?? HOPS_USUAL)
      case 'fetch':
        return this.#load(order.name, order.content)
      case 'leave':
        for (const link of this.#links) link.close()
        this.#links.clear()
        for (const node of this.routes.all) node.link = undefined
        this.#queries.drop()
        this.site.say({ type: 'left' })
        return undefined
      default:
        return 'nobody can be asked what he has'
    }
  }

  #publish(file: PeerFile): string | undefined {
    if (file.size > CONTENT_BYTES_MAX) return 'too large for one key'
    const content = fileBytes(file, 0, file.size)
    const target = contentKey(content)
    const { name, size } = file
    const documents = [
      [target, content],
      [wordsKey(titleOf(name)), redirectBytes({ target, name, size })],
    ] as const
    this.site.say({ type: 'published', name, content: keyUrn(target) })
    for (const [key, bytes] of documents) {
      if (this.#names.size < NAMES_MAX) this.#names.set(key, name)
      this.store.put(key, bytes)
      this.#queries.begin(true, key, HOPS_USUAL, () => {})
    }
    return undefined
  }

  #search(text: string, hops: number): string | undefined {
    const key = wordsKey(text)
    this.#get(key, hops, (bytes) => {
      const document = bytes && redirectIn(bytes)
      if (document !== undefined) {
        const { target, name, size } = document
        if (this.#found.size < NAMES_MAX) this.#found.set(name, document)
        this.site.say({ type: 'found', text, name, size, content: keyUrn(target) })
      }
      this.site.say({ type: 'searched', text, hits: document === undefined ? 0 : 1 })
    })
    return undefined
  }

  /** By the key that a search led to, or that somebody told. */
  #load(name: string, content: string | undefined): string | undefined {
    const target = content === undefined ? this.#found.get(name)?.target : keyOfUrn(content)
    if (target === undefined) return `no key of ${name} is known`
    this.#get(target, HOPS_USUAL, (bytes, from) => {
      if (bytes === undefined) return this.fail('fetch', 'not found under its key')
      const verified = contentKey(bytes) === target
      const at = from ?? { ip: this.site.ip, port: this.settings.port }
      this.site.say({ type: 'fetched', name, bytes: bytes.length, from: at, verified })
    })
    return undefined
  }

  /** Out of the own store, or by a request. */
  #get(key: Key, hops: number, ended: Parameters<Queries['begin']>[3]): void {
    const content = this.store.get(key)
    if (content === undefined) this.#queries.begin(false, key, hops, ended)
    else ended(content, undefined)
  }
}
