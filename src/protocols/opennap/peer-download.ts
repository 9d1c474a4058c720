/**
 * A small client as the one who wants a file: the server is asked where its owner listens, he is
 * called; or, where he cannot be called, he is asked to call.
 *
 *     203 → 204 port p   call → `1` → GET  → size, file
 *     203 → 204 port 0   500 → … he calls → SEND → offset → file
 *
 * Source: opennap, napster.txt (203, 204, 500, 501, section 4).
 */

import { type Endpoint, unroutable } from '../../core/address.ts'
import { bytesOf } from '../../core/bytes.ts'
import { NEVER, SECOND } from '../../core/ordered-peer.ts'
import type { Link, Talk } from '../../core/peer.ts'
import { latin1 } from '../../core/text.ts'
import type { Client } from './peer-client.ts'
import { quoted } from './peer-node.ts'
import { FieldHash } from './peer-shares.ts'
import { type Ask, askWire, HAIL } from './wire/ask.ts'

/** A file at one who has it. */
export interface Source {
  readonly nick: string
  readonly path: string
  readonly md5: string
  readonly size: number
  readonly name: string
  readonly content: string
  /** Where he was called before; the server is not asked. */
  readonly at: Endpoint | undefined
}

const DOWNLOADS_MAX = 16
const SOURCES_TRIED_MAX = 8
/** How long server and owner may take to answer, and the owner to call. */
const PATIENCE_MICROS = 60 * SECOND

export class Downloads {
  readonly #client: Client
  readonly #running: Download[] = []

  constructor(client: Client) {
    this.#client = client
  }

