/**
 * The links of a small peer: joining, taking others in, finding new ones where links break, pings
 * and pongs, goodbyes. What goes over them by words is peer-search.ts.
 *
 * A servent of 0.4 floods a ping with its first link and so comes to know others. Ultrapeers and
 * leaves ask one hop far, and are told of others by who is asked.
 * Source: Gnutella 0.4 sections 3.1, 3.2; doc/gnutella/ping-pong, ultra-peers of gtk-gnutella.
 */

import type { Endpoint } from '../../core/address.ts'
import { bytesOf } from '../../core/bytes.ts'
import { NEVER, SECOND } from '../../core/ordered-peer.ts'
import type { Link } from '../../core/peer.ts'
import { type Agreed, Caller, type Party } from './peer-handshake.ts'
import { aged, Lane, type LaneOwner, LIFE_MAX, OWN } from './peer-lane.ts'
import type { Node, Role } from './peer-node.ts'
import { LeafTable, tellTable, Union } from './peer-qrp.ts'
import { Routes } from './peer-routes.ts'
import { Search } from './peer-search.ts'
import type { Shares } from './peer-shares.ts'
import { HEADER_BYTES, isLengthSound, readHeader } from './wire/header.ts'
import { emitMessage, type GnutellaMessage, parseMessage } from './wire/message.ts'
import type { Payload, Pong } from './wire/payload.ts'

/** GUIDs of pings and queries that are remembered. */
const ROUTES_MAX = 1024
const NOTHING = new Uint8Array(0)
/** Pongs of others that are handed on to who asks one hop far: pong caching. */
const PONGS_MAX = 10
/** A link that breaks is made good after so long, and so much by chance. */
const REPAIR_MICROS = 2 * SECOND
const REPAIR_TRIES_MAX = 20
/** Files that come one after the other are told in one table. */
const TABLE_MICROS = SECOND
const JOIN_TRIES_MAX = 4
const LINKS_WANTED_MAX = 16

export class Overlay implements Party, LaneOwner {
  readonly node: Node
  readonly shares: Shares
  readonly search: Search
  readonly lanes: Lane[] = []
  /** Pings and queries: back to who sent them. */
  readonly asked = new Routes(ROUTES_MAX)
  #numbers = OWN
  /** Of the leaves' tables; made anew when one changes. */
  #union: Union | undefined
  /** Links that orders made; so many shall be kept. */
  #wanted = 0
  /** Joins under way, by the endpoint that was told: how many more may be tried. */
  readonly #joining = new Map<string, { order: boolean; tries: number }>()
  #repairTries = 0
  #repairMicros = NEVER
  #tableMicros = NEVER

  constructor(node: Node, shares: Shares) {
    this.node = node
    this.shares = shares
    this.search = new Search(this)
  }

  // --- Links -------------------------------------------------------------------------------------

  join(at: Endpoint, order: boolean, tries = JOIN_TRIES_MAX): void {
    const name = nameOf(at)
    if (this.#joining.has(name) || this.lanes.some(({ link }) => nameOf(link.remote) === name)) {
      if (order) this.node.site.say({ type: 'failed', order: 'join', why: 'already so' })
      return
    }
    this.#joining.set(name, { order, tries })
    this.node.site.connect(at).state = new Caller(this, at)
  }

  linksTo(role: Role): number {
    let count = 0
    for (const { other } of this.lanes) if (other === role) count++
    return count
  }

