/**
 * The payloads of Gnutella messages. Numbers are little-endian, except a query's flags.
 *
 *     00 PING       [GGEP]
 *     01 PONG       port u16 | ip4 4 | files u32 | KiB u32 | [GGEP]
 *     02 BYE        code u16 | text NUL
 *     30 QRP        00 RESET: slots u32, infinity u8
 *                   01 PATCH: number u8, count u8, compressor u8 (1 deflate), entry bits u8, data
 *     31, 32        vendor 4 | selector u16 | version u16 | data                   see vendor.ts
 *     40 PUSH       servent GUID 16 | file index u32 | ip4 4 | port u16 | [GGEP]
 *     41 RUDP       opcode and sequence stand in the GUID, data behind the header
 *     44 DHT        see dht.ts
 *     80 QUERY      flags u16be | text NUL | extensions
 *     81 QUERY HIT  see query-hit.ts
 *     cd HSEP       n × (nodes u64, files u64, KiB u64)
 *
 * Source: Gnutella 0.4 (Clip2) and doc/gnutella of gtk-gnutella, file names in header.ts.
 */
import { ip4, parseIp4 } from '../../../core/address.ts'
import { ByteWriter, u16be, u16le, u32le, u64leBig } from '../../../core/bytes.ts'
import { type Malformed, malformed } from '../../../core/outcome.ts'
import { latin1 } from '../../../core/text.ts'
import { type DhtMessage, parseDht, writeDht } from './dht.ts'
import { TYPE_NAMES } from './header.ts'
import { parseQueryHit, type QueryHit, writeQueryHit } from './query-hit.ts'

export type Payload =
  | { readonly type: 'ping'; readonly extra: Uint8Array }
  | Pong
  | { readonly type: 'bye'; readonly code: number; readonly text: Uint8Array }
  | {
      readonly type: 'qrp-reset'
      readonly slots: number
      readonly infinity: number
      readonly extra: Uint8Array
    }
  | QrpPatch
  | { readonly type: 'qrp-other'; readonly variant: number; readonly data: Uint8Array }
  | Vendor
  | Push
  | { readonly type: 'rudp'; readonly data: Uint8Array }
  | DhtMessage
  | Query
  | QueryHit
  | { readonly type: 'hsep'; readonly triples: readonly (readonly [bigint, bigint, bigint])[] }
  | { readonly type: 'other'; readonly data: Uint8Array }

export interface Pong {
  readonly type: 'pong'
  readonly port: number
  readonly ip: string
  readonly files: number
  readonly kbytes: number
  /** GGEP, where there is any. */
  readonly extra: Uint8Array
}

export interface QrpPatch {
  readonly type: 'qrp-patch'
  readonly number: number
  readonly count: number
  readonly compressor: number
  readonly entryBits: number
  readonly data: Uint8Array
}

export interface Vendor {
  readonly type: 'vendor'
  /** Four characters; four NULs are the messages of all vendors. */
  readonly vendor: string
  readonly selector: number
  readonly version: number
  readonly data: Uint8Array
}

export interface Push {
  readonly type: 'push'
  readonly servent: Uint8Array
  readonly index: number
  readonly ip: string
  readonly port: number
  readonly extra: Uint8Array
}

export interface Query {
  readonly type: 'query'
  /** Read big-endian; see query-flags.ts. Old servents wrote a minimum speed, little-endian. */
  readonly flags: number
  /** One character per byte. */
  readonly text: string
  readonly extra: Uint8Array
}

export const PAYLOAD_FAULTS = [
  'pong-too-short',
  'bye-too-short',
  'qrp-too-short',
  'vendor-too-short',
  'push-too-short',
  'query-too-short',
  'query-text-open',
  'hit-too-short',
  'hits-missing',
  'hit-name-open',
  'hit-extensions-open',
  'dht-too-short',
  'dht-contact-bad',
  'hsep-not-triples',
] as const

/** Read bytes[at … end) as the payload of a message of that type. */
export function parsePayload(
  type: number,
  bytes: Uint8Array,
  at: number,
  end: number,
): Payload | Malformed {
  switch (TYPE_NAMES[type]) {
    case 'ping':
      return { type: 'ping', extra: bytes.subarray(at, end) }
    case 'pong':
      return parsePong(bytes, at, end)
    case 'bye':
      if (end - at < 2) return malformed('bye-too-short', at)
      return { type: 'bye', code: u16le(bytes, at), text: bytes.subarray(at + 2, end) }
    case 'qrp':
      return parseQrp(bytes, at, end)
    case 'vendor':
      return parseVendor(bytes, at, end)
    case 'push':
      return parsePush(bytes, at, end)
    case 'rudp':
      return { type: 'rudp', data: bytes.subarray(at, end) }
    case 'dht':
      return parseDht(bytes, at, end)
    case 'query':
      return parseQuery(bytes, at, end)
    case 'query-hit':
      return parseQueryHit(bytes, at, end)
    case 'hsep':
      return parseHsep(bytes, at, end)
    default:
      return { type: 'other', data: bytes.subarray(at, end) }
  }
}

