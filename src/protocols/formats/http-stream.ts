/**
 * The HTTP messages of one connection: heads, bodies, keep-alive, pipelining.
 *
 * Lives inside a Session. A message is a request or a response by its start line, not by its side,
 * because in peer-to-peer networks the side that was called may be the one that asks (push).
 *
 *     class Download implements Session, HttpHandler {
 *       readonly #http = new HttpExchange(this)
 *       need = 0
 *       data(from: Side, bytes: Uint8Array, at: Moment): number {
 *         if (this.#http.upgraded) return this.#speak(from, bytes, at)
 *         const used = this.#http.data(from, bytes, at)
 *         this.need = this.#http.need
 *         return used
 *       }
 *       gap(from: Side, missing: number, at: Moment) { this.#http.gap(from, missing, at) }
 *       end(at: Moment) { this.#http.end(at) }
 *       head(message: HttpMessage) { return message.status?.code === 200 ? 65_536 : 0 }
 *       body(message: HttpMessage, body: HttpBody) { … body.bytes, message.asked?.request … }
 *       fault(fault: string, side: Side, at: number) { … }
 *     }
 *
 * Source: RFC 9112 sections 6 (body length), 7.1 (chunked), 9 (connections); RFC 9110 section 8.4.
 */
import type { Side } from '../../core/event.ts'
import { inflate, inflateRaw } from '../../core/inflate.ts'
import { limits } from '../../core/limits.ts'
import type { Moment } from '../../core/protocol.ts'
import { latin1 } from '../../core/text.ts'
import {
  type HttpHead,
  header,
  headerLists,
  parseHttpHead,
  type RequestLine,
  requestLine,
  type StatusLine,
  statusLine,
} from './http-head.ts'

export interface HttpMessage {
  readonly side: Side
  readonly head: HttpHead
  /** Set in a request … */
  readonly request?: RequestLine
  /** … or in a response. */
  readonly status?: StatusLine
  /** The request that a response answers, where it was seen. */
  readonly asked?: HttpMessage
}

export interface HttpBody {
  /** What was collected, content encoding undone; empty where nothing was or it cannot be undone. */
  readonly bytes: Uint8Array
  /** Whether `bytes` is all of the body. */
  readonly whole: boolean
  /** Bytes of the body that were seen, as sent, without chunk framing. */
  readonly size: number
}

export interface HttpHandler {
  /** A head was read. Returns how many bytes of its body to collect; 0: only count them. */
  head(message: HttpMessage, at: Moment): number
  /** Said once after each head, when the body is over (also where there is none, or it broke off). */
  body(message: HttpMessage, body: HttpBody, at: Moment): void
  /**
   * @param fault   of the head, or `content-length-bad`, `chunk-size-bad`, `start-line-unknown`
   * @param offset  in the direction's stream
   */
  fault(fault: string, side: Side, offset: number): void
}

type State = 'head' | 'seek' | 'fixed' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailer' | 'close'

/** One direction. */
interface Lane {
  state: State
  /** Bytes left of the body or of the chunk. */
  left: number
  /** Where the direction's stream is being read, in bytes. */
  offset: number
  message: HttpMessage | undefined
  parts: Uint8Array[]
  partsSize: number
  collectMax: number
  size: number
  broken: boolean
}

/** Requests waiting for their response; what comes beyond is answered by nobody. */
const PENDING_MAX = 256
const CHUNK_LINE_BYTES_MAX = 1024
const START = /^(?:[A-Z][A-Z-]{1,15} |[A-Z]{3,8}\/\d)/

export class HttpExchange {
  need = 0
  /** Heads read without fault. */
  messages = 0
  /** After `101` or a tunnel: what follows is no longer HTTP, and `data` must not be called. */
  upgraded = false
  readonly #handler: HttpHandler
  readonly #lanes: readonly [Lane, Lane]
  readonly #pending: HttpMessage[] = []

  /**
   * @param fromStart  false: begin by looking for a head at the start of a segment
   * @param offsets    where in the streams of both sides the first byte stands
   */
  constructor(handler: HttpHandler, fromStart = true, offsets: readonly [number, number] = [0, 0]) {
    this.#handler = handler
    this.#lanes = [lane(fromStart, offsets[0]), lane(fromStart, offsets[1])]
  }

  /** As Session.data: one step; never uses more than it is given. */
  data(from: Side, bytes: Uint8Array, at: Moment): number {
    this.need = 0
    const state = this.#lanes[from]
    const used = this.#step(from, state, bytes, at)
    state.offset += used
    return used
  }

  /** Bytes of one side that the session read itself, so that places of faults stay right. */
  skip(from: Side, count: number): void {
    this.#lanes[from].offset += count
  }

