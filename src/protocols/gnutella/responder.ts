/**
 * A servent at a dark address: full, with nobody else to try, and busy whoever wants a file. Its
 * answers name no address but the caller's own; what he says stands in his heads (User-Agent,
 * Listen-IP, X-Alt), and a request names the content.
 *
 *     caller   CONNECT, headers     →   ←   503, Remote-IP      Gnutella 0.6, Gnutella2
 *              CONNECT/0.4, GIV     →                           heard; the connection ends
 *              GET, HEAD            →   ←   503, no body
 *
 * Source: Gnutella 0.6 (`GNUTELLA CONNECT/0.6`, Remote-IP); HUGE; RFC 9112.
 */
import { bytesOf, hasAt } from '../../core/bytes.ts'
import type { Answer, Call, Responder } from '../../core/responder.ts'
import { emitHttpHead, parseHttpHead } from '../formats/http-head.ts'

const HANDSHAKE_06 = bytesOf('GNUTELLA CONNECT/0.6')
const USER_AGENT = 'Peerscope'
const REQUESTS = new Set(['GET', 'HEAD'])

export function makeResponder({ caller }: Call): Responder {
  return {
    data(bytes): Answer {
      const outcome = parseHttpHead(bytes, 0)
      if (outcome.kind === 'need') return { used: 0, send: [], done: false }
      if (outcome.kind === 'malformed') return { used: bytes.length, send: [], done: true }
      const { size, words } = outcome.message
      const send: Uint8Array[] = []
      if (hasAt(bytes, 0, HANDSHAKE_06)) send.push(refusal(caller.ip))
      else if (REQUESTS.has(words[0]!)) send.push(BUSY)
      return { used: size, send, done: true }
    },
  }
}

function refusal(callerIp: string): Uint8Array {
  return emitHttpHead({
    startLine: 'GNUTELLA/0.6 503 Service unavailable',
    headers: [
      ['User-Agent', USER_AGENT],
      ['Remote-IP', callerIp],
    ],
  })
}

const BUSY = emitHttpHead({
  startLine: 'HTTP/1.1 503 Busy',
  headers: [
    ['Server', USER_AGENT],
    ['Content-Length', '0'],
  ],
})
