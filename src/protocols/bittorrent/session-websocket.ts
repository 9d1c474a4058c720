/**
 * A browser's connection to a WebTorrent tracker: an HTTP upgrade, then JSON in WebSocket messages.
 * Where browsers listen (SDP candidates) becomes claims of the part `webrtc`: what comes there is
 * STUN and DTLS, and nothing of the peer connection inside can be read.
 */
import { bytesOf, hasAt, hex } from '../../core/bytes.ts'
import type { Json, Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { FlowFacts, Moment, Out, Session } from '../../core/protocol.ts'
import { header, headerLists, httpHeadWire, textOf } from '../formats/http-head.ts'
import { HttpExchange, type HttpHandler, type HttpMessage } from '../formats/http-stream.ts'
import { TEXT, WebSocketAssembler, webSocketWire } from '../formats/websocket.ts'
import { redactedPath } from './logs-tracker.ts'
import { clientOfPeerId } from './peer-id.ts'
import {
  type SdpCandidate,
  type WebTorrentMessage,
  type WebTorrentOffer,
  webTorrentWire,
} from './wire/webtorrent.ts'

type Fields = { [key: string]: Json }

const GET = bytesOf('GET ')
const HTTP = bytesOf('HTTP/')

/** Peer ids told as clients; a tracker relays those of others. */
const TOLD_MAX = 64

export class WebSocketSession implements Session, HttpHandler {
  need = 0
  messages = 0
  lost = false
  readonly #flow: FlowFacts
  readonly #out: Out
  readonly #http: HttpExchange
  readonly #assemblers = [new WebSocketAssembler(), new WebSocketAssembler()] as const
  readonly #read: [number, number] = [0, 0]
  /** Whether a side asked for the upgrade. */
  readonly #wished: [boolean, boolean] = [false, false]
  readonly #told = new Set<string>()
  /** What the upgrade said of the tracker, for the log. */
  #where: Fields = {}

  constructor(flow: FlowFacts, out: Out) {
    this.#flow = flow
    this.#out = out
    this.#http = new HttpExchange(this)
  }

  data(from: Side, bytes: Uint8Array, at: Moment): number {
    this.need = 0
    const used = this.#inFrames(from, bytes)
      ? this.#frame(from, bytes)
      : this.#head(from, bytes, at)
    this.#read[from] += used
    return used
  }

  /**
   * From the middle of a connection the upgrade is past, unless it is what stands there. Where only
   * one direction was captured, what follows the wish for an upgrade tells that it was granted.
   */
  #inFrames(from: Side, bytes: Uint8Array): boolean {
    if (this.#http.upgraded) return true
    if (this.#wished[from] && !hasAt(bytes, 0, GET)) return true
    if (this.#flow.fromStart || this.#http.messages > 0) return false
    return !hasAt(bytes, 0, GET) && !hasAt(bytes, 0, HTTP)
  }

  #head(from: Side, bytes: Uint8Array, at: Moment): number {
    const used = this.#http.data(from, bytes, at)
    this.need = this.#http.need
    return used
  }

  #frame(from: Side, bytes: Uint8Array): number {
    const outcome = webSocketWire.parse(bytes, 0)
    if (outcome.kind === 'need') {
      this.need = outcome.size
      return 0
    }
    if (outcome.kind === 'malformed') {
      const { fault } = outcome
      const offset = this.#read[from] + outcome.at
      this.#say(webSocketWire.name, fault, from, offset, false)
      this.lost = true
      return bytes.length
    }
    const whole = this.#assemblers[from].add(outcome.message)
    if (whole?.opcode === TEXT) {
      if (!whole.readable) this.#out.count('compressed-message')
      // Only what a client sends is masked; from the middle of a connection, sides tell nothing.
      else this.#text(from, whole.bytes, outcome.message.mask !== undefined)
    }
    return outcome.size
  }

  #say(wire: string, fault: string, side: Side, at: number, resumes: boolean): void {
    this.#out.say({ type: 'fault', wire, fault, side, at, resumes })
  }

  #text(from: Side, bytes: Uint8Array, asks: boolean): void {
    const outcome = webTorrentWire.parse(bytes, 0)
    if (outcome.kind === 'malformed') {
      this.#say(webTorrentWire.name, outcome.fault, from, this.#read[from], true)
    }
    if (outcome.kind !== 'message') return
    this.messages++
    const said = outcome.message
    const relayed = !asks && said.peerId !== undefined
    this.#out.say({
      type: 'message',
      log: 'bittorrent_tracker',
      name: `${said.action}-${asks ? 'request' : relayed ? 'relayed' : 'response'}`,
      side: from,
      fields: {
        transport: 'websocket',
        type: asks ? 'request' : relayed ? 'relayed' : 'response',
        ...(asks ? this.#where : {}),
        ...fieldsOf(said),
      },
    })
    if (asks) this.#asked(from, said)
    this.#candidates(from, said)
  }

  #asked(from: Side, said: WebTorrentMessage): void {
    const by = this.#flow.ends[from]
    const of = this.#flow.ends[from === 0 ? 1 : 0]
    // An answer to an offer goes through the tracker, but asks it for nothing.
    if (said.answer !== undefined) return
    for (const hash of said.infoHashes) {
      const content = `urn:btih:${hex(hash)}`
      this.#out.say({ type: 'request', by, of, what: said.action, content })
    }
    if (said.peerId === undefined) return
    const id = hex(said.peerId)
    if (this.#told.has(id) || this.#told.size >= TOLD_MAX) return
    this.#told.add(id)
    this.#out.say({ type: 'client', who: by, ...clientOfPeerId(said.peerId), id })
  }

  /** Offers and answers tell where their sender listens; the same is told once. */
  #candidates(from: Side, said: WebTorrentMessage): void {
    const by = this.#flow.ends[from]
    const [hash] = said.infoHashes
    const content = hash === undefined ? {} : { content: `urn:btih:${hex(hash)}` }
    const id = said.peerId === undefined ? {} : { id: hex(said.peerId) }
    for (const { ip, port, transport } of candidatesOf(said)) {
      const key = `${from} ${transport} ${ip} ${port}`
      // Port 9 stands for "I only open connections" (RFC 6544 section 4.5).
      if (this.#told.has(key) || (transport === 'tcp' && port === 9)) continue
      if (this.#told.size < limits.listedMax) this.#told.add(key)
      const about = { ip, port }
      const via = 'webtorrent'
      this.#out.say({
        type: 'claim',
        by,
        about,
        part: 'webrtc',
        carriers: transport,
        via,
        ...content,
        ...id,
      })
    }
  }

  gap(from: Side, missing: number, at: Moment): void {
    this.#read[from] += missing
    // Where the next frame begins is not known any more.
    if (this.#http.upgraded || this.#wished[from] || !this.#flow.fromStart) this.lost = true
    else this.#http.gap(from, missing, at)
  }

  end(at: Moment): void {
    this.#http.end(at)
  }

  head(message: HttpMessage): number {
    this.#wished[message.side] = headerLists(message.head, 'upgrade', 'websocket')
    if (message.request !== undefined) {
      const host = header(message.head, 'host')
      const agent = header(message.head, 'user-agent')
      const path = message.request.target.replace(/\?.*$/, '')
      this.#where = {
        ...(host === undefined ? {} : { host: textOf(host) }),
        path: redactedPath(textOf(path)),
        ...(agent === undefined ? {} : { user_agent: textOf(agent) }),
      }
    }
    return 0
  }

  body(): void {}

  fault(fault: string, side: Side, at: number): void {
    this.#say(httpHeadWire.name, fault, side, at, true)
  }
}

