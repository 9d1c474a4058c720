/**
 * UDP tracker protocol: connect, announce, scrape. Everything big-endian.
 * Source: BEP 15; BEP 41 (options behind an announce).
 *
 *   request    connection u64 | action u32 | transaction u32 | body
 *     connect    connection = 0x41727101980, action 0
 *     announce   action 1: info hash 20 | peer id 20 | downloaded u64 | left u64 | uploaded u64 |
 *                event u32 | ip 4 | key u32 | wanted i32 | port u16 | options
 *     scrape     action 2: n × info hash 20
 *   response   action u32 | transaction u32 | body
 *     connect    connection u64
 *     announce   interval u32 | leechers u32 | seeders u32 | n × (ip 4 or 16 | port u16)
 *     scrape     n × (seeders u32 | completed u32 | leechers u32)
 *     error      action 3: text
 *   option     0 end | 1 nothing | 2 url data: size u8, bytes
 *
 * A request and a response look alike from byte 8 on; only who asked whom tells them apart. So
 * they are two wires, and a reader of both sides pairs them by transaction. The size of a peer
 * follows the IP version of the datagram, which the bytes do not say: two response wires.
 */
import { ip4 } from '../../../core/address.ts'
import { ByteWriter, hasAt, u16be, u32be, u64beBig } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'
import { type IpBytes, ipBytesOf } from '../../formats/compact-peers.ts'

export interface UdpConnectRequest {
  readonly action: 'connect'
  readonly transaction: number
  /** What follows the 16 bytes, by no specification; normally nothing. */
  readonly rest: Uint8Array
}

export interface UdpAnnounceRequest {
  readonly action: 'announce'
  readonly connectionBig: bigint
  readonly transaction: number
  readonly infoHash: Uint8Array
  readonly peerId: Uint8Array
  /** Bytes; unknown is told as 2^63 - 1 by several clients, hence exact. */
  readonly downloadedBig: bigint
  readonly leftBig: bigint
  readonly uploadedBig: bigint
  /** 0 none, 1 completed, 2 started, 3 stopped; others are kept. */
  readonly event: number
  /** The address the client claims; `0.0.0.0`: take the sender's. */
  readonly ip: string
  readonly key: number
  /** Peers wanted; -1: as many as usual. */
  readonly wanted: number
  readonly port: number
  /** BEP 41, as they stand; see `urlDataOf`. */
  readonly options: Uint8Array
}

export interface UdpScrapeRequest {
  readonly action: 'scrape'
  readonly connectionBig: bigint
  readonly transaction: number
  readonly infoHashes: readonly Uint8Array[]
}

export type UdpTrackerRequest = UdpConnectRequest | UdpAnnounceRequest | UdpScrapeRequest

export interface UdpConnectResponse {
  readonly action: 'connect'
  readonly transaction: number
  readonly connectionBig: bigint
  readonly rest: Uint8Array
}

export interface UdpAnnounceResponse {
  readonly action: 'announce'
  readonly transaction: number
  readonly intervalSeconds: number
  readonly leechers: number
  readonly seeders: number
  /** Compact peers, read by `compactPeers`. */
  readonly peers: Uint8Array
}

export interface UdpScrapeResponse {
  readonly action: 'scrape'
  readonly transaction: number
  readonly counts: readonly UdpScrapeCount[]
}

export interface UdpScrapeCount {
  readonly seeders: number
  readonly completed: number
  readonly leechers: number
}

export interface UdpErrorResponse {
  readonly action: 'error'
  readonly transaction: number
  /** The words, as bytes. */
  readonly words: Uint8Array
}

export type UdpTrackerResponse =
  | UdpConnectResponse
  | UdpAnnounceResponse
  | UdpScrapeResponse
  | UdpErrorResponse

/** The largest UDP payload over IPv4. */
const MESSAGE_BYTES_MAX = 65_507

const CONNECT_BYTES = 16
export const ANNOUNCE_BYTES = 98
const SCRAPE_HEAD_BYTES = 16
const HASH_BYTES = 20
const COUNTS_BYTES = 12
const ANNOUNCED_HEAD_BYTES = 20

/** The constant that stands for a connection before there is one. */
export const CONNECT_MAGIC = Uint8Array.of(0, 0, 4, 0x17, 0x27, 0x10, 0x19, 0x80)

// biome-ignore format: a table
const REQUEST_FAULTS = [
  'truncated',                 // shorter than its action wants
  'action-unknown',            // not 0, 1, 2
  'connect-without-magic',     // action 0 with another constant
  'scrape-not-multiple-of-20',
] as const

