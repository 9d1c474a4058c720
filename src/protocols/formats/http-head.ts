/**
 * Heads of HTTP messages, and of what is written like them: handshakes such as `NAME CONNECT/0.6`,
 * `BT-SEARCH * HTTP/1.1`.
 *
 *     start line  CRLF            words apart by spaces
 *     name ":" value  CRLF        as often as needed; a line that begins with a blank continues it
 *     CRLF
 *
 * Lines may end with LF alone, as old servents write them. A target may hold any byte but LF: some
 * programs put 20 raw bytes there. Strings hold one character per byte (latin-1), so that nothing is
 * lost; `textOf` makes readable text of them.
 *
 * Source: RFC 9112 sections 2 to 5 (5.2: folded lines).
 */
import { ByteWriter, bytesOf } from '../../core/bytes.ts'
import { limits } from '../../core/limits.ts'
import { malformed, message, need, type Outcome } from '../../core/outcome.ts'
import { latin1, text } from '../../core/text.ts'
import type { Wire } from '../../core/wire.ts'

/** `{ startLine: 'GET / HTTP/1.1', words: ['GET', '/', 'HTTP/1.1'], headers: [['Host', 'a']], … }` */
export interface HttpHead {
  readonly startLine: string
  /** The start line cut at its spaces. A file name in a target may hold spaces: see `requestLine`. */
  readonly words: readonly string[]
  /** In their order, names as written, values without blanks around. A line without colon has name ''. */
  readonly headers: readonly (readonly [string, string])[]
  readonly lineEnd: '\r\n' | '\n'
  /** Bytes of the head with its blank line. */
  readonly size: number
}

export interface RequestLine {
  readonly method: string
  readonly target: string
  /** `HTTP/1.1`; empty where the request names none (HTTP/0.9). */
  readonly version: string
}

export interface StatusLine {
  /** What stands before the slash: `HTTP` … */
  readonly protocol: string
  readonly version: string
  readonly code: number
  readonly reason: string
}

const LF = 10
const CR = 13
const COLON = 58
const SPACE = 32
const TAB = 9

const FAULTS = [
  'start-line-empty',
  'start-line-not-text',
  'head-too-long',
  'too-many-headers',
] as const

/**
 * Read a head.
 * @faults 'start-line-empty' | 'start-line-not-text' | 'head-too-long' | 'too-many-headers'
 */
export function parseHttpHead(bytes: Uint8Array, at: number): Outcome<HttpHead> {
  const have = bytes.length - at
  const end = Math.min(bytes.length, at + limits.httpHeadBytesMax)
  let lineAt = at
  let startLine: string | undefined
  /** Behind the first word. */
  let spaced = false
  let lineEnd: HttpHead['lineEnd'] = '\r\n'
  const headers: [string, string][] = []
  for (let i = at; i < end; i++) {
    const byte = bytes[i]!
    if (byte !== LF) {
      if (!spaced && byte <= SPACE && byte !== CR && byte !== TAB) {
        if (byte !== SPACE) return malformed('start-line-not-text', i)
        spaced = true
      }
      continue
    }
    const lineTo = i > lineAt && bytes[i - 1] === CR ? i - 1 : i
    if (startLine === undefined) {
      if (lineTo === at) return malformed('start-line-empty', at)
      startLine = latin1(bytes, at, lineTo - at)
      spaced = true
      lineEnd = lineTo === i ? '\n' : '\r\n'
    } else if (lineTo === lineAt) {
      const size = i + 1 - at
      return message({ startLine, words: startLine.split(' '), headers, lineEnd, size }, size)
    } else if (!addHeader(headers, bytes, lineAt, lineTo)) {
      return malformed('too-many-headers', lineAt)
    }
    lineAt = i + 1
  }
  if (have >= limits.httpHeadBytesMax) return malformed('head-too-long', end)
  return need(have + 1)
}

/** One header line; false where there are too many. */
function addHeader(
  headers: [string, string][],
  bytes: Uint8Array,
  from: number,
  to: number,
): boolean {
  const first = bytes[from]!
  const last = headers.at(-1)
  if ((first === 0x20 || first === 9) && last !== undefined) {
    last[1] = `${last[1]} ${latin1(bytes, from, to - from).trim()}`
    return true
  }
  if (headers.length >= limits.httpHeadersMax) return false
  const colon = bytes.indexOf(COLON, from)
  if (colon < 0 || colon >= to) headers.push(['', latin1(bytes, from, to - from)])
  else {
    const name = latin1(bytes, from, colon - from).trim()
    headers.push([name, latin1(bytes, colon + 1, to - colon - 1).trim()])
  }
  return true
}

/** Where the line that follows `at` begins, or -1 where the one at `at` is not whole. */
export function nextLine(bytes: Uint8Array, at: number): number {
  const end = bytes.indexOf(LF, at)
  return end < 0 ? -1 : end + 1
}

/** Whether a line stands there that ends a head. */
export function isBlankLine(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === LF || (bytes[at] === CR && bytes[at + 1] === LF)
}

/** Whether the text, given in lower case, stands at `at` in either case. Letters and `-:` only. */
export function standsAt(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const byte = bytes[at + i]!
    const letter = byte >= 65 && byte <= 90 ? byte + 32 : byte
    if (letter !== text.charCodeAt(i)) return false
  }
  return true
}

