/**
 * An HTTP tracker is asked who is in a swarm. There is no question for that alone: a scrape gives counts,
 * and peers are told only to who announces himself. So the announcement is of nobody: port 0, where
 * nobody can be called, and everything still to be loaded; when it was answered, a second one on a new
 * connection says "stopped", so that the tracker lets go of the entry. A tracker that refuses port 0
 * tells nothing. HTTP/1.0, so that no answer comes in chunks.
 *
 *     GET /announce?info_hash=…&peer_id=…&port=0&uploaded=0&downloaded=0&left=1&compact=1&numwant=200
 *     GET /announce?… &event=stopped
 *
 * Source: BEP 3, 7, 23.
 */
import { endpointText } from '../../core/address.ts'
import type { Interview, Question, Step, Told } from '../../core/crawler.ts'
import { emitHttpHead, parseHttpHead } from '../formats/http-head.ts'
import { NOTHING, peerIdOf, SECOND_MICROS, UNANSWERED } from './crawler-nobody.ts'
import { httpTrackerResponseWire, percentEncoded, RESPONSE_BYTES_MAX } from './wire/http-tracker.ts'

const PATIENCE_MICROS = 30 * SECOND_MICROS
const WANTED = 200
const PATH = '/announce'

export class HttpTrackerInterview implements Interview {
  readonly #question: Question
  readonly #infoHash: Uint8Array
  #isLeaving = false

  constructor(question: Question, infoHash: Uint8Array) {
    this.#question = question
    this.#infoHash = infoHash
  }

  opened(micros: number): Step {
    return { ...NOTHING, send: [this.#request()], wakeMicros: micros + PATIENCE_MICROS }
  }

  #request(): Uint8Array {
    const { extra, self, whom } = this.#question
    const path = extra !== undefined && isPath(extra) ? extra : PATH
    const query = [
      `info_hash=${percentEncoded(this.#infoHash)}`,
      `peer_id=${percentEncoded(peerIdOf(self))}`,
      'port=0&uploaded=0&downloaded=0&left=1&compact=1',
      this.#isLeaving ? 'numwant=0&event=stopped' : `numwant=${WANTED}`,
    ].join('&')
    const target = `${path}${path.includes('?') ? '&' : '?'}${query}`
    return emitHttpHead({
      startLine: `GET ${target} HTTP/1.0`,
      headers: [
        ['Host', endpointText(whom)],
        ['User-Agent', 'Peerscope (measures, shares nothing)'],
        ['Connection', 'close'],
      ],
    })
  }

  data(bytes: Uint8Array): Step {
    const head = parseHttpHead(bytes, 0)
    if (head.kind === 'malformed') return { ...UNANSWERED, used: bytes.length }
    if (head.kind === 'need') return NOTHING
    if (this.#isLeaving) return { ...NOTHING, used: bytes.length, done: 'answered' }
    const body = bytes.subarray(head.size)
    const outcome = httpTrackerResponseWire.parse(body, 0)
    const isBegun = outcome.kind === 'malformed' && outcome.fault === 'truncated'
    if (isBegun && body.length <= RESPONSE_BYTES_MAX) return NOTHING
    if (outcome.kind !== 'message' || outcome.message.kind !== 'announce') {
      return { ...UNANSWERED, used: bytes.length }
    }
    this.#isLeaving = true
    const content = this.#question.content!
    const told = outcome.message.peers.map(({ ip, port }): Told => {
      return { at: { ip, port }, part: 'peer', content }
    })
    return { used: bytes.length, send: [], told, redial: true }
  }

  tick(): Step {
    return this.#isLeaving ? { ...NOTHING, done: 'answered' } : UNANSWERED
  }
}

/** A path as it may stand in a request: nothing that would end the line. */
function isPath(text: string): boolean {
  return /^\/[!-~]*$/.test(text)
}
