/**
 * A small node: finds a supernode, tells it what it shares, searches there, fetches over HTTP.
 *
 *     peer-finder     which supernode takes it        peer-seal, peer-frames   what is said on that link
 *     peer-upload     files and lists for others      peer-download            those of others
 *     peer-heads      what heads say                  peer-shares, peer-hash   its files
 */
import { type Endpoint, endpointText, parseEndpoint } from '../../core/address.ts'
import { NEVER, OrderedPeer } from '../../core/ordered-peer.ts'
import type { Link, Order, Peer, PeerSettings, Site, Talk } from '../../core/peer.ts'
import { Downloads, ListFetch, type Source } from './peer-download.ts'
import { Finder } from './peer-finder.ts'
import {
  endIn,
  type Frame,
  listIn,
  type NodeFacts,
  nodeFrame,
  pushFrame,
  pushIn,
  queryFrame,
  resultsIn,
  shareFrame,
  TYPES,
} from './peer-frames.ts'
import { SealedLine } from './peer-seal.ts'
import { factsOfShared, hashUrn, Shares } from './peer-shares.ts'
import { Give, Upload } from './peer-upload.ts'
import { chance32, networkOf, ownEndpoint, wire8 } from './peer-words.ts'
import { answerWire, helloWire } from './wire/handshake.ts'
import type { SharedFile } from './wire/shared-file.ts'

const RESULTS_WANTED = 64
/** What was found; the oldest are forgotten. */
const SOURCES_MAX = 2048
const SEARCHES_MAX = 64

export class Node extends OrderedPeer implements Peer {
  readonly shares = new Shares()
  readonly downloads: Downloads
  readonly finder: Finder
  supernodeAt: Endpoint | undefined
  #supernode: SupernodeLink | undefined
  /** By number: what was asked for, and how much came. */
  readonly #searches = new Map<number, { readonly text: string; hits: number }>()
  #searched = 0
  /** Who has what; what was found first goes first. */
  readonly #sources = new Map<string, Source>()

  constructor(settings: PeerSettings) {
    super(settings)
    this.downloads = new Downloads(this)
    this.finder = new Finder(this)
  }

  override start(site: Site): void {
    super.start(site)
    const { port } = this.settings
    if (port === 0) return
    site.listen('tcp', port)
    site.listen('udp', port)
  }

  get canBeCalled(): boolean {
    return this.settings.port !== 0 && !this.settings.isFirewalled
  }

  // --- What arrives --------------------------------------------------------------------------------

  opened(link: Link): void {
    if (!link.byUs) link.state = new Upload(this)
    ;(link.state as Talk).opened(link)
  }

  data(link: Link, bytes: Uint8Array): number {
    return (link.state as Talk).data(link, bytes)
  }

  closed(link: Link, why: 'closed' | 'refused'): void {
    ;(link.state as Talk).closed(link, why)
  }

  datagram(_port: number, from: Endpoint, bytes: Uint8Array): void {
    this.finder.datagram(from, bytes)
  }

  alarm(): void {
    const due = Math.min(this.finder.dueMicros, this.downloads.dueMicros)
    if (due !== NEVER) this.site.wakeAt(due)
  }

  wake(): void {
    if (this.finder.dueMicros <= this.site.nowMicros) this.finder.wake()
    this.downloads.wake()
    this.alarm()
  }

  // --- The supernode -------------------------------------------------------------------------------

  callSupernode(at: Endpoint): Link {
    const link = this.site.connect(at)
    link.state = new SupernodeLink(this)
    return link
  }

  lonely(): void {
    this.fail('join', 'no supernode answers')
  }

  /** It took this node. */
  linked(link: Link, by: SupernodeLink): void {
    this.finder.end(link)
    this.#supernode = by
    this.supernodeAt = link.remote
    const at = ownEndpoint(this.site, this.settings)
    const shares = [...this.shares.all].map(({ told }) => shareFrame(told))
    by.send(nodeFrame({ at, user: wire8(this.settings.nick) }), ...shares)
    this.site.say({ type: 'joined', at: link.remote })
  }

