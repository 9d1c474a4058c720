/**
 * What an HTTP connection is: a tracker's, a web seed's, or a browser's to a WebTorrent tracker.
 *
 *   GET …?info_hash=<20 bytes>&peer_id=…     tracker, certain by the request alone
 *   GET …/scrape?info_hash=<20 bytes>        the same; HEAD and POST likewise, through a proxy too
 *   answer d…5:peers…e                       tracker, likely: the request was not seen
 *   GET …?info_hash=<20 bytes>&piece=…       web seed of BEP 17, certain
 *   GET … Range: … User-Agent: libtorrent/…  web seed of BEP 19, likely: the name is a claim
 *   Upgrade: websocket                       nothing yet; JSON with action and info_hash: certain
 *
 * Bencode in a body is not enough (torrent files are served by any web server), nor is a hash in
 * hex: trackers are asked with raw bytes.
 *
 * Nearly every request of this world is an ordinary one, and each is shown here: so a head is only
 * looked through, line by line, and read where a line of it may matter.
 */
import { bytesOf, hasAt } from '../../core/bytes.ts'
import type { Finding, Look, Sight } from '../../core/protocol.ts'
import { latin1, shown } from '../../core/text.ts'
import {
  header,
  headerLists,
  isBlankLine,
  nextLine,
  parseHttpHead,
  requestLine,
  standsAt,
  textOf,
} from '../formats/http-head.ts'
import { framesSight, upgradedSight } from './recognise-signalling.ts'
import { unasked } from './recognise-unasked.ts'
import { isContentAgent, webSeedRequestOf } from './webseed-request.ts'
import { httpTrackerRequestWire, postedTarget, takesForms } from './wire/http-tracker.ts'

const METHODS = ['GET ', 'HEAD ', 'POST '].map(bytesOf)
const HTTP = bytesOf('HTTP/1.')

const LETTER_G = 0x47
const LETTER_H = 0x48
const LETTER_P = 0x50
const SLASH = 0x2f

export function recogniseHttp(look: Look): Sight {
  const [opener, other] = look.heads
  if (opener.length > 0 && look.fromStart) {
    const first = opener[0]!
    if (first !== LETTER_G && first !== LETTER_H && first !== LETTER_P) return 'no'
  }
  const method = beginsRequest(opener)
  if (method === 'yes') return asked(opener, other, look)
  if (method === 'perhaps') return later(look)
  // The connection began before the capture, or one direction of it is missing.
  if (hasAt(opener, 0, HTTP)) return unasked(opener, look)
  if (opener.length === 0 && hasAt(other, 0, HTTP)) return unasked(other, look)
  if (look.fromStart) {
    const alone = opener.length === 0 ? other : opener
    return couldBecome(alone, HTTP) ? later(look) : 'no'
  }
  if (beginsRequest(other) === 'yes') return asked(other, opener, look)
  if (hasAt(other, 0, HTTP)) return unasked(other, look)
  return framesSight(look)
}

function beginsRequest(bytes: Uint8Array): 'yes' | 'perhaps' | 'no' {
  for (const method of METHODS) {
    if (hasAt(bytes, 0, method)) return 'yes'
    if (couldBecome(bytes, method)) return 'perhaps'
  }
  return 'no'
}

/** Shorter than a start, but like it so far. */
export function couldBecome(bytes: Uint8Array, start: Uint8Array): boolean {
  if (bytes.length === 0 || bytes.length >= start.length) return false
  return hasAt(start, 0, bytes)
}

function later(look: Look): Sight {
  return look.final ? 'no' : 'more'
}

/** What the lines of a head show without being read. */
interface Marks {
  /** Behind the blank line; -1 where the head is not whole. */
  end: number
  /** A header that a web seed or a signalling connection has. */
  telling: boolean
  /** The program fetches contents: what it asks next may be a tracker. */
  contents: boolean
  bodyBytes: number
}

function marksOf(bytes: Uint8Array, at: number): Marks {
  const marks = { end: -1, telling: false, contents: false, bodyBytes: 0 }
  for (let line = at; line >= 0 && line < bytes.length; line = nextLine(bytes, line)) {
    switch (bytes[line]) {
      case 0x55: // U
      case 0x75:
        if (standsAt(bytes, line, 'upgrade:')) marks.telling = true
        else if (standsAt(bytes, line, 'user-agent:')) {
          marks.contents = isContentAgent(latin1(bytes, line + 11, 64).trimStart())
        }
        break
      case 0x52: // R
      case 0x72:
        if (standsAt(bytes, line, 'range:')) marks.telling = true
        break
      case 0x43: // C
      case 0x63:
        if (standsAt(bytes, line, 'content-length:')) {
          marks.bodyBytes = Number.parseInt(latin1(bytes, line + 15, 16), 10) || 0
        }
        break
      default:
        if (!isBlankLine(bytes, line)) break
        marks.end = nextLine(bytes, line)
        return marks
    }
  }
  return marks
}

