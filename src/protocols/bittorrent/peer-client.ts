/**
 * A small BitTorrent client: takes part in contents, which it finds others for through a tracker,
 * through the DHT, and through peer exchange.
 *
 *     peer-node      names, bugs, hashes          peer-torrent    info dictionary, pieces
 *     peer-swarm     one content                  peer-talk       one connection
 *     peer-extensions, peer-pex                   what more is said on it
 *     peer-sources   what it joins                peer-announce   HTTP and UDP trackers
 *     peer-dht       a node of the DHT            peer-lookup     how it finds somebody or something
 *
 * There is no search: a content is fetched by its URN, as a magnet link names it, and the rest is asked
 * of those who have it.
 */
import type { Endpoint } from '../../core/address.ts'
import { hex } from '../../core/bytes.ts'
import { TimedPeer } from '../../core/ordered-peer.ts'
import type { Link, Order, Peer, PeerFile, Site } from '../../core/peer.ts'
import { DhtNode } from './peer-dht.ts'
import { contentOf, hasBug, infoHashOf, NEVER, NONE, newPeerId, type Talk } from './peer-node.ts'
import { nextSource, type Source, usesDht, usesUdp } from './peer-sources.ts'
import { Swarm } from './peer-swarm.ts'
import { PeerTalk } from './peer-talk.ts'
import { CONTENT_BYTES_MAX, Pieces, torrentOfFile } from './peer-torrent.ts'

const SWARMS_MAX = 64
const TALKS_MAX = 80
const SLOTS = 8
const VICTIMS_MAX = 64

/** What others are to be told of a content at the moment. */
export type Occasion = 'none' | 'completed' | 'started' | 'stopped'

export class Client extends TimedPeer implements Peer {
  peerId = NONE
  /** Whom a peer with the bug `injects` tells of. */
  readonly victims: Endpoint[] = []
  /** Only where it has no tracker. */
  dht: DhtNode | undefined
  readonly #sources: Source[] = []
  /** Those that answered. */
  readonly #joined = new Set<Source>()
  readonly #swarms = new Map<string, Swarm>()
  #talks = 0
  /** Those who may load now. */
  readonly #holders = new Set<PeerTalk>()
  /** Those who wait for a slot. */
  readonly #queue: PeerTalk[] = []

  override start(site: Site): void {
    super.start(site)
    this.peerId = newPeerId(this.settings, site)
    const { port, role } = this.settings
    if (port === 0) return
    if (role !== 'dht-node') site.listen('tcp', port)
    if (usesUdp(role)) site.listen('udp', port)
    if (usesDht(role)) this.dht = new DhtNode(this)
  }

