/**
 * A small tracker: keeps who takes part in what, and tells some of them to each who asks; over HTTP and
 * UDP, at one port. Over IPv4 alone.
 *
 * With the bug `injects`, an order to join something makes that a peer of everything; with `believes-ip`
 * an announcement may name an address that is not its sender's; with `reversed-tracker` the answers'
 * addresses have their last octet first.
 * Source: BEP 3, 23, 48 (HTTP), 15 (UDP).
 */
import { type Endpoint, endpointText, parseIp4 } from '../../core/address.ts'
import { bytesOf, hex, u64beBig } from '../../core/bytes.ts'
import type { Link, Order, Peer, PeerSettings, Site } from '../../core/peer.ts'
import { latin1 } from '../../core/text.ts'
import { BDict, bencode } from '../formats/bencode.ts'
import { requestLine } from '../formats/http-head.ts'
import { chanceBytes, compact, hasBug, httpAnswer, NONE, readHttp, SECOND } from './peer-node.ts'
import { type HttpTrackerRequest, httpTrackerRequestWire } from './wire/http-tracker.ts'
import {
  type UdpTrackerRequest,
  type UdpTrackerResponse,
  udpTrackerRequestWire,
  udpTrackerResponseWire,
} from './wire/udp-tracker.ts'

const CONTENTS_MAX = 16_384
const PEERS_PER_CONTENT_MAX = 65_536
const VICTIMS_MAX = 64
/** When clients are asked to come again; who does not for twice as long is forgotten. */
const INTERVAL_SECONDS = 120
const FORGET_MICROS = 2 * INTERVAL_SECONDS * SECOND
const TOLD_MAX = 50
const SCRAPED_MAX = 74
const STOPPED = 3
const CONNECTION_BYTES = 8

interface Member extends Endpoint {
  readonly peerId: Uint8Array
  readonly isSeed: boolean
  readonly micros: number
}

/** An announcement, however it came. */
interface Announced {
  readonly infoHash: Uint8Array
  readonly peerId: Uint8Array
  readonly at: Endpoint
  readonly left: number
  readonly isStopped: boolean
  /** Negative: as many as usual. */
  readonly wanted: number
}

interface Told {
  readonly peers: readonly (Endpoint & { readonly peerId?: Uint8Array })[]
  readonly complete: number
  readonly incomplete: number
}

export class Tracker implements Peer {
  readonly #settings: PeerSettings
  readonly #contents = new Map<string, Map<string, Member>>()
  readonly #victims: Endpoint[] = []
  #site!: Site
  /** The one connection number that it gives: it keeps nothing of those who ask for it. */
  #connection = 0n

  constructor(settings: PeerSettings) {
    this.#settings = settings
  }

