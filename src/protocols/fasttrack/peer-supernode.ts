/**
 * A small supernode: answers pings, takes nodes as long as there is room, indexes what they share,
 * finds it for them, and passes pushes on. Supernodes ask each other for nothing: of what true ones
 * say to each other too little is known.
 */
import { type Endpoint, endpointText } from '../../core/address.ts'
import type { Link, Order, Peer, PeerSettings, Site } from '../../core/peer.ts'
import {
  endFrame,
  type Frame,
  listFrame,
  type NodeFacts,
  nodeIn,
  pushedIn,
  pushFrame,
  pushIn,
  queryIn,
  type Result,
  resultsFrame,
  sharedAt,
  shareIn,
  TYPES,
} from './peer-frames.ts'
import { SealedLine } from './peer-seal.ts'
import { factsOfShared } from './peer-shares.ts'
import { chance32, ENCRYPTION, hasBug, networkOf, ownEndpoint, searchWords } from './peer-words.ts'
import { type Datagram, datagramWire } from './wire/datagram.ts'
import { answerWire, helloWire } from './wire/handshake.ts'

/** PROTOCOL guesses at a hundred for each supernode; some more are taken when others are gone. */
const NODES_MAX = 150
const FILES_MAX = 200
const RESULTS_MAX = 64
const SUPERNODES_MAX = 200
/** Unknown bytes of a pong, as a real one had them: mercury capture2.pcap, frame 1054. */
const PONG_INFO = Uint8Array.of(0x00, 0x0f, 0x59, 0xd9, 0x4e, 0xfa)

interface IndexedFile {
  readonly owner: Child
  readonly words: readonly string[]
  /** As its owner told it. */
  readonly told: Uint8Array
}

const NO_FILES: ReadonlySet<IndexedFile> = new Set()

/** A link with a node; it is the link's `state`. */
interface Child {
  line: SealedLine | undefined
  facts: NodeFacts | undefined
  readonly files: IndexedFile[]
}

export class Supernode implements Peer {
  readonly #settings: PeerSettings
  readonly #network: string
  readonly #children = new Map<Link, Child>()
  readonly #byWord = new Map<string, Set<IndexedFile>>()
  readonly #others = new Map<string, Endpoint>()
  #joining: Endpoint[] = []
  #site!: Site

  constructor(settings: PeerSettings) {
    this.#settings = settings
    this.#network = networkOf(settings)
  }

