/**
 * HTTP of servents and GWebCaches. Names of content and GUIDs in request lines decide, and headers
 * that only servents write; a web server is a cache only if it is asked as one and answers as one.
 *
 * Every ordinary request of this world is shown here first, so a head is looked through line by line
 * and read only where a line of it may matter.
 */
import { bytesOf, hasAt } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import type { Finding, Look, Sight } from '../../core/protocol.ts'
import { latin1 } from '../../core/text.ts'
import {
  type HttpHead,
  header,
  isBlankLine,
  nextLine,
  parseHttpHead,
  requestLine,
  standsAt,
} from '../formats/http-head.ts'
import { isServentAgent } from './software.ts'
import { asksToBrowse, originForm, urnInTarget } from './transfer-request.ts'
import {
  type CacheRequest,
  cacheRequest,
  isCacheAnswer,
  parseCacheAnswer,
} from './wire/gwebcache.ts'

export function certain(part: string, ...reasons: string[]): Finding {
  return { part, sureness: 'certain', reasons }
}

/** Headers that servents write and nobody else. */
const HEADERS =
  /^(?:X-Gnutella-(?:Content-URN|Alternate-Location|Servent-ID)|X-Queue|X-Queued|X-N?F?Alt|X-FW-Node-Info|X-Thex-URI|X-Push-Prox(?:y|ies)|X-Downloaded|X-Available-Ranges):/im

/** A request; most of this world are let go without being read. */
export function recogniseAsking(look: Look, side: Side): Sight {
  const bytes = look.heads[side]
  if (!hasAt(bytes, 0, GET)) {
    const start = latin1(bytes, 0, 10)
    if (!/^(?:GET|HEAD|POST) (?:\/|https?:)/.test(start)) {
      return ASKING_STARTS.some((asking) => asking.startsWith(start)) ? 'more' : 'no'
    }
  }
  const headers = nextLine(bytes, 0)
  if (look.final && !isWholeHead(bytes)) return recogniseCutAsking(look, side)
  if (headers < 0) return 'more'
  const isWorth = isWorthReading(bytes, headers)
  if (isWorth === undefined) return 'more'
  if (!isWorth) return 'no'
  const outcome = parseHttpHead(bytes, 0)
  if (outcome.kind === 'need') return 'more'
  if (outcome.kind === 'malformed') return 'no'
  return recogniseRequest(outcome.message, look, side === 0 ? 1 : 0)
}

const GET = bytesOf('GET /')
const ASKING_STARTS = ['GET /', 'GET http:', 'HEAD /', 'HEAD http:', 'POST /', 'POST http:']

/** Whether a blank line stands in it. */
function isWholeHead(bytes: Uint8Array): boolean {
  for (let at = nextLine(bytes, 0); at >= 0; at = nextLine(bytes, at)) {
    if (isBlankLine(bytes, at)) return true
  }
  return false
}

/**
 * The connection or the packet ends inside the head: what is whole of it may do. Inside the start
 * line, that is the target up to its last `&`, or all of it where it ends with a whole hash.
 */
function recogniseCutAsking(look: Look, side: Side): Sight {
  const bytes = look.heads[side]
  const lines = latin1(bytes, 0, bytes.lastIndexOf(LINE_FEED) + 1)
  const start = latin1(bytes)
  const target = /urn:sha1:[A-Z2-7]{32}$/i.test(start)
    ? start
    : start.slice(0, start.lastIndexOf('&'))
  const whole = lines === '' ? `${target} HTTP/1.1\r\n\r\n` : `${lines}\r\n`
  const outcome = parseHttpHead(bytesOf(whole), 0)
  if (outcome.kind !== 'message') return 'no'
  const sight = recogniseRequest(outcome.message, look, side === 0 ? 1 : 0)
  if (typeof sight === 'string' || sight.sureness !== 'certain' || lines !== '') return sight
  return { ...sight, sureness: 'likely' }
}

