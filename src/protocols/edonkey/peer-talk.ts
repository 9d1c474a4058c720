/**
 * Two eDonkey clients on one connection. Either may want something, whoever called.
 *
 *     caller   hello              →
 *                                 ←   hello-answer
 *     one      request-file-name  →   ← file-name
 *              set-request-file   →   ← file-status                (no parts: all of it is there)
 *              start-upload       →   ← accept-upload              or queue-rank
 *              request-parts      →   ← sending-part …             three ranges at a time
 *              end-of-download    →
 *
 * No compression, no eMule extensions: plain eDonkey2000, which all its successors still speak.
 * Source: eMule ListenSocket.cpp, DownloadClient.cpp, UploadClient.cpp; fixtures/peer-tcp.pcap.
 */
import type { Link, Talk } from '../../core/peer.ts'
import { fileBytes } from '../../core/peer-file.ts'
import type { Client } from './peer-client.ts'
import type { Job } from './peer-jobs.ts'
import { clientFrame, clientMessageOf, NONE, readFrame, textBytes } from './peer-node.ts'
import { entryOf } from './peer-shares.ts'
import type { ClientTcpMessage } from './wire/client-tcp.ts'
import type { FileEntry } from './wire/entries.ts'

/** EMBLOCKSIZE of eMule's opcodes.h. */
const BLOCK_BYTES = 184_320
/** As eMule cuts what it sends. */
const PIECE_BYTES = 10_240
/** Offsets are four bytes here. */
const FILE_BYTES_MAX = 2 ** 32 - 1

type Ranges = Readonly<Record<'first' | 'second' | 'third', number>>

export class ClientTalk implements Talk {
  readonly #client: Client
  #link: Link | undefined
  #isKnown = false
  #job: Job | undefined
  /** Whose list is wanted, as it was ordered. */
  #browsed: string | undefined
  #hasSlot = false
  #isOver = false
  /** Where the next request begins, and what of those sent is still to come. */
  #asked = 0
  #open = 0
  /** Bytes sent of each file, to be told at the end. */
  readonly #served = new Map<string, number>()

  constructor(client: Client) {
    this.#client = client
  }

  static fetching(client: Client, job: Job): ClientTalk {
    const talk = new ClientTalk(client)
    talk.#job = job
    return talk
  }

  static browsing(client: Client, of: string): ClientTalk {
    const talk = new ClientTalk(client)
    talk.#browsed = of
    return talk
  }

  opened(link: Link): void {
    this.#link = link
    this.#send({ type: 'hello', body: this.#client.hello, rest: NONE })
  }

  data(link: Link, bytes: Uint8Array): number {
    this.#link = link
    const used = readFrame(bytes, (frame) => {
      const message = clientMessageOf(frame)
      if (message === undefined) this.#end('says what cannot be read')
      else this.#take(message)
    })
    if (used !== 'broken') return used
    this.#end('speaks something else')
    return bytes.length
  }

  closed(_link: Link, why: 'closed' | 'refused'): void {
    this.#lost(why)
  }

