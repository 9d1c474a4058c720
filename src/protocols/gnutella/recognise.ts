/**
 * First bytes → Gnutella, Gnutella2, a transfer, a GWebCache, or not.
 *
 * What is fixed decides: `GNUTELLA` handshakes, names of content and GUIDs in HTTP request lines,
 * headers that only servents write, the length formula of binary messages. A path such as `/get/…`
 * says nothing without them, and a web server is a cache only if it is asked as one and answers as
 * one.
 */
import { u16be } from '../../core/bytes.ts'
import type { Finding, Fit, Look, Sight, Start } from '../../core/protocol.ts'
import { latin1 } from '../../core/text.ts'
import { type HttpHead, header, parseHttpHead, requestLine } from '../formats/http-head.ts'
import { recogniseChain } from './recognise-chain.ts'
import { recogniseDatagrams } from './recognise-udp.ts'
import { isServentAgent } from './software.ts'
import { asksToBrowse, urnInTarget } from './transfer-request.ts'
import {
  type CacheRequest,
  cacheRequest,
  isCacheAnswer,
  parseCacheAnswer,
} from './wire/gwebcache.ts'

export const starts: Readonly<Partial<Record<'tcp' | 'udp', readonly Start[]>>> = {
  tcp: [
    'GNUTELLA',
    'GIV ',
    'PUSH guid:',
    'QUEUE ',
    'GET /',
    'HEAD /',
    'POST /gnutella/',
    // Where only the answer was captured.
    'HTTP/1.',
    // TLS: only hellos that offer no certificate at all are looked at longer, see `fits`.
    new Uint8Array([0x16, 3]),
  ],
  // A message begins with a random GUID: every datagram must be looked at.
  udp: [],
}

export function recognise(look: Look): Sight {
  if (look.carrier === 'udp') return recogniseDatagrams(look)
  const texts = [latin1(look.heads[0], 0, 160), latin1(look.heads[1], 0, 160)] as const
  const link = recogniseLink(texts, look)
  if (link !== 'no') return link
  const transfer = recogniseTransfer(texts, look)
  if (transfer !== 'no') return transfer
  if (isAnonymousHello(look.heads[0])) return look.final ? 'no' : 'more'
  return look.fromStart ? 'no' : recogniseChain(look)
}

function certain(part: string, ...reasons: string[]): Finding {
  return { part, sureness: 'certain', reasons }
}

/** `GNUTELLA CONNECT/`, `GNUTELLA/0.6 200`, `GNUTELLA OK` at the start of either side. */
function recogniseLink(texts: readonly [string, string], look: Look): Sight {
  for (const side of [0, 1] as const) {
    const match = /^GNUTELLA(?: CONNECT\/\d\.\d|\/\d\.\d \d{3}| OK[\r\n])/.exec(texts[side])
    if (match === null) continue
    const who = side === 0 ? 'the opener' : 'the other side'
    const head = latin1(look.heads[side], 0, 4096)
    // The answer decides which of the two networks; until then what is wished for tells.
    const isG2 =
      /^Content-Type: *application\/x-gnutella2/im.test(latin1(look.heads[1], 0, 4096)) ||
      (/^Accept: *[^\r\n]*application\/x-gnutella2/im.test(head) &&
        !/^X-Query-Routing:/im.test(head))
    return certain(isG2 ? 'g2' : 'gnutella', `"${match[0].trim()}" from ${who}`)
  }
  const couldBecome = texts.some((text) => text !== '' && 'GNUTELLA CONNECT/'.startsWith(text))
  return couldBecome && !look.final ? 'more' : 'no'
}