const LINE_FEED = 0x0a

/** Words of targets that the rules below look at, in lower case. */
const TARGET_WORDS = ['urn:', '/gnutella/', '/gnet/', '/get/', 'client='] as const

/** @returns undefined where the head is not whole and has not shown anything yet */
function isWorthReading(bytes: Uint8Array, headers: number): boolean | undefined {
  const line = latin1(bytes, 0, headers).toLowerCase()
  for (const word of TARGET_WORDS) if (line.includes(word)) return true
  for (let at = headers; at >= 0 && at < bytes.length; at = nextLine(bytes, at)) {
    switch (bytes[at]) {
      case 0x41: // A
      case 0x61:
        if (standsAt(bytes, at, 'accept:')) {
          if (latin1(bytes, at, 512).toLowerCase().includes('x-gnutella')) return true
        }
        break
      case 0x55: // U
      case 0x75:
        if (standsAt(bytes, at, 'user-agent:')) {
          if (isServentAgent(latin1(bytes, at + 11, 64).trimStart())) return true
        }
        break
      default:
        if (isBlankLine(bytes, at)) return false
    }
  }
  return undefined
}

/** A response alone: the request was before the capture, or only this direction was captured. */
export function recogniseResponse(look: Look, side: Side): Sight {
  const bytes = look.heads[side]
  const found = /^X-Gnutella-[\w-]+:/im.exec(latin1(bytes, 0, 4096))
  if (found !== null) return certain('transfer', `header ${found[0].slice(0, -1)}`)
  if (look.heads[side === 0 ? 1 : 0].length > 0) return 'no'
  const lines = linesOf(bytes)
  if (typeof lines === 'string') return lines === 'none' ? 'no' : 'more'
  if (!isMarkedCacheAnswer(lines)) return 'no'
  const reasons = ['an answer of lines marked as a cache of version 2 marks them']
  return { part: 'gwebcache', sureness: 'likely', reasons }
}

function recogniseRequest(head: HttpHead, look: Look, answerSide: 0 | 1): Sight {
  const request = requestLine(head)
  if (request === undefined) return 'no'
  const target = originForm(request.target)
  const urn = urnInTarget(target)
  if (urn !== undefined && /^urn:(?:sha1|tree:tiger):/.test(urn.urn)) {
    return certain('transfer', `request for ${urn.urn} through ${target.split('?')[0]}`)
  }
  if (/^\/(?:gnutella|gnet)\/(?:push-?_?proxy|thex|tigertree|metadata)\b/i.test(target)) {
    return certain('transfer', `request for ${target.split('?')[0]}`)
  }
  if (asksToBrowse(head)) return certain('transfer', 'Accept of a list of shared files')
  const agent = header(head, 'user-agent')
  if (/^\/get\/\d{1,10}\/./i.test(target)) {
    const written = head.headers.find(([name]) => HEADERS.test(`${name}:`))
    if (written !== undefined) return certain('transfer', `/get/ with header ${written[0]}`)
    if (isServentAgent(agent)) return certain('transfer', `/get/ by ${agent!.slice(0, 60)}`)
  }
  return recogniseCache(head, target, look, answerSide)
}

/**
 * A cache is certain only when it was asked as one and answered as one. A servent that fetches a
 * plain list of addresses counts as asking, too; then its name and the list must both be there.
 */