/** Requests one after the other: behind an ordinary one on the same connection may stand another. */
function asked(request: Uint8Array, answer: Uint8Array, look: Look): Sight {
  let follow = false
  for (let at = 0; ; ) {
    const headers = nextLine(request, at)
    if (headers < 0) return cutRequest(request.subarray(at), look)
    const line = latin1(request, at, headers - at)
    const sight = byLine(line)
    if (sight !== 'no') return sight
    const marks = marksOf(request, headers)
    if (marks.end < 0) return later(look)
    const head = request.subarray(at, marks.end)
    if (marks.telling) {
      const told = byHead(head, request.subarray(marks.end), answer, look)
      if (told !== 'no') return told
    }
    const posted = request[at] === LETTER_P ? byBody(line, request, marks, look) : 'no'
    if (posted !== 'no') return posted
    // A proxy is asked for many servers; a program that fetches contents asks their tracker too.
    follow ||= marks.contents || isAbsolute(line)
    at = marks.end + marks.bodyBytes
    if (at >= request.length) return follow ? later(look) : 'no'
    if (beginsRequest(request.subarray(at)) !== 'yes') return 'no'
  }
}

/** `GET http://server/path`: asked of a proxy. */
function isAbsolute(line: string): boolean {
  const target = line.indexOf(' ') + 1
  return line.charCodeAt(target) !== SLASH && line.startsWith('http', target)
}

/** By the start line alone; most hold none of these words. */
function byLine(line: string): Sight {
  if (line.includes('info_hash=')) return byTarget(line.trimEnd())
  if (line.includes('/data?fid=')) return webSeed(line.trimEnd())
  return 'no'
}

function byTarget(startLine: string): Sight {
  const seed = webSeed(startLine)
  if (seed !== 'no') return seed
  const line = requestLine({ startLine })
  return line === undefined ? 'no' : trackerSight(line.target)
}

function webSeed(startLine: string): Sight {
  const line = requestLine({ startLine })
  if (line === undefined) return 'no'
  if (webSeedRequestOf({ headers: [] }, line)?.told !== 'query') return 'no'
  const reasons = ['asks a web server for a piece by its infohash (BEP 17 or BitComet)']
  return { part: 'webseed', sureness: 'certain', reasons }
}

function trackerSight(target: string): Sight {
  const outcome = httpTrackerRequestWire.parse(bytesOf(target), 0)
  if (outcome.kind !== 'message') return 'no'
  const { action, infoHashes, peerId, port } = outcome.message
  if (infoHashes.length === 0 || infoHashes.some(isWord)) return 'no'
  if (action === 'announce' && peerId === undefined && port === undefined) return 'no'
  const sureness = action === 'scrape' || peerId !== undefined ? 'certain' : 'likely'
  const reasons = [`HTTP tracker ${action}: info_hash of 20 bytes in the request`]
  return { part: 'tracker-http', sureness, reasons }
}

/** Twenty letters and digits are somebody's key: of hashes, one in 10^12. */
function isWord(hash: Uint8Array): boolean {
  return WORD.test(latin1(hash))
}

const WORD = /^[\w.~-]*$/

/** Ranges asked by a client that names itself; an upgrade to a browser's tracker. */
function byHead(bytes: Uint8Array, behind: Uint8Array, answer: Uint8Array, look: Look): Sight {
  const outcome = parseHttpHead(bytes, 0)
  if (outcome.kind !== 'message') return 'no'
  const head = outcome.message
  const line = requestLine(head)
  if (line !== undefined && webSeedRequestOf(head, line) !== undefined) {
    const agent = shown(textOf(header(head, 'user-agent') ?? '').slice(0, 60))
    const reasons = [`asks for a byte range and calls itself ${agent}: a web seed (BEP 19)`]
    return { part: 'webseed', sureness: 'likely', reasons }
  }
  if (!headerLists(head, 'upgrade', 'websocket')) return 'no'
  return upgradedSight(behind, answer, look)
}

/** A form that asks what a query asks. */
function byBody(line: string, request: Uint8Array, marks: Marks, look: Look): Sight {
  const target = requestLine({ startLine: line.trimEnd() })?.target ?? ''
  if (!takesForms(target)) return 'no'
  const body = request.subarray(marks.end, marks.end + marks.bodyBytes)
  if (body.length < marks.bodyBytes) return later(look)
  return trackerSight(postedTarget(target, body))
}

/** The capture ends inside the start line, or cut the packet there. */
function cutRequest(request: Uint8Array, look: Look): Sight {
  if (!look.final) return 'more'
  const line = latin1(request)
  // What stands there must hold a whole hash and the next key …
  const whole = /[?&]info_hash=((?:%[0-9a-f]{2}|[^&% ]){20})&/i.exec(line)?.[1]
  if (whole !== undefined && !WORD.test(whole)) {
    return cutFinding('info_hash of 20 bytes; the rest is cut', 'likely')
  }
  // … or be asked of a script of that name, and go on in raw bytes, not in hex, up to the cut.
  const cut = /\/(?:announce|scrape)[^/?]*\?(?:.*&)?info_hash=((?:%[0-9a-f]{2}|[^&% ])*)%?.?$/is
  const hash = cut.exec(line)?.[1]
  if (hash === undefined) return 'no'
  const raw = hash.match(/%[0-9a-f]{2}/gi)?.length ?? 0
  if (raw === 0) return 'no'
  const sureness = raw >= RAW_BYTES_TELLING ? 'likely' : 'unsure'
  return cutFinding('an announce or scrape by raw bytes, cut within the info_hash', sureness)
}

/** Escaped bytes that a word or a number hardly has. */
const RAW_BYTES_TELLING = 4

function cutFinding(what: string, sureness: Finding['sureness']): Finding {
  return { part: 'tracker-http', sureness, reasons: [`HTTP tracker request: ${what}`] }
}