  opened(link: Link): void {
    if (link.byUs) return (link.state as Talk).opened(link)
    if (this.#talks >= TALKS_MAX) return link.close()
    this.#talks++
    link.state = new PeerTalk(this)
  }

  data(link: Link, bytes: Uint8Array): number {
    const talk = link.state as Talk | undefined
    return talk === undefined ? bytes.length : talk.data(link, bytes)
  }

  closed(link: Link, why: 'closed' | 'refused'): void {
    const talk = link.state as Talk | undefined
    talk?.closed(link, why)
  }

  datagram(_atPort: number, from: Endpoint, bytes: Uint8Array): void {
    if (this.dht !== undefined) this.dht.datagram(from, bytes)
    else for (const source of this.#sources) source.datagram(from, bytes)
  }

  protected woken(now: number): number {
    let next = this.dht?.wake(now) ?? NEVER
    for (const source of [...this.#sources]) next = Math.min(next, source.wake(now))
    for (const swarm of this.#swarms.values()) next = Math.min(next, swarm.wake(now))
    return next
  }

  protected obey(order: Order): string | undefined {
    switch (order.do) {
      case 'join':
        return this.#join(order.at)
      case 'publish':
        return this.#publish(order.file)
      case 'fetch':
        return this.#want(order.name, order.content)
      case 'leave':
        return this.#leave()
      case 'search':
        return 'there is no search: contents are named by links'
      default:
        return 'not understood'
    }
  }

  #join(at: Endpoint): string | undefined {
    if (this.settings.port === 0) return 'without a port nobody can be told where it is'
    const source = nextSource(this, this.#sources, at)
    if (source === undefined) return this.#inject(at)
    this.#sources.push(source)
    for (const swarm of this.#swarms.values()) source.ask(swarm, 'started')
    return undefined
  }

  #inject(victim: Endpoint): string | undefined {
    const { settings } = this
    if (!hasBug(settings, 'injects') && !hasBug(settings, 'injects-nodes')) return 'is in already'
    if (this.victims.length >= VICTIMS_MAX) return 'too many victims'
    this.victims.push(victim)
    for (const swarm of this.#swarms.values()) this.ask(swarm, 'none')
    return undefined
  }

  /** A tracker or the DHT answered. */
  joined(source: Source): void {
    if (this.#joined.has(source) || !this.#sources.includes(source)) return
    this.#joined.add(source)
    this.site.say({ type: 'joined', at: source.at })
  }

  notJoined(source: Source, why: string): void {
    const index = this.#sources.indexOf(source)
    if (this.#joined.has(source) || index < 0) return
    this.#sources.splice(index, 1)
    this.fail('join', why)
  }

  #publish(file: PeerFile): string | undefined {
    if (this.settings.role === 'dht-node') return 'a node has no files'
    if (file.size > CONTENT_BYTES_MAX) return 'too large for this peer'
    const torrent = torrentOfFile(file)
    const { infoHash } = torrent
    const isHere = this.#swarms.has(infoHash)
    if (!isHere && this.#swarms.size >= SWARMS_MAX) return 'too many contents'
    if (!isHere) this.#enter(infoHash, file.name, new Pieces(torrent, file))
    this.site.say({ type: 'published', name: file.name, content: contentOf(infoHash) })
    return undefined
  }

  #want(name: string, content: string | undefined): string | undefined {
    if (this.settings.role === 'dht-node') return 'a node has no files'
    const infoHash = infoHashOf(content)
    if (infoHash === undefined) return `no link to ${name}`
    const before = this.#swarms.get(infoHash)
    if (before?.isComplete) return 'has it already'
    if (before === undefined && this.#swarms.size >= SWARMS_MAX) return 'too many contents'
    if (this.#sources.length === 0) return 'has not joined'
    const swarm = before ?? this.#enter(infoHash, name, undefined)
    swarm.begin()
    return undefined
  }

  #enter(infoHash: string, name: string, pieces: Pieces | undefined): Swarm {
    const swarm = new Swarm(this, { infoHash, name, pieces })
    this.#swarms.set(infoHash, swarm)
    this.ask(swarm, 'started')
    return swarm
  }

  /** Tell where it is, and ask who else is there. */
  ask(swarm: Swarm, occasion: Occasion): void {
    for (const source of this.#sources) source.ask(swarm, occasion)
  }

  #leave(): string | undefined {
    if (this.#sources.length === 0) return 'is not in'
    for (const swarm of this.#swarms.values()) {
      this.ask(swarm, 'stopped')
      swarm.wants = false
      swarm.askMicros = NEVER
      for (const talk of [...swarm.talks]) talk.end()
    }
    this.#swarms.clear()
    this.#sources.length = 0
    this.#joined.clear()
    this.site.say({ type: 'left' })
    return undefined
  }

  /** The content that somebody who calls wants. */
  swarmOf(hash: Uint8Array): Swarm | undefined {
    const infoHash = hex(hash)
    const swarm = this.#swarms.get(infoHash)
    const isMadeUp = swarm === undefined && hasBug(this.settings, 'any-content')
    if (!isMadeUp || this.#swarms.size >= SWARMS_MAX) return swarm
    const made = new Swarm(this, { infoHash, name: infoHash, pieces: undefined })
    this.#swarms.set(infoHash, made)
    return made
  }

  /** @returns whether there is room for one more connection */
  call(to: Endpoint, talk: Talk): boolean {
    if (this.#talks >= TALKS_MAX) return false
    this.#talks++
    this.site.connect(to).state = talk
    return true
  }

  ended(): void {
    this.#talks--
  }

  /** He may load now, or is told later; who holds a slot and wants nothing loses it. */
  queue(talk: PeerTalk): void {
    if (!this.#queue.includes(talk)) this.#queue.push(talk)
    this.shift()
  }

  /** Slots go to who waits from who wants nothing. */
  shift(): void {
    while (this.#queue.length > 0 && this.#holders.size >= SLOTS) {
      const idle = [...this.#holders].find(({ isHeInterested }) => !isHeInterested)
      if (idle === undefined) return
      this.#holders.delete(idle)
      idle.choke()
      this.#admit()
    }
    this.#admit()
  }

  /** Somebody waits no longer, or needs his slot no longer. */
  release(talk: PeerTalk): void {
    const index = this.#queue.indexOf(talk)
    if (index >= 0) this.#queue.splice(index, 1)
    this.#holders.delete(talk)
    this.#admit()
  }

  #admit(): void {
    if (this.#holders.size >= SLOTS) return
    const next = this.#queue.shift()
    if (next === undefined) return
    this.#holders.add(next)
    next.unchoke()
  }
}
