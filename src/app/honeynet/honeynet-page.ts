/** The page of a honeynet: what callers say goes into a store, and how the answering goes is told beside it. */
import type { Event } from '../../core/event.ts'
import type { HoneynetView } from '../../services/page/api.ts'
import { readConfig } from '../config/config.ts'
import { readDark } from '../incidents/dark.ts'
import { openLog } from '../logging.ts'
import { OwnPage, type OwnPageFlags } from '../serve/own-page.ts'
import { WallFeed } from '../wall/wall-feed.ts'
import type { HoneynetRun } from './honeynet-run.ts'

export type HoneynetPageFlags = OwnPageFlags & { readonly quiet?: boolean }

const SHOW_MS = 1000

export class HoneynetPage {
  readonly #feed: WallFeed
  readonly #page: OwnPage
  readonly #timer: NodeJS.Timeout

  private constructor(feed: WallFeed, page: OwnPage, timer: NodeJS.Timeout) {
    this.#feed = feed
    this.#page = page
    this.#timer = timer
  }

  /** @param network  that it answers for */
  static async open(
    flags: HoneynetPageFlags,
    network: string,
    run: HoneynetRun,
  ): Promise<HoneynetPage> {
    const log = openLog(flags.quiet ? 'warn' : 'info')
    const feed = new WallFeed(`honeynet ${network}`, (text) => log.warn(text))
    const dark = readDark([network])!
    const page = await OwnPage.open(
      flags,
      readConfig({}),
      feed,
      {
        dark,
        honeynet: () => viewOf(network, run),
        isOwn: ({ host }) => dark.space!.has(host),
      },
      log,
    )
    const timer = setInterval(() => {
      const { packets, bytes } = run.totals
      feed.show({ packets, bytes, dropped: run.unread })
    }, SHOW_MS)
    return new HoneynetPage(feed, page, timer)
  }

  consume(event: Event): void {
    this.#feed.consume(event)
  }

  close(): Promise<void> {
    clearInterval(this.#timer)
    return this.#page.close()
  }
}

function viewOf(network: string, { counts }: HoneynetRun): HoneynetView {
  const { syns, connections, connectionsAnswered, datagrams, datagramsAnswered } = counts
  return {
    ...{ network, packets: counts.received, syns, connections, connectionsAnswered },
    ...{ datagrams, datagramsAnswered, rateLimited: counts.rateLimited },
  }
}