  agreed(link: Link, how: Agreed, sought: Endpoint | undefined): void {
    const lane = new Lane(this, link, ++this.#numbers, how)
    link.state = lane
    const isFirst = this.lanes.length === 0
    this.lanes.push(lane)
    // Leaves take nobody in: it is of no use to name them.
    if (how.listens !== undefined && how.other !== 'leaf') this.node.know(how.listens)
    if (sought === undefined) return
    const joining = this.#joining.get(nameOf(sought))
    this.#joining.delete(nameOf(sought))
    if (joining?.order) this.#wanted = Math.min(LINKS_WANTED_MAX, this.#wanted + 1)
    this.#repairTries = 0
    this.node.site.say({ type: 'joined', at: sought })
    this.#ping(lane, this.node.role === 'servent' && isFirst ? LIFE_MAX : 1)
    if (this.node.role === 'leaf') this.#tellTable(lane)
  }

  refused(at: Endpoint, why: string, others: readonly Endpoint[]): void {
    const joining = this.#joining.get(nameOf(at))
    this.#joining.delete(nameOf(at))
    this.node.forget(at)
    if (joining === undefined) return
    const { order, tries } = joining
    const other = tries > 1 ? this.#someone(others) : undefined
    if (other !== undefined) this.join(other, order, tries - 1)
    else if (order) this.node.site.say({ type: 'failed', order: 'join', why })
    else this.#repairLater()
  }

  /** One of these, or of all that are known, to whom there is no link. */
  #someone(among: readonly Endpoint[]): Endpoint | undefined {
    const taken = new Set(this.lanes.map(({ link }) => nameOf(link.remote)))
    const free = (among.length > 0 ? among : this.node.hosts).filter(
      (at) => !taken.has(nameOf(at)) && !this.#joining.has(nameOf(at)),
    )
    return free[this.node.site.chance(free.length)]
  }

  /** The other end is gone. */
  lost(lane: Lane): void {
    this.#drop(lane)
    if (lane.link.byUs) this.node.forget(lane.link.remote)
    this.#repairLater()
  }

