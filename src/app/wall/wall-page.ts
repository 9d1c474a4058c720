/** The page of a wall: what comes up goes into a store, and what is done about it is told beside it. */
import type { Event } from '../../core/event.ts'
import type { HostChange } from '../../services/wall/judgement.ts'
import type { Config } from '../config/config.ts'
import type { Logger } from '../logging.ts'
import { OwnPage, type OwnPageFlags } from '../serve/own-page.ts'
import type { WallSettings } from './settings.ts'
import type { WallStatus } from './thread.ts'
import type { WallBoard } from './wall-board.ts'
import { WallFeed } from './wall-feed.ts'
import { wallMetrics } from './wall-metrics.ts'

export type WallPageFlags = OwnPageFlags

/** How often it is said how flows stand. */
export const UPDATE_SECONDS = 2

export class WallPage {
  readonly board: WallBoard
  readonly #feed: WallFeed
  readonly #page: OwnPage

  private constructor(board: WallBoard, feed: WallFeed, page: OwnPage) {
    this.board = board
    this.#feed = feed
    this.#page = page
  }

  /** The page answers from here on. */
  static async open(
    flags: WallPageFlags,
    { config, wall }: WallSettings,
    board: WallBoard,
    log: Logger,
  ): Promise<WallPage> {
    const feed = new WallFeed(`queue ${wall.queue.number}`, (text) => log.warn(text))
    const page = await OwnPage.open(flags, config, feed, { wall: board }, log)
    board.run = feed.run
    page.counters.beside = () => wallMetrics(board.lastStatus)
    return new WallPage(board, feed, page)
  }

  consume(event: Event): void {
    if (event.type === 'decision') this.board.decision(event)
    this.#feed.consume(event)
  }

  status(status: WallStatus): void {
    this.board.status(status)
    const { packets, bytes, queue } = status
    const dropped = (queue?.queueDropped ?? 0) + (queue?.socketDropped ?? 0)
    this.#feed.show({ packets, bytes, dropped })
  }

  host(change: HostChange): void {
    this.board.host(change)
    this.#feed.changed()
  }

  usePolicy(config: Config): void {
    this.board.usePolicy(config)
    this.#page.networks.configure(config)
    this.#feed.changed()
  }

  close(): Promise<void> {
    return this.#page.close()
  }
}
