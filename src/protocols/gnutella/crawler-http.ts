/**
 * A servent is asked who else has a file, and a GWebCache whom it knows.
 *
 *     HEAD /uri-res/N2R?urn:sha1:…        →   ←   200, 404 or 503 with X-Alt, X-NAlt, X-FAlt
 *     GET …?get=1&hostfile=1&client=…     →   ←   lines of hosts and of other caches
 *
 * Alternate locations stand in the head of every answer about a file, whatever becomes of the request. HEAD
 * asks for that head alone: no body follows it (RFC 9110 section 9.3.2), nobody gives a place in a queue for
 * it, and nothing of the file moves. A GET of the first byte would tell as much, and would be a
 * download. `fwalt` says that firewalled locations are understood too.
 * Source: HUGE 0.94; doc/gnutella/x-alt of gtk-gnutella; GWebCache 1.3.1 and 2.
 */
import { endpointText, parseEndpoint } from '../../core/address.ts'
import type { Interview, Question, Step, Told } from '../../core/crawler.ts'
import { limits } from '../../core/limits.ts'
import { emitHttpHead, header, headersOf, parseHttpHead } from '../formats/http-head.ts'
import { altLocations } from './addresses.ts'
import { ALTERNATES } from './heads.ts'
import { hostsOf, parseCacheAnswer } from './wire/gwebcache.ts'

export const SECOND_MICROS = 1_000_000
export const OUR_AGENT = 'Peerscope (measures, shares nothing)'
export const NOTHING: Step = { used: 0, send: [], told: [] }
export const UNANSWERED: Step = { ...NOTHING, done: 'unanswered' }
const PATIENCE_MICROS = 15 * SECOND_MICROS
/** A body without a length ends with its connection; nothing more for so long is its end as well. */
const SILENCE_MICROS = 3 * SECOND_MICROS
const BODY_BYTES_MAX = 65_536
/** Four letters, as caches want them. */
const OUR_VENDOR = 'PSCP'
const CACHE_PATH = '/gwc.php'

export class AlternatesInterview implements Interview {
  readonly #question: Question

  constructor(question: Question) {
    this.#question = question
  }

  opened(micros: number): Step {
    const { whom, content } = this.#question
    const request = emitHttpHead({
      startLine: `HEAD /uri-res/N2R?${content} HTTP/1.1`,
      headers: [
        ['Host', endpointText(whom)],
        ['User-Agent', OUR_AGENT],
        ['X-Features', 'fwalt/0.1'],
        ['Connection', 'close'],
      ],
    })
    return { ...NOTHING, send: [request], wakeMicros: micros + PATIENCE_MICROS }
  }

  data(bytes: Uint8Array): Step {
    const outcome = parseHttpHead(bytes, 0)
    if (outcome.kind === 'need') return NOTHING
    if (outcome.kind === 'malformed') return { ...UNANSWERED, used: bytes.length }
    const { content } = this.#question
    const told: Told[] = []
    for (const name of [...ALTERNATES, 'x-falt']) {
      for (const { direct, guid, proxies } of headersOf(outcome.message, name).flatMap(
        altLocations,
      )) {
        if (told.length >= limits.listedMax) break
        const id = guid === undefined ? {} : { id: guid }
        if (direct !== undefined) told.push({ at: direct, part: 'node', content: content!, ...id })
        // They pass on a call to one who cannot be called; whether they have the file is not said.
        for (const at of proxies) told.push({ at, part: 'node' })
      }
    }
    return { used: bytes.length, send: [], told, done: 'answered' }
  }

  tick(): Step {
    return UNANSWERED
  }
}

/** Where a cache is: `http://host:port/path` in `Question.extra`; without it, the usual script. */
export class CacheInterview implements Interview {
  readonly #question: Question
  #body: Uint8Array = new Uint8Array(0)

  constructor(question: Question) {
    this.#question = question
  }

  opened(micros: number): Step {
    const { whom, extra } = this.#question
    const url = /^https?:\/\/([^/?\s]+)([!-~]*)$/i.exec(extra ?? '')
    const path = url?.[2] || CACHE_PATH
    const query = `get=1&hostfile=1&net=gnutella&client=${OUR_VENDOR}&version=1`
    const request = emitHttpHead({
      startLine: `GET ${path}${path.includes('?') ? '&' : '?'}${query} HTTP/1.0`,
      headers: [
        ['Host', url?.[1] ?? endpointText(whom)],
        ['User-Agent', OUR_AGENT],
        ['Connection', 'close'],
      ],
    })
    return { ...NOTHING, send: [request], wakeMicros: micros + PATIENCE_MICROS }
  }

  data(bytes: Uint8Array, micros: number): Step {
    const outcome = parseHttpHead(bytes, 0)
    if (outcome.kind === 'need') return NOTHING
    if (outcome.kind === 'malformed') return { ...UNANSWERED, used: bytes.length }
    this.#body = bytes.slice(outcome.size, outcome.size + BODY_BYTES_MAX)
    const length = header(outcome.message, 'content-length') ?? ''
    const isWhole = /^\d{1,5}$/.test(length) && this.#body.length >= Number(length)
    if (isWhole || this.#body.length >= BODY_BYTES_MAX) return this.#over(bytes.length)
    return { ...NOTHING, wakeMicros: micros + SILENCE_MICROS }
  }

  #over(used: number): Step {
    const outcome = parseCacheAnswer(this.#body, 0)
    if (outcome.kind !== 'message') return { ...UNANSWERED, used }
    const told: Told[] = hostsOf(outcome.message).map((at) => ({ at, part: 'node' }))
    for (const line of outcome.message.lines) {
      // Most caches have names; only those with an address can be asked without a resolver.
      const host = line.type === 'url' ? /^https?:\/\/([^/?\s]+)/i.exec(line.url)?.[1] : undefined
      const at = host && (parseEndpoint(host) ?? parseEndpoint(`${host}:80`))
      if (at) told.push({ at, part: 'gwebcache', extra: (line as { url: string }).url })
    }
    return { used, send: [], told, done: 'answered' }
  }

  tick(): Step {
    return this.#body.length === 0 ? UNANSWERED : this.#over(0)
  }
}
