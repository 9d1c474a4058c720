/**
 * A node at a dark address: it has nothing. A request names the content by its hash, and its heads say
 * whose it is and which supernode told him; the number of a `GIVE` says that he was asked to call.
 *
 *     caller   GET /.hash=…, GET /.files   →   ←   503, no body
 *              GIVE number                 →       heard; the connection ends
 *
 * Pings are not answered: who answers is taken for a supernode. The cipher of links is not spoken.
 * Source: giFT-FastTrack src/fst_http_server.c, PROTOCOL.
 */
import type { Answer, Responder } from '../../core/responder.ts'
import { emitHttpHead, parseHttpHead } from '../formats/http-head.ts'
import { giveWire } from './wire/give.ts'

const GIVE = 0x47_49

export function makeResponder(): Responder {
  return {
    data(bytes): Answer {
      const isGive = bytes.length > 1 && bytes[0]! * 256 + bytes[1]! === GIVE
      const outcome = isGive ? giveWire.parse(bytes, 0) : parseHttpHead(bytes, 0)
      if (outcome.kind === 'need') return { used: 0, send: [], done: false }
      if (outcome.kind === 'malformed') return { used: bytes.length, send: [], done: true }
      return { used: outcome.size, send: isGive ? [] : [BUSY], done: true }
    },
  }
}

const BUSY = emitHttpHead({
  startLine: 'HTTP/1.1 503 Service Unavailable',
  headers: [
    ['Server', 'Peerscope'],
    ['Content-Length', '0'],
  ],
})
