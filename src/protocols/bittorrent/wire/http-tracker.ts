/**
 * HTTP tracker: what is asked stands in the target of a GET, the answer is a bencoded body.
 * Source: BEP 3, 7 (ipv4, ipv6, peers6), 23 (compact), 24 (external ip), 31 (retry in), 48 (scrape).
 *
 *   /<path>/announce?info_hash=<20 bytes, percent-encoded>&peer_id=<20>&port=6881&left=…
 *   /<path>/scrape?info_hash=<20>&info_hash=<20>…
 *   http://<server>/<path>/announce?…                   the same, asked of a proxy
 *
 *   announce   d 8:interval i… 8:complete i… 10:incomplete i… 5:peers <n × 6> | l d … e … e
 *              6:peers6 <n × 18> 12:min interval i… 10:tracker id … 15:warning message … e
 *   scrape     d 5:files d <20 bytes> d 8:complete i… 10:downloaded i… 10:incomplete i… e … e e
 *   refusal    d 14:failure reason <text> 8:retry in i… | 5:never e
 */
import { type Endpoint, parseIp } from '../../../core/address.ts'
import { bytesOf } from '../../../core/bytes.ts'
import { limits } from '../../../core/limits.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import { latin1, text } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'
import { BDict, BENCODE_FAULTS, bdecode, bencode, isBList } from '../../formats/bencode.ts'
import { compactPeers, ipOfBytes } from '../../formats/compact-peers.ts'
import { percentDecoded } from '../../formats/http-head.ts'

export interface HttpTrackerRequest {
  readonly action: 'announce' | 'scrape'
  /** The path as written. */
  readonly path: string
  /** Name and value of each part of the query, percent-decoded to one character per byte. */
  readonly pairs: readonly (readonly [string, string])[]
  /** The query as written; which bytes were escaped is a habit of each client. */
  readonly query: string
  /** Contents, 20 bytes each; a scrape without any asks about all. */
  readonly infoHashes: readonly Uint8Array[]
  readonly peerId?: Uint8Array
  readonly port?: number
  /** The address the client claims (`ip`, `ipv4`, `ipv6`), as canonical text, port where it has one. */
  readonly claimed: readonly Endpoint[]
}

export interface HttpTrackerPeer extends Endpoint {
  /** 20 bytes; compact lists have none. */
  readonly peerId?: Uint8Array
}

export interface HttpTrackerFile {
  readonly infoHash: Uint8Array
  readonly complete?: number
  readonly incomplete?: number
  readonly downloaded?: number
  readonly name?: string
}

/** An answer: `dict` is all of it, as it stood. */
export interface HttpTrackerResponse {
  readonly kind: 'announce' | 'scrape' | 'failure'
  readonly dict: BDict
  /** Peers of all lists, at most `listedMax`. */
  readonly peers: readonly HttpTrackerPeer[]
  readonly files: readonly HttpTrackerFile[]
  /** A list that does not read, by its fault; what else there is stays. */
  readonly listFault?: string
}

const HASH_BYTES = 20

// biome-ignore format: a table
const REQUEST_FAULTS = [
  'not-a-tracker-request',      // neither an info_hash nor a scrape
  'infohash-length-wrong',      // an info_hash that is not 20 bytes
  'target-too-long',
] as const

/**
 * Whether a POST to this target may ask by a form what others ask by a query. No client that is
 * known does, but trackers that are web pages take both.
 */
export function takesForms(target: string): boolean {
  return /\/(?:announce|scrape)[^/?]*(?:\?|$)/i.test(target)
}

/** The target as it would be, were the form in its query. */
export function postedTarget(target: string, form: Uint8Array): string {
  return `${target}${target.includes('?') ? '&' : '?'}${latin1(form)}`
}

