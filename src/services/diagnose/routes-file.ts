/**
 * Files of routes, read piece by piece: tables of route collectors (MRT), or text with a network in each
 * line.
 *
 *     MRT      time u32 | type u16 | subtype u16 | size u32 | body
 *              13 TABLE_DUMP_V2: 2 and 8 RIB_IPV4_UNICAST, 4 and 10 RIB_IPV6_UNICAST (8, 10: with ADDPATH)
 *     RIB      sequence u32 | prefix length u8 | prefix ⌈length / 8⌉ | entries …
 *     text     192.0.2.0/24 …          what follows the network is not looked at; # begins a comment
 *
 * Entries, with who announces what by which way, are passed over.
 * Source: RFC 6396 sections 2, 4.3; RFC 8050 section 4.
 */
import { concat, u16be, u32be } from '../../core/bytes.ts'
import { limits } from '../../core/limits.ts'
import { latin1 } from '../../core/text.ts'
import type { Routes } from './routes.ts'

const HEADER_BYTES = 12
const TABLE_DUMP_V2 = 13
/** What of a body is read: sequence, prefix length, the longest prefix. */
const HEAD_BYTES = 4 + 1 + 16
/** Types that stand in files of route collectors: OSPF, TABLE_DUMP, TABLE_DUMP_V2, BGP4MP (and _ET), ISIS, OSPFv3. */
const TYPES = new Set([11, 12, 13, 16, 17, 32, 33, 48, 49])
const FOUR = new Set([2, 8])
const SIX = new Set([4, 10])
const LINE_BYTES_MAX = 4096
const LF = 10

/** What is wrong with a file, in words. */
export class RoutesFault extends Error {
  override readonly name = 'RoutesFault'
}

export class RoutesReader {
  readonly #routes: Routes
  #kind: 'mrt' | 'text' | undefined
  #unread: Uint8Array = new Uint8Array(0)
  /** Bytes of a body that is passed over. */
  #skip = 0
  #offset = 0
  /** Lines or records that hold no network. */
  others = 0

  constructor(routes: Routes) {
    this.#routes = routes
  }

  /** @throws RoutesFault */
  push(chunk: Uint8Array): void {
    const passed = Math.min(this.#skip, chunk.length)
    this.#skip -= passed
    this.#offset += passed
    let bytes = concat(this.#unread, chunk.subarray(passed))
    if (this.#kind === undefined && bytes.length >= HEADER_BYTES) {
      this.#kind = TYPES.has(u16be(bytes, 4)) && !isText(bytes) ? 'mrt' : 'text'
    }
    if (this.#kind === 'mrt') bytes = bytes.subarray(this.#records(bytes))
    else if (this.#kind === 'text') bytes = bytes.subarray(this.#lines(bytes))
    this.#unread = bytes.slice()
  }

  /** The file is over. @throws RoutesFault */
  end(): void {
    if (this.#kind === 'mrt') {
      if (this.#skip > 0 || this.#unread.length > 0) throw this.#fault('ends inside a record')
    } else this.#lines(concat(this.#unread, Uint8Array.of(LF)))
    if (this.#routes.size === 0) throw this.#fault('holds no network')
  }

  #fault(what: string): RoutesFault {
    return new RoutesFault(`${what}, at byte ${this.#offset}`)
  }

  /** @returns how many bytes were used */
  #records(bytes: Uint8Array): number {
    let at = 0
    while (at + HEADER_BYTES <= bytes.length) {
      const size = u32be(bytes, at + 8)
      const type = u16be(bytes, at + 4)
      if (!TYPES.has(type) || size > limits.causeRouteRecordBytesMax) {
        throw this.#fault('is no MRT file of routes')
      }
      const body = at + HEADER_BYTES
      const head = Math.min(size, HEAD_BYTES)
      if (body + head > bytes.length) break
      if (type === TABLE_DUMP_V2)
        this.#record(bytes.subarray(body, body + head), u16be(bytes, at + 6))
      const whole = body + size
      this.#skip = Math.max(0, whole - bytes.length)
      this.#offset += Math.min(whole, bytes.length) - at
      at = Math.min(whole, bytes.length)
    }
    return at
  }

  #record(body: Uint8Array, subtype: number): void {
    const isSix = SIX.has(subtype)
    const length = body[4]
    if ((!isSix && !FOUR.has(subtype)) || length === undefined) {
      this.others++
      return
    }
    const bytes = body.subarray(5)
    if (length > (isSix ? 128 : 32) || 8 * bytes.length < length)
      throw this.#fault('holds a broken prefix')
    this.#routes.add(bytes, length, isSix)
  }

  #lines(bytes: Uint8Array): number {
    let at = 0
    for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, at)) {
      const line = latin1(bytes, at, end - at)
        .replace(/#.*/, '')
        .trim()
      const network = line.split(/[\s,;|]/)[0]!
      if (network !== '' && !this.#routes.addText(network)) this.others++
      this.#offset += end + 1 - at
      at = end + 1
    }
    if (bytes.length - at > LINE_BYTES_MAX) throw this.#fault('holds a line that does not end')
    return at
  }
}

function isText(bytes: Uint8Array): boolean {
  return bytes
    .subarray(0, HEADER_BYTES)
    .every((byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte < 127))
}
