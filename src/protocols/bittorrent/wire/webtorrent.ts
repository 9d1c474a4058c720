/**
 * WebTorrent signalling: JSON in WebSocket text messages between browsers and their tracker.
 * Source: bittorrent-tracker (webtorrent) lib/client/websocket-tracker.js and server.js; SDP
 * candidates: RFC 8839 section 5.1.
 *
 *   asks      {action: announce, info_hash, peer_id, numwant, uploaded, downloaded, left, event,
 *              offers: [{offer: {type, sdp}, offer_id}]}
 *             {action: announce, info_hash, peer_id, to_peer_id, answer: {type, sdp}, offer_id}
 *             {action: scrape, info_hash}
 *   tells     {action: announce, interval, info_hash, complete, incomplete}
 *             {action: announce, info_hash, peer_id, offer | answer, offer_id}      relayed
 *             {action: scrape, files: {<hash>: {complete, incomplete, downloaded}}}
 *
 * Hashes and ids are strings of one character per byte. Where a browser listens stands in the
 * `a=candidate` lines of the SDP; many browsers hide their addresses behind `.local` names there.
 */
import { type Endpoint, parseIp } from '../../../core/address.ts'
import { bytesOf } from '../../../core/bytes.ts'
import { limits } from '../../../core/limits.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import { text } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'

const utf8 = new TextEncoder()

type JsonObject = { readonly [key: string]: unknown }

export interface SdpCandidate extends Endpoint {
  readonly transport: 'udp' | 'tcp'
  /** `host`, `srflx` (as a server saw it), `prflx`, `relay`. */
  readonly kind: string
}

export interface WebTorrentOffer {
  readonly offerId?: Uint8Array
  readonly candidates: readonly SdpCandidate[]
}

export interface WebTorrentFile {
  readonly infoHash: Uint8Array
  readonly complete?: number
  readonly incomplete?: number
  readonly downloaded?: number
}

export interface WebTorrentMessage {
  readonly action: 'announce' | 'scrape'
  readonly json: JsonObject
  /** 20 bytes each; a scrape's answer has its hashes in `files`. */
  readonly infoHashes: readonly Uint8Array[]
  readonly peerId?: Uint8Array
  readonly toPeerId?: Uint8Array
  readonly offers: readonly WebTorrentOffer[]
  readonly answer?: WebTorrentOffer
  readonly files: readonly WebTorrentFile[]
}

/** Ten offers of a browser with many interfaces are 40 KB. */
const MESSAGE_BYTES_MAX = 1_048_576
const ID_LENGTH = 20

// biome-ignore format: a table
const FAULTS = [
  'message-too-long',
  'not-json',                 // or no object
  'action-unknown',           // neither announce nor scrape
  'infohash-missing',
  'infohash-wrong',           // not 20 characters below 256
] as const

function parse(bytes: Uint8Array, at: number): Outcome<WebTorrentMessage> {
  const size = bytes.length - at
  if (size > MESSAGE_BYTES_MAX) return malformed('message-too-long', at)
  const json = size > 0 ? objectOf(bytes, at) : undefined
  if (json === undefined) return malformed('not-json', at)
  const action = json.action
  if (action !== 'announce' && action !== 'scrape') return malformed('action-unknown', at)
  const files = filesOf(json.files)
  const asked = json.info_hash
  const list = Array.isArray(asked) ? asked : asked === undefined ? [] : [asked]
  if (list.length === 0 && files.length === 0) return malformed('infohash-missing', at)
  const infoHashes: Uint8Array[] = []
  for (const item of list.slice(0, limits.listedMax)) {
    const hash = idOf(item)
    if (hash === undefined) return malformed('infohash-wrong', at)
    infoHashes.push(hash)
  }
  const peerId = idOf(json.peer_id)
  const toPeerId = idOf(json.to_peer_id)
  const answer = offerOf(json.answer, json.offer_id)
  const said: WebTorrentMessage = {
    action,
    json,
    infoHashes,
    offers: offersOf(json),
    files,
    ...(peerId === undefined ? {} : { peerId }),
    ...(toPeerId === undefined ? {} : { toPeerId }),
    ...(answer === undefined ? {} : { answer }),
  }
  return message(said, size)
}

function objectOf(bytes: Uint8Array, at: number): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text(bytes, at))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Twenty characters, each one byte. */
function idOf(value: unknown): Uint8Array | undefined {
  if (typeof value !== 'string' || value.length !== ID_LENGTH) return undefined
  for (let i = 0; i < ID_LENGTH; i++) if (value.charCodeAt(i) > 0xff) return undefined
  return bytesOf(value)
}

function offersOf(json: JsonObject): WebTorrentOffer[] {
  const single = offerOf(json.offer, json.offer_id)
  const offers: WebTorrentOffer[] = single === undefined ? [] : [single]
  if (!Array.isArray(json.offers)) return offers
  for (const item of json.offers.slice(0, limits.listedMax)) {
    const offer = isObject(item) ? offerOf(item.offer, item.offer_id) : undefined
    if (offer !== undefined) offers.push(offer)
  }
  return offers
}

function offerOf(value: unknown, id: unknown): WebTorrentOffer | undefined {
  if (!isObject(value)) return undefined
  const offerId = idOf(id)
  const candidates = typeof value.sdp === 'string' ? candidatesOf(value.sdp) : []
  return offerId === undefined ? { candidates } : { offerId, candidates }
}

/** `a=candidate:1 1 udp 2130706431 192.0.2.1 50000 typ host …` */
const CANDIDATE =
  /^(?:a=)?candidate:\S+ \d{1,5} (udp|tcp) \d{1,10} (\S{1,64}) (\d{1,5}) typ (\S{1,16})/i

export function candidatesOf(sdp: string): SdpCandidate[] {
  const candidates: SdpCandidate[] = []
  for (const line of sdp.split(/\r?\n/, 1000)) {
    const match = CANDIDATE.exec(line)
    const ip = match === null ? undefined : parseIp(match[2]!)
    const port = Number(match?.[3])
    if (match === null || ip === undefined || port > 65_535) continue
    const transport = match[1]!.toLowerCase() === 'tcp' ? 'tcp' : 'udp'
    const known = candidates.some(
      (other) => other.ip === ip && other.port === port && other.transport === transport,
    )
    if (!known) candidates.push({ ip, port, transport, kind: match[4]!.toLowerCase() })
  }
  return candidates
}

function filesOf(value: unknown): WebTorrentFile[] {
  if (!isObject(value)) return []
  const files: WebTorrentFile[] = []
  for (const key of Object.keys(value).slice(0, limits.listedMax)) {
    const infoHash = idOf(key)
    const counts = value[key]
    if (infoHash === undefined || !isObject(counts)) continue
    files.push({
      infoHash,
      ...countOf(counts, 'complete'),
      ...countOf(counts, 'incomplete'),
      ...countOf(counts, 'downloaded'),
    })
  }
  return files
}

function countOf(object: JsonObject, key: string): Record<string, number> {
  const value = object[key]
  return typeof value === 'number' && Number.isSafeInteger(value) ? { [key]: value } : {}
}

/** JSON as clients write it: no blanks, keys in their order, characters above 127 as UTF-8. */
function emit(said: WebTorrentMessage): Uint8Array {
  return utf8.encode(JSON.stringify(said.json))
}

export const webTorrentWire: Wire<WebTorrentMessage> = {
  name: 'bittorrent/webtorrent',
  source: 'bittorrent-tracker websocket-tracker.js, server.js',
  carrier: 'datagram',
  messageBytesMax: MESSAGE_BYTES_MAX,
  faults: FAULTS,
  parse,
  emit,
}
