/**
 * The UDP tracker's datagrams of one flow. Requests and responses look alike, so a response is
 * read as such only where it answers a request: same transaction, same action (or an error). Where
 * the capture holds the tracker's side alone, its answers are believed without.
 */
import type { Endpoint } from '../../core/address.ts'
import { hasAt, hex, u32be } from '../../core/bytes.ts'
import type { Json, Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { FlowFacts, Out } from '../../core/protocol.ts'
import { text } from '../../core/text.ts'
import { compactPeers } from '../formats/compact-peers.ts'
import { redactedPath } from './logs-tracker.ts'
import { clientOfPeerId } from './peer-id.ts'
import {
  ANNOUNCE_BYTES,
  CONNECT_MAGIC,
  UDP_EVENTS,
  type UdpAnnounceRequest,
  type UdpTrackerRequest,
  type UdpTrackerResponse,
  udpTrackerRequestWire,
  udpTrackerResponse6Wire,
  udpTrackerResponseWire,
  urlDataOf,
} from './wire/udp-tracker.ts'

type Fields = { [key: string]: Json }

/** What was asked, until its answer comes. */
interface Asked {
  readonly action: number
  /** The contents asked about, in order. */
  readonly hashes: readonly string[]
}

/** Requests of one flow that wait for their answers; the oldest is forgotten. */
const PENDING_MAX = 64

const ACTION_ERROR = 3

export class UdpTrackerReader {
  readonly #flow: FlowFacts
  readonly #out: Out
  readonly #pending = new Map<number, Asked>()
  /** The side that asks, once a connect or an announce showed it. */
  #asker: Side | undefined
  /** Whether no request was seen, though the flow is a tracker's: answers cannot be paired. */
  #unheard = false

  constructor(flow: FlowFacts, out: Out) {
    this.#flow = flow
    this.#out = out
  }

  /** Whether this may be a datagram of a tracker, by its first bytes and what went before. */
  isTracker(from: Side, bytes: Uint8Array, cut = false): boolean {
    if (isConnectRequest(bytes)) return true
    if (this.#asker === from) return u32be(bytes, 8) <= 2 && bytes.length >= 16
    if (this.#asker !== undefined) return u32be(bytes, 0) <= ACTION_ERROR && bytes.length >= 8
    if (this.#flow.part === 'tracker-udp' && isTrackerAnswer(bytes)) return true
    return cut ? isCutAnnounce(bytes) : isAnnounceRequest(bytes)
  }

  /**
   * @param cut  the capture holds only the beginning
   * @returns whether the datagram was a message
   */
  read(from: Side, bytes: Uint8Array, cut = false): boolean {
    const answers = this.#asker === undefined && isTrackerAnswer(bytes)
    if (answers) {
      this.#asker = from === 0 ? 1 : 0
      this.#unheard = true
    } else if (this.#asker === undefined || isConnectRequest(bytes)) this.#asker = from
    if (from === this.#asker) {
      this.#unheard = false
      return this.#request(from, bytes, cut)
    }
    return this.#response(from, cut ? wholeEntries(bytes, this.#six) : bytes, cut)
  }

  /** Whether peers have addresses of IPv6: those of an answer are of the datagram's kind. */
  get #six(): boolean {
    return this.#flow.ends[0].ip.includes(':')
  }

  #fault(wire: string, side: Side, fault: string, at: number): false {
    this.#out.say({ type: 'fault', wire, fault, side, at, resumes: true })
    return false
  }

  #request(from: Side, bytes: Uint8Array, cut: boolean): boolean {
    const wire = udpTrackerRequestWire
    const outcome = wire.parse(cut ? wholeHashes(bytes) : bytes, 0)
    if (outcome.kind === 'malformed') {
      // What is broken off in front of its port still tells its content.
      const announces = bytes.length >= 36 && u32be(bytes, 8) === 1
      if (announces) this.#cutAnnounce(from, bytes)
      return cut ? announces : this.#fault(wire.name, from, outcome.fault, outcome.at)
    }
    if (outcome.kind !== 'message') return false
    const said = outcome.message
    this.#log(from, 'request', said.action, requestFields(said))
    this.#ask(said)
    if (said.action === 'announce') this.#announce(from, said)
    else if (said.action === 'scrape') {
      for (const hash of said.infoHashes.slice(0, limits.listedMax)) {
        this.#requested(from, 'scrape', `urn:btih:${hex(hash)}`)
      }
    }
    return true
  }

  /** Content and peer id; the port, which stands last, is missing. */
  #cutAnnounce(from: Side, bytes: Uint8Array): void {
    this.#requested(from, 'announce', `urn:btih:${hex(bytes, 16, 20)}`)
    this.#remember(u32be(bytes, 12), { action: 1, hashes: [hex(bytes, 16, 20)] })
    if (bytes.length < 56) return
    const id = hex(bytes, 36, 20)
    const client = clientOfPeerId(bytes.subarray(36, 56))
    this.#out.say({ type: 'client', who: this.#flow.ends[from], ...client, id })
  }

  #ask(said: UdpTrackerRequest): void {
    if (said.action === 'connect') {
      this.#remember(said.transaction, { action: 0, hashes: [] })
    } else if (said.action === 'announce') {
      this.#remember(said.transaction, { action: 1, hashes: [hex(said.infoHash)] })
    } else {
      const hashes = said.infoHashes.slice(0, limits.listedMax).map((hash) => hex(hash))
      this.#remember(said.transaction, { action: 2, hashes })
    }
  }

  #remember(transaction: number, asked: Asked): void {
    if (this.#pending.size >= PENDING_MAX) {
      for (const oldest of this.#pending.keys()) {
        this.#pending.delete(oldest)
        break
      }
    }
    this.#pending.set(transaction, asked)
  }

  #requested(from: Side, what: string, content: string): void {
    const by = this.#flow.ends[from]
    const of = this.#flow.ends[from === 0 ? 1 : 0]
    this.#out.say({ type: 'request', by, of, what, content })
  }

  #announce(from: Side, said: UdpAnnounceRequest): void {
    const by = this.#flow.ends[from]
    const content = `urn:btih:${hex(said.infoHash)}`
    const id = hex(said.peerId)
    this.#requested(from, 'announce', content)
    // Over IPv6 the field is not used (BEP 15); zero means the sender.
    const ip = said.ip === '0.0.0.0' || by.ip.includes(':') ? by.ip : said.ip
    const listens = { ip, port: said.port }
    if (said.event !== UDP_EVENTS.indexOf('stopped')) {
      this.#out.say({
        type: 'claim',
        by,
        about: listens,
        part: 'peer',
        carriers: 'both',
        via: 'announce',
        content,
        id,
      })
    }
    const client = clientOfPeerId(said.peerId)
    this.#out.say({ type: 'client', who: by, ...client, id, listens })
  }

  #response(from: Side, bytes: Uint8Array, cut: boolean): boolean {
    const six = this.#six
    const wire = six ? udpTrackerResponse6Wire : udpTrackerResponseWire
    const unheard = { action: u32be(bytes, 0), hashes: [] }
    const asked = this.#pending.get(u32be(bytes, 4)) ?? (this.#unheard ? unheard : undefined)
    if (asked === undefined) {
      this.#out.count('tracker-answer-unasked')
      return false
    }
    const outcome = wire.parse(bytes, 0)
    if (outcome.kind === 'malformed') {
      return cut ? false : this.#fault(wire.name, from, outcome.fault, outcome.at)
    }
    if (outcome.kind !== 'message') return false
    const action = u32be(bytes, 0)
    if (action !== asked.action && action !== ACTION_ERROR) {
      return this.#fault(wire.name, from, 'answer-of-another-action', 0)
    }
    this.#pending.delete(outcome.message.transaction)
    const peers = this.#peers(outcome.message, six)
    this.#log(
      from,
      'response',
      outcome.message.action,
      responseFields(outcome.message, asked, peers),
    )
    const content = asked.hashes[0]
    for (const about of peers) {
      this.#out.say({
        type: 'claim',
        by: this.#flow.ends[from],
        about,
        part: 'peer',
        carriers: 'both',
        via: 'tracker',
        ...(content === undefined ? {} : { content: `urn:btih:${content}` }),
      })
    }
    return true
  }

  #peers(said: UdpTrackerResponse, six: boolean): readonly Endpoint[] {
    if (said.action !== 'announce') return []
    const outcome = compactPeers(said.peers, 0, said.peers.length, six ? 16 : 4)
    return outcome.kind === 'message' ? outcome.message : []
  }

  #log(side: Side, type: 'request' | 'response', action: string, rest: Fields): void {
    this.#out.say({
      type: 'message',
      log: 'bittorrent_tracker',
      name: `${action}-${type}`,
      side,
      fields: { transport: 'udp', type, action, ...rest },
    })
  }
}

