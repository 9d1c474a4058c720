/**
 * A small node as the one who asks: a file from one who has it, who is called, or asked through the
 * supernode to call; and somebody's list of files.
 *
 *     call → GET /.hash=… → head → file
 *     push … GIVE → GET /.hash=… → head → file
 *     call → GET /.files → challenge → proof → head → list
 */

import { type Endpoint, endpointText, unroutable } from '../../core/address.ts'
import { concat, hex } from '../../core/bytes.ts'
import { NEVER, SECOND } from '../../core/ordered-peer.ts'
import type { Link, Talk } from '../../core/peer.ts'
import { header, parseHttpHead, statusLine } from '../formats/http-head.ts'
import { challengeIn } from './files-proof.ts'
import { sharedAt } from './peer-frames.ts'
import { fileHash } from './peer-hash.ts'
import { base64, requestHead } from './peer-heads.ts'
import type { Node } from './peer-node.ts'
import { proofOf } from './peer-seal.ts'
import { chance32 } from './peer-words.ts'

const DOWNLOADS_MAX = 16
const SOURCES_TRIED_MAX = 8
const PUSH_MICROS = 30 * SECOND
/** What is held until it is whole, and checked then. */
const CONTENT_BYTES_MAX = 67_108_864
/** Of a challenge. */
const CHALLENGE_BYTES_MAX = 64

/** A file at one who has it. */
export interface Source {
  /** Port 0: nobody can call him. */
  readonly at: Endpoint
  /** One character per byte. */
  readonly user: string
  /** In hex. */
  readonly hash: string
  readonly name: string
  readonly size: number
}

/** The body of an answer, as far as it came. */
class Body {
  readonly size: number
  #got = 0
  readonly #parts: Uint8Array[] = []

  constructor(size: number) {
    this.size = size
  }