// biome-ignore format: a table
const RESPONSE_FAULTS = [
  'truncated',
  'action-unknown',            // not 0, 1, 2, 3
  'list-not-multiple-of-6',    // peers over IPv4
  'list-not-multiple-of-18',   // peers over IPv6
  'scrape-not-multiple-of-12',
  'answer-of-another-action',  // said by the session, which knows what was asked
] as const

export const UDP_EVENTS = ['none', 'completed', 'started', 'stopped'] as const

function parseRequest(bytes: Uint8Array, at: number): Outcome<UdpTrackerRequest> {
  const size = bytes.length - at
  if (size < CONNECT_BYTES) return malformed('truncated', bytes.length)
  const transaction = u32be(bytes, at + 12)
  switch (u32be(bytes, at + 8)) {
    case 0: {
      if (!hasAt(bytes, at, CONNECT_MAGIC)) return malformed('connect-without-magic', at)
      const rest = bytes.subarray(at + CONNECT_BYTES)
      return message({ action: 'connect', transaction, rest }, size)
    }
    case 1:
      if (size < ANNOUNCE_BYTES) return malformed('truncated', bytes.length)
      return message(announce(bytes, at, transaction), size)
    case 2: {
      if ((size - SCRAPE_HEAD_BYTES) % HASH_BYTES !== 0) {
        return malformed('scrape-not-multiple-of-20', at + SCRAPE_HEAD_BYTES)
      }
      const infoHashes: Uint8Array[] = []
      for (let from = at + SCRAPE_HEAD_BYTES; from < bytes.length; from += HASH_BYTES) {
        infoHashes.push(bytes.subarray(from, from + HASH_BYTES))
      }
      const connectionBig = u64beBig(bytes, at)
      return message({ action: 'scrape', connectionBig, transaction, infoHashes }, size)
    }
    default:
      return malformed('action-unknown', at + 8)
  }
}

function announce(bytes: Uint8Array, at: number, transaction: number): UdpAnnounceRequest {
  return {
    action: 'announce',
    connectionBig: u64beBig(bytes, at),
    transaction,
    infoHash: bytes.subarray(at + 16, at + 36),
    peerId: bytes.subarray(at + 36, at + 56),
    downloadedBig: u64beBig(bytes, at + 56),
    leftBig: u64beBig(bytes, at + 64),
    uploadedBig: u64beBig(bytes, at + 72),
    event: u32be(bytes, at + 80),
    ip: ip4(bytes, at + 84),
    key: u32be(bytes, at + 88),
    wanted: signed32(u32be(bytes, at + 92)),
    port: u16be(bytes, at + 96),
    options: bytes.subarray(at + ANNOUNCE_BYTES),
  }
}

function signed32(value: number): number {
  return value >= 0x8000_0000 ? value - 0x1_0000_0000 : value
}

function emitRequest(said: UdpTrackerRequest): Uint8Array {
  const writer = new ByteWriter()
  if (said.action === 'connect') {
    return writer.bytes(CONNECT_MAGIC).u32be(0).u32be(said.transaction).bytes(said.rest).finish()
  }
  writer.u64beBig(said.connectionBig)
  if (said.action === 'scrape') {
    writer.u32be(2).u32be(said.transaction)
    for (const hash of said.infoHashes) writer.bytes(hash)
    return writer.finish()
  }
  return writer
    .u32be(1)
    .u32be(said.transaction)
    .bytes(said.infoHash)
    .bytes(said.peerId)
    .u64beBig(said.downloadedBig)
    .u64beBig(said.leftBig)
    .u64beBig(said.uploadedBig)
    .u32be(said.event)
    .bytes(ipBytesOf(said.ip)!)
    .u32be(said.key)
    .u32be(said.wanted)
    .u16be(said.port)
    .bytes(said.options)
    .finish()
}

function parseResponse(
  bytes: Uint8Array,
  at: number,
  ipBytes: IpBytes,
): Outcome<UdpTrackerResponse> {
  const size = bytes.length - at
  if (size < 8) return malformed('truncated', bytes.length)
  const transaction = u32be(bytes, at + 4)
  switch (u32be(bytes, at)) {
    case 0: {
      if (size < CONNECT_BYTES) return malformed('truncated', bytes.length)
      const connectionBig = u64beBig(bytes, at + 8)
      const rest = bytes.subarray(at + CONNECT_BYTES)
      return message({ action: 'connect', transaction, connectionBig, rest }, size)
    }
    case 1:
      return announced(bytes, at, transaction, ipBytes)
    case 2:
      return scraped(bytes, at, transaction)
    case 3:
      return message({ action: 'error', transaction, words: bytes.subarray(at + 8) }, size)
    default:
      return malformed('action-unknown', at)
  }
}