/** The magic and action 0: 96 bits, no other datagram begins so. */
export function isConnectRequest(bytes: Uint8Array): boolean {
  return bytes.length >= 16 && hasAt(bytes, 0, CONNECT_MAGIC) && u32be(bytes, 8) === 0
}

/**
 * An announce whose connect was not seen: action, event and size agree, options read to their end,
 * and the peer id begins as peer ids do.
 */
export function isAnnounceRequest(bytes: Uint8Array): boolean {
  if (bytes.length < ANNOUNCE_BYTES || u32be(bytes, 8) !== 1 || u32be(bytes, 80) > 3) return false
  if (u32be(bytes, 0) === 0 && u32be(bytes, 4) === 0) return false
  if (urlDataOf(bytes.subarray(ANNOUNCE_BYTES)) === undefined) return false
  return clientOfPeerId(bytes.subarray(36, 56)) !== undefined
}

/** As much as a cut announce shows: action, its event where that is there, a peer id of some habit. */
export function isCutAnnounce(bytes: Uint8Array): boolean {
  if (bytes.length < 56 || u32be(bytes, 8) !== 1) return false
  if (bytes.length >= 84 && u32be(bytes, 80) > 3) return false
  if (u32be(bytes, 0) === 0 && u32be(bytes, 4) === 0) return false
  return clientOfPeerId(bytes.subarray(36, 56)) !== undefined
}