export function emitHttpHead(
  head: Pick<HttpHead, 'startLine' | 'headers'> & Partial<HttpHead>,
): Uint8Array {
  const lineEnd = head.lineEnd ?? '\r\n'
  const writer = new ByteWriter().latin1(head.startLine).latin1(lineEnd)
  for (const [name, value] of head.headers) {
    writer.latin1(name === '' ? value : `${name}: ${value}`).latin1(lineEnd)
  }
  return writer.latin1(lineEnd).finish()
}

export const httpHeadWire: Wire<HttpHead> = {
  name: 'formats/http-head',
  source: 'RFC 9112',
  carrier: 'stream',
  messageBytesMax: limits.httpHeadBytesMax,
  faults: FAULTS,
  parse: parseHttpHead,
  emit: emitHttpHead,
}

/** Value of the first header of that lower-case name, or undefined. */
export function header(head: Pick<HttpHead, 'headers'>, name: string): string | undefined {
  for (const [key, value] of head.headers) {
    if (key.length === name.length && key.toLowerCase() === name) return value
  }
  return undefined
}

/** Values of all headers of that lower-case name, in their order. */
export function headersOf(head: Pick<HttpHead, 'headers'>, name: string): string[] {
  return head.headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value)
}

/** Whether a comma-separated header lists `token` (lower case). */
export function headerLists(head: Pick<HttpHead, 'headers'>, name: string, token: string): boolean {
  return headersOf(head, name).some((value) =>
    value.split(',').some((item) => item.trim().toLowerCase() === token),
  )
}

/** Headers by lower-case name, as text; values of what occurs twice are joined. */
export function headersByName(head: Pick<HttpHead, 'headers'>): {
  readonly [name: string]: string
} {
  const fields = new Map<string, string>()
  for (const [name, value] of head.headers) {
    const key = textOf(name.toLowerCase())
    const before = fields.get(key)
    const said = textOf(value)
    if (name !== '') fields.set(key, before === undefined ? said : `${before}, ${said}`)
  }
  return Object.fromEntries(fields)
}

/** Of a part (`Content-Range: bytes 0-99/1234`): the size of the whole. */
export function rangeTotal(head: Pick<HttpHead, 'headers'>): number | undefined {
  const range = /\/(\d{1,15})\s*$/.exec(header(head, 'content-range') ?? '')
  return range === null ? undefined : Number(range[1])
}

/** The size of what a response is about, also where it brings only a part of it. */
export function wholeSize(head: HttpHead): number | undefined {
  const total = rangeTotal(head)
  if (total !== undefined) return total
  if (statusLine(head)?.code !== 200 || headerLists(head, 'transfer-encoding', 'chunked')) {
    return undefined
  }
  const length = /^\d{1,15}$/.exec(header(head, 'content-length') ?? '')
  return length === null ? undefined : Number(length[0])
}

/** Text of a string that holds one character per byte: UTF-8 where it is valid. */
export function textOf(value: string): string {
  return text(bytesOf(value))
}

/** `GET /get/1/a b.mp3 HTTP/1.0`: the target is what stands between method and version. */
export function requestLine(head: Pick<HttpHead, 'startLine'>): RequestLine | undefined {
  const match = /^([A-Z][A-Z-]*) (.*?)(?: (HTTP\/\d\.\d))?$/s.exec(head.startLine)
  if (match === null) return undefined
  return { method: match[1]!, target: match[2]!, version: match[3] ?? '' }
}

/**
 * `HTTP/1.1 200 OK`, `NAME/0.6 503 Service unavailable`, or undefined where it is none. Servents of
 * 2001 answer `HTTP 200 OK`, as their specification says: then `version` is empty.
 */
export function statusLine(head: HttpHead): StatusLine | undefined {
  const match = /^(?:([A-Z]+)\/(\d\.\d)|HTTP) +(\d{3})(?: (.*))?$/.exec(head.startLine)
  if (match === null) return undefined
  return {
    protocol: match[1] ?? 'HTTP',
    version: match[2] ?? '',
    code: Number(match[3]),
    reason: match[4] ?? '',
  }
}

/** Path of a target, percent-decoded to one character per byte, and the raw text behind `?`. */
export function targetParts(target: string): { path: string; query: string } {
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  return { path: percentDecoded(path), query: mark < 0 ? '' : target.slice(mark + 1) }
}

/** `%41` → `A`; a percent sign without two hex digits stays. One character per byte. */
export function percentDecoded(value: string): string {
  return value.replace(/%([0-9a-f]{2})/gi, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  )
}

/** `a=1&b=x+y` as pairs in their order, decoded to one character per byte; `+` is a blank. */
export function queryPairs(query: string): [string, string][] {
  const pairs: [string, string][] = []
  for (const item of query.split('&', limits.listedMax)) {
    if (item === '') continue
    const mark = item.indexOf('=')
    const name = mark < 0 ? item : item.slice(0, mark)
    const value = mark < 0 ? '' : item.slice(mark + 1)
    pairs.push([percentDecoded(name), percentDecoded(value.replaceAll('+', ' '))])
  }
  return pairs
}
