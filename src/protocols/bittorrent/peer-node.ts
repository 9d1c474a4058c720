/** What all roles of a small BitTorrent peer share: names, hashes, bugs, addresses, HTTP. */
import { createHash } from 'node:crypto'
import { type Endpoint, parseIp4 } from '../../core/address.ts'
import { bytesOf, concat } from '../../core/bytes.ts'
import type { Link, PeerSettings, Site } from '../../core/peer.ts'
import { emitCompactPeers } from '../formats/compact-peers.ts'
import { emitHttpHead, header, parseHttpHead } from '../formats/http-head.ts'

// biome-ignore format: a table
export const ROLES = [
  'tracker',       // answers over HTTP and UDP at one port
  'peer',          // announces to an HTTP tracker
  'udp-peer',      // announces to a UDP tracker
  'dht-peer',      // no tracker: finds others through the DHT, of which it is a node
  'hybrid-peer',   // both: joins an HTTP tracker first, a node of the DHT second
  'dht-node',      // only a node of the DHT: what others enter it through
  'quiet-peer',    // joins nothing: others hear of it elsewhere, and call
  'dht-asker',     // no node: asks the one that it joins for what it wants, again and again
] as const

/**
 * Where a bug is that of one program, who has it says that it is that program. Sources: libktorrent
 * 581acd8b7 and c9d03279c (2009) for what KTorrent wrote in reverse.
 */
// biome-ignore format: a table
export const BUGS = [
  'reversed-pex',        // KTorrent 3.0 to 3.1.5: octets of peers that are told come last first, ports are right
  'reversed-nodes',      // KTorrent to 3.1.5: the same in the nodes that its DHT tells
  'reversed-announce',   // KTorrent to 3.1.5: the same in the `ip` that a UDP tracker is told
  'reversed-tracker',    // a tracker that writes its peers so
  'believes-ip',         // a tracker that takes the address an announcement claims
  'injects',             // whom it is ordered to join, once it is in, it tells as a peer of everything
  'injects-nodes',       // the same as a node of the DHT, with an id made up
  'any-content',         // an anti-P2P farm's: has whatever it is asked for, and sends nothing
  'passes-answering',    // µTorrent: tells of whom took a connection, whatever he is
  'passes-heard',        // tells of all it heard of
  'trickles',            // says that it lacks the last piece of what it has, and gives one block in 15 s
] as const

export type Bug = (typeof BUGS)[number]

export function hasBug({ bugs }: PeerSettings, bug: Bug): boolean {
  return bugs.includes(bug)
}

export const SECOND = 1_000_000
export const NEVER = Number.POSITIVE_INFINITY
export const NONE: Uint8Array = new Uint8Array(0)
export const ID_BYTES = 20

/** One connection's part of a peer; it is the link's `state`. */
export interface Talk {
  opened(link: Link): void
  /** As `Peer.data`. */
  data(link: Link, bytes: Uint8Array): number
  closed(link: Link, why: 'closed' | 'refused'): void
}

/** What a program calls itself: by peer id, in the extension handshake, in the DHT. */
interface Program {
  readonly idStart: string
  readonly words: string
  readonly dht: Uint8Array
}

const OURS: Program = { idStart: '-PS0001-', words: 'Peerscope 0.1', dht: bytesOf('PS\x00\x01') }
const KTORRENT: Program = {
  idStart: '-KT3150-',
  words: 'KTorrent 3.1.5',
  dht: bytesOf('KT\x03\x01'),
}
const AZUREUS: Program = {
  idStart: '-AZ2500-',
  words: 'Azureus 2.5.0.0',
  dht: bytesOf('AZ\x02\x05'),
}

export function programOf(settings: PeerSettings): Program {
  if (hasBug(settings, 'any-content')) return AZUREUS
  const isKTorrents =
    hasBug(settings, 'reversed-pex') ||
    hasBug(settings, 'reversed-nodes') ||
    hasBug(settings, 'reversed-announce')
  return isKTorrents ? KTORRENT : OURS
}

export function newPeerId(settings: PeerSettings, site: Site): Uint8Array {
  const start = bytesOf(programOf(settings).idStart)
  return concat(start, chanceBytes(site, ID_BYTES - start.length))
}

export function chanceBytes(site: Site, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, () => site.chance(256))
}

export function sha1(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha1').update(bytes).digest())
}

export function contentOf(infoHash: string): string {
  return `urn:btih:${infoHash}`
}

/** The info hash in hex out of a content URN. */
export function infoHashOf(content: string | undefined): string | undefined {
  return /^urn:btih:([0-9a-f]{40})$/.exec(content ?? '')?.[1]
}

/** 192.0.2.1 → 1.2.0.192; what is no IPv4 stays. */
export function reversed<T extends Endpoint>(endpoint: T): T {
  const bytes = parseIp4(endpoint.ip)
  return bytes === undefined ? endpoint : { ...endpoint, ip: [...bytes].reverse().join('.') }
}

/** IPv4 alone: of peers over IPv6 these lists do not tell. */
export function compact(peers: readonly Endpoint[], isReversed: boolean): Uint8Array {
  return emitCompactPeers(isReversed ? peers.map(reversed) : peers, 4)
}

export function httpAnswer(status: string, body: Uint8Array): Uint8Array {
  const head = emitHttpHead({
    startLine: `HTTP/1.1 ${status}`,
    headers: [
      ['Content-Type', 'text/plain'],
      ['Content-Length', String(body.length)],
      ['Connection', 'close'],
    ],
  })
  return concat(head, body)
}

/** Head and body of a request or answer. @returns undefined while it is not whole */
export function readHttp(
  bytes: Uint8Array,
): { startLine: string; body: Uint8Array; size: number } | 'broken' | undefined {
  const outcome = parseHttpHead(bytes, 0)
  if (outcome.kind === 'need') return undefined
  if (outcome.kind === 'malformed') return 'broken'
  const length = Number(header(outcome.message, 'content-length') ?? 0)
  if (!Number.isSafeInteger(length) || length < 0) return 'broken'
  const size = outcome.size + length
  if (bytes.length < size) return undefined
  return {
    startLine: outcome.message.startLine,
    body: bytes.subarray(outcome.size, size),
    size,
  }
}
