/** What a crawl would do first: nothing is sent, no socket is made. */
import { type Endpoint, endpointText } from '../../core/address.ts'
import type { Carrier } from '../../core/event.ts'
import type { Allowed } from '../../services/backtrack/allowed.ts'
import { Crawl, type CrawlOptions } from '../../services/backtrack/crawl.ts'
import type { Learned } from '../../services/backtrack/frontier.ts'
import type { Saved } from '../../services/backtrack/state-file.ts'
import type { Kinds } from './subject.ts'

export interface Planned {
  readonly family: string
  readonly channel: string
  readonly carrier: Carrier
  readonly at: Endpoint
  /** Undefined: whom it knows, whatever the content. */
  readonly content: string | undefined
}

export interface Plan {
  readonly asked: readonly Planned[]
  /** Told, and in no network that is allowed. */
  readonly leftOut: readonly Endpoint[]
}

export function planOf(
  { kinds, allowed, seeds }: { kinds: Kinds; allowed: Allowed; seeds: readonly Learned[] },
  options: CrawlOptions,
  before: Saved | undefined,
): Plan {
  const crawl = new Crawl(kinds, allowed, options, () => undefined, before)
  for (const seed of seeds) crawl.learn(seed)
  const asked: Planned[] = []
  for (const carrier of ['udp', 'tcp'] as const) {
    for (let task = crawl.frontier.next(carrier); task; task = crawl.frontier.next(carrier)) {
      const { family, channel, of, goal } = task
      // Told in two ways, it is asked once.
      crawl.frontier.begun(task, 0)
      asked.push({ family, channel: channel.name, carrier, at: of.at, content: goal?.content })
    }
  }
  const leftOut = new Map<string, Endpoint>()
  for (const { at } of [...seeds, ...(before?.learned ?? [])]) {
    if (!allowed.has(at.ip)) leftOut.set(endpointText(at), at)
  }
  return { asked, leftOut: [...leftOut.values()] }
}
