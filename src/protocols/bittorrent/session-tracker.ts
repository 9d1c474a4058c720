/**
 * A connection to an HTTP tracker: announces and scrapes with their answers, one after the other
 * where it is kept alive. Bodies come whole, chunked or gzipped out of formats/http-stream.ts.
 */
import type { Endpoint } from '../../core/address.ts'
import { bytesOf, hex } from '../../core/bytes.ts'
import type { Json, Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { FlowFacts, Out } from '../../core/protocol.ts'
import { text } from '../../core/text.ts'
import type { BDict } from '../formats/bencode.ts'
import { header, httpHeadWire, textOf } from '../formats/http-head.ts'
import { HttpSession } from '../formats/http-session.ts'
import type { HttpBody, HttpMessage } from '../formats/http-stream.ts'
import { redactedPath } from './logs-tracker.ts'
import { clientOfPeerId } from './peer-id.ts'
import {
  externalIp,
  type HttpTrackerRequest,
  type HttpTrackerResponse,
  httpTrackerRequestWire,
  httpTrackerResponseWire,
  postedTarget,
  RESPONSE_BYTES_MAX,
  takesForms,
} from './wire/http-tracker.ts'

type Fields = { [key: string]: Json }

export class TrackerSession extends HttpSession {
  /** Tracker requests among the HTTP requests. */
  readonly #asked = new WeakMap<HttpMessage, HttpTrackerRequest>()
  #told = ''

  constructor(flow: FlowFacts, out: Out) {
    super(httpHeadWire.name, flow, out)
  }

  override head(message: HttpMessage): number {
    const { request } = message
    if (request !== undefined) {
      const { method, target } = request
      if (method === 'POST' && takesForms(target)) return limits.httpHeadBytesMax
      this.#request(message, target)
      return 0
    }
    const { asked } = message
    return asked === undefined || this.#asked.has(asked) ? RESPONSE_BYTES_MAX : 0
  }

  override body(message: HttpMessage, body: HttpBody): void {
    if (message.request !== undefined) {
      const { method, target } = message.request
      const posts = method === 'POST' && takesForms(target)
      if (posts) this.#request(message, postedTarget(target, body.bytes))
    }
    if (message.status === undefined) return
    const asked = message.asked === undefined ? undefined : this.#asked.get(message.asked)
    if (message.asked !== undefined && asked === undefined) return
    const said = this.#answer(message, body, asked === undefined)
    if (said === undefined && asked === undefined) return
    const fields: Fields = {
      action: actionOf(said, asked),
      status: message.status.code,
      ...(said === undefined ? {} : answerFields(said)),
    }
    const [hash] = asked?.infoHashes ?? []
    if (hash !== undefined && asked?.action === 'announce') fields.info_hash = hex(hash)
    this.#log(message.side, 'response', fields)
    if (said === undefined) return
    const by = this.flow.ends[message.side]
    const content = asked?.action === 'announce' && hash !== undefined ? hash : undefined
    for (const { ip, port, peerId } of said.peers) {
      this.out.say({
        type: 'claim',
        by,
        about: { ip, port },
        part: 'peer',
        carriers: 'both',
        via: 'tracker',
        ...(content === undefined ? {} : { content: `urn:btih:${hex(content)}` }),
        ...(peerId === undefined ? {} : { id: hex(peerId) }),
      })
    }
  }

  /** The answer in a body. One that nobody saw asked for, or an error page, may be anything. */
  #answer(message: HttpMessage, body: HttpBody, unasked: boolean): HttpTrackerResponse | undefined {
    if (body.bytes.length === 0) return undefined
    const outcome = httpTrackerResponseWire.parse(body.bytes, 0)
    if (outcome.kind === 'message') {
      const { listFault } = outcome.message
      if (listFault !== undefined) this.#bodyFault(listFault, message.side, 0)
      return outcome.message
    }
    const failed = (message.status?.code ?? 0) >= 300
    if (outcome.kind === 'malformed' && !failed && !unasked) {
      this.#bodyFault(outcome.fault, message.side, outcome.at)
    }
    return undefined
  }

  #bodyFault(fault: string, side: Side, at: number): void {
    const wire = httpTrackerResponseWire.name
    this.out.say({ type: 'fault', wire, fault, side, at, resumes: true })
  }

  #request(message: HttpMessage, target: string): void {
    const outcome = httpTrackerRequestWire.parse(bytesOf(target), 0)
    if (outcome.kind !== 'message') {
      if (outcome.kind === 'malformed' && outcome.fault === 'infohash-length-wrong') {
        const wire = httpTrackerRequestWire.name
        const { fault } = outcome
        this.out.say({ type: 'fault', wire, fault, side: message.side, at: 0, resumes: true })
      }
      return
    }
    const said = outcome.message
    this.#asked.set(message, said)
    this.#log(message.side, 'request', requestFields(said, message))
    const by = this.flow.ends[message.side]
    const of = this.flow.ends[message.side === 0 ? 1 : 0]
    for (const hash of said.infoHashes.slice(0, limits.listedMax)) {
      const content = `urn:btih:${hex(hash)}`
      this.out.say({ type: 'request', by, of, what: said.action, content })
      if (said.action === 'announce') this.#announced(by, said, content)
    }
    this.#client(by, said, message)
  }

  /** The announcer says of itself that it has the content, unless it says goodbye. */
  #announced(by: Endpoint, said: HttpTrackerRequest, content: string): void {
    if (said.port === undefined || queryValue(said, 'event') === 'stopped') return
    const listens = said.claimed.length > 0 ? said.claimed : [{ ip: by.ip, port: said.port }]
    for (const about of listens) {
      const id = said.peerId === undefined ? {} : { id: hex(said.peerId) }
      const via = 'announce'
      this.out.say({
        type: 'claim',
        by,
        about,
        part: 'peer',
        carriers: 'both',
        via,
        content,
        ...id,
      })
    }
  }

  #client(who: Endpoint, said: HttpTrackerRequest, message: HttpMessage): void {
    if (said.peerId === undefined) return
    const id = hex(said.peerId)
    if (this.#told === id) return
    this.#told = id
    const client = clientOfPeerId(said.peerId) ?? clientOfAgent(header(message.head, 'user-agent'))
    const listens = said.port === undefined ? {} : { listens: { ip: who.ip, port: said.port } }
    this.out.say({ type: 'client', who, ...client, id, ...listens })
  }

  #log(side: Side, type: 'request' | 'response', rest: Fields): void {
    this.out.say({
      type: 'message',
      log: 'bittorrent_tracker',
      name: `${String(rest.action)}-${type}`,
      side,
      fields: { transport: 'http', type, ...rest },
    })
  }
}

