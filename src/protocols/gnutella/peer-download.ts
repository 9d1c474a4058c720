/**
 * A small peer as the one who fetches: from one source after the other, calling it, or by a push
 * where it cannot be called. What is fetched is checked against its content name, where it has one.
 *
 *     call → GET → head → body
 *     push … GIV → GET → head → body
 *
 * Source: Gnutella 0.4 sections 3.5 and 4; doc/gnutella/huge of gtk-gnutella.
 */

import { createHash, type Hash } from 'node:crypto'
import { type Endpoint, endpointText, unroutable } from '../../core/address.ts'
import { hex } from '../../core/bytes.ts'
import { NEVER, SECOND } from '../../core/ordered-peer.ts'
import type { Link, Talk } from '../../core/peer.ts'
import {
  emitHttpHead,
  type HttpHead,
  header,
  parseHttpHead,
  statusLine,
} from '../formats/http-head.ts'
import { sha1Urn } from '../formats/urn.ts'
import type { Node } from './peer-node.ts'
import type { Search, Source } from './peer-search.ts'

/** How long a pushed one may take to call. */
const PUSH_MICROS = 30 * SECOND
const SOURCES_TRIED_MAX = 8
const DOWNLOADS_MAX = 16

export class Downloads {
  readonly #node: Node
  readonly #search: Search
  readonly #running: Download[] = []

  constructor(node: Node, search: Search) {
    this.#node = node
    this.#search = search
  }

  /** @returns why it cannot be, or undefined */
  begin(name: string, content: string | undefined): string | undefined {
    const known = this.#search.sources.filter((source) =>
      content === undefined ? source.name === name : source.content === content,
    )
    if (known.length === 0) return 'nobody known has it'
    if (this.#running.length >= DOWNLOADS_MAX) return 'too many downloads'
    const over = (): void => {
      const index = this.#running.indexOf(download)
      if (index >= 0) this.#running.splice(index, 1)
    }
    const download = new Download(this.#node, this.#search, known.slice(-SOURCES_TRIED_MAX), over)
    this.#running.push(download)
    download.next()
    return undefined
  }

  /** Somebody called and says what he has: he was pushed. */
  given(link: Link, servent: string, index: number): void {
    const download = this.#running.find((each) => each.awaits(servent, index))
    if (download === undefined) link.close()
    else download.take(link)
  }

  /** @returns when to come again */
  wake(now: number): number {
    for (const download of [...this.#running]) if (download.dueMicros <= now) download.late()
    return Math.min(NEVER, ...this.#running.map(({ dueMicros }) => dueMicros))
  }

  end(): void {
    for (const download of this.#running.splice(0)) download.drop()
  }
}

class Download implements Talk {
  /** When the one who was pushed is too late. */
  dueMicros = NEVER
  readonly #node: Node
  readonly #search: Search
  readonly #sources: Source[]
  readonly #over: () => void
  #source: Source | undefined
  #link: Link | undefined
  #hash: Hash | undefined
  #size = 0
  #got = 0
  #why = ''

  constructor(node: Node, search: Search, sources: Source[], over: () => void) {
    this.#node = node
    this.#search = search
    this.#sources = sources
    this.#over = over
  }

  /** Try the next source. */
  next(): void {
    this.#hash = undefined
    this.dueMicros = NEVER
    const source = this.#sources.shift()
    this.#source = source
    if (source === undefined) {
      this.#over()
      this.#node.site.say({ type: 'failed', order: 'fetch', why: this.#why })
    } else if (this.#mustPush(source)) this.#push(source)
    else this.#call(source.at)
  }

  #mustPush({ push, at }: Source): boolean {
    const { ip } = this.#node.site
    const isInside = unroutable(at.ip) === 'private' && unroutable(ip) !== 'private'
    return push || at.port === 0 || isInside
  }

  #call(at: Endpoint): void {
    this.#link = this.#node.site.connect(at)
    this.#link.state = this
  }

  #push(source: Source): void {
    this.#link = undefined
    if (!this.#node.canBeCalled) return this.#fail('neither can be called')
    if (!this.#search.push(source)) return this.#fail('no way for a push')
    this.dueMicros = this.#node.site.nowMicros + PUSH_MICROS
    this.#node.alarm(this.dueMicros)
  }

  #fail(why: string): void {
    this.#why = why
    this.next()
  }

  awaits(servent: string, index: number): boolean {
    const source = this.#source
    if (this.dueMicros === NEVER || source === undefined) return false
    return source.index === index && hex(source.servent) === servent.toLowerCase()
  }

  late(): void {
    this.#fail('pushed in vain')
  }

  /** The one who was pushed is there. */
  take(link: Link): void {
    this.dueMicros = NEVER
    this.#link = link
    link.state = this
    this.#ask(link)
  }

  drop(): void {
    this.#link?.close()
  }

  opened(link: Link): void {
    this.#ask(link)
  }

  #ask(link: Link): void {
    const { name, index, content } = this.#source!
    const isOld = content === undefined
    const startLine = isOld
      ? `GET /get/${index}/${name}/ HTTP/1.0`
      : `GET /uri-res/N2R?${content} HTTP/1.1`
    const headers = isOld
      ? ([
          ['Connection', 'Keep-Alive'],
          ['Range', 'bytes=0-'],
          ['User-Agent', 'Gnutella'],
        ] as const)
      : ([
          ['Host', endpointText(link.remote)],
          ['User-Agent', 'PeerscopeLab/1.0'],
          ['X-Gnutella-Content-URN', content],
        ] as const)
    link.send(emitHttpHead({ startLine, headers }))
  }

  data(link: Link, bytes: Uint8Array): number {
    if (this.#hash !== undefined) return this.#body(link, bytes)
    const outcome = parseHttpHead(bytes, 0)
    if (outcome.kind === 'need') return 0
    const why = outcome.kind === 'message' ? this.#head(outcome.message) : 'no HTTP'
    if (why === undefined) {
      if (this.#size === 0) this.#finish(link)
      return outcome.kind === 'message' ? outcome.size : bytes.length
    }
    link.close()
    this.#fail(why)
    return bytes.length
  }

  /** @returns what is wrong with it */
  #head(head: HttpHead): string | undefined {
    const status = statusLine(head)
    if (status === undefined) return 'no HTTP'
    if (status.code !== 200 && status.code !== 206) return `${status.code} ${status.reason}`
    const length = /^\d{1,15}$/.exec(header(head, 'content-length') ?? '')
    if (length === null) return 'no length'
    this.#size = Number(length[0])
    this.#got = 0
    this.#hash = createHash('sha1')
    return undefined
  }

  #body(link: Link, bytes: Uint8Array): number {
    const part = bytes.subarray(0, this.#size - this.#got)
    this.#hash!.update(part)
    this.#got += part.length
    if (this.#got === this.#size) this.#finish(link)
    return bytes.length
  }

  #finish(link: Link): void {
    const { name, content, size } = this.#source!
    const sha1 = sha1Urn(new Uint8Array(this.#hash!.digest()))
    const from = link.remote
    link.close()
    this.#over()
    const verified = content === sha1 && size === this.#got
    this.#node.site.say({ type: 'fetched', name, bytes: this.#got, from, verified })
  }

  closed(_link: Link, why: 'closed' | 'refused'): void {
    // Who takes no calls may still make one.
    const source = this.#source
    if (why === 'refused' && source !== undefined && this.#node.canBeCalled) {
      this.#why = why
      return this.#push(source)
    }
    this.#fail(why)
  }
}
