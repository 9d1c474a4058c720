/** What connections between two clients have in common, whatever the dialect: one gives files, one takes. */
import { fromBase32 } from '../../core/bytes.ts'
import type { Link, Site, Talk } from '../../core/peer.ts'
import { fileBytes } from '../../core/peer-file.ts'
import type { Job } from './peer-jobs.ts'

import type { Shares } from './peer-shares.ts'

/** A client, as far as connections need it. */
interface Client {
  readonly site: Site
  readonly shares: Shares
  /** @returns whether there was one */
  takeSlot(): boolean
  giveSlot(): void
  /** A connection is over. */
  ended(): void
}

export interface Wanted {
  readonly kind: string
  readonly name: string
  readonly from: number
  /** Bytes; less than none: all that are left. */
  readonly count: number
}

const PIECE_BYTES = 16_384
const LIST = 'files.xml'

export abstract class FileTalk implements Talk {
  /** What it is to get here. */
  protected job: Job | undefined
  readonly #client: Client
  /** Bytes of content that are still to come; undefined: words are. */
  #left: number | undefined
  #holdsSlot = false
  #isOver = false

  constructor(client: Client) {
    this.#client = client
  }

  abstract opened(link: Link): void

  /** Words of the dialect. @returns how many bytes were used */
  protected abstract read(link: Link, bytes: Uint8Array): number | 'broken'
  /** How the dialect says that there is no slot. */
  protected abstract sayNoSlot(link: Link): void
  /** … that there is no such thing. */
  protected abstract sayNone(link: Link): void
  /** … that what is wanted follows: `count` bytes, all of them there. */
  protected abstract sayHere(link: Link, wanted: Wanted): void

  data(link: Link, bytes: Uint8Array): number {
    if (this.#left !== undefined) return this.#content(link, bytes)
    const used = this.read(link, bytes)
    if (used !== 'broken') return used
    this.end(link, 'speaks something else')
    return bytes.length
  }

  /** @param owner  as whose its list is told */
  protected give(link: Link, wanted: Wanted, owner: string): void {
    const { shares, site } = this.#client
    this.#holdsSlot ||= this.#client.takeSlot()
    if (!this.#holdsSlot) return this.sayNoSlot(link)
    if (wanted.name === LIST) {
      const list = shares.list(owner)
      this.#send(link, wanted, list.length, (at, size) => list.slice(at, at + size))
      return
    }
    const shared = shares.byRoot(wanted.name.replace(/^TTH\//, ''))
    if (shared === undefined) return this.sayNone(link)
    if (wanted.kind === 'tthl') {
      // One leaf as large as the file: its hash is the root.
      const root = fromBase32(shared.root)!
      this.#send(link, wanted, root.length, (at, size) => root.slice(at, at + size))
      return
    }
    const { file } = shared
    const bytes = this.#send(link, wanted, file.size, (at, size) => fileBytes(file, at, size))
    site.say({ type: 'served', name: file.name, bytes, to: link.remote })
  }

  /** @returns how many bytes were sent */
  #send(
    link: Link,
    wanted: Wanted,
    size: number,
    part: (at: number, size: number) => Uint8Array,
  ): number {
    const { from, count } = wanted
    if (from > size) {
      this.sayNone(link)
      return 0
    }
    const end = count < 0 ? size : Math.min(size, from + count)
    this.sayHere(link, { ...wanted, count: end - from })
    for (let at = from; at < end; at += PIECE_BYTES) {
      link.send(part(at, Math.min(PIECE_BYTES, end - at)))
    }
    return end - from
  }

  /** So many bytes of what it wanted follow. @param size  undefined: he does not say it rightly */
  protected receive(link: Link, size: number | undefined): void {
    if (this.job === undefined || size === undefined) return this.end(link, 'sends nonsense')
    this.#left = size
    if (!this.job.begin(size)) this.end(link, 'sends another size')
    else if (size === 0) this.#finish(link)
  }

  #content(link: Link, bytes: Uint8Array): number {
    const part = bytes.subarray(0, this.#left)
    this.job?.add(part)
    this.#left = this.#left! - part.length
    if (this.#left === 0) this.#finish(link)
    return part.length
  }

  #finish(link: Link): void {
    this.#left = undefined
    const job = this.job
    this.job = undefined
    link.close()
    this.#over()
    job?.finish(link.remote)
  }

  protected end(link: Link, why: string): void {
    link.close()
    this.#lost(why)
  }

  closed(_link: Link, why: 'closed' | 'refused'): void {
    this.#lost(why)
  }

  #lost(why: string): void {
    const job = this.job
    this.job = undefined
    this.#over()
    job?.fail(why)
  }

  #over(): void {
    if (this.#isOver) return
    this.#isOver = true
    if (this.#holdsSlot) this.#client.giveSlot()
    this.#client.ended()
  }
}
