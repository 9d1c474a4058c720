/**
 * HTTP between servents, and between servents and GWebCaches: downloads, tiger trees, push proxies,
 * browsing, and what a firewalled uploader says before it is asked (GIV, QUEUE).
 */

import { parseEndpoint } from '../../core/address.ts'
import type { Side } from '../../core/event.ts'
import { other } from '../../core/flow-teller.ts'
import type { FlowFacts, Moment, Out } from '../../core/protocol.ts'
import { latin1 } from '../../core/text.ts'
import { headerLists, textOf } from '../formats/http-head.ts'
import { HttpSession } from '../formats/http-session.ts'
import type { HttpBody, HttpMessage } from '../formats/http-stream.ts'
import { guidOf } from './addresses.ts'
import { tellBrowse } from './browse.ts'
import { tellCacheAnswer, tellCacheRequest } from './caches.ts'
import { headerFields, tellAlternates, tellHead } from './heads.ts'
import { Teller } from './teller.ts'
import {
  isPathTraversal,
  type Purpose,
  purposeOf,
  type Subject,
  subjectOf,
} from './transfer-request.ts'

/** How much of a body is kept to be read, by what was asked for. */
// biome-ignore format: a table
const COLLECT: Readonly<Partial<Record<Purpose, number>>> = {
  browse: 2_097_152,      // hits of a shared folder: about 10,000 files
  cache: 65_536,          // lines of a GWebCache
}

const QUEUE = 'QUEUE '
const QUEUE_BYTES_MAX = 256

export class TransferSession extends HttpSession {
  readonly #teller: Teller
  #saidTls = false
  readonly #begun: [boolean, boolean] = [false, false]

  constructor(flow: FlowFacts, out: Out) {
    super('gnutella/http', flow, out)
    this.#teller = new Teller(flow, out)
  }

  /** Behind an upgrade TLS is told once, and passed over. */
  override get lost(): boolean {
    return false
  }

  override data(from: Side, bytes: Uint8Array, at: Moment): number {
    if (this.http.upgraded) {
      if (!this.#saidTls) this.#teller.log(from, 'gnutella', 'tls-upgrade', {})
      this.#saidTls = true
      return bytes.length
    }
    if (!this.#begun[from]) {
      const line = this.#queueLine(from, bytes)
      if (line !== undefined) return line
    }
    return super.data(from, bytes, at)
  }

  /**
   * `QUEUE <id> ip:port` is one line without a blank one behind it (doc/gnutella/PARQ section 4).
   * @returns bytes used, or undefined where the side begins with something else
   */
  #queueLine(from: Side, bytes: Uint8Array): number | undefined {
    const start = latin1(bytes, 0, QUEUE.length)
    this.need = QUEUE.length
    if (QUEUE.startsWith(start) && start.length < QUEUE.length) return 0
    const end = start === QUEUE ? bytes.indexOf(10) : -1
    this.need = bytes.length + 1
    if (start === QUEUE && end < 0 && bytes.length < QUEUE_BYTES_MAX) return 0
    this.need = 0
    this.#begun[from] = true
    if (end < 0) return undefined
    const line = latin1(bytes, 0, end).trim()
    const about = parseEndpoint(line.split(' ')[2] ?? '')
    this.#teller.log(from, 'gnutella', 'queue', { http: { method: 'QUEUE', target: textOf(line) } })
    if (about !== undefined) this.#teller.claim(from, about, 'queue', { carriers: 'tcp' })
    this.http.skip(from, end + 1)
    return end + 1
  }

  // --- HttpHandler -------------------------------------------------------------------------------

  override head(message: HttpMessage): number {
    if (message.request !== undefined) {
      this.#request(message)
      return 0
    }
    return this.#response(message)
  }

