/**
 * What an HTTP connection is: a tracker's, a web seed's, or a browser's to a WebTorrent tracker.
 *
 *   GET …?info_hash=<20 bytes>&peer_id=…     tracker, certain by the request alone
 *   GET …/scrape?info_hash=<20 bytes>        the same
 *   answer d…5:peers…e                       tracker, likely: the request was not seen
 *   GET …?info_hash=<20 bytes>&piece=…       web seed of BEP 17, certain
 *   GET … Range: … User-Agent: libtorrent/…  web seed of BEP 19, likely: the name is a claim
 *   Upgrade: websocket                       nothing yet; JSON with action and info_hash: certain
 *
 * Bencode in a body is not enough (torrent files are served by any web server), nor is a hash in
 * hex: trackers are asked with raw bytes.
 */
import { bytesOf, hasAt } from '../../core/bytes.ts'
import type { Look, Sight } from '../../core/protocol.ts'
import { latin1, shown } from '../../core/text.ts'
import {
  type HttpHead,
  header,
  headerLists,
  parseHttpHead,
  requestLine,
  statusLine,
  textOf,
} from '../formats/http-head.ts'
import { TEXT, WebSocketAssembler, webSocketWire } from '../formats/websocket.ts'
import { webSeedRequestOf } from './webseed-request.ts'
import { httpTrackerRequestWire, httpTrackerResponseWire } from './wire/http-tracker.ts'
import { webTorrentWire } from './wire/webtorrent.ts'

/** How such connections begin, for the card's `starts`. */
export const HTTP_STARTS = ['GET ', 'HTTP/1.', Uint8Array.of(0x81), Uint8Array.of(0x01)] as const

const GET = bytesOf('GET ')
const HTTP = bytesOf('HTTP/1.')

/** How a body of these begins: a dictionary. */
const LETTER_D = 0x64

export function recogniseHttp(look: Look): Sight {
  const [opener, other] = look.heads
  if (hasAt(opener, 0, GET)) return asked(opener, other, look)
  if (couldBecome(opener, GET)) return later(look)
  // The connection began before the capture, or its request is missing.
  if (opener.length === 0 && other.length > 0) return unasked(other, look)
  if (!look.fromStart) {
    if (hasAt(other, 0, GET)) return asked(other, opener, look)
    if (hasAt(opener, 0, HTTP)) return unasked(opener, look)
    if (hasAt(other, 0, HTTP)) return unasked(other, look)
    return middle(look)
  }
  return 'no'
}

/** What a head must hold to be worth reading: most requests of this world are dismissed by it. */
const HINTS = /info_hash=|\/data\?fid=|\nupgrade:|\nrange:/i

/** A head is searched for hints this far, in bytes; the headers that matter come early. */
const HINT_BYTES_MAX = 8192

/** Shorter than a start, but like it so far. */
function couldBecome(bytes: Uint8Array, start: Uint8Array): boolean {
  if (bytes.length === 0 || bytes.length >= start.length) return false
  return hasAt(start, 0, bytes)
}

function later(look: Look): Sight {
  return look.final ? 'no' : 'more'
}

function asked(request: Uint8Array, answer: Uint8Array, look: Look): Sight {
  const start = latin1(request, 0, HINT_BYTES_MAX)
  if (start.includes('\r\n\r\n') && !HINTS.test(start)) return 'no'
  const outcome = parseHttpHead(request, 0)
  if (outcome.kind === 'need') return cutRequest(request, look)
  if (outcome.kind === 'malformed') return 'no'
  const head = outcome.message
  const line = requestLine(head)
  if (line === undefined) return 'no'
  const seed = webSeedRequestOf(head, line)
  if (seed?.told === 'query') {
    const reasons = ['asks a web server for a piece by its infohash (BEP 17 or BitComet)']
    return { part: 'webseed', sureness: 'certain', reasons }
  }
  const tracked = trackerSight(line.target)
  if (tracked !== 'no') return tracked
  if (seed !== undefined) {
    const agent = shown(textOf(header(head, 'user-agent') ?? '').slice(0, 60))
    const reasons = [`asks for a byte range and calls itself ${agent}: a web seed (BEP 19)`]
    return { part: 'webseed', sureness: 'likely', reasons }
  }
  if (headerLists(head, 'upgrade', 'websocket')) {
    return upgraded(request, outcome.size, answer, look)
  }
  return 'no'
}

function trackerSight(target: string): Sight {
  const outcome = httpTrackerRequestWire.parse(bytesOf(target), 0)
  if (outcome.kind !== 'message') return 'no'
  const { action, infoHashes, peerId, port } = outcome.message
  if (infoHashes.length === 0) return 'no'
  if (action === 'announce' && peerId === undefined && port === undefined) return 'no'
  const sureness = action === 'scrape' || peerId !== undefined ? 'certain' : 'likely'
  const reasons = [`HTTP tracker ${action}: info_hash of 20 bytes in the request`]
  return { part: 'tracker-http', sureness, reasons }
}

