/**
 * Dynamic queries of an ultrapeer: other ultrapeers are asked little by little, until enough hits
 * came. What is common is found near, what is rare is looked for far.
 *
 *     probe    3 links, TTL 2; wait
 *     then     one link after the other, with the least TTL that should bring the rest
 *
 * Source: _Gnutella Dynamic Query Protocol_ 0.1 (doc/gnutella/dynamic_query of gtk-gnutella).
 */
import { NEVER, SECOND } from '../../core/ordered-peer.ts'
import { aged, type Lane, OWN } from './peer-lane.ts'

import type { Overlay } from './peer-overlay.ts'

const RUNNING_MAX = 128
/** Hits that end a query: for oneself, and for a leaf, which asks several ultrapeers. */
const WANTED = 150
const WANTED_BY_LEAF = 50
const PROBE_LINKS = 3
const PROBE_TTL = 2
const HOP_MICROS = 2.4 * SECOND

interface Running {
  /** The query as it is sent, but for its TTL. */
  readonly bytes: Uint8Array
  readonly from: number
  /** Numbers of the links that were asked. */
  readonly asked: number[]
  readonly wanted: number
  readonly ttlMax: number
  hits: number
  /** Ultrapeers that should have been reached. */
  reached: number
  dueMicros: number
}

export class DynamicQueries {
  readonly #overlay: Overlay
  readonly #running: Running[] = []

  constructor(overlay: Overlay) {
    this.#overlay = overlay
  }

  /** @param bytes  the query with the largest TTL that it may have, and the hops it is sent with */
  begin(bytes: Uint8Array, from: number): void {
    const { site } = this.#overlay.node
    const ttlMax = bytes[17]!
    if (ttlMax === 0) return
    const wanted = from === OWN ? WANTED : WANTED_BY_LEAF
    const counts = { hits: 0, reached: 0, dueMicros: 0 }
    const query: Running = { bytes: bytes.slice(), from, asked: [], wanted, ttlMax, ...counts }
    const ttl = Math.min(PROBE_TTL, ttlMax)
    for (let i = 0; i < PROBE_LINKS; i++) this.#askNext(query, ttl)
    query.dueMicros = site.nowMicros + PROBE_LINKS * HOP_MICROS
    if (this.#running.length >= RUNNING_MAX) this.#running.shift()
    this.#running.push(query)
    this.#overlay.node.alarm(query.dueMicros)
  }

  /** Hits for a query passed. */
  counted(guid: Uint8Array, hits: number): void {
    for (const query of this.#running) {
      if (query.bytes[0] === guid[0] && isOf(query.bytes, guid)) query.hits += hits
    }
  }

  /** @returns when to come again */
  wake(now: number): number {
    let next = NEVER
    for (let i = this.#running.length - 1; i >= 0; i--) {
      const query = this.#running[i]!
      if (query.dueMicros <= now && !this.#goOn(query, now)) this.#running.splice(i, 1)
      else next = Math.min(next, query.dueMicros)
    }
    return next
  }

  end(): void {
    this.#running.length = 0
  }

  /** @returns false where it is over */
  #goOn(query: Running, now: number): boolean {
    const left = this.#left(query).length
    if (query.hits >= query.wanted || left === 0) return false
    const ttl = this.#nextTtl(query, left)
    this.#askNext(query, ttl)
    query.dueMicros = now + HOP_MICROS * ttl
    return true
  }

  /** Section 2.5.2.1: as far as the hits so far say that the rest must be spread. */
  #nextTtl({ wanted, hits, reached, ttlMax }: Running, left: number): number {
    if (hits === 0) return Math.min(3, ttlMax)
    const perLink = ((wanted - hits) * reached) / hits / left
    let ttl = 1
    while (ttl < ttlMax && this.#horizon(ttl) < perLink) ttl++
    return ttl
  }

  /** Section 2.5.2.2; the others are thought to have as many links as this one. */
  #horizon(ttl: number): number {
    const degree = this.#overlay.linksTo('ultrapeer')
    let sum = 0
    for (let i = 0; i < ttl; i++) sum += (degree - 1) ** i
    return sum
  }

  #left({ asked }: Running): Lane[] {
    const { lanes } = this.#overlay
    return lanes.filter(({ other, number }) => other === 'ultrapeer' && !asked.includes(number))
  }

  #askNext(query: Running, ttl: number): void {
    const left = this.#left(query)
    const lane = left[this.#overlay.node.site.chance(left.length)]
    if (lane === undefined) return
    query.asked.push(lane.number)
    query.reached += this.#horizon(ttl)
    lane.link.send(aged(query.bytes, ttl, query.bytes[18]!))
  }
}

function isOf(bytes: Uint8Array, guid: Uint8Array): boolean {
  for (let i = 0; i < 16; i++) if (bytes[i] !== guid[i]) return false
  return true
}