  override body(message: HttpMessage, body: HttpBody): void {
    if (message.status === undefined) return
    const purpose = this.#purpose(message.asked)
    if (purpose === 'download') this.#downloaded(message, body)
    else if (purpose === 'browse') tellBrowse(this.#teller, message, body)
    else if (purpose === 'cache') tellCacheAnswer(this.#teller, message, body)
  }

  // --- What was asked ----------------------------------------------------------------------------

  /** A response whose request was not seen is a download by what its headers say. */
  #purpose(asked: HttpMessage | undefined): Purpose {
    if (asked === undefined) return this.flow.part === 'gwebcache' ? 'cache' : 'download'
    return purposeOf(asked.head, this.flow.part === 'gwebcache')
  }

  #request(message: HttpMessage): void {
    const { side, head, request } = message
    const { method, target } = request!
    const purpose = this.#purpose(message)
    if (purpose === 'cache') {
      tellCacheRequest(this.#teller, side, head, request!)
      return
    }
    const subject = subjectOf(head)
    const { content, name } = subject
    this.#teller.log(side, 'gnutella', REQUEST_NAMES[purpose], {
      http: {
        method,
        target: textOf(target),
        ...(content !== undefined && { content }),
        ...(name !== undefined && { name }),
        headers: headerFields(head),
      },
    })
    tellHead(this.#teller, side, head, 'x-node')
    tellAlternates(this.#teller, side, head, content)
    this.#tellPurpose(message, purpose, subject)
  }

  #tellPurpose({ side, request }: HttpMessage, purpose: Purpose, { content, name }: Subject): void {
    const by = this.#teller.who(side)
    const of = this.#teller.who(other(side))
    const more = { ...(content !== undefined && { content }), ...(name !== undefined && { name }) }
    if (purpose === 'giv') {
      const guid = guidOf(/:([0-9a-f]{32})\//i.exec(request!.target)?.[1] ?? '')
      if (guid !== undefined) this.#teller.client({ who: by, id: guid })
      return
    }
    if (purpose === 'other') return
    this.#teller.out.say({ type: 'request', by, of, what: purpose, ...more })
    if (isPathTraversal(request!.target)) this.tellAskedOutside(side, request!.target)
  }

  // --- What was answered -------------------------------------------------------------------------

  #response(message: HttpMessage): number {
    const { side, head, status, asked } = message
    const purpose = this.#purpose(asked)
    const { content, name, size, also } = subjectOf(head, asked?.head)
    const network = purpose === 'cache' ? 'gwebcache' : 'gnutella'
    this.#teller.log(side, network, purpose === 'cache' ? 'cache-response' : 'http-response', {
      http: {
        status: status!.code,
        reason: textOf(status!.reason),
        ...(content !== undefined && { content }),
        ...(name !== undefined && { name }),
        ...(size !== undefined && { size }),
        headers: headerFields(head),
      },
    })
    if (purpose === 'cache') return COLLECT.cache!
    tellHead(this.#teller, side, head, 'x-node')
    tellAlternates(this.#teller, side, head, content)
    const ok = status!.code === 200 || status!.code === 206
    if (ok && purpose === 'download' && content !== undefined) {
      this.#teller.out.say({
        type: 'share',
        by: this.#teller.who(side),
        content,
        via: 'http',
        ...(name !== undefined && { name }),
        ...(size !== undefined && { size }),
        ...(also.length > 0 && { also }),
      })
    }
    return ok ? (COLLECT[purpose] ?? 0) : 0
  }

  #downloaded({ side, head, status, asked }: HttpMessage, body: HttpBody): void {
    if (body.size === 0 || (status!.code !== 200 && status!.code !== 206)) return
    if (headerLists(head, 'content-type', 'text/html')) return
    const { content, name } = subjectOf(head, asked?.head)
    this.moved(side, body.size, {
      ...(content !== undefined && { content }),
      ...(name !== undefined && { name }),
      via: 'http',
    })
  }
}

// biome-ignore format: a table
const REQUEST_NAMES: Readonly<Record<Purpose, string>> = {
  download: 'http-request',
  tree: 'tree-request',
  'push-proxy': 'push-proxy-request',
  browse: 'browse-request',
  giv: 'giv',
  push: 'push-head',
  cache: 'cache-request',
  other: 'http-request',
}