  take(bytes: Uint8Array): void {
    const part = bytes.slice(0, this.size - this.#got)
    this.#parts.push(part)
    this.#got += part.length
  }

  get isWhole(): boolean {
    return this.#got === this.size
  }

  get bytes(): Uint8Array {
    return concat(...this.#parts)
  }
}

/** @returns the body that follows a good head, what is wrong with it, or undefined: it is not whole */
function bodyBehind(bytes: Uint8Array): { body: Body; size: number } | string | undefined {
  const outcome = parseHttpHead(bytes, 0)
  if (outcome.kind === 'need') return undefined
  const status = outcome.kind === 'message' ? statusLine(outcome.message) : undefined
  if (outcome.kind !== 'message' || status === undefined) return 'no HTTP'
  if (status.code !== 200 && status.code !== 206) return `${status.code} ${status.reason}`
  const length = Number(header(outcome.message, 'content-length') ?? 'none')
  if (!(length <= CONTENT_BYTES_MAX)) return 'no length that can be'
  return { body: new Body(length), size: outcome.size }
}

export class Downloads {
  readonly #node: Node
  readonly #running: Download[] = []

  constructor(node: Node) {
    this.#node = node
  }

  get dueMicros(): number {
    return Math.min(NEVER, ...this.#running.map((each) => each.dueMicros))
  }

  /** @returns why it cannot be, or undefined */
  begin(name: string, sources: readonly Source[]): string | undefined {
    if (sources.length === 0) return `nobody known has ${name}`
    if (this.#running.length >= DOWNLOADS_MAX) return 'too many downloads'
    const over = (): void => {
      const index = this.#running.indexOf(download)
      if (index >= 0) this.#running.splice(index, 1)
    }
    const download = new Download(this.#node, sources.slice(-SOURCES_TRIED_MAX), over)
    this.#running.push(download)
    download.next()
    return undefined
  }

  wake(): void {
    const now = this.#node.site.nowMicros
    for (const download of [...this.#running]) if (download.dueMicros <= now) download.late()
  }

  /** Somebody calls who was asked to. */
  given(link: Link, pushId: number): void {
    const download = this.#running.find((each) => each.pushId === pushId)
    if (download === undefined) link.close()
    else download.take(link)
  }

  end(): void {
    for (const download of this.#running.splice(0)) download.drop()
  }
}

class Download implements Talk {
  /** When the one who was pushed is too late. */
  dueMicros = NEVER
  pushId: number | undefined
  readonly #node: Node
  readonly #sources: Source[]
  readonly #over: () => void
  #source!: Source
  #link: Link | undefined
  #body: Body | undefined
  #why = ''

  constructor(node: Node, sources: readonly Source[], over: () => void) {
    this.#node = node
    this.#sources = [...sources]
    this.#over = over
  }

  /** Try the next source. */
  next(): void {
    this.#body = undefined
    this.#link = undefined
    this.dueMicros = NEVER
    this.pushId = undefined
    const source = this.#sources.shift()
    if (source === undefined) {
      this.#over()
      return this.#node.fail('fetch', this.#why)
    }
    this.#source = source
    const { at } = source
    const isInside = unroutable(at.ip) === 'private' && unroutable(this.#node.site.ip) !== 'private'
    if (at.port === 0 || isInside) return this.#push()
    this.#link = this.#node.site.connect(at)
    this.#link.state = this
  }

  #push(): void {
    if (!this.#node.canBeCalled) return this.#fail('neither can be called')
    this.pushId = chance32(this.#node.site)
    if (!this.#node.push(this.pushId, this.#source)) return this.#fail('no supernode')
    this.dueMicros = this.#node.site.nowMicros + PUSH_MICROS
    this.#node.alarm()
  }

  #fail(why: string): void {
    this.#why = why
    this.next()
  }

  late(): void {
    this.#fail('pushed in vain')
  }

  drop(): void {
    this.#link?.close()
  }

  /** The one who was pushed is there. */
  take(link: Link): void {
    this.dueMicros = NEVER
    this.pushId = undefined
    this.#link = link
    link.state = this
    this.opened(link)
  }

  opened(link: Link): void {
    const { site } = this.#node
    const uid = base64(Uint8Array.from({ length: 15 }, () => site.chance(256)))
    const transfer = [site.chance(0x1_0000), uid] as const
    link.send(requestHead(this.#node, `/.hash=${this.#source.hash}`, link.remote, transfer))
  }

  data(link: Link, bytes: Uint8Array): number {
    let used = bytes.length
    if (this.#body === undefined) {
      const found = bodyBehind(bytes)
      if (found === undefined) return 0
      if (typeof found === 'string') {
        link.close()
        this.#fail(found)
        return used
      }
      this.#body = found.body
      used = found.size
    } else this.#body.take(bytes)
    if (this.#body.isWhole) this.#finish(link, this.#body)
    return used
  }

  #finish(link: Link, body: Body): void {
    const { name, hash, size } = this.#source
    link.close()
    this.#over()
    const { bytes } = body
    const is = fileHash(bytes.length, (at, count) => bytes.subarray(at, at + count))
    const verified = bytes.length === size && hex(is) === hash
    const from = link.remote
    this.#node.site.say({ type: 'fetched', name, bytes: bytes.length, from, verified })
  }

  closed(_link: Link, why: 'closed' | 'refused'): void {
    // Who takes no calls may still make one.
    if (why === 'refused' && this.#node.canBeCalled) {
      this.#why = why
      return this.#push()
    }
    this.#fail(why)
  }
}

/** Asks somebody for the list of what he shares. */
export class ListFetch implements Talk {
  readonly #node: Node
  /** As it was ordered. */
  readonly #of: string
  #isProved = false
  #body: Body | undefined

  constructor(node: Node, of: string) {
    this.#node = node
    this.#of = of
  }

  opened(link: Link): void {
    link.send(requestHead(this.#node, '/.files', link.remote))
  }

  data(link: Link, bytes: Uint8Array): number {
    if (!this.#isProved) {
      const found = challengeIn(bytes)
      if (found === undefined) {
        if (bytes.length >= CHALLENGE_BYTES_MAX) this.#fail(link, 'no challenge')
        return bytes.length >= CHALLENGE_BYTES_MAX ? bytes.length : 0
      }
      this.#isProved = true
      link.send(proofOf(found.challenge))
      return found.size
    }
    let used = bytes.length
    if (this.#body === undefined) {
      const found = bodyBehind(bytes)
      if (found === undefined) return 0
      if (typeof found === 'string') {
        this.#fail(link, found)
        return used
      }
      this.#body = found.body
      used = found.size
    } else this.#body.take(bytes)
    if (this.#body.isWhole) this.#finish(link, this.#body.bytes)
    return used
  }

  #finish(link: Link, list: Uint8Array): void {
    link.close()
    let hits = 0
    for (let at = 0; at < list.length; hits++) {
      const shared = sharedAt(list, at)
      if (shared === undefined) return this.#fail(link, 'no list')
      at += shared.size
      this.#node.learn(this.#of, { at: link.remote, user: '' }, shared.file)
    }
    this.#node.site.say({ type: 'searched', text: this.#of, hits })
  }

  #fail(link: Link, why: string): void {
    link.close()
    this.#node.fail('browse', why)
  }

  closed(link: Link, why: 'closed' | 'refused'): void {
    this.#node.fail('browse', `${why}: ${endpointText(link.remote)}`)
  }
}
