/**
 * QUERY HIT (0x81): who has what.
 *
 *     n u8 | port u16le | ip4 4 | speed u32le
 *     n × ( index u32le | size u32le | name NUL | extensions NUL )
 *     trailer: vendor 4 | open size u8 | enabler u8 | flags u8 | [XML size u16le] | private area
 *     servent GUID 16, always the last
 *
 * Source: Gnutella 0.4 section 3.4; trailer: "QHD", BearShare 1.3, ge query hit notes of
 * gtk-gnutella (src/core/search.c); HUGE 0.94 for the extensions.
 */
import { ip4, parseIp4 } from '../../../core/address.ts'
import { type ByteWriter, bits, u16le, u32le } from '../../../core/bytes.ts'
import { type Malformed, malformed } from '../../../core/outcome.ts'
import { latin1 } from '../../../core/text.ts'
import { type Extension, extensionsOf, ggepOf } from './extensions.ts'
import type { GgepBlock } from './ggep.ts'

export interface Hit {
  readonly index: number
  /** 32 bits; larger files say 0xffffffff and give the size in GGEP `LF`. */
  readonly size: number
  /** One character per byte. */
  readonly name: string
  /** What stands between the two NULs; see `extensionsOf`. */
  readonly extra: Uint8Array
}

export interface QueryHit {
  readonly type: 'query-hit'
  readonly port: number
  readonly ip: string
  /** Kilobits per second, as its owner says. */
  readonly speed: number
  readonly hits: readonly Hit[]
  /** What stands between the last hit and the GUID; see `trailerOf`. */
  readonly trailer: Uint8Array
  readonly servent: Uint8Array
}

const FIXED_BYTES = 11
const GUID_BYTES = 16
/** Index, size and two NULs. */
const HIT_BYTES_MIN = 10

/** @faults 'hit-too-short' | 'hits-missing' | 'hit-name-open' | 'hit-extensions-open' */
export function parseQueryHit(bytes: Uint8Array, at: number, end: number): QueryHit | Malformed {
  if (end - at < FIXED_BYTES + GUID_BYTES) return malformed('hit-too-short', at)
  const count = bytes[at]!
  const guidAt = end - GUID_BYTES
  let from = at + FIXED_BYTES
  if (count * HIT_BYTES_MIN > guidAt - from) return malformed('hits-missing', at)
  const hits: Hit[] = []
  for (let i = 0; i < count; i++) {
    if (guidAt - from < HIT_BYTES_MIN) return malformed('hits-missing', from)
    const nameEnd = bytes.indexOf(0, from + 8)
    if (nameEnd < 0 || nameEnd >= guidAt) return malformed('hit-name-open', from + 8)
    const extraEnd = bytes.indexOf(0, nameEnd + 1)
    if (extraEnd < 0 || extraEnd >= guidAt) return malformed('hit-extensions-open', nameEnd + 1)
    hits.push({
      index: u32le(bytes, from),
      size: u32le(bytes, from + 4),
      name: latin1(bytes, from + 8, nameEnd - from - 8),
      extra: bytes.subarray(nameEnd + 1, extraEnd),
    })
    from = extraEnd + 1
  }
  return {
    type: 'query-hit',
    port: u16le(bytes, at + 1),
    ip: ip4(bytes, at + 3),
    speed: u32le(bytes, at + 7),
    hits,
    trailer: bytes.subarray(from, guidAt),
    servent: bytes.subarray(guidAt, end),
  }
}

export function writeQueryHit(writer: ByteWriter, hit: QueryHit): void {
  writer.u8(hit.hits.length).u16le(hit.port)
  writer.bytes(parseIp4(hit.ip) ?? new Uint8Array(4)).u32le(hit.speed)
  for (const { index, size, name, extra } of hit.hits) {
    writer.u32le(index).u32le(size).latin1(name).u8(0).bytes(extra).u8(0)
  }
  writer.bytes(hit.trailer).bytes(hit.servent)
}

export interface Trailer {
  readonly vendor: string
  /** Undefined: the servent does not say. */
  readonly push?: boolean
  readonly busy?: boolean
  readonly hasUploaded?: boolean
  readonly measuredSpeed?: boolean
  readonly ggep?: GgepBlock
  readonly extensions: readonly Extension[]
  /** Bytes of XML at the end of the private area. */
  readonly xmlBytes: number
}

/** The trailer, or undefined where there is none or it is cut. */
export function trailerOf(bytes: Uint8Array): Trailer | undefined {
  if (bytes.length < 5) return undefined
  const vendor = latin1(bytes, 0, 4)
  const openSize = bytes[4]!
  const privateAt = 5 + openSize
  if (privateAt > bytes.length) return { vendor, extensions: [], xmlBytes: 0 }
  // NapShare writes one byte of flags and no enabler.
  const second = openSize >= 2 ? bytes[6]! : bytes[5]!
  const enabler = bytes[5] ?? 0
  const xmlBytes = openSize >= 4 ? Math.min(u16le(bytes, 7), bytes.length - privateAt) : 0
  // The private area may begin with a byte of the vendor's own ("chat") before GGEP.
  const ggepAt =
    openSize >= 2 && bits(enabler & second, 5, 1) === 1 ? findGgep(bytes, privateAt) : -1
  const extensions = ggepAt < 0 ? [] : extensionsOf(bytes, ggepAt, bytes.length - xmlBytes)
  const ggep = ggepOf(extensions)
  const base = { vendor, extensions, xmlBytes, ...(ggep !== undefined && { ggep }) }
  if (openSize < 2) return base
  // For "push needed" the roles of the two bytes are exchanged; an AND of both reads either.
  const flag = (bit: number): boolean => bits(enabler & second, bit, 1) === 1
  return {
    ...base,
    push: flag(0),
    busy: flag(2),
    hasUploaded: flag(3),
    measuredSpeed: flag(4),
  }
}

function findGgep(bytes: Uint8Array, at: number): number {
  return bytes.indexOf(0xc3, at)
}
