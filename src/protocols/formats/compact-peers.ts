/**
 * Compact lists of peers and DHT nodes: addresses packed without separators, everything big-endian.
 * Source: BEP 23 (peers), BEP 7 (peers6), BEP 5 (nodes), BEP 32 (nodes6).
 *
 *   peer    ip 4 | port u16be            6 bytes      ip 16 | port u16be             18 bytes
 *   node    id 20 | ip 4 | port u16be   26 bytes      id 20 | ip 16 | port u16be     38 bytes
 *
 * Port 0 and unroutable addresses are kept: a lie is worth seeing.
 */
import { type Endpoint, ip4, ip6, parseIp4, parseIp6 } from '../../core/address.ts'
import { ByteWriter, concat, fromHex, hex, u16be } from '../../core/bytes.ts'
import { limits } from '../../core/limits.ts'
import { malformed, message, type Outcome } from '../../core/outcome.ts'

/** `{ id: '6162…', ip: '192.0.2.1', port: 6881 }`: a DHT node, its id in hex. */
export interface CompactNode extends Endpoint {
  readonly id: string
}

/** Bytes of an address: 4 or 16. */
export type IpBytes = 4 | 16

const PORT_BYTES = 2
const NODE_ID_BYTES = 20
const MAPPED_PREFIX = new Uint8Array(12)
MAPPED_PREFIX.fill(0xff, 10)

// biome-ignore format: a table
export const COMPACT_FAULTS = [
  'list-not-multiple-of-6',    // peers
  'list-not-multiple-of-18',   // peers6
  'list-not-multiple-of-26',   // nodes
  'list-not-multiple-of-38',   // nodes6
] as const

/** One endpoint of `ipBytes + 2` bytes at `at`; the caller has checked the length. */
export function compactEndpoint(bytes: Uint8Array, at: number, ipBytes: IpBytes): Endpoint {
  const ip = ipBytes === 4 ? ip4(bytes, at) : ip6(bytes, at)
  return { ip, port: u16be(bytes, at + ipBytes) }
}

/** An endpoint out of a string of exactly 6 or 18 bytes (DHT `values`, `ip`), else undefined. */
export function endpointOfBytes(bytes: Uint8Array | undefined): Endpoint | undefined {
  if (bytes?.length === 6) return compactEndpoint(bytes, 0, 4)
  return bytes?.length === 18 ? compactEndpoint(bytes, 0, 16) : undefined
}

/** An address out of exactly 4 or 16 bytes (`external ip`, `yourip`), else undefined. */
export function ipOfBytes(bytes: Uint8Array | undefined): string | undefined {
  if (bytes?.length === 4) return ip4(bytes, 0)
  return bytes?.length === 16 ? ip6(bytes, 0) : undefined
}

/**
 * Read a compact peer list that fills `size` bytes from `at`.
 * @param ipBytes  4: n × 6 bytes, 16: n × 18 bytes
 * @returns        at most `listedMax` endpoints in wire order; `size` is always the whole list
 * @faults         'list-not-multiple-of-6', 'list-not-multiple-of-18'
 */
export function compactPeers(
  bytes: Uint8Array,
  at: number,
  size: number,
  ipBytes: IpBytes,
): Outcome<Endpoint[]> {
  const entrySize = ipBytes + PORT_BYTES
  if (size % entrySize !== 0) return malformed(`list-not-multiple-of-${entrySize}`, at)
  const count = Math.min(size / entrySize, limits.listedMax)
  const peers: Endpoint[] = []
  for (let i = 0; i < count; i++) peers.push(compactEndpoint(bytes, at + i * entrySize, ipBytes))
  return message(peers, size)
}

/**
 * Read a compact node list that fills `size` bytes from `at`.
 * @param ipBytes  4: n × 26 bytes, 16: n × 38 bytes
 * @returns        at most `listedMax` nodes in wire order; `size` is always the whole list
 * @faults         'list-not-multiple-of-26', 'list-not-multiple-of-38'
 */
export function compactNodes(
  bytes: Uint8Array,
  at: number,
  size: number,
  ipBytes: IpBytes,
): Outcome<CompactNode[]> {
  const entrySize = NODE_ID_BYTES + ipBytes + PORT_BYTES
  if (size % entrySize !== 0) return malformed(`list-not-multiple-of-${entrySize}`, at)
  const count = Math.min(size / entrySize, limits.listedMax)
  const nodes: CompactNode[] = []
  for (let i = 0; i < count; i++) {
    const from = at + i * entrySize
    const ip = ipBytes === 4 ? ip4(bytes, from + NODE_ID_BYTES) : ip6(bytes, from + NODE_ID_BYTES)
    const port = u16be(bytes, from + NODE_ID_BYTES + ipBytes)
    nodes.push({ id: hex(bytes, from, NODE_ID_BYTES), ip, port })
  }
  return message(nodes, size)
}

/** The bytes of an address text: 4 or 16 as it is, or undefined where it is none. */
export function ipBytesOf(ip: string): Uint8Array | undefined {
  return parseIp4(ip) ?? parseIp6(ip)
}

/**
 * The bytes of a compact peer list, both ways of `compactPeers`. An IPv4 among IPv6 is written
 * mapped (`::ffff:192.0.2.1`, as `ip6` reads it back); an IPv6 among IPv4 has no place and is left out.
 */
export function emitCompactPeers(peers: readonly Endpoint[], ipBytes: IpBytes): Uint8Array {
  const writer = new ByteWriter()
  for (const peer of peers) writeEndpoint(writer, peer, ipBytes)
  return writer.finish()
}

/** The bytes of a compact node list, both ways of `compactNodes`. */
export function emitCompactNodes(nodes: readonly CompactNode[], ipBytes: IpBytes): Uint8Array {
  const writer = new ByteWriter()
  for (const node of nodes) {
    if (ipFitting(node.ip, ipBytes) === undefined) continue
    writer.bytes(fromHex(node.id))
    writeEndpoint(writer, node, ipBytes)
  }
  return writer.finish()
}

function writeEndpoint(writer: ByteWriter, endpoint: Endpoint, ipBytes: IpBytes): void {
  const ip = ipFitting(endpoint.ip, ipBytes)
  if (ip !== undefined) writer.bytes(ip).u16be(endpoint.port)
}

function ipFitting(ip: string, ipBytes: IpBytes): Uint8Array | undefined {
  const bytes = ipBytesOf(ip)
  if (bytes === undefined || bytes.length === ipBytes) return bytes
  return ipBytes === 16 ? concat(MAPPED_PREFIX, bytes) : undefined
}
