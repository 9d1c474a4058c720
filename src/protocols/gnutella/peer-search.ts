/**
 * Searches of a small peer, its own and those that pass: who is asked, how hits come back, and how a
 * push finds its way to who made a hit.
 *
 * Servents flood (Gnutella 0.4 section 3.3). A leaf asks its ultrapeers; an ultrapeer asks its
 * leaves by their tables and others little by little (peer-dynamic.ts), or floods where a search
 * says how far. A query of another ultrapeer is flooded on.
 */

import type { Endpoint } from '../../core/address.ts'
import { bytesOf } from '../../core/bytes.ts'
import { NEVER, SECOND } from '../../core/ordered-peer.ts'
import { DynamicQueries } from './peer-dynamic.ts'
import { aged, type Lane, LIFE_MAX, OWN } from './peer-lane.ts'

import type { Overlay } from './peer-overlay.ts'
import { askedOf } from './peer-qrp.ts'
import { Routes } from './peer-routes.ts'
import { extensionsOf, urnsOf } from './wire/extensions.ts'
import { emitMessage, type GnutellaMessage } from './wire/message.ts'
import type { Push, Query } from './wire/payload.ts'
import { type QueryHit, trailerOf } from './wire/query-hit.ts'

const NOTHING = new Uint8Array(0)
const SEARCHES_MAX = 16
/** How long answers are awaited. A dynamic query takes up to a minute. */
const FLOOD_MICROS = 30 * SECOND
const DYNAMIC_MICROS = 90 * SECOND
const SOURCES_MAX = 256
const SERVENTS_MAX = 1024
/** An ultrapeer says that fresh queries may go 4 links; those of leaves it lengthens itself. */
const ULTRAPEER_LIFE_MAX = 4

interface OwnSearch {
  readonly text: string
  readonly guid: Uint8Array
  readonly untilMicros: number
  hits: number
}

/** Somebody who says that he has a file. */
export interface Source {
  readonly name: string
  readonly size: number
  readonly index: number
  readonly content: string | undefined
  readonly at: Endpoint
  readonly servent: Uint8Array
  /** It says that nobody can call it. */
  readonly push: boolean
  readonly hops: number
}

/** What a push asks of this very peer. */
export type PushHandler = (index: number, to: Endpoint) => void

export class Search {
  readonly sources: Source[] = []
  onPush: PushHandler = () => {}
  readonly #overlay: Overlay
  readonly #dynamic: DynamicQueries
  /** Who made a hit: a push goes there. */
  readonly #servents = new Routes(SERVENTS_MAX)
  readonly #own: OwnSearch[] = []

  constructor(overlay: Overlay) {
    this.#overlay = overlay
    this.#dynamic = new DynamicQueries(overlay)
  }

  // --- One's own ---------------------------------------------------------------------------------