  #send(message: ClientTcpMessage): void {
    this.#link!.send(clientFrame(message))
  }

  #take(message: ClientTcpMessage): void {
    switch (message.type) {
      case 'hello':
        this.#send({ type: 'hello-answer', body: this.#client.hello, rest: NONE })
        return this.#met(message.body.id)
      case 'hello-answer':
        return this.#met(message.body.id)
      case 'sending-part':
        return this.#received(message.body)
      case 'accept-upload':
        return this.#request()
      case 'no-such-file':
        return this.#end('has it not')
      case 'out-of-parts':
        return this.#end('sends no more')
      case 'shared-files':
        return this.#listed(message.body)
      case 'shared-list-denied':
        return this.#end('shows nobody his list')
      default:
        if (this.#isKnown) this.#serve(message)
    }
  }

  #met(id: number): void {
    if (this.#isKnown) return
    this.#isKnown = true
    if (this.#browsed !== undefined) {
      return this.#send({ type: 'ask-shared-files', body: null, rest: NONE })
    }
    this.#job ??= this.#client.jobs.calledBy(id)
    const job = this.#job
    if (job === undefined) return
    job.begin()
    const { hash } = job.wanted
    const body = { hash, status: undefined, completeSources: undefined }
    this.#send({ type: 'request-file-name', body, rest: NONE })
    this.#send({ type: 'set-request-file', body: hash, rest: NONE })
    this.#send({ type: 'start-upload', body: hash, rest: NONE })
  }

  #serve(message: ClientTcpMessage): void {
    switch (message.type) {
      case 'request-file-name':
        return this.#name(message.body.hash)
      case 'set-request-file':
        return this.#status(message.body)
      case 'hash-set-request':
        return this.#hashSet(message.body)
      case 'start-upload': {
        const place = this.#hasSlot ? 0 : this.#client.enqueue(this)
        if (place === 0) return this.accept()
        return this.#send({ type: 'queue-rank', body: place, rest: NONE })
      }
      case 'request-parts':
        return this.#parts(message.body.hash, message.body.starts, message.body.ends)
      case 'ask-shared-files': {
        const { id, settings, shares } = this.#client
        const body = shares.all.map((shared) => entryOf(shared, id, settings.port))
        return this.#send({ type: 'shared-files', body, rest: NONE })
      }
      case 'end-of-download':
      case 'cancel-transfer':
        return this.#release()
      default:
        return
    }
  }

  #name(hash: string): void {
    const shared = this.#client.shares.at(hash)
    if (shared === undefined) return this.#send({ type: 'no-such-file', body: hash, rest: NONE })
    const body = { hash, name: textBytes(shared.file.name) }
    this.#send({ type: 'file-name', body, rest: NONE })
  }

  #status(hash: string): void {
    if (this.#client.shares.at(hash) === undefined) {
      return this.#send({ type: 'no-such-file', body: hash, rest: NONE })
    }
    const status = { parts: 0, bitmap: NONE }
    this.#send({ type: 'file-status', body: { hash, status }, rest: NONE })
  }

  #hashSet(hash: string): void {
    const shared = this.#client.shares.at(hash)
    if (shared === undefined) return
    const { parts } = shared
    this.#send({ type: 'hash-set-answer', body: { hash, parts }, rest: NONE })
  }

  /** His turn has come. */
  accept(): void {
    this.#hasSlot = true
    this.#send({ type: 'accept-upload', body: null, rest: NONE })
  }

  #parts(hash: string, starts: Ranges, ends: Ranges): void {
    const shared = this.#client.shares.at(hash)
    if (shared === undefined || !this.#hasSlot) return
    const { file } = shared
    for (const which of ['first', 'second', 'third'] as const) {
      const from = starts[which]
      const to = Math.min(ends[which], file.size)
      if (from >= to || to - from > BLOCK_BYTES) continue
      for (let at = from; at < to; at += PIECE_BYTES) {
        const end = Math.min(to, at + PIECE_BYTES)
        const body = { hash, start: at, end, data: fileBytes(file, at, end - at) }
        this.#send({ type: 'sending-part', body, rest: NONE })
      }
      const { name } = file
      this.#served.set(name, (this.#served.get(name) ?? 0) + to - from)
    }
  }

  /** Ask for the next three blocks. */
  #request(): void {
    const job = this.#job
    if (job === undefined || this.#open > 0) return
    const { hash, size } = job.wanted
    if (size > FILE_BYTES_MAX) return this.#end('too large for this peer')
    if (size === 0) return this.#finish(job)
    const starts = [0, 0, 0]
    const ends = [0, 0, 0]
    for (let i = 0; i < 3 && this.#asked < size; i++) {
      starts[i] = this.#asked
      ends[i] = Math.min(size, this.#asked + BLOCK_BYTES)
      this.#open += ends[i]! - starts[i]!
      this.#asked = ends[i]!
    }
    const body = { hash, starts: rangesOf(starts), ends: rangesOf(ends) }
    this.#send({ type: 'request-parts', body, rest: NONE })
  }

  #received(part: { hash: string; start: number; end: number; data: Uint8Array }): void {
    const job = this.#job
    if (job === undefined || part.hash !== job.wanted.hash) return
    const isNext = part.start === job.got && part.end - part.start === part.data.length
    if (!isNext || part.data.length > this.#open) return this.#end('sends out of order')
    this.#open -= part.data.length
    if (job.add(part.data)) this.#finish(job)
    else if (this.#open === 0) this.#request()
  }

  #finish(job: Job): void {
    this.#job = undefined
    this.#send({ type: 'end-of-download', body: job.wanted.hash, rest: NONE })
    const link = this.#link!
    link.close()
    this.#lost('closed')
    job.finish(link.remote)
  }

  #listed(files: readonly FileEntry[]): void {
    const of = this.#browsed
    if (of === undefined) return
    this.#browsed = undefined
    for (const entry of files) this.#client.learn(of, entry)
    this.#client.site.say({ type: 'searched', text: of, hits: files.length })
    this.#end('closed')
  }

  #end(why: string): void {
    this.#link?.close()
    this.#lost(why)
  }

  #release(): void {
    for (const [name, bytes] of this.#served) {
      this.#client.site.say({ type: 'served', name, bytes, to: this.#link!.remote })
    }
    this.#served.clear()
  }

  #lost(why: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#release()
    this.#client.ended(this, this.#hasSlot)
    if (this.#browsed !== undefined) this.#client.fail('browse', why)
    const job = this.#job
    this.#job = undefined
    job?.fail(why)
  }
}

function rangesOf([first, second, third]: readonly number[]): Ranges {
  return { first: first!, second: second!, third: third! }
}
