/**
 * How a small client tells a tracker where it is, and hears who else is there.
 *
 *     HTTP     GET /announce?info_hash=…       →   ← d8:intervali…e5:peers…e       one connection each
 *     UDP      connect                         →   ← connection
 *              announce                        →   ← peers
 *
 * One with the bug `injects` announces its victims after itself, each under an id of its own.
 * Source: BEP 3, 23 (HTTP), 15 (UDP).
 */
import { type Endpoint, endpointText } from '../../core/address.ts'
import { u32be } from '../../core/bytes.ts'
import type { Link } from '../../core/peer.ts'
import { latin1 } from '../../core/text.ts'
import { compactPeers } from '../formats/compact-peers.ts'
import { emitHttpHead } from '../formats/http-head.ts'
import type { Client, Occasion } from './peer-client.ts'
import {
  chanceBytes,
  hasBug,
  NEVER,
  NONE,
  newPeerId,
  programOf,
  readHttp,
  reversed,
  SECOND,
  type Talk,
} from './peer-node.ts'
import type { Source } from './peer-sources.ts'
import type { Swarm } from './peer-swarm.ts'
import {
  httpTrackerRequestWire,
  httpTrackerResponseWire,
  percentEncoded,
} from './wire/http-tracker.ts'
import {
  UDP_EVENTS,
  type UdpTrackerRequest,
  type UdpTrackerResponse,
  udpTrackerRequestWire,
  udpTrackerResponseWire,
} from './wire/udp-tracker.ts'

const WANTED = 50
/** What a tracker without an interval, or that did not answer, is given. */
const AGAIN_SECONDS = 120
/** BEP 15: 15 × 2^n seconds; small peers try thrice. */
const TIMEOUT_MICROS = 15 * SECOND
const TRIES_MAX = 3
const JOBS_MAX = 256

/** An announcement: of the client, or of a victim in whose name it speaks. */
interface Announcement {
  readonly swarm: Swarm
  readonly occasion: Occasion
  readonly victim: Endpoint | undefined
}

function announcements(client: Client, swarm: Swarm, occasion: Occasion): Announcement[] {
  const own = { swarm, occasion, victim: undefined }
  return [own, ...client.victims.map((victim) => ({ swarm, occasion, victim }))]
}

export class HttpTracker implements Source {
  readonly kind = 'http'
  readonly at: Endpoint
  readonly #client: Client

  constructor(client: Client, at: Endpoint) {
    this.#client = client
    this.at = at
  }

  ask(swarm: Swarm, occasion: Occasion): void {
    for (const each of announcements(this.#client, swarm, occasion)) {
      this.#client.site.connect(this.at).state = new HttpTalk(this.#client, this, each)
    }
  }

  datagram(): void {}

  wake(): number {
    return NEVER
  }
}

class HttpTalk implements Talk {
  readonly #client: Client
  readonly #tracker: HttpTracker
  readonly #announcement: Announcement
  #isAnswered = false

  constructor(client: Client, tracker: HttpTracker, announcement: Announcement) {
    this.#client = client
    this.#tracker = tracker
    this.#announcement = announcement
  }