/** `Transmission/3.00` → software and version; a browser's name says nothing of a peer. */
function clientOfAgent(agent: string | undefined): { software?: string; version?: string } {
  const match = /^([A-Za-zµ][\w .-]{1,30}?)\/([\w.+-]{1,20})$/.exec(textOf(agent ?? ''))
  return match === null ? {} : { software: match[1]!, version: match[2]! }
}

function actionOf(
  said: HttpTrackerResponse | undefined,
  asked: HttpTrackerRequest | undefined,
): 'announce' | 'scrape' | 'error' {
  if (said?.kind === 'failure') return 'error'
  if (said !== undefined) return said.kind
  return asked?.action ?? 'error'
}

function queryValue(said: HttpTrackerRequest, name: string): string | undefined {
  return said.pairs.find(([key]) => key === name)?.[1]
}

/** Query key → field, for numbers and for flags. */
// biome-ignore format: a table
const NUMBERS = [
  ['uploaded', 'uploaded'], ['downloaded', 'downloaded'], ['left', 'left'],
  ['corrupt', 'corrupt'], ['redundant', 'redundant'], ['numwant', 'num_want'],
] as const
// biome-ignore format: a table
const FLAGS = [
  ['compact', 'compact'], ['no_peer_id', 'no_peer_id'],
  ['supportcrypto', 'support_crypto'], ['requirecrypto', 'require_crypto'],
] as const

function requestFields(said: HttpTrackerRequest, message: HttpMessage): Fields {
  const fields: Fields = { action: said.action }
  const host = header(message.head, 'host')
  const agent = header(message.head, 'user-agent')
  if (host !== undefined) fields.host = textOf(host)
  fields.path = redactedPath(textOf(said.path.replace(/^https?:\/\/[^/]*/i, '')))
  if (agent !== undefined) fields.user_agent = textOf(agent)
  const hashes = said.infoHashes.slice(0, limits.listedMax).map((hash) => hex(hash))
  if (said.action === 'announce' && hashes.length === 1) fields.info_hash = hashes[0]!
  else fields.info_hashes = hashes
  if (said.peerId !== undefined) fields.peer_id = hex(said.peerId)
  if (said.port !== undefined) fields.port = said.port
  if (said.claimed[0] !== undefined) fields.ip = said.claimed[0].ip
  const event = queryValue(said, 'event')
  if (event !== undefined && event !== '') fields.event = textOf(event)
  for (const [key, field] of NUMBERS) {
    const value = queryValue(said, key)
    if (value !== undefined && /^-?\d{1,20}$/.test(value)) fields[field] = Number(value)
  }
  for (const [key, field] of FLAGS) {
    const value = queryValue(said, key)
    if (value !== undefined) fields[field] = value === '1'
  }
  const key = queryValue(said, 'key')
  if (key !== undefined) fields.key = textOf(key)
  const trackerId = queryValue(said, 'trackerid')
  if (trackerId !== undefined) fields.tracker_id = textOf(trackerId)
  return fields
}

function answerFields(said: HttpTrackerResponse): Fields {
  const { dict } = said
  const fields: Fields = {}
  put(fields, 'interval', dict.number('interval'))
  put(fields, 'min_interval', dict.number('min interval'))
  put(fields, 'seeders', dict.number('complete'))
  put(fields, 'leechers', dict.number('incomplete'))
  put(fields, 'completed', dict.number('downloaded'))
  put(fields, 'tracker_id', textIn(dict, 'tracker id'))
  put(fields, 'external_ip', externalIp(said))
  put(fields, 'failure_reason', textIn(dict, 'failure reason'))
  put(fields, 'warning', textIn(dict, 'warning message'))
  const retry = dict.get('retry in')
  if (typeof retry === 'number') fields.retry_in = String(retry)
  else put(fields, 'retry_in', textIn(dict, 'retry in'))
  if (said.kind === 'announce') {
    fields.peers = said.peers.map(({ ip, port, peerId }) =>
      peerId === undefined ? { ip, port } : { ip, port, peer_id: hex(peerId) },
    )
  }
  if (said.kind === 'scrape') {
    fields.files = said.files.map((file) => {
      const counts: Fields = { info_hash: hex(file.infoHash) }
      put(counts, 'seeders', file.complete)
      put(counts, 'leechers', file.incomplete)
      put(counts, 'completed', file.downloaded)
      put(counts, 'name', file.name)
      return counts
    })
  }
  return fields
}

function put(fields: Fields, key: string, value: Json | undefined): void {
  if (value !== undefined) fields[key] = value
}

function textIn(dict: BDict, key: string): string | undefined {
  const value = dict.bytes(key)
  return value === undefined ? undefined : text(value)
}
