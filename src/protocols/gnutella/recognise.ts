/**
 * First bytes → Gnutella, Gnutella2, a transfer, a GWebCache, or not.
 *
 * What is fixed decides: `GNUTELLA` handshakes, names of content and GUIDs in HTTP request lines,
 * headers that only servents write, the length formula of binary messages. A path such as `/get/…`
 * says nothing without them.
 */
import { bytesOf, hasAt, u16be } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import type { Fit, Look, Sight, Start } from '../../core/protocol.ts'
import { isPrintable, latin1 } from '../../core/text.ts'
import { mostAreFull, segmentsSent } from '../formats/full-segments.ts'
import { recogniseChain } from './recognise-chain.ts'
import { certain, recogniseAsking, recogniseResponse } from './recognise-http.ts'
import { recogniseDatagrams } from './recognise-udp.ts'

export const starts: Readonly<Partial<Record<'tcp' | 'udp', readonly Start[]>>> = {
  tcp: [
    'GNUTELLA',
    'GIV ',
    'PUSH guid:',
    'QUEUE ',
    'GET /',
    'GET http://',
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
  let open = false
  for (const side of [0, 1] as const) {
    const sight = recogniseSide(look, side)
    if (sight === 'more') open = true
    else if (sight !== 'no') return sight
  }
  open ||= isAnonymousHello(look.heads[0])
  const sight = look.fromStart ? 'no' : recogniseChain(look)
  if (sight !== 'no') return sight
  return open && !look.final ? 'more' : 'no'
}

/** What one side begins with. Its first byte lets most go. */
function recogniseSide(look: Look, side: Side): Sight {
  const head = look.heads[side]
  switch (head[0]) {
    case 0x47: // G
      if (hasAt(head, 1, ET)) return recogniseAsking(look, side)
      return surer(
        recogniseLink(look, side),
        surer(recogniseCall(head), recogniseAsking(look, side)),
      )
    case 0x48: // H
      if (hasAt(head, 1, TTP)) return recogniseResponse(look, side)
      return 'HTTP/1.'.startsWith(latin1(head, 0, 7)) ? 'more' : recogniseAsking(look, side)
    case 0x50: // P
      return surer(recogniseCall(head), recogniseAsking(look, side))
    case 0x51: // Q
      return recogniseCall(head)
    default:
      return 'no'
  }
}

function surer(a: Sight, b: Sight): Sight {
  return a === 'no' || (a === 'more' && b !== 'no') ? b : a
}

/** `GNUTELLA CONNECT/`, `GNUTELLA/0.6 200`, `GNUTELLA OK` at the start of a side. */
function recogniseLink(look: Look, side: Side): Sight {
  const start = latin1(look.heads[side], 0, 64)
  const match = /^GNUTELLA(?: CONNECT\/\d\.\d|\/\d\.\d \d{3}| OK[\r\n])/.exec(start)
  if (match === null) {
    const begun = 'GNUTELLA'.startsWith(start) || /^GNUTELLA[ /][ A-Z./\d]*\r?$/.test(start)
    return begun && start.length < 64 ? 'more' : 'no'
  }
  const who = side === 0 ? 'the opener' : 'the other side'
  const head = latin1(look.heads[side], 0, 4096)
  // The answer decides which of the two networks; until then what is wished for tells.
  const isG2 =
    /^Content-Type: *application\/x-gnutella2/im.test(latin1(look.heads[1], 0, 4096)) ||
    (/^Accept: *[^\r\n]*application\/x-gnutella2/im.test(head) && !/^X-Query-Routing:/im.test(head))
  return certain(isG2 ? 'g2' : 'gnutella', `"${match[0].trim()}" from ${who}`)
}

const ET = bytesOf('ET ')
const TTP = bytesOf('TTP/1.')

/** The uploader's word before it is asked, then HTTP. */
const CALLS: readonly (readonly [RegExp, string])[] = [
  [/^GIV \d{1,10}:[0-9a-f]{32}\//i, 'GIV with a servent GUID'],
  [/^PUSH guid:[0-9a-f]{32}/i, 'PUSH with a servent GUID'],
  [/^QUEUE [0-9a-f]{32} [\d.[\]:a-f]+:\d{1,5}\r?\n/i, 'QUEUE with a PARQ id and an address'],
]

/** Longer than any of these lines; a shorter side without a line's end may become one. */
const CALL_BYTES_MAX = 96

function recogniseCall(head: Uint8Array): Sight {
  const start = latin1(head, 0, CALL_BYTES_MAX)
  for (const [pattern, reason] of CALLS) {
    if (pattern.test(start)) return certain('transfer', reason)
  }
  if (head.length >= CALL_BYTES_MAX || start.includes('\n')) return 'no'
  return CALL_STARTS.some((call) => call.startsWith(start) || start.startsWith(call))
    ? 'more'
    : 'no'
}

const CALL_STARTS = ['GIV ', 'PUSH guid:', 'QUEUE ']

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

/** TLS between servents; deflated links from the middle; single pings, which alone are too little. */
export function fits(look: Look): readonly Fit[] {
  if (look.carrier === 'tcp') {
    if (isAnonymousHello(look.heads[0])) return [TLS]
    if (look.fromStart) return []
    if (isFlushed(look)) return [DEFLATED]
    return isOneSided(look) ? [BODY] : []
  }
  if (look.carrier === 'udp' && look.datagrams.some(({ bytes, size }) => isBarePing(bytes, size))) {
    return [PING]
  }
  return []
}

/** Segments that are wanted, and how many of four must end so: a long message takes several. */
const FLUSHED_MIN = 2
const FLUSHED_OF_FOUR = 3

/**
 * Whether segments end as a zlib stream does that is flushed behind each message, with an empty
 * stored block: 00 00 ff ff (RFC 1951 3.2.4). What stands before the capture is needed to inflate it.
 */
function isFlushed({ heads, segments }: Look): boolean {
  const ends = [0, 0]
  let flushed = 0
  for (const size of segments) {
    const side = size > 0 ? 0 : 1
    ends[side]! += Math.abs(size)
    if (hasAt(heads[side], ends[side]! - FLUSH.length, FLUSH)) flushed++
  }
  return flushed >= FLUSHED_MIN && 4 * flushed >= FLUSHED_OF_FOUR * segments.length
}

/**
 * A file that is being sent: one side speaks alone, in full segments, and neither in TLS records
 * nor in lines of text.
 */
function isOneSided({ heads, segments }: Look): boolean {
  if (segmentsSent(segments) < ONE_SIDED_MIN) return false
  const head = heads[segments[0]! > 0 ? 0 : 1]
  const isTls = head[0]! >= 20 && head[0]! <= 23 && head[1] === 3
  if (isTls || isPrintable(head, 0, TEXT_BYTES)) return false
  return mostAreFull(segments) && segments.every((size) => size > 0 === segments[0]! > 0)
}

const ONE_SIDED_MIN = 8
const TEXT_BYTES = 16
const FLUSH = Uint8Array.of(0, 0, 0xff, 0xff)

function isBarePing(bytes: Uint8Array, size: number): boolean {
  return size === 23 && bytes.length === 23 && bytes[16] === 0 && u16be(bytes, 19) === 0
}

const NODES = ['node', 'g2', 'gnutella', 'udp', 'udp-host-cache']

const TLS: Fit = {
  part: 'tls',
  taughtAs: NODES,
  reason: 'TLS with anonymous key exchange, as servents use it',
}

const DEFLATED: Fit = {
  part: 'gnutella',
  taughtAs: NODES,
  reason: 'a connection seen from its middle whose segments end as flushed zlib streams do',
}

const BODY: Fit = {
  part: 'transfer',
  taughtAs: NODES,
  reason: 'a connection seen from its middle on which one side sends alone, as a file is sent',
}

const PING: Fit = { part: 'udp', taughtAs: NODES, reason: 'a ping of 23 bytes' }