/** Target of a request, as bytes. It was part of a head, so it is no longer than one. */
function parseRequest(bytes: Uint8Array, at: number): Outcome<HttpTrackerRequest> {
  const size = bytes.length - at
  if (size > limits.httpHeadBytesMax) return malformed('target-too-long', at)
  if (size === 0) return malformed('not-a-tracker-request', at)
  const target = latin1(bytes, at)
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  const query = mark < 0 ? '' : target.slice(mark + 1)
  const pairs = mark < 0 ? [] : queryPairs(query)
  const hashes = pairs.filter(([name]) => name === 'info_hash')
  const scrapes = /(?:^|\/)scrape[^/]*$/i.test(path)
  if (hashes.length === 0 && !scrapes) return malformed('not-a-tracker-request', at)
  const infoHashes = hashes.map(([, value]) => bytesOf(value))
  if (!infoHashes.every((hash) => hash.length === HASH_BYTES)) {
    return malformed('infohash-length-wrong', at)
  }
  const value = (name: string) => pairs.find(([key]) => key === name)?.[1]
  const port = value('port')
  const peerId = value('peer_id')
  const listens = port !== undefined && /^\d{1,5}$/.test(port) ? Number(port) : undefined
  const said: HttpTrackerRequest = {
    action: scrapes ? 'scrape' : 'announce',
    path,
    pairs,
    query: mark < 0 ? '' : target.slice(mark),
    infoHashes,
    claimed: claimedOf(pairs, listens ?? 0),
    ...(peerId === undefined ? {} : { peerId: bytesOf(peerId) }),
    ...(listens === undefined ? {} : { port: listens }),
  }
  return message(said, size)
}

/**
 * `+` stands for itself here: RFC 1738, which BEP 3 names, has no other meaning for it, and a hash
 * that holds 0x2b is written so by some clients.
 */
function queryPairs(query: string): [string, string][] {
  const pairs: [string, string][] = []
  for (const item of query.split('&', limits.listedMax)) {
    if (item === '') continue
    const mark = item.indexOf('=')
    const name = mark < 0 ? item : item.slice(0, mark)
    pairs.push([percentDecoded(name), mark < 0 ? '' : percentDecoded(item.slice(mark + 1))])
  }
  return pairs
}

function claimedOf(pairs: readonly (readonly [string, string])[], port: number): Endpoint[] {
  const claimed: Endpoint[] = []
  for (const [name, value] of pairs) {
    if (name !== 'ip' && name !== 'ipv4' && name !== 'ipv6') continue
    // BEP 7: an address, or address and port with IPv6 in brackets.
    const match = /^(?:\[([0-9a-f:.]+)\]|([\d.]+)):(\d{1,5})$/i.exec(value)
    const ip = parseIp(match === null ? value : (match[1] ?? match[2]!))
    const own = match === null ? port : Number(match[3])
    if (ip !== undefined && own <= 65_535) claimed.push({ ip, port: own })
  }
  return claimed
}

export const httpTrackerRequestWire: Wire<HttpTrackerRequest> = {
  name: 'bittorrent/http-tracker-request',
  source: 'BEP 3, 7, 23, 48',
  carrier: 'datagram',
  messageBytesMax: limits.httpHeadBytesMax,
  faults: REQUEST_FAULTS,
  parse: parseRequest,
  emit: (said) => bytesOf(said.path + said.query),
}

/** `%12%34…` for every byte that RFC 3986 does not leave unreserved. */
export function percentEncoded(bytes: Uint8Array): string {
  let encoded = ''
  for (const byte of bytes) {
    const character = String.fromCharCode(byte)
    encoded += /[A-Za-z0-9._~-]/.test(character)
      ? character
      : `%${byte.toString(16).padStart(2, '0').toUpperCase()}`
  }
  return encoded
}

/** An answer is collected up to this size, in bytes: a scrape of all contents may be longer. */
export const RESPONSE_BYTES_MAX = 1_048_576

// biome-ignore format: a table
const RESPONSE_FAULTS = [
  ...BENCODE_FAULTS,
  'truncated',
  'not-a-dictionary',
  'not-a-tracker-answer',       // none of the keys of one
  'list-not-multiple-of-6',     // said by the session
  'list-not-multiple-of-18',    // said by the session
] as const

