/**
 * What a small eDonkey client wants: a file, from one source after the other. Who can be called is
 * called; who has a LowID is asked through the server to call.
 */

import type { Endpoint } from '../../core/address.ts'
import { NEVER, SECOND } from '../../core/ordered-peer.ts'
import type { Client, Wanted } from './peer-client.ts'
import { NONE } from './peer-node.ts'
import { FileHash } from './peer-shares.ts'
import { ClientTalk } from './peer-talk.ts'
import { addressOfId, type Source } from './wire/entries.ts'

const JOBS_MAX = 16
const SOURCES_TRIED_MAX = 8
/** How long the server may take to answer, or one who is asked to call. */
const PATIENCE_MICROS = 30 * SECOND

export class Jobs {
  readonly #client: Client
  readonly #jobs: Job[] = []

  constructor(client: Client) {
    this.#client = client
  }

  /** @returns why it cannot be, or undefined */
  get(wanted: Wanted): string | undefined {
    if (this.#jobs.length >= JOBS_MAX) return 'too much at once'
    const { hash, size } = wanted
    const body = { hash, size: { size, wide: false } }
    if (!this.#client.tell({ type: 'get-sources', body, rest: NONE })) return 'at no server'
    const job = new Job(this.#client, wanted, () => {
      const index = this.#jobs.indexOf(job)
      if (index >= 0) this.#jobs.splice(index, 1)
    })
    this.#jobs.push(job)
    return undefined
  }

  /** The server answers. */
  sources(hash: string, sources: readonly Source[]): void {
    this.#jobs.find((job) => job.asks(hash))?.tryThese(sources)
  }

  /** Somebody with this id called: was he asked to? */
  calledBy(id: number): Job | undefined {
    return this.#jobs.find((job) => job.awaits(id))
  }

  /** @returns when to come again */
  wake(now: number): number {
    for (const job of [...this.#jobs]) if (job.dueMicros <= now) job.late()
    return Math.min(NEVER, ...this.#jobs.map(({ dueMicros }) => dueMicros))
  }

  end(): void {
    this.#jobs.length = 0
  }
}

export class Job {
  readonly wanted: Wanted
  dueMicros = NEVER
  readonly #client: Client
  readonly #over: () => void
  /** Undefined until the server answered. */
  #sources: Source[] | undefined
  /** Who was asked to call. */
  #awaited: number | undefined
  #whole = new FileHash()
  #got = 0
  #why = 'nobody has it'

  constructor(client: Client, wanted: Wanted, over: () => void) {
    this.#client = client
    this.wanted = wanted
    this.#over = over
    this.#wait()
  }

  #wait(): void {
    this.dueMicros = this.#client.site.nowMicros + PATIENCE_MICROS
    this.#client.alarm(this.dueMicros)
  }

  asks(hash: string): boolean {
    return this.#sources === undefined && this.wanted.hash === hash
  }

  awaits(id: number): boolean {
    return this.#awaited === id
  }

  tryThese(sources: readonly Source[]): void {
    this.#sources = sources.slice(0, SOURCES_TRIED_MAX)
    this.next()
  }

  next(): void {
    this.dueMicros = NEVER
    this.#awaited = undefined
    const source = this.#sources?.shift()
    if (source === undefined) {
      this.#over()
      this.#client.fail('fetch', this.#why)
      return
    }
    const ip = addressOfId(source.id)
    if (ip === undefined) return this.#askToCall(source.id)
    const talk = ClientTalk.fetching(this.#client, this)
    if (!this.#client.call({ ip, port: source.port }, talk)) this.fail('too many links')
  }

  #askToCall(id: number): void {
    if (!this.#client.canBeCalled) return this.fail('neither can be called')
    if (!this.#client.tell({ type: 'callback-request', body: id, rest: NONE })) {
      return this.fail('at no server')
    }
    this.#awaited = id
    this.#wait()
  }

  fail(why: string): void {
    this.#why = why
    this.next()
  }

  late(): void {
    this.fail(this.#awaited === undefined ? 'no answer' : 'called back in vain')
  }

  /** The link stands on which it comes. */
  begin(): void {
    this.dueMicros = NEVER
    this.#awaited = undefined
    this.#whole = new FileHash()
    this.#got = 0
  }

  get got(): number {
    return this.#got
  }

  /** The next bytes, in order. @returns whether that was all */
  add(bytes: Uint8Array): boolean {
    this.#whole.update(bytes)
    this.#got += bytes.length
    return this.#got >= this.wanted.size
  }

  finish(from: Endpoint): void {
    this.#over()
    const { name, hash } = this.wanted
    const verified = this.#whole.digest().hash === hash
    this.#client.site.say({ type: 'fetched', name, bytes: this.#got, from, verified })
  }
}