function recogniseCache(head: HttpHead, target: string, look: Look, answerSide: Side): Sight {
  const agent = header(head, 'user-agent')
  const asked = cacheRequest(target)
  const isAgent = isServentAgent(agent) && !/[?&]info_hash=/.test(target)
  if (asked === undefined && !isAgent) return 'no'
  const reason =
    asked === undefined
      ? `asked by ${agent!.slice(0, 60)}`
      : `asked for ${asked.asks.join(', ')} as client=${asked.client}`
  const isPlain = asked !== undefined && (isAgent || asksPlainly(asked))
  const answer = answerOf(look.heads[answerSide])
  if (answer === 'none') return 'no'
  if (answer === 'hosts') return certain('gwebcache', reason, 'answered with hosts of the network')
  if (answer === 'pong' && asked?.asks.includes('ping')) {
    return certain('gwebcache', reason, 'answered PONG')
  }
  if (answer !== 'not-yet' && isPlain) {
    return certain('gwebcache', reason, 'answered as a cache does')
  }
  if (!look.final) return 'more'
  // Where the answer was not captured, it must do who asks.
  const unheard = look.heads[answerSide].length === 0 && ASKS_ONLY_CACHES.test(agent ?? '')
  const isLikely = isPlain || unheard
  return isLikely ? { part: 'gwebcache', sureness: 'likely', reasons: [reason] } : 'no'
}

/** Beside other servents, this program asks web servers for nothing but hosts. */
const ASKS_ONLY_CACHES = /^gtk-gnutella\//

/** Words that only caches know, or the address of a node: `url=` and `client=` alone are anybody's. */
function asksPlainly(asked: CacheRequest): boolean {
  if (asked.net !== undefined) return /^gnutella2?$/.test(asked.net)
  return asked.ip !== undefined || asked.asks.some((name) => CACHE_WORDS.includes(name))
}

const CACHE_WORDS = ['hostfile', 'urlfile', 'statfile', 'bfile', 'gwcs']

/** What a web server answered: hosts, other words of a cache, something else, or nothing yet. */
function answerOf(bytes: Uint8Array): 'hosts' | 'pong' | 'cache' | 'none' | 'not-yet' {
  const lines = linesOf(bytes)
  if (typeof lines === 'string') return lines
  const answer = parseCacheAnswer(lines.subarray(0, nextLine(lines, 0)), 0)
  if (answer.kind !== 'message' || !isCacheAnswer(answer.message)) return 'none'
  const { lines: read } = answer.message
  if (read.some((line) => line.type === 'host')) return 'hosts'
  return read.some((line) => line.type === 'info' && /^(?:PONG\b|I\|pong\|)/i.test(line.text))
    ? 'pong'
    : 'cache'
}

/** The body of an answer from its first line on, where that is whole. */
function linesOf(bytes: Uint8Array): Uint8Array | 'none' | 'not-yet' {
  if (bytes.length === 0) return 'not-yet'
  const outcome = parseHttpHead(bytes, 0)
  if (outcome.kind === 'need') return 'not-yet'
  if (outcome.kind === 'malformed') return 'none'
  // An encoded body is not undone here; redirections and errors say nothing.
  if (header(outcome.message, 'content-encoding') !== undefined) return 'not-yet'
  if (!/^HTTP\/1\.\d 2/.test(outcome.message.startLine)) return 'not-yet'
  const body = bytes.subarray(outcome.size)
  // The first chunk's size line is no line of the answer.
  const chunked = /^[0-9a-f]{1,6}\r\n/i.exec(latin1(body, 0, 16))
  const lines = chunked === null ? body : body.subarray(chunked[0].length)
  if (nextLine(lines, 0) > 0) return lines
  return lines.length > 512 ? 'none' : 'not-yet'
}

/**
 * Whether an answer that nobody was heard to ask for is a cache's: version 2 marks each of its lines
 * (`H|` host, `U|` cache, `I|` word). A bare list of addresses may be anything, such as of proxies.
 */
function isMarkedCacheAnswer(lines: Uint8Array): boolean {
  const whole = lines.subarray(0, lines.lastIndexOf(LINE_FEED) + 1)
  const answer = parseCacheAnswer(whole, 0)
  if (answer.kind !== 'message' || !isCacheAnswer(answer.message)) return false
  return answer.message.lines.some(
    (line) => (line.type === 'host' && line.v2) || (line.type === 'info' && PONG.test(line.text)),
  )
}

const PONG = /^I\|pong\|/i