/** The intervals that trackers ask for, in seconds: some in laboratories want a quarter of a minute. */
const INTERVAL_SECONDS = [5, 86_400] as const
/** More than any tracker ever counted for one content. */
const SWARM_MAX = 2_000_000

/**
 * Whether a datagram has the shape of a tracker's answer to a connect or an announce, by itself.
 * A connect's has little: 16 bytes, of which the first four are zero.
 */
function isTrackerAnswer(bytes: Uint8Array): boolean {
  return isConnectAnswer(bytes) || isAnnounceAnswer(bytes)
}

/** Some trackers give the request's constant back as the connection (npm bittorrent-tracker does). */
export function isConstantAnswer(bytes: Uint8Array): boolean {
  return bytes.length === 16 && u32be(bytes, 0) === 0 && hasAt(bytes, 8, CONNECT_MAGIC)
}

export function isConnectAnswer(bytes: Uint8Array): boolean {
  return bytes.length === 16 && u32be(bytes, 0) === 0 && u32be(bytes, 8) !== 0
}

/** Action, a believable interval and believable counts: more than 60 bits. */
export function isAnnounceAnswer(bytes: Uint8Array): boolean {
  if (bytes.length < 20 || u32be(bytes, 0) !== 1) return false
  const interval = u32be(bytes, 8)
  if (interval < INTERVAL_SECONDS[0] || interval > INTERVAL_SECONDS[1]) return false
  return u32be(bytes, 12) <= SWARM_MAX && u32be(bytes, 16) <= SWARM_MAX
}

/** A cut scrape up to its last whole hash. */
function wholeHashes(bytes: Uint8Array): Uint8Array {
  if (u32be(bytes, 8) !== 2) return bytes
  return bytes.subarray(0, bytes.length - ((bytes.length - 16) % 20))
}

/** A cut answer up to its last whole peer or count. */
function wholeEntries(bytes: Uint8Array, six: boolean): Uint8Array {
  const action = u32be(bytes, 0)
  if (action !== 1 && action !== 2) return bytes
  const [head, entry] = action === 1 ? [20, six ? 18 : 6] : [8, 12]
  return bytes.subarray(0, bytes.length - (Math.max(0, bytes.length - head) % entry))
}

function requestFields(said: UdpTrackerRequest): Fields {
  const fields: Fields = { transaction_id: hexOf32(said.transaction) }
  if (said.action === 'scrape') {
    fields.info_hashes = said.infoHashes.slice(0, limits.listedMax).map((hash) => hex(hash))
  } else if (said.action === 'announce') {
    fields.info_hash = hex(said.infoHash)
    fields.peer_id = hex(said.peerId)
    fields.port = said.port
    if (said.ip !== '0.0.0.0') fields.ip = said.ip
    fields.event = UDP_EVENTS[said.event] ?? String(said.event)
    fields.uploaded = Number(said.uploadedBig)
    fields.downloaded = Number(said.downloadedBig)
    fields.left = Number(said.leftBig)
    fields.num_want = said.wanted
    fields.key = hexOf32(said.key)
    const url = urlDataOf(said.options)
    if (url !== undefined && url.length > 0) {
      fields.path = redactedPath(text(url).replace(/\?.*$/, ''))
    }
  }
  return fields
}

function responseFields(
  said: UdpTrackerResponse,
  asked: Asked,
  peers: readonly Endpoint[],
): Fields {
  const fields: Fields = { transaction_id: hexOf32(said.transaction) }
  switch (said.action) {
    case 'announce':
      fields.interval = said.intervalSeconds
      fields.seeders = said.seeders
      fields.leechers = said.leechers
      fields.peers = peers.map(({ ip, port }) => ({ ip, port }))
      break
    case 'scrape':
      fields.files = said.counts.slice(0, limits.listedMax).map((counts, i) => {
        const hash = asked.hashes[i]
        return hash === undefined ? { ...counts } : { info_hash: hash, ...counts }
      })
      break
    case 'error':
      fields.failure_reason = text(said.words)
      break
    case 'connect':
      break
  }
  if (asked.action === 1 && asked.hashes[0] !== undefined) fields.info_hash = asked.hashes[0]
  return fields
}

function hexOf32(value: number): string {
  return value.toString(16).padStart(8, '0')
}