  /** @returns why it cannot be, or undefined */
  begin(text: string, ttl: number | undefined): string | undefined {
    const { node, lanes, asked } = this.#overlay
    if (lanes.length === 0) return 'no links'
    if (this.#own.length >= SEARCHES_MAX) return 'too many searches'
    const guid = node.newGuid()
    asked.put(guid, 0, OWN)
    const isDynamic = node.role === 'ultrapeer' && ttl === undefined
    const life = ttl ?? (node.role === 'servent' ? LIFE_MAX : ULTRAPEER_LIFE_MAX)
    const waits = node.role === 'servent' || ttl !== undefined ? FLOOD_MICROS : DYNAMIC_MICROS
    const untilMicros = node.site.nowMicros + waits
    this.#own.push({ text, guid, untilMicros, hits: 0 })
    node.alarm(untilMicros)
    const bytes = emitMessage({ guid, kind: 0x80, ttl: life, hops: 0, payload: this.#query(text) })
    if (node.role === 'ultrapeer') this.#toLeaves(bytes, 0, askedOf(text).hashes, undefined)
    if (isDynamic) this.#dynamic.begin(bytes, OWN)
    else for (const lane of lanes) if (lane.other !== 'leaf') lane.link.send(bytes)
    return undefined
  }

  #query(text: string): Query {
    const { role, settings } = this.#overlay.node
    if (role === 'servent') return { type: 'query', flags: 0, text, extra: NOTHING }
    // `urn:` asks for content names (HUGE 0.94); the flags stand in query-flags.ts.
    const flags = settings.isFirewalled ? 0xc000 : 0x8000
    return { type: 'query', flags, text, extra: bytesOf('urn:') }
  }

  #ownOf(guid: Uint8Array): OwnSearch | undefined {
    return this.#own.find((own) => own.guid.every((byte, i) => byte === guid[i]))
  }

  /** @returns when to come again */
  wake(now: number): number {
    for (let i = this.#own.length - 1; i >= 0; i--) {
      if (this.#own[i]!.untilMicros <= now) this.#finish(this.#own.splice(i, 1)[0]!)
    }
    const ends = this.#own.map(({ untilMicros }) => untilMicros)
    return Math.min(NEVER, ...ends, this.#dynamic.wake(now))
  }

  #finish({ text, hits }: OwnSearch): void {
    this.#overlay.node.site.say({ type: 'searched', text, hits })
  }

  /** Nothing more is awaited. */
  end(): void {
    for (const own of this.#own.splice(0)) this.#finish(own)
    this.#dynamic.end()
  }

  // --- Queries that pass -------------------------------------------------------------------------

  asked(lane: Lane, said: GnutellaMessage, query: Query, bytes: Uint8Array): void {
    const { node, shares } = this.#overlay
    const { words, hashes } = askedOf(query.text)
    const hit = shares.find(query.text, words)
    if (hit !== undefined) {
      const { guid, hops } = said
      lane.link.send(emitMessage({ guid, kind: 0x81, ttl: hops + 2, hops: 0, payload: hit }))
    }
    if (node.role === 'leaf') return
    if (node.role === 'servent') {
      this.#overlay.flood(bytes, said.ttl, said.hops, lane)
      return
    }
    this.#toLeaves(bytes, said.hops + 1, hashes, lane)
    if (lane.other === 'leaf') {
      const life = Math.min(said.ttl, ULTRAPEER_LIFE_MAX)
      this.#dynamic.begin(aged(bytes, life, said.hops + 1), lane.number)
    } else {
      this.#overlay.flood(bytes, Math.min(said.ttl, ULTRAPEER_LIFE_MAX), said.hops, lane)
    }
  }

  /** Only leaves whose tables have all the words are asked: they are shielded. */
  #toLeaves(bytes: Uint8Array, hops: number, hashes: readonly number[], but: Lane | undefined) {
    if (!this.#overlay.leavesMayHave(hashes)) return
    let last: Uint8Array | undefined
    for (const lane of this.#overlay.lanes) {
      if (lane === but || lane.table === undefined || !lane.table.hasAll(hashes)) continue
      last ??= aged(bytes, 1, hops)
      lane.link.send(last)
    }
  }

  // --- Hits --------------------------------------------------------------------------------------

  answered(lane: Lane, said: GnutellaMessage, hit: QueryHit, bytes: Uint8Array): void {
    const { asked } = this.#overlay
    const number = asked.get(said.guid)
    if (number === undefined) return
    this.#servents.put(hit.servent, 0, lane.number)
    this.#dynamic.counted(said.guid, hit.hits.length)
    if (number === OWN) this.#found(said, hit)
    else this.#overlay.back(bytes, said, number)
  }

  #found({ guid, hops }: GnutellaMessage, hit: QueryHit): void {
    const own = this.#ownOf(guid)
    if (own === undefined) return
    const at = { ip: hit.ip, port: hit.port }
    const push = trailerOf(hit.trailer)?.push === true
    for (const { name, size, index, extra } of hit.hits) {
      own.hits++
      const content = urnsOf(extensionsOf(extra, 0, extra.length))[0]?.urn
      const source = { name, size, index, content, at, push, hops: hops + 1 }
      if (this.sources.length >= SOURCES_MAX) this.sources.shift()
      this.sources.push({ ...source, servent: hit.servent.slice() })
      this.#overlay.node.site.say({
        type: 'found',
        text: own.text,
        name,
        size,
        at,
        hops: hops + 1,
        ...(content !== undefined && { content }),
      })
    }
  }

  // --- Pushes ------------------------------------------------------------------------------------

  pushed(said: GnutellaMessage, push: Push, bytes: Uint8Array): void {
    const { node } = this.#overlay
    if (push.servent.every((byte, i) => byte === node.guid[i])) {
      this.onPush(push.index, { ip: push.ip, port: push.port })
      return
    }
    this.#overlay.back(bytes, said, this.#servents.get(push.servent))
  }

  /** Ask a source to call this peer; false where the way to it is not known any more. */
  push({ servent, index, hops }: Source): boolean {
    const { node } = this.#overlay
    const number = this.#servents.get(servent)
    const lane = number === undefined ? undefined : this.#overlay.laneOf(number)
    if (lane === undefined) return false
    const payload = { type: 'push', servent, index, ...node.told, extra: NOTHING } as const
    const guid = node.newGuid()
    lane.link.send(emitMessage({ guid, kind: 0x40, ttl: hops + 1, hops: 0, payload }))
    return true
  }
}
