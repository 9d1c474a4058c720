/**
 * Who asks as an asker does, and then calls whoever is named to it, each once, as a client does that wants
 * the file: says hello, asks for the file and for who else has it. It loads nothing.
 */
import { endpointText } from '../../core/address.ts'
import type { Interview, Step, Told } from '../../core/crawler.ts'
import type { Link, Site, Talk } from '../../core/peer.ts'
import { crawler } from './crawler.ts'
import { Asker } from './peer-asker.ts'

const CALLS_MAX = 256

export class Seeker extends Asker {
  readonly #called = new Set<string>()

  protected override heard(told: readonly Told[]): void {
    const { content } = this
    if (content === undefined) return
    for (const { at, part } of told) {
      const name = endpointText(at)
      if (part !== 'peer' || this.#called.has(name) || this.#called.size >= CALLS_MAX) continue
      this.#called.add(name)
      const pair = this.site.chance(2 ** 31)
      const question = { channel: 'source-exchange', whom: at, content, self: pair, pair }
      this.site.connect(at).state = new Visit(this.site, crawler.inquire(question))
    }
  }

  override opened(link: Link): void {
    if (link.state instanceof Visit) link.state.opened(link)
    else super.opened(link)
  }

  override data(link: Link, bytes: Uint8Array): number {
    return link.state instanceof Visit ? link.state.data(link, bytes) : super.data(link, bytes)
  }

  override closed(link: Link, why: 'closed' | 'refused'): void {
    if (!(link.state instanceof Visit)) super.closed(link, why)
  }
}

/** One who was named is asked, for as long as he keeps the connection. */
class Visit implements Talk {
  readonly #site: Site
  readonly #interview: Interview
  #isOver = false

  constructor(site: Site, interview: Interview) {
    this.#site = site
    this.#interview = interview
  }

  opened(link: Link): void {
    this.#step(link, this.#interview.opened(this.#site.nowMicros))
  }

  data(link: Link, bytes: Uint8Array): number {
    const step = this.#isOver ? undefined : this.#interview.data?.(bytes, this.#site.nowMicros)
    if (step === undefined) return bytes.length
    this.#step(link, step)
    return step.used
  }

  #step(link: Link, { send, done }: Step): void {
    for (const bytes of send) link.send(bytes)
    if (done === undefined) return
    this.#isOver = true
    link.close()
  }

  closed(): void {}
}
