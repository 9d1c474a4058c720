/**
 * Requests and inserts on their way through a small node: depth first, to the nearest neighbour that
 * was not tried, back where it goes no further.
 *
 *     DataRequest →                          InsertRequest →
 *          ← Accepted                              ← Accepted
 *          ← DataReply, content                    ← InsertReply          nobody has the key
 *          ← StoreData (who has it)          DataInsert, content →
 *                                                  ← StoreData
 *
 * Instead of an answer: QueryRejected, where the request came round in a loop or no neighbour is left
 * (the next is tried, with one hop less); DataNotFound, where no hops are left (nobody else is tried).
 * An insert ends where either happens, and the content is stored from there back.
 * Source: Clarke and others 2001, sections 3.2 and 3.3; hyphanet/legacy
 * src/freenet/node/states/request/Pending.java (what is left of the hops after a rejection).
 */
import { type Endpoint, endpointText } from '../../core/address.ts'
import type { Link } from '../../core/peer.ts'
import { isContentOf, type Key } from './peer-key.ts'
import { endpointOf, type Fields, Line, numberOf, say } from './peer-line.ts'
import type { Node } from './peer-node.ts'
import type { Reference } from './peer-routes.ts'
import type { TextMessage } from './wire/message.ts'

const SECOND = 1_000_000
/** How long a neighbour may take to accept, and each further hop to answer. */
const HOP_MICROS = 5 * SECOND
/** Hops that searching takes beyond its count: 0.5 reckons with so many. */
const HOPS_EXTRA = 4
export const HOPS_USUAL = 15
/** More are cut. */
const HOPS_MAX = 25
const QUERIES_MAX = 1000
const SEEN_MAX = 10_000
/** Once in so many answers a node names itself as their source, so that nobody knows who it was. */
const RESETS = 20
const NEVER = Number.POSITIVE_INFINITY

/** An own query's end: what came, and from which neighbour. */
export type Ended = (content: Uint8Array | undefined, from: Endpoint | undefined) => void

/** A query as it begins here: of a neighbour, or of this node's own. */
interface Begun {
  readonly id: string
  readonly isInsert: boolean
  readonly key: Key
  /** What the next neighbour would be given. */
  hops: number
  readonly from: Link | undefined
  readonly ended: Ended | undefined
}

interface Query extends Begun {
  readonly tried: Set<string>
  via: Reference | undefined
  isAccepted: boolean
  /** What is awaited: an answer; an insert's content; who has it. */
  awaits: 'answer' | 'content' | 'source'
  dueMicros: number
}

export class Queries {
  readonly #node: Node
  readonly #open = new Map<string, Query>()
  readonly #seen = new Set<string>()
  #wakeMicros = NEVER

  constructor(node: Node) {
    this.#node = node
  }

  /** A query of this node's own. */
  begin(isInsert: boolean, key: Key, hops: number, ended: Ended): void {
    this.#add({ id: this.#node.freshId(), isInsert, key, hops, from: undefined, ended })
  }