/** The uploader's word before it is asked, then HTTP. */
const CALLS: readonly (readonly [RegExp, string])[] = [
  [/^GIV \d{1,10}:[0-9a-f]{32}\//i, 'GIV with a servent GUID'],
  [/^PUSH guid:[0-9a-f]{32}/i, 'PUSH with a servent GUID'],
  [/^QUEUE [0-9a-f]{32} [\d.[\]:a-f]+:\d{1,5}\r?\n/i, 'QUEUE with a PARQ id and an address'],
]

/** Headers that servents write and nobody else. */
const HEADERS =
  /^(?:X-Gnutella-(?:Content-URN|Alternate-Location|Servent-ID)|X-Queue|X-Queued|X-N?F?Alt|X-FW-Node-Info|X-Thex-URI|X-Push-Prox(?:y|ies)|X-Downloaded|X-Available-Ranges):/im

function recogniseTransfer(texts: readonly [string, string], look: Look): Sight {
  for (const side of [0, 1] as const) {
    for (const [pattern, reason] of CALLS) {
      if (pattern.test(texts[side])) return certain('transfer', reason)
    }
  }
  for (const side of [0, 1] as const) {
    if (!/^(?:GET|HEAD|POST) \//.test(texts[side])) continue
    const outcome = parseHttpHead(look.heads[side], 0)
    if (outcome.kind === 'need') return look.final ? 'no' : 'more'
    if (outcome.kind === 'message')
      return recogniseRequest(outcome.message, look, side === 0 ? 1 : 0)
  }
  return recogniseResponse(texts, look)
}

/** A response alone: the request was before the capture. */
function recogniseResponse(texts: readonly [string, string], look: Look): Sight {
  for (const side of [0, 1] as const) {
    if (!texts[side].startsWith('HTTP/1.')) continue
    const found = /^X-Gnutella-[\w-]+:/im.exec(latin1(look.heads[side], 0, 4096))
    if (found !== null) return certain('transfer', `header ${found[0].slice(0, -1)}`)
  }
  return 'no'
}

function recogniseRequest(head: HttpHead, look: Look, answerSide: 0 | 1): Sight {
  const request = requestLine(head)
  if (request === undefined) return 'no'
  const { target } = request
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
  return recogniseCache(head, look, answerSide)
}

/**
 * A cache is certain only when it was asked as one and answered as one. A servent that fetches a
 * plain list of addresses counts as asking, too; then its name and the list must both be there.
 */
function recogniseCache(head: HttpHead, look: Look, answerSide: 0 | 1): Sight {
  const { target } = requestLine(head)!
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
  return isPlain ? { part: 'gwebcache', sureness: 'likely', reasons: [reason] } : 'no'
}

/** Words that only caches know, or the address of a node: `url=` and `client=` alone are anybody's. */
function asksPlainly(asked: CacheRequest): boolean {
  if (asked.net !== undefined) return /^gnutella2?$/.test(asked.net)
  return asked.ip !== undefined || asked.asks.some((name) => CACHE_WORDS.includes(name))
}

const CACHE_WORDS = ['hostfile', 'urlfile', 'statfile', 'bfile', 'gwcs']

/** What a web server answered: hosts, other words of a cache, something else, or nothing yet. */
function answerOf(bytes: Uint8Array): 'hosts' | 'pong' | 'cache' | 'none' | 'not-yet' {
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
  if (lines.indexOf(10) < 0) return lines.length > 512 ? 'none' : 'not-yet'
  const answer = parseCacheAnswer(lines.subarray(0, lines.indexOf(10) + 1), 0)
  if (answer.kind !== 'message' || !isCacheAnswer(answer.message)) return 'none'
  const { lines: read } = answer.message
  if (read.some((line) => line.type === 'host')) return 'hosts'
  return read.some((line) => line.type === 'info' && /^(?:PONG\b|I\|pong\|)/i.test(line.text))
    ? 'pong'
    : 'cache'
}

/**
 * A TLS hello that offers anonymous key exchange and names no server: servents have no
 * certificates. Rare elsewhere, but no proof. RFC 5246 7.4.1.2; suites of RFC 5246 A.5 and RFC 4492.
 */
function isAnonymousHello(head: Uint8Array): boolean {
  if (head.length < 44 || head[0] !== 0x16 || head[1] !== 3 || head[5] !== 1) return false
  const suitesAt = 44 + head[43]! + 2
  const size = u16be(head, suitesAt - 2)
  if (suitesAt + size > head.length) return false
  for (let at = suitesAt; at + 2 <= suitesAt + size; at += 2) {
    if (ANONYMOUS.has(u16be(head, at))) return true
  }
  return false
}

/** TLS_DH_anon_* and TLS_ECDH_anon_* that servents offer. */
const ANONYMOUS: ReadonlySet<number> = new Set([
  0x0018, 0x001b, 0x0034, 0x003a, 0x006c, 0x006d, 0x00a6, 0x00a7, 0xc016, 0xc017, 0xc018, 0xc019,
])

/** TLS between servents; and single pings, which alone are too little. */
export function fits(look: Look): readonly Fit[] {
  if (look.carrier === 'tcp' && isAnonymousHello(look.heads[0])) return [TLS]
  if (look.carrier === 'udp' && look.datagrams.some(({ bytes, size }) => isBarePing(bytes, size))) {
    return [PING]
  }
  return []
}

function isBarePing(bytes: Uint8Array, size: number): boolean {
  return size === 23 && bytes.length === 23 && bytes[16] === 0 && u16be(bytes, 19) === 0
}

const NODES = ['node', 'g2', 'gnutella', 'udp', 'udp-host-cache']

const TLS: Fit = {
  part: 'tls',
  taughtAs: NODES,
  reason: 'TLS with anonymous key exchange, as servents use it',
}

const PING: Fit = { part: 'udp', taughtAs: NODES, reason: 'a ping of 23 bytes' }