  #drop(lane: Lane): void {
    const index = this.lanes.indexOf(lane)
    if (index >= 0) this.lanes.splice(index, 1)
    if (lane.table !== undefined) this.#union = undefined
  }

  #repairLater(): void {
    if (this.lanes.length + this.#joining.size >= this.#wanted) return
    if (this.#repairMicros !== NEVER || this.#repairTries >= REPAIR_TRIES_MAX) return
    const { site } = this.node
    this.#repairMicros = site.nowMicros + REPAIR_MICROS + site.chance(REPAIR_MICROS)
    this.node.alarm(this.#repairMicros)
  }

  #repair(): void {
    this.#repairMicros = NEVER
    if (this.lanes.length + this.#joining.size >= this.#wanted) return
    this.#repairTries++
    const other = this.#someone([])
    if (other !== undefined) this.join(other, false, 1)
    this.#repairLater()
  }

  /** @returns whether there was something to leave */
  leave(): boolean {
    const there = this.lanes.length > 0
    for (const lane of this.lanes.splice(0)) {
      if (lane.bye) {
        this.#say(lane, GOODBYE, 0x02, 1, this.node.newGuid())
      }
      lane.link.close()
    }
    this.#wanted = 0
    this.#joining.clear()
    this.search.end()
    return there
  }

  /** @returns when to come again */
  wake(now: number): number {
    if (now >= this.#repairMicros) this.#repair()
    if (now >= this.#tableMicros) {
      this.#tableMicros = NEVER
      for (const lane of this.lanes) this.#tellTable(lane)
    }
    return Math.min(this.#repairMicros, this.#tableMicros, this.search.wake(now))
  }

  /** Files changed: ultrapeers shall know by which words they are found. */
  filesChanged(): void {
    if (this.node.role !== 'leaf' || this.#tableMicros !== NEVER || this.lanes.length === 0) return
    this.#tableMicros = this.node.site.nowMicros + TABLE_MICROS
    this.node.alarm(this.#tableMicros)
  }

  #tellTable(lane: Lane): void {
    if (this.shares.count === 0) return
    for (const payload of tellTable(this.shares.words())) {
      this.#say(lane, payload, 0x30, 1, this.node.newGuid())
    }
  }

  // --- Messages ----------------------------------------------------------------------------------

  /** @returns bytes used */
  take(lane: Lane, bytes: Uint8Array): number {
    if (bytes.length < HEADER_BYTES) return 0
    const header = readHeader(bytes, 0)
    const size = HEADER_BYTES + header.size
    if (!isLengthSound(header)) return this.#cut(lane, bytes)
    if (bytes.length < size) return 0
    // Most of a flood was here before: it is not even read.
    const asks = header.type === 0x80 || header.type === 0x00
    if (asks && this.asked.get(bytes) !== undefined) return size
    const outcome = parseMessage(bytes, 0)
    if (outcome.kind !== 'message') return this.#cut(lane, bytes)
    if (asks) this.asked.put(bytes, 0, lane.number)
    this.#hear(lane, outcome.message, bytes.subarray(0, size))
    return size
  }

  /** Who sends what cannot be read is let go. */
  #cut(lane: Lane, bytes: Uint8Array): number {
    lane.link.close()
    this.lost(lane)
    return bytes.length
  }

  #hear(lane: Lane, said: GnutellaMessage, bytes: Uint8Array): void {
    const { payload } = said
    switch (payload.type) {
      case 'ping':
        return this.#pinged(lane, said, bytes)
      case 'pong':
        return this.#ponged(said, payload, bytes)
      case 'query':
        return this.search.asked(lane, said, payload, bytes)
      case 'query-hit':
        return this.search.answered(lane, said, payload, bytes)
      case 'push':
        return this.search.pushed(said, payload, bytes)
      case 'qrp-reset':
      case 'qrp-patch':
        if (lane.other !== 'leaf') return
        lane.table ??= new LeafTable()
        this.#union = undefined
        return lane.table.take(payload)
      case 'bye':
        lane.link.close()
        return this.lost(lane)
      default:
        // Vendor messages and whatever else: nothing here needs them.
        return
    }
  }

  /** Whether it is worth while to hold a query of words with these hashes against each leaf. */
  leavesMayHave(hashes: readonly number[]): boolean {
    this.#union ??= new Union(this.lanes.flatMap(({ table }) => table ?? []))
    return this.#union.hasAll(hashes)
  }

  #ping(lane: Lane, ttl: number): void {
    const guid = this.node.newGuid()
    this.asked.put(guid, 0, OWN)
    this.#say(lane, { type: 'ping', extra: NOTHING }, 0x00, ttl, guid)
  }

  #pinged(lane: Lane, { guid, ttl, hops }: GnutellaMessage, bytes: Uint8Array): void {
    const { count, kbytes } = this.shares
    const own = { ...this.node.toldInPongs, files: count, kbytes, extra: NOTHING }
    this.#say(lane, { type: 'pong', ...own }, 0x01, hops + 1, guid)
    if (this.node.role === 'servent') {
      this.flood(bytes, ttl, hops, lane)
    } else if (this.node.role === 'ultrapeer') {
      for (const host of this.node.hosts.slice(-PONGS_MAX)) {
        const other = { ...host, files: 0, kbytes: 0, extra: NOTHING }
        this.#say(lane, { type: 'pong', ...other }, 0x01, 1, guid)
      }
    }
  }

  #ponged(said: GnutellaMessage, { ip, port }: Pong, bytes: Uint8Array): void {
    this.node.know({ ip, port })
    this.back(bytes, said, this.asked.get(said.guid))
  }

  #say(lane: Lane, payload: Payload, kind: number, ttl: number, guid: Uint8Array): void {
    lane.link.send(emitMessage({ guid, kind, ttl, hops: 0, payload }))
  }

  /** One link further, to all servents or ultrapeers but one. */
  flood(bytes: Uint8Array, ttl: number, hops: number, but: Lane | undefined): void {
    const left = Math.min(ttl, LIFE_MAX - hops) - 1
    if (left <= 0) return
    const further = aged(bytes, left, hops + 1)
    for (const lane of this.lanes) {
      if (lane !== but && lane.other !== 'leaf') lane.link.send(further)
    }
  }

  /** One link back, by number; what is this peer's own goes nowhere. */
  back(bytes: Uint8Array, { ttl, hops }: GnutellaMessage, number: number | undefined): void {
    if (number === undefined || number === OWN || ttl <= 1) return
    this.laneOf(number)?.link.send(aged(bytes, ttl - 1, hops + 1))
  }

  laneOf(number: number): Lane | undefined {
    return this.lanes.find((lane) => lane.number === number)
  }
}

const GOODBYE: Payload = { type: 'bye', code: 200, text: bytesOf('Servent shutdown\0') }

function nameOf({ ip, port }: Endpoint): string {
  return `${ip} ${port}`
}