function parsePong(bytes: Uint8Array, at: number, end: number): Pong | Malformed {
  if (end - at < 14) return malformed('pong-too-short', at)
  return {
    type: 'pong',
    port: u16le(bytes, at),
    ip: ip4(bytes, at + 2),
    files: u32le(bytes, at + 6),
    kbytes: u32le(bytes, at + 10),
    extra: bytes.subarray(at + 14, end),
  }
}

function parseQrp(bytes: Uint8Array, at: number, end: number): Payload | Malformed {
  if (end - at < 1) return malformed('qrp-too-short', at)
  const variant = bytes[at]!
  if (variant === 0) {
    if (end - at < 6) return malformed('qrp-too-short', at)
    const extra = bytes.subarray(at + 6, end)
    return { type: 'qrp-reset', slots: u32le(bytes, at + 1), infinity: bytes[at + 5]!, extra }
  }
  if (variant !== 1) return { type: 'qrp-other', variant, data: bytes.subarray(at + 1, end) }
  if (end - at < 5) return malformed('qrp-too-short', at)
  return {
    type: 'qrp-patch',
    number: bytes[at + 1]!,
    count: bytes[at + 2]!,
    compressor: bytes[at + 3]!,
    entryBits: bytes[at + 4]!,
    data: bytes.subarray(at + 5, end),
  }
}

function parseVendor(bytes: Uint8Array, at: number, end: number): Vendor | Malformed {
  if (end - at < 8) return malformed('vendor-too-short', at)
  return {
    type: 'vendor',
    vendor: latin1(bytes, at, 4),
    selector: u16le(bytes, at + 4),
    version: u16le(bytes, at + 6),
    data: bytes.subarray(at + 8, end),
  }
}

function parsePush(bytes: Uint8Array, at: number, end: number): Push | Malformed {
  if (end - at < 26) return malformed('push-too-short', at)
  return {
    type: 'push',
    servent: bytes.subarray(at, at + 16),
    index: u32le(bytes, at + 16),
    ip: ip4(bytes, at + 20),
    port: u16le(bytes, at + 24),
    extra: bytes.subarray(at + 26, end),
  }
}

function parseQuery(bytes: Uint8Array, at: number, end: number): Query | Malformed {
  if (end - at < 3) return malformed('query-too-short', at)
  const textEnd = bytes.indexOf(0, at + 2)
  if (textEnd < 0 || textEnd >= end) return malformed('query-text-open', at + 2)
  return {
    type: 'query',
    flags: u16be(bytes, at),
    text: latin1(bytes, at + 2, textEnd - at - 2),
    extra: bytes.subarray(textEnd + 1, end),
  }
}

function parseHsep(bytes: Uint8Array, at: number, end: number): Payload | Malformed {
  if ((end - at) % 24 !== 0) return malformed('hsep-not-triples', at)
  const triples: [bigint, bigint, bigint][] = []
  for (let from = at; from < end; from += 24) {
    triples.push([u64leBig(bytes, from), u64leBig(bytes, from + 8), u64leBig(bytes, from + 16)])
  }
  return { type: 'hsep', triples }
}

export function emitPayload(payload: Payload): Uint8Array {
  const writer = new ByteWriter()
  switch (payload.type) {
    case 'ping':
      writer.bytes(payload.extra)
      break
    case 'pong':
      writer.u16le(payload.port).bytes(parseIp4(payload.ip) ?? new Uint8Array(4))
      writer.u32le(payload.files).u32le(payload.kbytes).bytes(payload.extra)
      break
    case 'bye':
      writer.u16le(payload.code).bytes(payload.text)
      break
    case 'qrp-reset':
      writer.u8(0).u32le(payload.slots).u8(payload.infinity).bytes(payload.extra)
      break
    case 'qrp-patch':
      writer.u8(1).u8(payload.number).u8(payload.count)
      writer.u8(payload.compressor).u8(payload.entryBits).bytes(payload.data)
      break
    case 'qrp-other':
      writer.u8(payload.variant).bytes(payload.data)
      break
    case 'vendor':
      writer.latin1(payload.vendor).u16le(payload.selector).u16le(payload.version)
      writer.bytes(payload.data)
      break
    case 'push':
      writer.bytes(payload.servent).u32le(payload.index)
      writer.bytes(parseIp4(payload.ip) ?? new Uint8Array(4)).u16le(payload.port)
      writer.bytes(payload.extra)
      break
    case 'query':
      writer.u16be(payload.flags).latin1(payload.text).u8(0).bytes(payload.extra)
      break
    case 'hsep':
      for (const triple of payload.triples) for (const value of triple) writer.u64leBig(value)
      break
    case 'query-hit':
      writeQueryHit(writer, payload)
      break
    case 'dht':
      writeDht(writer, payload)
      break
    case 'rudp':
    case 'other':
      writer.bytes(payload.data)
      break
  }
  return writer.finish()
}
