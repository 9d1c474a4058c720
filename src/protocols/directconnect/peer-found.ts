/** What a small client searches for, and who was found to have what. */
import type { Endpoint } from '../../core/address.ts'
import { NEVER, SECOND } from '../../core/ordered-peer.ts'
import type { Site } from '../../core/peer.ts'
import { foundOf, type Source } from './peer-jobs.ts'

/** Results are told without an end: so long one waits for them. */
const SEARCH_MICROS = 10 * SECOND
const SEARCHES_MAX = 16
const SOURCES_MAX = 2048

export interface Search {
  readonly text: string
  /** What results may name again. */
  readonly token: string
  readonly dueMicros: number
  hits: number
}

export class Found {
  readonly #site: Site
  readonly #searches: Search[] = []
  readonly #sources: Source[] = []

  constructor(site: Site) {
    this.#site = site
  }

  /** @returns when it is over, or undefined where there are too many */
  search(text: string, token: string): number | undefined {
    if (this.#searches.length >= SEARCHES_MAX) return undefined
    const dueMicros = this.#site.nowMicros + SEARCH_MICROS
    this.#searches.push({ text, token, dueMicros, hits: 0 })
    return dueMicros
  }

  /** Somebody has something, for the first search that it fits. */
  result(fits: (search: Search) => boolean, source: Source, from: Endpoint | undefined): void {
    const search = this.#searches.find(fits)
    if (search === undefined) return
    search.hits++
    this.learn(search.text, source, from && { ip: from.ip, port: 0 })
  }

  /** Remember who has what. */
  learn(text: string, source: Source, from?: Endpoint): void {
    const { nick, root } = source
    if (!this.#sources.some((each) => each.nick === nick && each.root === root)) {
      this.#sources.push(source)
      if (this.#sources.length > SOURCES_MAX) this.#sources.shift()
    }
    this.#site.say(foundOf(text, source, from))
  }

  sourcesOf(name: string, content: string | undefined): Source[] {
    return this.#sources.filter((each) =>
      content === undefined ? each.name === name : content.endsWith(`:${each.root}`),
    )
  }

  forgetSearches(): void {
    this.#searches.length = 0
  }

  /** @returns when to come again */
  wake(now: number): number {
    while (this.#searches[0] !== undefined && this.#searches[0].dueMicros <= now) {
      const { text, hits } = this.#searches.shift()!
      this.#site.say({ type: 'searched', text, hits })
    }
    return this.#searches[0]?.dueMicros ?? NEVER
  }
}