  /** @returns why it cannot be, or undefined */
  begin(name: string, sources: readonly Source[]): string | undefined {
    if (sources.length === 0) return `nobody known has ${name}`
    if (this.#running.length >= DOWNLOADS_MAX) return 'too many downloads'
    const over = (): void => {
      const index = this.#running.indexOf(download)
      if (index >= 0) this.#running.splice(index, 1)
    }
    const tried = sources.slice(-SOURCES_TRIED_MAX)
    const download = new Download(this.#client, tried, over, () => this.#alarm())
    this.#running.push(download)
    download.next()
    return undefined
  }

  #alarm(): void {
    const due = Math.min(NEVER, ...this.#running.map(({ dueMicros }) => dueMicros))
    if (due !== NEVER) this.#client.site.wakeAt(due)
  }

  wake(): void {
    const now = this.#client.site.nowMicros
    for (const download of [...this.#running]) if (download.dueMicros <= now) download.late()
    this.#alarm()
  }

  /** 204: the owner will send. */
  ready(nick: string, path: string, at: Endpoint | undefined): void {
    this.#of(nick, path)?.ready(at)
  }

  refused(nick: string, path: string): void {
    this.#of(nick, path)?.refused()
  }

  #of(nick: string, path: string): Download | undefined {
    return this.#running.find((each) => each.asks(nick, path))
  }

  /** Somebody called and brings what he was asked for. */
  given(link: Link, ask: Ask & { readonly type: 'get' | 'send' }): void {
    const download = this.#running.find((each) => each.awaits(ask.nick, ask.path))
    if (download === undefined) link.close()
    else download.take(link, Number(ask.number))
  }

  serverLost(why: string): void {
    for (const download of [...this.#running]) download.serverLost(why)
  }

  end(): void {
    for (const download of this.#running.splice(0)) download.drop()
  }
}

type Phase = 'asking' | 'calling' | 'hailed' | 'pushed' | 'file'

class Download implements Talk {
  /** When somebody is too late. */
  dueMicros = NEVER
  readonly #client: Client
  readonly #sources: Source[]
  readonly #over: () => void
  readonly #alarm: () => void
  #source!: Source
  #phase: Phase = 'asking'
  #link: Link | undefined
  #hash = new FieldHash()
  #got = 0
  #why = ''

  constructor(client: Client, sources: readonly Source[], over: () => void, alarm: () => void) {
    this.#client = client
    this.#sources = [...sources]
    this.#over = over
    this.#alarm = alarm
  }

  /** Try the next source. */
  next(): void {
    const source = this.#sources.shift()
    this.#link = undefined
    if (source === undefined) {
      this.#over()
      this.#client.fail('fetch', this.#why)
      return
    }
    this.#source = source
    this.#got = 0
    this.#hash = new FieldHash()
    this.#phase = 'asking'
    if (source.at !== undefined) return this.#call(source.at)
    if (!this.#client.tell(203, `${source.nick} ${quoted(source.path)}`)) {
      return this.#fail('not logged in')
    }
    this.#wait(PATIENCE_MICROS)
  }

  #wait(micros: number): void {
    this.dueMicros = micros === NEVER ? NEVER : this.#client.site.nowMicros + micros
    this.#alarm()
  }

  #fail(why: string): void {
    this.#why = why
    this.dueMicros = NEVER
    this.next()
  }

  late(): void {
    this.#link?.close()
    this.#fail(this.#phase === 'pushed' ? 'pushed in vain' : 'no answer')
  }

  asks(nick: string, path: string): boolean {
    return this.#phase === 'asking' && this.#isOf(nick, path)
  }

  awaits(nick: string, path: string): boolean {
    return this.#phase === 'pushed' && this.#isOf(nick, path)
  }

  #isOf(nick: string, path: string): boolean {
    const isSame = this.#source.nick.toLowerCase() === nick.toLowerCase()
    return isSame && this.#source.path === path
  }

  ready(at: Endpoint | undefined): void {
    // A private address beyond the server is nobody's that one could call.
    const { ip } = this.#client.site
    const isInside =
      at !== undefined && unroutable(at.ip) === 'private' && unroutable(ip) !== 'private'
    if (at === undefined || isInside) this.#push()
    else this.#call(at)
  }

  refused(): void {
    this.#fail('he does not send it')
  }

  #call(at: Endpoint): void {
    this.#phase = 'calling'
    this.#wait(PATIENCE_MICROS)
    this.#link = this.#client.site.connect(at)
    this.#link.state = this
  }

  #push(): void {
    const { nick, path } = this.#source
    if (this.#client.toldPort === 0) return this.#fail('neither can be called')
    if (!this.#client.tell(500, `${nick} ${quoted(path)}`)) return this.#fail('not logged in')
    this.#phase = 'pushed'
    this.#wait(PATIENCE_MICROS)
  }

  opened(): void {}

  /** He who was pushed is there, with so many bytes. */
  take(link: Link, size: number): void {
    if (size !== this.#source.size) {
      link.close()
      return this.#fail('another size')
    }
    this.#link = link
    link.state = this
    this.#begin()
    link.send(bytesOf('0'))
    if (size === 0) this.#finish(link)
  }

  #begin(): void {
    this.#phase = 'file'
    this.#wait(NEVER)
    this.#client.tell(218)
  }

  data(link: Link, bytes: Uint8Array): number {
    if (this.#phase === 'file') return this.#body(link, bytes)
    if (this.#phase === 'calling') {
      if (bytes[0] !== HAIL) return this.#broken(link, 'no hail', bytes.length)
      const { path } = this.#source
      link.send(askWire.emit({ type: 'get', nick: this.#client.nick, path, number: '0' }))
      this.#phase = 'hailed'
      return 1
    }
    // The size is known from the index, so its end is.
    const size = String(this.#source.size)
    const said = latin1(bytes, 0, size.length)
    if (!size.startsWith(said)) return this.#broken(link, 'refused', bytes.length)
    if (said.length < size.length) return 0
    this.#begin()
    if (this.#source.size === 0) this.#finish(link)
    return size.length
  }

  #broken(link: Link, why: string, used: number): number {
    link.close()
    this.#fail(why)
    return used
  }

  #body(link: Link, bytes: Uint8Array): number {
    const part = bytes.subarray(0, this.#source.size - this.#got)
    this.#hash.update(part)
    this.#got += part.length
    if (this.#got === this.#source.size) this.#finish(link)
    return bytes.length
  }

  #finish(link: Link): void {
    link.close()
    this.#over()
    this.#client.tell(219)
    const { name, md5 } = this.#source
    const verified = this.#hash.agrees(md5)
    const from = link.remote
    this.#client.site.say({ type: 'fetched', name, bytes: this.#got, from, verified })
  }

  /** Where the connection stands, no server is needed. */
  serverLost(why: string): void {
    if (this.#phase === 'asking' || this.#phase === 'pushed') this.#fail(why)
  }

  drop(): void {
    this.#link?.close()
  }

  closed(_link: Link, why: 'closed' | 'refused'): void {
    // Who takes no calls may still make one.
    if (why === 'refused' && this.#phase === 'calling' && this.#client.toldPort !== 0) {
      return this.#push()
    }
    this.#fail(why)
  }
}
