/** The page of a wall: what comes up goes into a store, and what is done about it is told beside it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Event } from '../../core/event.ts'
import { openStore, type Store } from '../../services/store/store.ts'
import type { HostChange } from '../../services/wall/judgement.ts'
import type { Config } from '../config/config.ts'
import { placeOf } from '../config/config-values.ts'
import { Networks } from '../config/networks.ts'
import type { Logger } from '../logging.ts'
import { Keeping } from '../serve/keeping.ts'
import { Serving } from '../serve/serving.ts'
import { tellPlace, tokenFor } from '../serve/token.ts'
import type { WallSettings } from './settings.ts'
import type { WallStatus } from './thread.ts'
import type { WallBoard } from './wall-board.ts'
import { WallFeed } from './wall-feed.ts'
import { wallMetrics } from './wall-metrics.ts'

export interface WallPageFlags {
  /** HOST:PORT */
  readonly listen?: string
  readonly store?: string
  readonly tokenFile?: string
}

/** How often it is said how flows stand. */
export const UPDATE_SECONDS = 2

export class WallPage {
  readonly board: WallBoard
  readonly #feed: WallFeed
  readonly #serving: Serving
  readonly #store: Store
  readonly #keeping: Keeping
  readonly #networks: Networks
  /** For a store that need not stay. */
  readonly #folder: string

  private constructor(
    board: WallBoard,
    feed: WallFeed,
    parts: { serving: Serving; store: Store; keeping: Keeping; networks: Networks; folder: string },
  ) {
    this.board = board
    this.#feed = feed
    this.#serving = parts.serving
    this.#store = parts.store
    this.#keeping = parts.keeping
    this.#networks = parts.networks
    this.#folder = parts.folder
  }

  /** The page answers from here on. */
  static async open(
    flags: WallPageFlags,
    { config, wall }: WallSettings,
    board: WallBoard,
    log: Logger,
  ): Promise<WallPage> {
    const listen = placeOf(flags.listen!)!
    const tokenFile = flags.tokenFile ?? config['token-file']
    const token = tokenFor(listen, tokenFile)
    const folder = mkdtempSync(join(tmpdir(), 'peerscope-'))
    const { hours } = config.store
    let store: Store | undefined
    try {
      store = await openStore(flags.store ?? join(folder, 'store.duckdb'), {
        onTrouble: (words) => log.warn(words),
        ...(hours !== undefined && { exportFolder: hours }),
      })
      const networks = new Networks(config, () => undefined)
      const serving = await Serving.open(
        store,
        {
          ...{ listen, hostNames: config.names, networks, wall: board },
          ...(token !== undefined && { token }),
        },
        log,
      )
      const feed = new WallFeed(`queue ${wall.queue.number}`, (text) => log.warn(text))
      await serving.watch(feed)
      board.run = feed.run
      serving.counters.beside = () => wallMetrics(board.lastStatus)
      tellPlace(serving.address, tokenFile === undefined ? token : undefined)
      const keeping = new Keeping(store, config, log)
      return new WallPage(board, feed, { serving, store, keeping, networks, folder })
    } catch (error) {
      await store?.close()
      rmSync(folder, { recursive: true, force: true })
      throw error
    }
  }

  consume(event: Event): void {
    if (event.type === 'decision') this.board.decision(event)
    this.#feed.consume(event)
  }

  status(status: WallStatus): void {
    this.board.status(status)
    this.#feed.show(status)
  }

  host(change: HostChange): void {
    this.board.host(change)
    this.#feed.changed()
  }

  usePolicy(config: Config): void {
    this.board.usePolicy(config)
    this.#networks.configure(config)
    this.#feed.changed()
  }

  async close(): Promise<void> {
    this.#keeping.stop()
    await this.#serving.close()
    await this.#store.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
