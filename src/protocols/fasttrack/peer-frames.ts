/**
 * What nodes and supernodes say inside of links, as far as small peers need it. No parser of ours sees
 * it: see peer-seal.ts.
 *
 *   frame        4b | type u16be | size u16be | body          the order of the four varied in truth
 *   00 list      n × ( ip4 | port u16be | minutes u8 | load u8 )
 *   02 node      ip4 | port u16be | bandwidth u8 | 00 | name
 *   06 query     00 01 | results u16be | id u16be | 01 | realm u8 | 01 | 05 | tag | size | words
 *   07 results   supernode ip4 | port u16be | id u16be | n u16be
 *                n × ( ip4 | port u16be | bandwidth u8 | name 01 network 00 | shared file )
 *   08 end       id u16be
 *   0d push      id u32be | ip4 | port u16be                    who wants to be called
 *                to a supernode also: whom, ip4 | port u16be | his supernode, ip4 | port u16be | name
 *   22 share     00 | media type u8 | 00 00 | shared file
 *
 * Source: giFT-FastTrack PROTOCOL, "Message types".
 */
import { type Endpoint, ip4 } from '../../core/address.ts'
import { ByteWriter, bytesOf, concat, u16be, u32be } from '../../core/bytes.ts'
import { latin1 } from '../../core/text.ts'
import { ip4Bytes, wire8 } from './peer-words.ts'
import { emitVarint, type SharedFile, sharedFileWire, varint } from './wire/shared-file.ts'

const MARK = 0x4b
const HEAD = 5
/** As giFT tells it: the most. */
const BANDWIDTH = 0xd1
const REALM_ALL = 0xbf
const SUBSTRING = 5
/** Name, title, keywords: all that has words. */
const ANY_TAG = 0
const ENDPOINT_BYTES = 6
const QUERY_WORDS_AT = 11
const NAME_END = 1
const SHARE_HEAD = 4

// biome-ignore format: a table
export const TYPES = {
  list: 0x00, node: 0x02, query: 0x06, results: 0x07, end: 0x08, push: 0x0d, share: 0x22,
} as const

export interface Frame {
  readonly type: number
  readonly body: Uint8Array
}

export function frameBytes({ type, body }: Frame): Uint8Array {
  return new ByteWriter().u8(MARK).u16be(type).u16be(body.length).bytes(body).finish()
}

export function frameAt(
  bytes: Uint8Array,
  at: number,
): (Frame & { readonly size: number }) | 'part' | 'broken' {
  if (at < bytes.length && bytes[at] !== MARK) return 'broken'
  if (bytes.length - at < HEAD) return 'part'
  const size = HEAD + u16be(bytes, at + 3)
  if (bytes.length - at < size) return 'part'
  return { type: u16be(bytes, at + 1), body: bytes.subarray(at + HEAD, at + size), size }
}

function putEndpoint(writer: ByteWriter, { ip, port }: Endpoint): ByteWriter {
  return writer.bytes(ip4Bytes(ip)).u16be(port)
}

function endpointAt(bytes: Uint8Array, at: number): Endpoint {
  return { ip: ip4(bytes, at), port: u16be(bytes, at + 4) }
}

// --- Supernodes ------------------------------------------------------------------------------------

export function listFrame(supernodes: readonly Endpoint[]): Frame {
  const writer = new ByteWriter()
  for (const at of supernodes) putEndpoint(writer, at).u8(1).u8(10)
  return { type: TYPES.list, body: writer.finish() }
}

export function listIn(body: Uint8Array): Endpoint[] {
  const found: Endpoint[] = []
  for (let at = 0; at + 8 <= body.length; at += 8) found.push(endpointAt(body, at))
  return found
}

// --- Nodes -----------------------------------------------------------------------------------------

export interface NodeFacts {
  readonly at: Endpoint
  /** One character per byte. */
  readonly user: string
}

export function nodeFrame({ at, user }: NodeFacts): Frame {
  const writer = putEndpoint(new ByteWriter(), at).u8(BANDWIDTH).u8(0)
  return { type: TYPES.node, body: writer.latin1(user).finish() }
}

export function nodeIn(body: Uint8Array): NodeFacts | undefined {
  if (body.length < ENDPOINT_BYTES + 2) return undefined
  return { at: endpointAt(body, 0), user: latin1(body, ENDPOINT_BYTES + 2) }
}

/** @param told  a shared file */
export function shareFrame(told: Uint8Array): Frame {
  return { type: TYPES.share, body: concat(new Uint8Array(SHARE_HEAD), told) }
}

