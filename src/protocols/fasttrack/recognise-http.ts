/**
 * HTTP between nodes. Every ordinary request of this world is shown here, so the path is judged by
 * its first bytes, and of the headers only the first bytes of each line are looked at, in the first
 * kilobyte.
 */
import { bytesOf, hasAt } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import type { Finding, Look, Sight } from '../../core/protocol.ts'
import { latin1 } from '../../core/text.ts'
import { standsAt } from '../formats/http-head.ts'
import { challengeIn } from './files-proof.ts'
import { giveWire } from './wire/give.ts'

const HEAD_BYTES = 1024
const GET = bytesOf('GET /')
const HTTP = bytesOf('HTTP/1.')
const DOT = 0x2e

export function recogniseHttp(look: Look): Sight {
  const first = recogniseSide(look, 0)
  if (typeof first !== 'string') return first
  const second = recogniseSide(look, 1)
  if (typeof second !== 'string') return second
  if (first === 'no' && second === 'no') return 'no'
  return look.final ? recogniseCut(look) : 'more'
}

/** The capture cut the request inside its hash: 88 bits of path, and 64 of digits. */
function recogniseCut({ heads }: Look): Sight {
  const isCut = heads.some((head) => HASH_CUT.test(latin1(head, 0, HASH_BYTES)))
  return isCut ? transfer('likely', 'a request for /.hash= that was cut inside its digits') : 'no'
}

const HASH_CUT = /^(?:GET|HEAD) \/\.hash=[0-9a-f]{16,40}$/i

function recogniseSide(look: Look, side: Side): Sight {
  const head = look.heads[side]
  const other = look.heads[side === 0 ? 1 : 0]
  switch (head[0]) {
    case 0x47: // G
      if (hasAt(head, 0, GET)) return recogniseRequest(head, other)
      if (head.length < GET.length && hasAt(GET, 0, head)) return 'more'
      return recogniseGive(head, other)
    case 0x48: // H
      if (hasAt(head, 0, HTTP)) return recogniseAnswer(head)
      return recogniseHash(latin1(head, 0, HASH_BYTES))
    default:
      return 'no'
  }
}

/** 32 random bits as decimal have fewer digits than these once in 429 times. */
const PUSH_ID_DIGITS = 8

/**
 * `GIVE `, eight digits or more, CRLF: 56 bits and 37 for digits. With fewer digits the other side
 * must ask for a file.
 */
function recogniseGive(head: Uint8Array, other: Uint8Array): Sight {
  const outcome = giveWire.parse(head, 0)
  if (outcome.kind === 'need') return 'more'
  if (outcome.kind === 'malformed') return 'no'
  const digits = String(outcome.message.pushId)
  const isAsked = /^GET \/(?:\.hash=|\d{1,10}\/)/.test(latin1(other, 0, 32))
  if (digits.length < PUSH_ID_DIGITS && !isAsked) return other.length < 32 ? 'more' : 'no'
  return transfer('certain', `"GIVE ${digits}": an uploader that was asked to call`)
}

const HASH = /^(?:GET|HEAD) \/\.hash=[0-9a-f]{40}[ \r]/i
const HASH_BEGUN = /^(?:GET|HEAD) \/\.(?:h|ha|has|hash|hash=[0-9a-f]{0,40})?$/i
const HASH_BYTES = 'HEAD /.hash='.length + 41

/** A request for a file by its hash: 88 bits of path and 160 of hash. */
function recogniseHash(start: string): Sight {
  if (HASH.test(start)) return transfer('certain', 'a request for /.hash= with 40 digits')
  const begun = 'HEAD /.'.startsWith(start) || 'GET /.'.startsWith(start)
  return begun || HASH_BEGUN.test(start) ? 'more' : 'no'
}