function offersOf(said: WebTorrentMessage): readonly WebTorrentOffer[] {
  return said.answer === undefined ? said.offers : [...said.offers, said.answer]
}

/** Candidates of all offers, each once: a browser repeats them in every offer. */
function candidatesOf(said: WebTorrentMessage): readonly SdpCandidate[] {
  const known = new Map<string, SdpCandidate>()
  for (const offer of offersOf(said)) {
    for (const candidate of offer.candidates) {
      if (known.size >= limits.listedMax) break
      known.set(`${candidate.transport} ${candidate.ip} ${candidate.port}`, candidate)
    }
  }
  return [...known.values()]
}

/** Key of the JSON → field. */
// biome-ignore format: a table
const NUMBERS = [
  ['uploaded', 'uploaded'], ['downloaded', 'downloaded'], ['left', 'left'],
  ['numwant', 'num_want'], ['interval', 'interval'],
  ['complete', 'seeders'], ['incomplete', 'leechers'],
] as const

function fieldsOf(said: WebTorrentMessage): Fields {
  const fields: Fields = { action: said.action }
  const hashes = said.infoHashes.map((hash) => hex(hash))
  if (hashes.length === 1) fields.info_hash = hashes[0]!
  else if (hashes.length > 1) fields.info_hashes = hashes
  if (said.peerId !== undefined) fields.peer_id = hex(said.peerId)
  if (said.toPeerId !== undefined) fields.to_peer_id = hex(said.toPeerId)
  const { event } = said.json
  if (typeof event === 'string' && event !== '') fields.event = event
  const failure = said.json['failure reason']
  if (typeof failure === 'string') fields.failure_reason = failure
  for (const [key, field] of NUMBERS) {
    const value = said.json[key]
    if (typeof value === 'number' && Number.isSafeInteger(value)) fields[field] = value
  }
  if (said.offers.length > 0) fields.offers = said.offers.length
  if (said.offers.length > 0 || said.answer !== undefined) {
    fields.sdp = said.answer === undefined ? 'offer' : 'answer'
    fields.candidates = candidatesOf(said).map(({ ip, port, transport, kind }) => ({
      ip,
      port,
      transport,
      kind,
    }))
  }
  const offerId = said.answer?.offerId ?? said.offers[0]?.offerId
  if (offerId !== undefined && said.offers.length < 2) fields.offer_id = hex(offerId)
  if (said.files.length > 0) {
    fields.files = said.files.map((file) => ({
      info_hash: hex(file.infoHash),
      ...(file.complete === undefined ? {} : { seeders: file.complete }),
      ...(file.incomplete === undefined ? {} : { leechers: file.incomplete }),
      ...(file.downloaded === undefined ? {} : { completed: file.downloaded }),
    }))
  }
  return fields
}