  start(site: Site): void {
    this.#site = site
    this.#connection = u64beBig(chanceBytes(site, CONNECTION_BYTES), 0)
    site.listen('tcp', this.#settings.port)
    site.listen('udp', this.#settings.port)
  }

  opened(): void {}

  closed(): void {}

  wake(): void {}

  order(order: Order): void {
    const isVictim = order.do === 'join' && hasBug(this.#settings, 'injects')
    if (isVictim && this.#victims.length < VICTIMS_MAX) this.#victims.push(order.at)
    else this.#site.say({ type: 'failed', order: order.do, why: 'a tracker only answers' })
  }

  data(link: Link, bytes: Uint8Array): number {
    const request = readHttp(bytes)
    if (request === undefined) return 0
    const answer = request === 'broken' ? undefined : this.#http(request.startLine, link.remote.ip)
    const [status, body] =
      answer === undefined ? ['404 Not Found', NONE] : ['200 OK', bencode(answer)]
    link.send(httpAnswer(status as string, body as Uint8Array))
    link.close()
    return bytes.length
  }

  #http(startLine: string, from: string): BDict | undefined {
    const line = requestLine({ startLine })
    const outcome = httpTrackerRequestWire.parse(bytesOf(line?.target ?? ''), 0)
    if (outcome.kind !== 'message') return undefined
    const said = outcome.message
    if (said.action === 'scrape') return this.#scraped(said)
    const [infoHash] = said.infoHashes
    const { peerId, port } = said
    if (infoHash === undefined || peerId === undefined || port === undefined) {
      return BDict.of({ 'failure reason': bytesOf('who, where or what is missing') })
    }
    const value = (name: string) => said.pairs.find(([key]) => key === name)?.[1]
    const claimed = said.claimed.find(({ ip }) => parseIp4(ip) !== undefined)?.ip
    const told = this.#announce({
      infoHash,
      peerId,
      at: { ip: this.#believed(claimed) ?? from, port },
      left: Number(value('left') ?? 1),
      isStopped: value('event') === 'stopped',
      wanted: Number(value('numwant') ?? -1),
    })
    return this.#answered(told, value('compact') !== '0')
  }

  #answered({ peers, complete, incomplete }: Told, isCompact: boolean): BDict {
    const isReversed = hasBug(this.#settings, 'reversed-tracker')
    const listed = peers.map(({ ip, port, peerId }) => {
      return BDict.of({ ip: bytesOf(ip), port, 'peer id': peerId })
    })
    return BDict.of({
      complete,
      incomplete,
      interval: INTERVAL_SECONDS,
      peers: isCompact ? compact(peers, isReversed) : listed,
    })
  }

  #scraped({ infoHashes }: HttpTrackerRequest): BDict {
    const files: Record<string, BDict> = {}
    for (const hash of infoHashes.slice(0, SCRAPED_MAX)) {
      const { complete, incomplete } = this.#counts(hex(hash))
      files[latin1(hash)] = BDict.of({ complete, downloaded: complete, incomplete })
    }
    return BDict.of({ files: BDict.of(files) })
  }

  #believed(claimed: string | undefined): string | undefined {
    if (claimed === undefined || claimed === '0.0.0.0') return undefined
    return hasBug(this.#settings, 'believes-ip') ? claimed : undefined
  }

  #members(infoHash: string): Map<string, Member> {
    const members = this.#contents.get(infoHash) ?? new Map<string, Member>()
    if (this.#contents.size < CONTENTS_MAX) this.#contents.set(infoHash, members)
    return members
  }

  #counts(infoHash: string): { complete: number; incomplete: number } {
    const members = [...(this.#contents.get(infoHash)?.values() ?? [])]
    const complete = members.filter(({ isSeed }) => isSeed).length
    return { complete, incomplete: members.length - complete }
  }

  #announce({ infoHash, peerId, at, left, isStopped, wanted }: Announced): Told {
    const content = hex(infoHash)
    const members = this.#members(content)
    const key = endpointText(at)
    const micros = this.#site.nowMicros
    for (const [other, member] of members) {
      if (micros - member.micros > FORGET_MICROS) members.delete(other)
    }
    // Who comes again is the last again: the oldest are at the front.
    members.delete(key)
    if (!isStopped && members.size < PEERS_PER_CONTENT_MAX) {
      members.set(key, { ...at, peerId: peerId.slice(), isSeed: left === 0, micros })
    }
    const most = wanted < 0 || wanted > TOLD_MAX || Number.isNaN(wanted) ? TOLD_MAX : wanted
    const others = isStopped ? [] : this.#some(members, key, most)
    return { peers: [...others, ...(isStopped ? [] : this.#victims)], ...this.#counts(content) }
  }

  /** Others, from one by chance on. */
  #some(members: ReadonlyMap<string, Member>, self: string, most: number): Member[] {
    const others = [...members].filter(([key]) => key !== self).map(([, member]) => member)
    if (others.length <= most) return others
    const first = this.#site.chance(others.length)
    return [...others.slice(first), ...others.slice(0, first)].slice(0, most)
  }

  datagram(atPort: number, from: Endpoint, bytes: Uint8Array): void {
    const outcome = udpTrackerRequestWire.parse(bytes, 0)
    if (outcome.kind !== 'message') return
    const answer = this.#udp(outcome.message, from)
    this.#site.sendTo(atPort, from, udpTrackerResponseWire.emit(answer))
  }

  #udp(said: UdpTrackerRequest, from: Endpoint): UdpTrackerResponse {
    const { transaction } = said
    if (said.action === 'connect') {
      return { action: 'connect', transaction, connectionBig: this.#connection, rest: NONE }
    }
    if (said.connectionBig !== this.#connection) {
      return { action: 'error', transaction, words: bytesOf('connection unknown') }
    }
    if (said.action === 'scrape') {
      const counts = said.infoHashes.slice(0, SCRAPED_MAX).map((hash) => {
        const { complete, incomplete } = this.#counts(hex(hash))
        return { seeders: complete, completed: complete, leechers: incomplete }
      })
      return { action: 'scrape', transaction, counts }
    }
    const { infoHash, peerId, ip, port, leftBig, event, wanted } = said
    const told = this.#announce({
      infoHash,
      peerId,
      at: { ip: this.#believed(ip) ?? from.ip, port },
      left: Number(leftBig),
      isStopped: event === STOPPED,
      wanted,
    })
    return {
      action: 'announce',
      transaction,
      intervalSeconds: INTERVAL_SECONDS,
      leechers: told.incomplete,
      seeders: told.complete,
      peers: compact(told.peers, hasBug(this.#settings, 'reversed-tracker')),
    }
  }
}