  #step(from: Side, own: Lane, bytes: Uint8Array, at: Moment): number {
    switch (own.state) {
      case 'seek':
        if (bytes.length < 16) {
          if (couldStart(bytes)) return this.#wait(bytes.length + 1)
          return bytes.length
        }
        if (!couldStart(bytes)) return bytes.length
        own.state = 'head'
        return this.#head(from, own, bytes, at)
      case 'head':
        return this.#head(from, own, bytes, at)
      case 'chunk-size':
        return this.#chunkSize(from, own, bytes)
      case 'chunk-end':
        return this.#chunkEnd(from, own, bytes)
      case 'trailer':
        return this.#trailer(own, bytes, at)
      default:
        return this.#body(own, bytes, at)
    }
  }

  #wait(size: number): number {
    this.need = size
    return 0
  }

  #head(from: Side, own: Lane, bytes: Uint8Array, at: Moment): number {
    // Blank lines before a start line are passed over (RFC 9112 section 2.2).
    if (bytes[0] === 13 || bytes[0] === 10) return 1
    const outcome = parseHttpHead(bytes, 0)
    if (outcome.kind === 'need') return this.#wait(outcome.size)
    if (outcome.kind === 'malformed') {
      this.#handler.fault(outcome.fault, from, own.offset + outcome.at)
      own.state = 'seek'
      return bytes.length
    }
    const head = outcome.message
    const status = statusLine(head)
    const request = status === undefined ? requestLine(head) : undefined
    if (status === undefined && request === undefined) {
      this.#handler.fault('start-line-unknown', from, own.offset)
      return outcome.size
    }
    this.messages++
    if (status !== undefined) this.#response(from, own, head, status, at)
    else this.#request(from, own, head, request!, at)
    return outcome.size
  }

  #request(from: Side, own: Lane, head: HttpHead, request: RequestLine, at: Moment): void {
    const asked: HttpMessage = { side: from, head, request }
    if (this.#pending.length < PENDING_MAX) this.#pending.push(asked)
    this.#open(own, asked, at)
    this.#frame(from, own, head, 0)
    if (own.state === 'head') this.#close(own, true, at)
  }

  #response(from: Side, own: Lane, head: HttpHead, status: StatusLine, at: Moment): void {
    const index = this.#pending.findIndex((waiting) => waiting.side !== from)
    const asked = this.#pending[index]
    // Interim answers (100, 102, 103) are followed by the final one.
    const interim = status.code < 200 && status.code !== 101
    if (asked !== undefined && !interim) this.#pending.splice(index, 1)
    this.#open(
      own,
      asked === undefined ? { side: from, head, status } : { side: from, head, status, asked },
      at,
    )
    const method = asked?.request?.method
    const tunnel = method === 'CONNECT' && status.code >= 200 && status.code < 300
    if (status.code === 101 || tunnel) this.upgraded = true
    const none = status.code < 200 || status.code === 204 || status.code === 304
    if (none || tunnel || method === 'HEAD') own.state = 'head'
    else this.#frame(from, own, head, Number.POSITIVE_INFINITY)
    if (own.state === 'head') this.#close(own, true, at)
  }

  /** How the body ends. @param otherwise  its length where no header tells: 0, or until the close */
  #frame(from: Side, own: Lane, head: HttpHead, otherwise: number): void {
    if (headerLists(head, 'transfer-encoding', 'chunked')) {
      own.state = 'chunk-size'
      return
    }
    const length = header(head, 'content-length')
    let size = otherwise
    if (length !== undefined) {
      if (/^\d{1,15}$/.test(length)) size = Number(length)
      else this.#handler.fault('content-length-bad', from, own.offset)
    }
    own.left = size
    if (size === 0) own.state = 'head'
    else own.state = size === Number.POSITIVE_INFINITY ? 'close' : 'fixed'
  }

  #chunkSize(from: Side, own: Lane, bytes: Uint8Array): number {
    const end = bytes.indexOf(10)
    const size = end < 0 ? bytes.length : end + 1
    const line = latin1(bytes, 0, Math.min(size, CHUNK_LINE_BYTES_MAX))
    const match = /^ *([0-9a-f]{1,12}) *(?:;.*)?\r?\n$/is.exec(line)
    if (match === null) {
      if (end < 0 && size < CHUNK_LINE_BYTES_MAX) return this.#wait(size + 1)
      this.#handler.fault('chunk-size-bad', from, own.offset)
      own.broken = true
      own.state = 'close'
      own.left = Number.POSITIVE_INFINITY
      return size
    }
    own.left = Number.parseInt(match[1]!, 16)
    own.state = own.left === 0 ? 'trailer' : 'chunk'
    return size
  }

  #chunkEnd(from: Side, own: Lane, bytes: Uint8Array): number {
    if (bytes[0] === 13 && bytes.length < 2) return this.#wait(2)
    own.state = 'chunk-size'
    if (bytes[0] === 10) return 1
    if (bytes[0] === 13 && bytes[1] === 10) return 2
    // Not a line end: the chunk was longer than it said. The next line tells whether we are lost.
    own.broken = true
    return this.#chunkSize(from, own, bytes)
  }

  /** Header lines behind the last chunk, up to a blank one; nobody needs them. */
  #trailer(own: Lane, bytes: Uint8Array, at: Moment): number {
    const end = bytes.indexOf(10)
    if (end < 0) {
      if (bytes.length < limits.httpHeadBytesMax) return this.#wait(bytes.length + 1)
      return bytes.length
    }
    if (end === 0 || (end === 1 && bytes[0] === 13)) this.#close(own, true, at)
    return end + 1
  }

  #body(own: Lane, bytes: Uint8Array, at: Moment): number {
    const count = Math.min(own.left, bytes.length)
    own.size += count
    const room = Math.min(count, own.collectMax - own.partsSize)
    if (room > 0) {
      own.parts.push(bytes.slice(0, room))
      own.partsSize += room
    }
    this.#advance(own, count, at)
    return count
  }

  #advance(own: Lane, count: number, at: Moment): void {
    own.left -= count
    if (own.left > 0) return
    if (own.state === 'chunk') own.state = 'chunk-end'
    else this.#close(own, true, at)
  }

  #open(own: Lane, opened: HttpMessage, at: Moment): void {
    own.message = opened
    own.parts = []
    own.partsSize = 0
    own.size = 0
    own.broken = false
    own.collectMax = this.#handler.head(opened, at)
  }

  #close(own: Lane, whole: boolean, at: Moment): void {
    const closed = own.message
    if (closed === undefined) return
    own.state = 'head'
    own.message = undefined
    const complete = whole && !own.broken && own.partsSize === own.size
    const bytes = decoded(closed.head, joined(own), complete)
    own.parts = []
    this.#handler.body(
      closed,
      { bytes: bytes ?? EMPTY, whole: complete && bytes !== undefined, size: own.size },
      at,
    )
  }

  /** Bytes that will never come. Inside a body only the count suffers. */
  gap(from: Side, missing: number, at: Moment): void {
    const own = this.#lanes[from]
    own.offset += missing
    const inside = own.state === 'fixed' || own.state === 'chunk' || own.state === 'close'
    if (inside && missing <= own.left) {
      own.broken = true
      this.#advance(own, missing, at)
      return
    }
    this.#close(own, false, at)
    own.state = 'seek'
  }

  /** The connection is over: a body that runs until the close is whole, any other is not. */
  end(at: Moment): void {
    for (const own of this.#lanes) this.#close(own, own.state === 'close', at)
  }
}