function announced(
  bytes: Uint8Array,
  at: number,
  transaction: number,
  ipBytes: IpBytes,
): Outcome<UdpTrackerResponse> {
  const size = bytes.length - at
  if (size < ANNOUNCED_HEAD_BYTES) return malformed('truncated', bytes.length)
  const entrySize = ipBytes + 2
  const peers = bytes.subarray(at + ANNOUNCED_HEAD_BYTES)
  if (peers.length % entrySize !== 0) {
    return malformed(`list-not-multiple-of-${entrySize}`, at + ANNOUNCED_HEAD_BYTES)
  }
  const intervalSeconds = u32be(bytes, at + 8)
  const leechers = u32be(bytes, at + 12)
  const seeders = u32be(bytes, at + 16)
  return message(
    { action: 'announce', transaction, intervalSeconds, leechers, seeders, peers },
    size,
  )
}

function scraped(bytes: Uint8Array, at: number, transaction: number): Outcome<UdpTrackerResponse> {
  const size = bytes.length - at
  if ((size - 8) % COUNTS_BYTES !== 0) return malformed('scrape-not-multiple-of-12', at + 8)
  const counts: UdpScrapeCount[] = []
  for (let from = at + 8; from < bytes.length; from += COUNTS_BYTES) {
    const seeders = u32be(bytes, from)
    const completed = u32be(bytes, from + 4)
    counts.push({ seeders, completed, leechers: u32be(bytes, from + 8) })
  }
  return message({ action: 'scrape', transaction, counts }, size)
}

function emitResponse(said: UdpTrackerResponse): Uint8Array {
  const writer = new ByteWriter()
  switch (said.action) {
    case 'connect':
      writer.u32be(0).u32be(said.transaction).u64beBig(said.connectionBig).bytes(said.rest)
      break
    case 'announce':
      writer.u32be(1).u32be(said.transaction).u32be(said.intervalSeconds)
      writer.u32be(said.leechers).u32be(said.seeders).bytes(said.peers)
      break
    case 'scrape':
      writer.u32be(2).u32be(said.transaction)
      for (const { seeders, completed, leechers } of said.counts) {
        writer.u32be(seeders).u32be(completed).u32be(leechers)
      }
      break
    case 'error':
      writer.u32be(3).u32be(said.transaction).bytes(said.words)
  }
  return writer.finish()
}

export const udpTrackerRequestWire: Wire<UdpTrackerRequest> = {
  name: 'bittorrent/udp-tracker-request',
  source: 'BEP 15, 41',
  carrier: 'datagram',
  messageBytesMax: MESSAGE_BYTES_MAX,
  faults: REQUEST_FAULTS,
  parse: parseRequest,
  emit: emitRequest,
}

/** Responses in IPv4 datagrams. */
export const udpTrackerResponseWire: Wire<UdpTrackerResponse> = {
  name: 'bittorrent/udp-tracker-response',
  source: 'BEP 15',
  carrier: 'datagram',
  messageBytesMax: MESSAGE_BYTES_MAX,
  faults: RESPONSE_FAULTS,
  parse: (bytes, at) => parseResponse(bytes, at, 4),
  emit: emitResponse,
}

/** Responses in IPv6 datagrams. */
export const udpTrackerResponse6Wire: Wire<UdpTrackerResponse> = {
  ...udpTrackerResponseWire,
  name: 'bittorrent/udp-tracker-response-6',
  parse: (bytes, at) => parseResponse(bytes, at, 16),
}

/**
 * The URL path and query out of BEP 41 options (several pieces are joined), `''` where there is
 * none, undefined where the options break off or an unknown one cannot be passed.
 */
export function urlDataOf(options: Uint8Array): Uint8Array | undefined {
  const writer = new ByteWriter()
  let at = 0
  while (at < options.length) {
    const kind = options[at]!
    if (kind === 0) break
    if (kind === 1) {
      at++
      continue
    }
    // Every option after these two has a size, so that unknown ones can be passed over.
    const size = options[at + 1]
    if (size === undefined || at + 2 + size > options.length) return undefined
    if (kind === 2) writer.bytes(options.subarray(at + 2, at + 2 + size))
    at += 2 + size
  }
  return writer.finish()
}