/** The capture ends inside the head (or cut the packet): the first line may do. */
function cutRequest(request: Uint8Array, look: Look): Sight {
  const end = request.indexOf(0x0a)
  if (end > 0) {
    const outcome = parseHttpHead(bytesOf(`${latin1(request, 0, end).trimEnd()}\r\n\r\n`), 0)
    const line = outcome.kind === 'message' ? requestLine(outcome.message) : undefined
    const sight = line === undefined ? 'no' : trackerSight(line.target)
    if (sight !== 'no') return sight
  }
  if (!look.final) return 'more'
  // Cut inside the line: what stands there must hold a whole hash and the next key.
  const line = latin1(request, 0, end > 0 ? end : request.length)
  const hash = /[?&]info_hash=((?:%[0-9a-f]{2}|[^&% ]){20})&/i.test(line)
  if (!hash) return 'no'
  const reasons = ['HTTP tracker request: info_hash of 20 bytes; the rest is cut']
  return { part: 'tracker-http', sureness: 'likely', reasons }
}

/** An answer whose request nobody saw. */
function unasked(answer: Uint8Array, look: Look): Sight {
  if (!hasAt(answer, 0, HTTP)) return couldBecome(answer, HTTP) ? later(look) : 'no'
  const outcome = parseHttpHead(answer, 0)
  if (outcome.kind === 'need') return later(look)
  if (outcome.kind === 'malformed' || statusLine(outcome.message) === undefined) return 'no'
  const body = answer.subarray(outcome.size)
  if (body.length === 0) return later(look)
  if (body[0] !== LETTER_D) return 'no'
  return bencoded(outcome.message, body, look)
}

function bencoded(head: HttpHead, body: Uint8Array, look: Look): Sight {
  const length = header(head, 'content-length')
  if (length !== undefined && Number(length) > body.length) return later(look)
  const outcome = httpTrackerResponseWire.parse(body, 0)
  if (outcome.kind === 'malformed') return outcome.fault === 'truncated' ? later(look) : 'no'
  if (outcome.kind !== 'message' || outcome.size < body.length) return 'no'
  const { kind, dict } = outcome.message
  if (kind === 'announce' && !dict.has('interval')) return 'no'
  const reasons = [`bencoded answer of a tracker (${kind}) to a request that was not seen`]
  return { part: 'tracker-http', sureness: 'likely', reasons }
}

/** After the upgrade both sides send frames; one of them must be the tracker's JSON. */
function upgraded(request: Uint8Array, requestSize: number, answer: Uint8Array, look: Look): Sight {
  if (answer.length === 0) return later(look)
  const outcome = parseHttpHead(answer, 0)
  if (outcome.kind === 'need') return later(look)
  if (outcome.kind === 'malformed') return 'no'
  if (statusLine(outcome.message)?.code !== 101) return 'no'
  const sights = [frames(request, requestSize), frames(answer, outcome.size)]
  return signalling(sights, look)
}

/** From the middle of a connection: frames from the first byte on. */
function middle(look: Look): Sight {
  const [opener, other] = look.heads
  const sights = [frames(opener, 0), frames(other, 0)]
  return sights.includes('yes') ? signalling(sights, look) : 'no'
}

function signalling(sights: readonly FramesSay[], look: Look): Sight {
  if (sights.includes('yes')) {
    const reasons = ['WebSocket message with a tracker action and an info_hash of 20 characters']
    return { part: 'tracker-websocket', sureness: 'certain', reasons }
  }
  // Both sides spoke, and of other things: another service.
  if (sights.includes('other')) return 'no'
  return later(look)
}

type FramesSay = 'yes' | 'other' | 'none'

/** What the first text message of a side is: signalling, something else, or not there yet. */
function frames(bytes: Uint8Array, from: number): FramesSay {
  const assembler = new WebSocketAssembler()
  for (let at = from; at < bytes.length; ) {
    const outcome = webSocketWire.parse(bytes, at)
    if (outcome.kind === 'need') return startsAsSignal(bytes, at) ? 'yes' : 'none'
    if (outcome.kind === 'malformed') return 'other'
    at += outcome.size
    const whole = assembler.add(outcome.message)
    if (whole === undefined || whole.opcode > 2) continue
    if (whole.opcode !== TEXT) return 'other'
    if (!whole.readable) continue
    return webTorrentWire.parse(whole.bytes, 0).kind === 'message' ? 'yes' : 'other'
  }
  return 'none'
}

/** A frame longer than what is shown (ten offers are 16 KB): its beginning may tell. */
function startsAsSignal(bytes: Uint8Array, at: number): boolean {
  if (bytes.length - at < 512 || (bytes[at]! & 15) !== TEXT) return false
  const masked = bytes[at + 1]! >= 0x80
  const short = bytes[at + 1]! % 0x80
  const headSize = 2 + (short === 127 ? 8 : short === 126 ? 2 : 0) + (masked ? 4 : 0)
  let start = ''
  for (let i = at + headSize; i < bytes.length && start.length < 16_384; i++) {
    const key = masked ? bytes[at + headSize - 4 + ((i - at - headSize) % 4)]! : 0
    start += String.fromCharCode(bytes[i]! ^ key)
  }
  return (
    start.startsWith('{') &&
    /"action":"(?:announce|scrape)"/.test(start) &&
    /"info_hash":"/.test(start)
  )
}