/** The shared file behind the head of a share. */
export function shareIn(body: Uint8Array): Uint8Array {
  return body.slice(SHARE_HEAD)
}

export function sharedAt(
  body: Uint8Array,
  at: number,
): { readonly file: SharedFile; readonly size: number } | undefined {
  const outcome = sharedFileWire.parse(body, at)
  if (outcome.kind !== 'message') return undefined
  return { file: outcome.message, size: outcome.size }
}

// --- Searches --------------------------------------------------------------------------------------

export interface Query {
  readonly id: number
  readonly results: number
  readonly words: string
}

export function queryFrame({ id, results, words }: Query): Frame {
  const text = bytesOf(wire8(words))
  const writer = new ByteWriter().u16be(1).u16be(results).u16be(id).u8(1).u8(REALM_ALL).u8(1)
  writer.u8(SUBSTRING).u8(ANY_TAG)
  emitVarint(writer, text.length)
  return { type: TYPES.query, body: writer.bytes(text).finish() }
}

export function queryIn(body: Uint8Array): Query | undefined {
  const size = varint(body, QUERY_WORDS_AT)
  if (typeof size === 'string' || size.next + size.value !== body.length) return undefined
  const words = new TextDecoder().decode(body.subarray(size.next))
  return { id: u16be(body, 4), results: u16be(body, 2), words }
}

/** A file at a node. */
export interface Result extends NodeFacts {
  /** As its owner told it. */
  readonly told: Uint8Array
}

export function resultsFrame(
  supernode: Endpoint,
  id: number,
  network: string,
  results: readonly Result[],
): Frame {
  const writer = putEndpoint(new ByteWriter(), supernode).u16be(id).u16be(results.length)
  for (const { at, user, told } of results) {
    putEndpoint(writer, at).u8(BANDWIDTH).latin1(user).u8(NAME_END).latin1(network).u8(0)
    writer.bytes(told)
  }
  return { type: TYPES.results, body: writer.finish() }
}

export interface Results {
  readonly supernode: Endpoint
  readonly id: number
  readonly results: readonly (NodeFacts & { readonly file: SharedFile })[]
}

export function resultsIn(body: Uint8Array): Results | undefined {
  if (body.length < ENDPOINT_BYTES + 4) return undefined
  const results: (NodeFacts & { file: SharedFile })[] = []
  for (let at = ENDPOINT_BYTES + 4; at + ENDPOINT_BYTES < body.length; ) {
    const nameAt = at + ENDPOINT_BYTES + 1
    const nameEnd = body.indexOf(NAME_END, nameAt)
    const networkEnd = body.indexOf(0, nameEnd)
    if (nameEnd < 0 || networkEnd < 0) return undefined
    const shared = sharedAt(body, networkEnd + 1)
    if (shared === undefined) return undefined
    const user = latin1(body, nameAt, nameEnd - nameAt)
    results.push({ at: endpointAt(body, at), user, file: shared.file })
    at = networkEnd + 1 + shared.size
  }
  return { supernode: endpointAt(body, 0), id: u16be(body, ENDPOINT_BYTES), results }
}

export function endFrame(id: number): Frame {
  return { type: TYPES.end, body: new ByteWriter().u16be(id).finish() }
}

export function endIn(body: Uint8Array): number | undefined {
  return body.length < 2 ? undefined : u16be(body, 0)
}

// --- Pushes ----------------------------------------------------------------------------------------

/** Somebody wants to be called. */
export interface Push {
  readonly id: number
  readonly at: Endpoint
}

/** Whom he wants to be called by. */
export interface Pushed extends NodeFacts {
  readonly supernode: Endpoint
}

export function pushFrame({ id, at }: Push, whom?: Pushed): Frame {
  const writer = putEndpoint(new ByteWriter().u32be(id), at)
  if (whom !== undefined) {
    putEndpoint(putEndpoint(writer, whom.at), whom.supernode).latin1(whom.user)
  }
  return { type: TYPES.push, body: writer.finish() }
}

const PUSH_BYTES = 4 + ENDPOINT_BYTES

export function pushIn(body: Uint8Array): Push | undefined {
  if (body.length < PUSH_BYTES) return undefined
  return { id: u32be(body, 0), at: endpointAt(body, 4) }
}

export function pushedIn(body: Uint8Array): Pushed | undefined {
  const nameAt = PUSH_BYTES + 2 * ENDPOINT_BYTES
  if (body.length < nameAt) return undefined
  const supernode = endpointAt(body, PUSH_BYTES + ENDPOINT_BYTES)
  return { at: endpointAt(body, PUSH_BYTES), supernode, user: latin1(body, nameAt) }
}