function parseResponse(bytes: Uint8Array, at: number): Outcome<HttpTrackerResponse> {
  const outcome = bdecode(bytes, at)
  if (outcome.kind === 'need') return malformed('truncated', bytes.length)
  if (outcome.kind === 'malformed') return outcome
  const dict = outcome.message
  if (!(dict instanceof BDict)) return malformed('not-a-dictionary', at)
  const kind = kindOf(dict)
  if (kind === undefined) return malformed('not-a-tracker-answer', at)
  const files = kind === 'scrape' ? filesOf(dict.dict('files')!) : []
  if (kind === 'scrape') return message({ kind, dict, peers: [], files }, outcome.size)
  const peers: HttpTrackerPeer[] = []
  const listFault = addPeers(peers, dict, 'peers', 4) ?? addPeers(peers, dict, 'peers6', 16)
  const said = { kind, dict, peers, files }
  return message(listFault === undefined ? said : { ...said, listFault }, outcome.size)
}

function kindOf(dict: BDict): HttpTrackerResponse['kind'] | undefined {
  if (dict.bytes('failure reason') !== undefined) return 'failure'
  if (dict.dict('files') !== undefined) return 'scrape'
  const listed = dict.has('peers') || dict.has('peers6')
  return listed || (dict.has('interval') && dict.has('complete')) ? 'announce' : undefined
}

/** @returns the fault of a list that does not read */
function addPeers(
  peers: HttpTrackerPeer[],
  dict: BDict,
  key: string,
  ipBytes: 4 | 16,
): string | undefined {
  const value = dict.get(key)
  if (value instanceof Uint8Array) {
    const outcome = compactPeers(value, 0, value.length, ipBytes)
    if (outcome.kind === 'malformed') return outcome.fault
    if (outcome.kind === 'message') peers.push(...outcome.message)
    return undefined
  }
  if (!isBList(value)) return undefined
  for (const item of value) {
    if (peers.length >= limits.listedMax) break
    const peer = item instanceof BDict ? peerOf(item) : undefined
    if (peer !== undefined) peers.push(peer)
  }
  return undefined
}

/** `ip` is text: an address, or a name, which is left out because nobody can be told by it. */
function peerOf(dict: BDict): HttpTrackerPeer | undefined {
  const address = dict.bytes('ip')
  const port = dict.number('port')
  const ip = address === undefined ? undefined : parseIp(text(address))
  if (ip === undefined || port === undefined || port < 0 || port > 65_535) return undefined
  const peerId = dict.bytes('peer id')
  return peerId?.length === HASH_BYTES ? { ip, port, peerId } : { ip, port }
}

function filesOf(dict: BDict): HttpTrackerFile[] {
  const files: HttpTrackerFile[] = []
  for (const [i, key] of dict.keys.entries()) {
    if (files.length >= limits.listedMax) break
    const counts = dict.values[i]
    if (key.length !== HASH_BYTES || !(counts instanceof BDict)) continue
    const name = counts.bytes('name')
    files.push({
      infoHash: bytesOf(key),
      ...countOf(counts, 'complete'),
      ...countOf(counts, 'incomplete'),
      ...countOf(counts, 'downloaded'),
      ...(name === undefined ? {} : { name: text(name) }),
    })
  }
  return files
}

function countOf(dict: BDict, key: string): Record<string, number> {
  const value = dict.number(key)
  return value === undefined ? {} : { [key]: value }
}

/** The address under which the tracker saw the client (BEP 24). */
export function externalIp(said: HttpTrackerResponse): string | undefined {
  return ipOfBytes(said.dict.bytes('external ip'))
}

export const httpTrackerResponseWire: Wire<HttpTrackerResponse> = {
  name: 'bittorrent/http-tracker-response',
  source: 'BEP 3, 7, 23, 24, 31, 48',
  carrier: 'datagram',
  messageBytesMax: RESPONSE_BYTES_MAX,
  faults: RESPONSE_FAULTS,
  parse: parseResponse,
  emit: (said) => bencode(said.dict),
}