  /** A link with a supernode is over, or did not come to be. */
  unlinked(link: Link, by: SupernodeLink): void {
    if (by !== this.#supernode) return this.finder.failed(link)
    this.#supernode = undefined
    this.supernodeAt = undefined
    for (const _ of this.#searches) this.fail('search', 'the supernode is gone')
    this.#searches.clear()
    this.finder.begin()
  }

  said({ type, body }: Frame): void {
    switch (type) {
      case TYPES.list:
        for (const at of listIn(body)) this.finder.learn(at)
        return
      case TYPES.results: {
        const found = resultsIn(body)
        const search = this.#searches.get(found?.id ?? -1)
        if (search === undefined) return
        for (const { file, ...of } of found!.results) {
          search.hits++
          this.learn(search.text, of, file)
        }
        return
      }
      case TYPES.end: {
        const id = endIn(body) ?? -1
        const search = this.#searches.get(id)
        if (this.#searches.delete(id)) this.site.say({ type: 'searched', ...search! })
        return
      }
      case TYPES.push: {
        const push = pushIn(body)
        if (push !== undefined) this.site.connect(push.at).state = new Give(this, push.id)
      }
    }
  }

  /** Ask the owner of a file to call. @returns whether there is a supernode to tell it */
  push(id: number, { at, user }: Source): boolean {
    const own = ownEndpoint(this.site, this.settings)
    const supernode = this.supernodeAt
    if (supernode === undefined) return false
    // A search finds only what hangs on the same supernode.
    return this.#tell(pushFrame({ id, at: own }, { at, user, supernode }))
  }

  #tell(...frames: readonly Frame[]): boolean {
    this.#supernode?.send(...frames)
    return this.#supernode !== undefined
  }

  /** Somebody has a file. */
  learn(searched: string, { at, user }: NodeFacts, file: SharedFile): void {
    const { hash, name, size } = factsOfShared(file)
    this.#sources.set(`${hash} ${endpointText(at)} ${user}`, { at, user, hash, name, size })
    const [oldest] = this.#sources.keys()
    if (this.#sources.size > SOURCES_MAX) this.#sources.delete(oldest!)
    this.site.say({ type: 'found', text: searched, name, size, content: hashUrn(hash), at })
  }

  // --- Orders --------------------------------------------------------------------------------------

  protected obey(order: Order): string | undefined {
    switch (order.do) {
      case 'join':
        this.finder.learn(order.at)
        if (this.#supernode === undefined) this.finder.begin()
        return undefined
      case 'publish': {
        const shared = this.shares.add(order.file)
        if (shared === undefined) return 'too many files'
        this.#tell(shareFrame(shared.told))
        const { name } = order.file
        this.site.say({ type: 'published', name, content: hashUrn(shared.hash) })
        return undefined
      }
      case 'search':
        return this.#search(order.text)
      case 'fetch': {
        const { name, content } = order
        const sources = [...this.#sources.values()].filter((source) =>
          content === undefined ? source.name === name : hashUrn(source.hash) === content,
        )
        return this.downloads.begin(name, sources)
      }
      case 'browse':
        return this.#browse(order.of)
      case 'leave':
        this.finder.end()
        this.#supernode?.close()
        this.#supernode = undefined
        this.supernodeAt = undefined
        this.#searches.clear()
        this.downloads.end()
        this.site.say({ type: 'left' })
        return undefined
    }
  }

  #search(text: string): string | undefined {
    if (this.#searches.size >= SEARCHES_MAX) return 'too much is asked already'
    this.#searched = (this.#searched + 1) % 0x1_0000
    const id = this.#searched
    if (!this.#tell(queryFrame({ id, results: RESULTS_WANTED, words: text }))) {
      return 'no supernode'
    }
    this.#searches.set(id, { text, hits: 0 })
    return undefined
  }

  #ofUser(nick: string): Source | undefined {
    return [...this.#sources.values()].find(({ user }) => user === wire8(nick))
  }

  /** By address, or by the name of one who was found to have something. */
  #browse(of: string): string | undefined {
    const at = parseEndpoint(of) ?? this.#ofUser(of)?.at
    if (at === undefined) return `nobody knows where ${of} is`
    if (at.port === 0) return `${of} cannot be called`
    this.site.connect(at).state = new ListFetch(this, of)
    return undefined
  }
}

/** The link with a supernode, or the attempt at one. */
class SupernodeLink implements Talk {
  readonly #node: Node
  readonly #seed: number
  #line: SealedLine | undefined
  #link: Link | undefined

  constructor(node: Node) {
    this.#node = node
    this.#seed = chance32(node.site)
  }

  opened(link: Link): void {
    const { site } = this.#node
    this.#link = link
    const random = chance32(site)
    link.send(helloWire.emit({ random, seed: this.#seed, maskedType: chance32(site) }))
  }

  data(link: Link, bytes: Uint8Array): number {
    if (this.#line === undefined) {
      const outcome = answerWire.parse(bytes, 0)
      if (outcome.kind !== 'message') return 0
      this.#line = new SealedLine(link, [this.#seed, outcome.message.seed])
      this.#line.sendName(networkOf(this.#node.settings))
      return outcome.size
    }
    const isGood = this.#line.read(
      bytes,
      () => this.#named(link),
      (frame) => this.#node.said(frame),
    )
    if (!isGood) {
      link.close()
      this.closed(link)
    }
    return bytes.length
  }

  /** @returns whether it is of the same network */
  #named(link: Link): boolean {
    const isSame = this.#line!.network === networkOf(this.#node.settings)
    if (isSame) this.#node.linked(link, this)
    return isSame
  }

  send(...frames: readonly Frame[]): void {
    this.#line?.send(...frames)
  }

  close(): void {
    this.#link?.close()
  }

  closed(link: Link): void {
    this.#node.unlinked(link, this)
  }
}