  #add(of: Begun): void {
    const tried = new Set([this.#node.name])
    const upstream = of.from?.state instanceof Line ? of.from.state.node : undefined
    if (upstream !== undefined) tried.add(endpointText(upstream.at))
    const query: Query = {
      ...of,
      tried,
      via: undefined,
      isAccepted: false,
      awaits: 'answer',
      dueMicros: NEVER,
    }
    this.#remember(of.id)
    this.#open.set(of.id, query)
    this.#next(query)
  }

  #remember(id: string): void {
    this.#seen.add(id)
    if (this.#seen.size <= SEEN_MAX) return
    const [oldest] = this.#seen
    this.#seen.delete(oldest!)
  }

  /** Ask the next neighbour. */
  #next(query: Query): void {
    query.isAccepted = false
    query.via = undefined
    if (query.hops <= 0) return this.#ranOut(query)
    const via = this.#node.routes.nearest(query.key, query.tried)
    if (via === undefined) return this.#deadEnd(query)
    query.tried.add(endpointText(via.at))
    query.via = via
    say(this.#node.lineTo(via), query.isInsert ? 'InsertRequest' : 'DataRequest', [
      ['UniqueID', query.id],
      ['HopsToLive', query.hops.toString(16)],
      ['SearchKey', query.key],
    ])
    this.#wait(query, HOP_MICROS)
  }

  #ranOut(query: Query): void {
    if (query.isInsert) return this.#endOfInsert(query)
    say(query.from, 'DataNotFound', [
      ['UniqueID', query.id],
      ['TimeSinceQuery', '0'],
    ])
    this.#over(query)
  }

  #deadEnd(query: Query): void {
    if (query.isInsert) return this.#endOfInsert(query)
    this.#reject(query.from, query.id, query.hops, 'Route not found')
    this.#over(query)
  }

  #reject(link: Link | undefined, id: string, hops: number, why: string): void {
    say(link, 'QueryRejected', [
      ['UniqueID', id],
      ['HopsToLive', Math.max(0, hops).toString(16)],
      ['Attenuation', '0'],
      ['Reason', why],
    ])
  }

  /** Nobody on the way has the key: the content may come. */
  #endOfInsert(query: Query): void {
    if (query.from === undefined) return this.#over(query)
    say(query.from, 'InsertReply', [['UniqueID', query.id]])
    this.#await(query, 'content')
  }

  #await(query: Query, what: Query['awaits']): void {
    query.awaits = what
    this.#wait(query, HOP_MICROS * (query.hops + HOPS_EXTRA))
  }

  #wait(query: Query, micros: number): void {
    const { site } = this.#node
    query.dueMicros = site.nowMicros + micros
    if (query.dueMicros >= this.#wakeMicros && this.#wakeMicros > site.nowMicros) return
    this.#wakeMicros = query.dueMicros
    site.wakeAt(query.dueMicros)
  }

  /** The end; who began it himself has nothing, unless he was told before. */
  #over(query: Query): void {
    if (!this.#open.delete(query.id)) return
    if (query.awaits === 'answer') query.ended?.(undefined, undefined)
  }

  wake(): void {
    const now = this.#node.site.nowMicros
    for (const query of [...this.#open.values()]) if (query.dueMicros <= now) this.#late(query)
    this.#wakeMicros = Math.min(NEVER, ...[...this.#open.values()].map((each) => each.dueMicros))
    if (this.#wakeMicros !== NEVER) this.#node.site.wakeAt(this.#wakeMicros)
  }

  #late(query: Query): void {
    if (query.awaits !== 'answer' || query.via === undefined) return this.#over(query)
    if (!query.isAccepted) this.#node.routes.forget(query.via)
    query.hops--
    this.#next(query)
  }

  /** A neighbour is gone: what it was asked goes to the next. */
  lost(link: Link): void {
    for (const query of [...this.#open.values()]) {
      if (query.via?.link !== link) continue
      if (query.awaits === 'answer') this.#next(query)
      else this.#over(query)
    }
  }

  drop(): void {
    this.#open.clear()
  }

  // --- What neighbours say -------------------------------------------------------------------------

  /** DataRequest and InsertRequest. */
  asked(link: Link, id: string, said: TextMessage, key: Key): void {
    const hops = Math.min(HOPS_MAX, numberOf(said, 'HopsToLive') ?? 0)
    const known = this.#open.get(id)
    if (known !== undefined || this.#seen.has(id)) {
      return this.#reject(link, id, known?.hops ?? hops, 'Looped request')
    }
    if (this.#open.size >= QUERIES_MAX) return this.#reject(link, id, hops, 'Too many requests')
    say(link, 'Accepted', [['UniqueID', id]])
    if (this.#node.hasBug('drops-requests')) return
    const content = this.#node.store.get(key)
    if (content === undefined) {
      const isInsert = said.name === 'InsertRequest'
      this.#add({ id, isInsert, key, hops: hops - 1, from: link, ended: undefined })
      return
    }
    this.#remember(id)
    say(link, 'DataReply', [['UniqueID', id]], content)
    this.#tellSource(link, id, this.#node.own, 0)
    this.#node.served(key, content.length, link)
  }

  /** Who has it, as far as anybody shall know. */
  #tellSource(link: Link | undefined, id: string, at: Endpoint | undefined, hops: number): void {
    const source: Fields =
      at === undefined ? [] : [['DataSource.physical.tcp', endpointText(at)] as const]
    say(link, 'StoreData', [['UniqueID', id], ...source, ['HopsSinceReset', hops.toString(16)]])
  }

  /** An answer to what this node asked or handed on. */
  answered(link: Link, id: string, said: TextMessage, content: Uint8Array): void {
    const query = this.#open.get(id)
    if (query === undefined) return
    if (said.name === 'DataInsert') {
      if (link === query.from && query.awaits === 'content') this.#inserted(query, content)
      return
    }
    if (query.via?.link !== link) return
    if (said.name === 'StoreData') return this.#stored(query, said)
    if (query.awaits !== 'answer') return
    switch (said.name) {
      case 'Accepted':
        query.isAccepted = true
        return this.#wait(query, HOP_MICROS * (query.hops + HOPS_EXTRA))
      case 'QueryRejected': {
        const left = query.isAccepted ? (numberOf(said, 'HopsToLive') ?? 0) : NEVER
        query.hops = Math.min(query.hops - 1, left)
        return this.#next(query)
      }
      case 'DataNotFound':
        return this.#ranOut(query)
      case 'DataReply':
        return this.#came(query, content)
      case 'InsertReply':
        return this.#approved(query)
      default:
        return
    }
  }

  #came(query: Query, content: Uint8Array): void {
    if (!isContentOf(query.key, content)) {
      query.hops--
      return this.#next(query)
    }
    this.#node.store.put(query.key, content)
    say(query.from, 'DataReply', [['UniqueID', query.id]], content)
    this.#await(query, 'source')
    query.ended?.(content, query.via!.at)
  }

  #approved(query: Query): void {
    if (query.from !== undefined) {
      say(query.from, 'InsertReply', [['UniqueID', query.id]])
      return this.#await(query, 'content')
    }
    const content = this.#node.store.get(query.key)
    if (content === undefined) return this.#over(query)
    say(query.via!.link, 'DataInsert', [['UniqueID', query.id]], content)
    this.#await(query, 'source')
  }

  #inserted(query: Query, content: Uint8Array): void {
    if (!isContentOf(query.key, content)) return this.#over(query)
    this.#node.store.put(query.key, content)
    if (query.via === undefined) {
      this.#tellSource(query.from, query.id, this.#node.own, 0)
      return this.#over(query)
    }
    say(query.via.link, 'DataInsert', [['UniqueID', query.id]], content)
    this.#await(query, 'source')
  }

  #stored(query: Query, said: TextMessage): void {
    if (query.awaits !== 'source') return
    const at = endpointOf(said, 'DataSource.physical.tcp')
    if (at !== undefined && endpointText(at) !== this.#node.name) {
      this.#node.routes.learnKey(at, query.key)
    }
    if (query.from !== undefined) {
      const isReset = this.#node.own !== undefined && this.#node.site.chance(RESETS) === 0
      const hops = (numberOf(said, 'HopsSinceReset') ?? 0) + 1
      this.#tellSource(query.from, query.id, isReset ? this.#node.own : at, isReset ? 0 : hops)
    }
    this.#over(query)
  }
}