const EMPTY = new Uint8Array(0)

function lane(fromStart: boolean, offset: number): Lane {
  return {
    state: fromStart ? 'head' : 'seek',
    left: 0,
    offset,
    message: undefined,
    parts: [],
    partsSize: 0,
    collectMax: 0,
    size: 0,
    broken: false,
  }
}

function couldStart(bytes: Uint8Array): boolean {
  const start = latin1(bytes, 0, 24)
  return START.test(start) || (start.length < 16 && /^[A-Z-]+(?:\/\d?)?$/.test(start))
}

function joined(own: Lane): Uint8Array {
  if (own.parts.length === 1) return own.parts[0]!
  const bytes = new Uint8Array(own.partsSize)
  let at = 0
  for (const part of own.parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** Undo the content encoding, or undefined where that cannot be done. */
function decoded(head: HttpHead, bytes: Uint8Array, whole: boolean): Uint8Array | undefined {
  const encoding = header(head, 'content-encoding')?.toLowerCase() ?? 'identity'
  if (bytes.length === 0 || encoding === 'identity') return bytes
  if (!whole) return undefined
  if (encoding === 'gzip' || encoding === 'x-gzip') return gunzip(bytes)
  // "deflate" means the zlib format; some write the bare one.
  if (encoding === 'deflate') return inflate(bytes) ?? inflateRaw(bytes)
  return undefined
}

/** RFC 1952: skip the header (extra field, name, comment, checksum by flag), then inflate. */
function gunzip(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length < 18 || bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[2] !== 8)
    return undefined
  const flags = bytes[3]!
  let at = 10
  if ((flags & 4) !== 0) at += 2 + bytes[at]! + 256 * bytes[at + 1]!
  for (const flag of [8, 16]) {
    if ((flags & flag) === 0) continue
    const end = bytes.indexOf(0, at)
    if (end < 0) return undefined
    at = end + 1
  }
  if ((flags & 2) !== 0) at += 2
  return at >= bytes.length ? undefined : inflateRaw(bytes.subarray(at))
}
