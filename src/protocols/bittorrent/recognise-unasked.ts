/** HTTP answers whose requests the capture does not hold: a tracker's, if every byte agrees. */
import type { Look, Moment, Sight } from '../../core/protocol.ts'
import { header, headerLists, parseHttpHead, statusLine } from '../formats/http-head.ts'
import { type HttpBody, HttpExchange, type HttpHandler } from '../formats/http-stream.ts'
import { agreedSight } from './recognise-signalling.ts'
import { httpTrackerResponseWire } from './wire/http-tracker.ts'

/** How a body of these begins: a dictionary. */
const LETTER_D = 0x64

/** An answer of 100 peers is 700 bytes; more than is shown is not collected. */
const BODY_BYTES_MAX = 65_536

const NO_MOMENT: Moment = { micros: 0, frame: 0 }

function orLater(look: Look): Sight {
  return look.final ? 'no' : 'more'
}

/** An answer whose request nobody saw. */
export function unasked(answer: Uint8Array, look: Look): Sight {
  const outcome = parseHttpHead(answer, 0)
  if (outcome.kind === 'need') return orLater(look)
  if (outcome.kind === 'malformed') return 'no'
  const head = outcome.message
  const status = statusLine(head)
  if (status === undefined) return 'no'
  if (status.code === 101 && headerLists(head, 'upgrade', 'websocket')) {
    return agreedSight(answer.subarray(outcome.size), look)
  }
  // Nothing is undone for the many bodies that plainly are something else.
  const plain = header(head, 'content-encoding') === undefined
  const whole = !headerLists(head, 'transfer-encoding', 'chunked')
  const first = answer[outcome.size]
  if (plain && whole && first !== undefined && first !== LETTER_D) return 'no'
  return bencoded(answer, look)
}

/** The bodies of one side, as far as they are there. */
class Bodies implements HttpHandler {
  found: Sight = 'no'
  seen = 0

  head(): number {
    return BODY_BYTES_MAX
  }

  body(_message: unknown, body: HttpBody): void {
    this.seen++
    if (this.found === 'no' && body.whole) this.found = answerSight(body.bytes)
  }

  fault(): void {}
}

function bencoded(answer: Uint8Array, look: Look): Sight {
  const bodies = new Bodies()
  const http = new HttpExchange(bodies)
  let at = 0
  while (at < answer.length && !http.upgraded) {
    const used = http.data(1, answer.subarray(at), NO_MOMENT)
    if (used === 0) break
    at += used
  }
  // A body that runs until the connection ends is as whole as it will be shown.
  if (look.final) http.end(NO_MOMENT)
  if (bodies.found !== 'no') return bodies.found
  return bodies.seen > 0 ? 'no' : orLater(look)
}

function answerSight(body: Uint8Array): Sight {
  const outcome = httpTrackerResponseWire.parse(body, 0)
  if (outcome.kind !== 'message' || outcome.size < body.length) return 'no'
  const { kind, dict } = outcome.message
  if (kind === 'announce' && !dict.has('interval')) return 'no'
  const reasons = [`bencoded answer of a tracker (${kind}) to a request that was not seen`]
  return { part: 'tracker-http', sureness: 'likely', reasons }
}