  opened(link: Link): void {
    const target = latin1(httpTrackerRequestWire.emit(this.#request()))
    const headers: [string, string][] = [
      ['Host', endpointText(link.remote)],
      ['User-Agent', programOf(this.#client.settings).words],
      ['Connection', 'close'],
    ]
    link.send(emitHttpHead({ startLine: `GET ${target} HTTP/1.1`, headers }))
  }

  #request() {
    const { swarm, occasion, victim } = this.#announcement
    const { settings, peerId, site } = this.#client
    const id = victim === undefined ? peerId : newPeerId(settings, site)
    const port = victim?.port ?? settings.port
    const pairs: [string, string][] = [
      ['info_hash', percentEncoded(swarm.hash)],
      ['peer_id', percentEncoded(id)],
      ['port', String(port)],
      ['uploaded', '0'],
      ['downloaded', '0'],
      ['left', String(swarm.left)],
      ['compact', '1'],
      ['numwant', String(WANTED)],
    ]
    if (occasion !== 'none') pairs.push(['event', occasion])
    if (victim !== undefined) pairs.push(['ip', victim.ip])
    const query = `?${pairs.map(([name, value]) => `${name}=${value}`).join('&')}`
    const infoHashes = [swarm.hash]
    return { action: 'announce', path: '/announce', query, pairs, infoHashes, claimed: [] } as const
  }

  data(link: Link, bytes: Uint8Array): number {
    const answer = readHttp(bytes)
    if (answer === undefined) return 0
    link.close()
    if (answer === 'broken') this.#failed('the tracker speaks something else')
    else this.#take(answer.body)
    return bytes.length
  }

  #take(body: Uint8Array): void {
    const outcome = httpTrackerResponseWire.parse(body, 0)
    if (outcome.kind !== 'message' || outcome.message.kind !== 'announce') {
      return this.#failed('the tracker refuses')
    }
    this.#isAnswered = true
    const { swarm, occasion, victim } = this.#announcement
    if (victim !== undefined || occasion === 'stopped') return
    this.#client.joined(this.#tracker)
    const { peers, dict } = outcome.message
    swarm.answered(peers, dict.number('interval') ?? AGAIN_SECONDS)
  }

  closed(_link: Link, why: 'closed' | 'refused'): void {
    if (!this.#isAnswered) this.#failed(why)
  }

  #failed(why: string): void {
    this.#isAnswered = true
    const { swarm, occasion, victim } = this.#announcement
    if (victim !== undefined || occasion === 'stopped') return
    this.#client.notJoined(this.#tracker, why)
    swarm.answered([], AGAIN_SECONDS)
  }
}

interface Job extends Announcement {
  /** Undefined: the connection is asked for first. */
  connectionBig: bigint | undefined
  transaction: number
  tries: number
  dueMicros: number
}

export class UdpTracker implements Source {
  readonly kind = 'udp'
  readonly at: Endpoint
  readonly #client: Client
  readonly #jobs = new Set<Job>()

  constructor(client: Client, at: Endpoint) {
    this.#client = client
    this.at = at
  }

  ask(swarm: Swarm, occasion: Occasion): void {
    for (const each of announcements(this.#client, swarm, occasion)) {
      if (this.#jobs.size >= JOBS_MAX) return
      const job = { ...each, connectionBig: undefined, transaction: 0, tries: 0, dueMicros: 0 }
      this.#jobs.add(job)
      this.#say(job)
    }
  }

  #say(job: Job): void {
    const { site, settings } = this.#client
    job.transaction = u32be(chanceBytes(site, 4), 0)
    job.dueMicros = site.nowMicros + TIMEOUT_MICROS * 2 ** job.tries
    job.tries++
    this.#client.alarm(job.dueMicros)
    site.sendTo(settings.port, this.at, udpTrackerRequestWire.emit(this.#request(job)))
  }

  #request(job: Job): UdpTrackerRequest {
    const { connectionBig, transaction, swarm, occasion, victim } = job
    if (connectionBig === undefined) return { action: 'connect', transaction, rest: NONE }
    const { settings, peerId, site } = this.#client
    const own = { ip: '0.0.0.0', port: settings.port }
    const wrong = hasBug(settings, 'reversed-announce') ? reversed({ ...own, ip: site.ip }) : own
    const { ip, port } = victim ?? wrong
    return {
      action: 'announce',
      connectionBig,
      transaction,
      infoHash: swarm.hash,
      peerId: victim === undefined ? peerId : newPeerId(settings, site),
      downloadedBig: 0n,
      leftBig: BigInt(swarm.left),
      uploadedBig: 0n,
      event: UDP_EVENTS.indexOf(occasion),
      ip,
      key: u32be(peerId, peerId.length - 4),
      wanted: WANTED,
      port,
      options: NONE,
    }
  }

  datagram(from: Endpoint, bytes: Uint8Array): void {
    if (from.ip !== this.at.ip || from.port !== this.at.port) return
    const outcome = udpTrackerResponseWire.parse(bytes, 0)
    if (outcome.kind !== 'message') return
    const answer = outcome.message
    for (const job of this.#jobs) {
      if (job.transaction === answer.transaction) return this.#take(job, answer)
    }
  }

  #take(job: Job, answer: UdpTrackerResponse): void {
    if (answer.action === 'connect' && job.connectionBig === undefined) {
      job.connectionBig = answer.connectionBig
      job.tries = 0
      return this.#say(job)
    }
    this.#jobs.delete(job)
    if (job.victim !== undefined || job.occasion === 'stopped') return
    if (answer.action !== 'announce') return this.#failed(job, 'the tracker refuses')
    this.#client.joined(this)
    const peers = compactPeers(answer.peers, 0, answer.peers.length, 4)
    job.swarm.answered(peers.kind === 'message' ? peers.message : [], answer.intervalSeconds)
  }

  #failed({ swarm }: Job, why: string): void {
    this.#client.notJoined(this, why)
    swarm.answered([], AGAIN_SECONDS)
  }

  wake(now: number): number {
    for (const job of [...this.#jobs]) {
      if (job.dueMicros > now) continue
      if (job.tries < TRIES_MAX) this.#say(job)
      else {
        this.#jobs.delete(job)
        if (job.victim === undefined) this.#failed(job, 'the tracker does not answer')
      }
    }
    return Math.min(NEVER, ...[...this.#jobs].map(({ dueMicros }) => dueMicros))
  }
}