  start(site: Site): void {
    this.#site = site
    site.listen('tcp', this.#settings.port)
    site.listen('udp', this.#settings.port)
  }

  get #own(): Endpoint {
    return ownEndpoint(this.#site, this.#settings)
  }

  get #hasRoom(): boolean {
    return this.#children.size < NODES_MAX
  }

  wake(): void {}

  // --- Datagrams -----------------------------------------------------------------------------------

  datagram(_port: number, from: Endpoint, bytes: Uint8Array): void {
    const outcome = datagramWire.parse(bytes, 0)
    if (outcome.kind !== 'message' || hasBug(this.#settings, 'mute-udp')) return
    const said = outcome.message
    if (said.type === 'ping' && said.network === this.#network) this.#pinged(from)
    if (said.type === 'pong' || said.type === 'pong-2') this.#ponged(from, said.type)
  }

  #pinged(from: Endpoint): void {
    if (this.#hasRoom) {
      const network = this.#network
      return this.#tell(from, { type: 'pong', encryption: ENCRYPTION, info: PONG_INFO, network })
    }
    // Somebody else, who may have room.
    const others = [...this.#others.values()]
    const endpoint = others[this.#site.chance(Math.max(1, others.length))]
    this.#tell(from, {
      type: 'pong-2',
      encryption: ENCRYPTION,
      kind: 1,
      flag: endpoint === undefined ? 0 : 1,
      reserved: 0,
      id: chance32(this.#site),
      ...(endpoint !== undefined && { address: { endpoint, tail: 0 } }),
    })
  }

  #tell(to: Endpoint, said: Datagram): void {
    this.#site.sendTo(this.#settings.port, to, datagramWire.emit(said))
  }

  #ponged(from: Endpoint, type: 'pong' | 'pong-2'): void {
    const name = endpointText(from)
    if (this.#others.size < SUPERNODES_MAX) this.#others.set(name, from)
    if (type === 'pong-2') this.#tell(from, { type: 'pong-2-answer', id: 0 })
    const asked = this.#joining.length
    this.#joining = this.#joining.filter((at) => endpointText(at) !== name)
    if (this.#joining.length < asked) this.#site.say({ type: 'joined', at: from })
  }

  // --- Links ---------------------------------------------------------------------------------------

  opened(link: Link): void {
    link.state = { line: undefined, facts: undefined, files: [] } satisfies Child
  }

  data(link: Link, bytes: Uint8Array): number {
    const child = link.state as Child
    if (child.line === undefined) return this.#hello(link, child, bytes)
    const isGood = child.line.read(
      bytes,
      () => this.#named(link, child),
      (frame) => this.#take(child, frame),
    )
    if (!isGood) this.#drop(link)
    return bytes.length
  }

  #drop(link: Link): void {
    link.close()
    this.closed(link)
  }

  closed(link: Link): void {
    this.#children.delete(link)
    for (const file of (link.state as Child).files) {
      for (const word of file.words) {
        const files = this.#byWord.get(word)
        files?.delete(file)
        if (files?.size === 0) this.#byWord.delete(word)
      }
    }
  }

  #hello(link: Link, child: Child, bytes: Uint8Array): number {
    const outcome = helloWire.parse(bytes, 0)
    if (outcome.kind !== 'message') return 0
    const seed = chance32(this.#site)
    link.send(answerWire.emit({ seed, maskedType: chance32(this.#site) }))
    child.line = new SealedLine(link, [outcome.message.seed, seed])
    child.line.sendName(this.#network)
    return outcome.size
  }

  /** @returns whether this node may stay */
  #named(link: Link, { line }: Child): boolean {
    if (line!.network !== this.#network) return false
    line!.send(listFrame([...this.#others.values()]))
    // Who finds no room still gets the list.
    if (!this.#hasRoom) return false
    this.#children.set(link, link.state as Child)
    return true
  }

  #take(child: Child, { type, body }: Frame): void {
    switch (type) {
      case TYPES.node:
        child.facts = nodeIn(body)
        return
      case TYPES.share:
        return this.#shared(child, shareIn(body))
      case TYPES.query:
        return this.#search(child, body)
      case TYPES.push:
        return this.#push(body)
    }
  }

  #shared(owner: Child, told: Uint8Array): void {
    const shared = sharedAt(told, 0)
    if (shared === undefined || owner.files.length >= FILES_MAX) return
    const words = searchWords(factsOfShared(shared.file).name)
    const file = { owner, words, told }
    owner.files.push(file)
    for (const word of words) {
      const files = this.#byWord.get(word) ?? new Set()
      this.#byWord.set(word, files.add(file))
    }
  }

  #search(child: Child, body: Uint8Array): void {
    const query = queryIn(body)
    if (query === undefined) return
    const results: Result[] = []
    for (const { owner, told } of this.#withWords(searchWords(query.words))) {
      if (results.length >= Math.min(query.results, RESULTS_MAX)) break
      if (owner !== child && owner.facts !== undefined) results.push({ ...owner.facts, told })
    }
    if (results.length > 0) {
      child.line!.send(resultsFrame(this.#own, query.id, this.#network, results))
    }
    child.line!.send(endFrame(query.id))
  }

  /** Files that have all the words. */
  *#withWords(words: readonly string[]): Iterable<IndexedFile> {
    const sets = words.map((word) => this.#byWord.get(word) ?? NO_FILES)
    const [rarest, ...others] = sets.sort((a, b) => a.size - b.size)
    for (const file of rarest ?? NO_FILES) {
      if (others.every((files) => files.has(file))) yield file
    }
  }

  /** To the node that is to call somebody. */
  #push(body: Uint8Array): void {
    const push = pushIn(body)
    const to = pushedIn(body)
    if (push === undefined || to === undefined) return
    for (const { facts, line } of this.#children.values()) {
      if (facts?.user !== to.user || facts.at.ip !== to.at.ip) continue
      line!.send(pushFrame(push))
      return
    }
  }

  // --- Orders --------------------------------------------------------------------------------------

  order(order: Order): void {
    if (order.do === 'join') {
      this.#joining.push(order.at)
      if (this.#joining.length > SUPERNODES_MAX) this.#joining.shift()
      const network = this.#network
      this.#tell(order.at, { type: 'ping', encryption: ENCRYPTION, flag: 0x80, network })
    } else if (order.do === 'leave') {
      for (const link of this.#children.keys()) link.close()
      this.#children.clear()
      this.#byWord.clear()
      this.#site.say({ type: 'left' })
    } else {
      const why = 'a supernode has no person at it'
      this.#site.say({ type: 'failed', order: order.do, why })
    }
  }
}