function recogniseRequest(head: Uint8Array, other: Uint8Array): Sight {
  if (head[GET.length] === DOT) {
    const byHash = recogniseHash(latin1(head, 0, HASH_BYTES))
    if (byHash !== 'no') return byHash
  }
  const marked = markIn(head)
  if (typeof marked !== 'string') return marked
  if (marked === 'more' || !awaits(head)) return marked
  if (other.length === 0) return 'more'
  const challenge = challengeIn(other)
  if (challenge !== undefined && /^GET \/\.files /.test(latin1(head, 0, 12))) {
    return transfer('certain', 'a request for /.files, answered by a challenge')
  }
  return markIn(other)
}

const AWAITED =
  /^(?:\/\.(?:files|download|supernode|status|network)|\/\d{1,10}\/|\/ HTTP\/1\.[01]\r?\n\r?\n)/

/**
 * Whether it is worth waiting for the answer's headers: paths of which web servers know nothing,
 * asked without any header that tells.
 */
function awaits(head: Uint8Array): boolean {
  const first = head[GET.length]!
  const couldBe = first === DOT || first === 0x20 || (first >= 0x30 && first <= 0x39)
  return couldBe && AWAITED.test(latin1(head, 4, 24))
}

/** An answer alone: the request was before the capture, or only this direction was captured. */
function recogniseAnswer(head: Uint8Array): Sight {
  return markIn(head)
}

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

/**
 * `X-Kazaa-`: 72 bits at the start of a line. The program's name is as good; that of Altnet's
 * downloader, which uses the network without being of it, a little less.
 */
function markIn(head: Uint8Array): Finding | 'more' | 'no' {
  const end = Math.min(head.length, HEAD_BYTES)
  for (let i = 0; i < end; i++) {
    if (head[i] !== LINE_FEED) continue
    const at = i + 1
    switch (head[at]) {
      case LINE_FEED:
      case CARRIAGE_RETURN:
        return 'no'
      case 0x58: // X
      case 0x78:
        if (standsAt(head, at, 'x-kazaa-') || standsAt(head, at, 'x-kazaatag:')) {
          return transfer('certain', `header ${latin1(head, at, 24).split(':')[0]!}`)
        }
        break
      case 0x53: // S
      case 0x73:
        if (standsAt(head, at, 'server:') && isNamed(head, at + 7, KAZAA)) return KAZAA_CLIENT
        break
      case 0x55: // U
      case 0x75: {
        const found = agentAt(head, at)
        if (found !== undefined) return found
      }
    }
  }
  return head.length >= HEAD_BYTES ? 'no' : 'more'
}

/** Kazaa and giFT write the name without its hyphen. */
function agentAt(head: Uint8Array, at: number): Finding | undefined {
  if (standsAt(head, at, 'useragent:')) {
    if (isNamed(head, at + 10, KAZAA)) return KAZAA_CLIENT
    return isNamed(head, at + 10, GIFT_NAME) ? GIFT : undefined
  }
  if (!standsAt(head, at, 'user-agent:')) return undefined
  if (isNamed(head, at + 11, KAZAA)) return KAZAA_CLIENT
  return isNamed(head, at + 11, ENABLER) ? PEER_ENABLER : undefined
}

const KAZAA = bytesOf('KazaaClient')
const GIFT_NAME = bytesOf('giFT-FastTrack')
const ENABLER = bytesOf('PeerEnabler/')

/** Whether a header's value begins so, behind a blank or none. */
function isNamed(head: Uint8Array, at: number, name: Uint8Array): boolean {
  return hasAt(head, head[at] === 0x20 ? at + 1 : at, name)
}

function transfer(sureness: Finding['sureness'], reason: string): Finding {
  return { part: 'transfer', sureness, reasons: [reason] }
}

const KAZAA_CLIENT = transfer('certain', 'the program calls itself KazaaClient')
const GIFT = transfer('certain', 'the program calls itself giFT-FastTrack')
const PEER_ENABLER = transfer('likely', 'the program calls itself PeerEnabler, of Altnet')
