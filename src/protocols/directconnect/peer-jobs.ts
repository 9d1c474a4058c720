/**
 * What a small client wants from others: a file, or the list of all files. It is asked for
 * through the hub; whoever calls or is called then finds it here by nick.
 */

import type { Endpoint } from '../../core/address.ts'
import { base32, concat } from '../../core/bytes.ts'
import { NEVER, SECOND } from '../../core/ordered-peer.ts'
import type { Order, Site } from '../../core/peer.ts'
import { text } from '../../core/text.ts'
import { TigerTree } from '../../core/tiger.ts'
import { listedFiles, tthUrn } from './content.ts'

/** A file at one who has it. */
export interface Source {
  readonly nick: string
  readonly name: string
  readonly size: number
  /** Tiger root in base32. */
  readonly root: string
}

/** A client of either dialect, as far as jobs need it. */
interface Client {
  readonly site: Site
  alarm(micros: number): void
  fail(order: Order['do'], why: string): void
  /** @returns why no connection with him can be, or undefined */
  meet(nick: string): string | undefined
  learn(text: string, source: Source): void
}

const JOBS_MAX = 16
const SOURCES_TRIED_MAX = 8
/** How long the one who was asked may take until a connection with him stands. */
const PATIENCE_MICROS = 30 * SECOND
const LIST_BYTES_MAX = 16_777_216
const LIST = 'files.xml'

export class Jobs {
  readonly #client: Client
  readonly #jobs: Job[] = []

  constructor(client: Client) {
    this.#client = client
  }

  /** @returns why it cannot be, or undefined */
  get(name: string, sources: readonly Source[]): string | undefined {
    if (sources.length === 0) return `nobody known has ${name}`
    const tried = sources.slice(-SOURCES_TRIED_MAX)
    return this.#begin(new FileJob(this.#client, tried, (job) => this.#over(job)))
  }

  browse(nick: string): string | undefined {
    return this.#begin(new ListJob(this.#client, nick, (job) => this.#over(job)))
  }

  #begin(job: Job): string | undefined {
    if (this.#jobs.length >= JOBS_MAX) return 'too much at once'
    this.#jobs.push(job)
    job.ask()
    return undefined
  }

  #over(job: Job): void {
    const index = this.#jobs.indexOf(job)
    if (index >= 0) this.#jobs.splice(index, 1)
  }

  /** A connection with somebody stands: is there something to get from him? */
  take(nick: string): Job | undefined {
    const job = this.#jobs.find((each) => each.dueMicros !== NEVER && each.nick === nick)
    if (job !== undefined) job.dueMicros = NEVER
    return job
  }

  /** He was faster with his own wish. */
  back(job: Job): void {
    job.ask()
  }

  /** @returns when to come again */
  wake(now: number): number {
    for (const job of [...this.#jobs]) if (job.dueMicros <= now) job.fail('does not answer')
    return Math.min(NEVER, ...this.#jobs.map(({ dueMicros }) => dueMicros))
  }

  end(): void {
    this.#jobs.length = 0
  }
}

export abstract class Job {
  /** When the one who was asked is too late; NEVER: he is there. */
  dueMicros = NEVER
  abstract readonly nick: string
  /** As `$ADCGET` and `CGET` name it. */
  abstract readonly wanted: string
  protected readonly client: Client
  protected readonly over: () => void

  constructor(client: Client, over: (job: Job) => void) {
    this.client = client
    this.over = () => over(this)
  }

  /** Ask the hub that he calls, or says where to be called. */
  ask(): void {
    this.dueMicros = this.client.site.nowMicros + PATIENCE_MICROS
    const why = this.client.meet(this.nick)
    if (why !== undefined) return this.fail(why)
    this.client.alarm(this.dueMicros)
  }

  /** @returns whether so many bytes are what was wanted */
  abstract begin(size: number): boolean
  abstract add(bytes: Uint8Array): void
  abstract finish(from: Endpoint): void
  abstract fail(why: string): void
}

class FileJob extends Job {
  readonly #sources: Source[]
  #source: Source
  #tree = new TigerTree()
  #got = 0

  constructor(client: Client, sources: readonly Source[], over: (job: Job) => void) {
    super(client, over)
    this.#sources = [...sources]
    this.#source = this.#sources.shift()!
  }

  get nick(): string {
    return this.#source.nick
  }

  get wanted(): string {
    return `TTH/${this.#source.root}`
  }

  begin(size: number): boolean {
    this.#tree = new TigerTree()
    this.#got = 0
    return size === this.#source.size
  }

  add(bytes: Uint8Array): void {
    this.#tree.update(bytes)
    this.#got += bytes.length
  }

  finish(from: Endpoint): void {
    this.over()
    const { name, root } = this.#source
    const verified = base32(this.#tree.root()) === root
    this.client.site.say({ type: 'fetched', name, bytes: this.#got, from, verified })
  }

  fail(why: string): void {
    const next = this.#sources.shift()
    if (next === undefined) {
      this.over()
      this.client.fail('fetch', why)
      return
    }
    this.#source = next
    this.ask()
  }
}

class ListJob extends Job {
  readonly nick: string
  readonly wanted = LIST
  #parts: Uint8Array[] = []

  constructor(client: Client, nick: string, over: (job: Job) => void) {
    super(client, over)
    this.nick = nick
  }

  begin(size: number): boolean {
    this.#parts = []
    return size <= LIST_BYTES_MAX
  }

  add(bytes: Uint8Array): void {
    this.#parts.push(bytes.slice())
  }

  finish(): void {
    this.over()
    const { files } = listedFiles(text(concat(...this.#parts)))
    for (const { name, size, content } of files) {
      const root = /^urn:tree:tiger:(.*)$/.exec(content)?.[1]
      if (root !== undefined) this.client.learn(this.nick, { nick: this.nick, name, size, root })
    }
    this.client.site.say({ type: 'searched', text: this.nick, hits: files.length })
  }

  fail(why: string): void {
    this.over()
    this.client.fail('browse', why)
  }
}

/** What is said of a source that was found. */
export function foundOf(text: string, { name, size, root }: Source, at: Endpoint | undefined) {
  const content = tthUrn(root)
  return {
    type: 'found',
    text,
    name,
    size,
    ...(content !== undefined && { content }),
    ...(at !== undefined && { at }),
  } as const
}
