/**
 * The page that a program brings along which does something else: a wall, a honeynet. What it sees goes into a
 * store that is deleted at the end, unless it was named.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore, type Store } from '../../services/store/store.ts'
import type { Config } from '../config/config.ts'
import { placeOf } from '../config/config-values.ts'
import { Networks } from '../config/networks.ts'
import type { Logger } from '../logging.ts'
import { Keeping } from './keeping.ts'
import { type Incoming, Serving, type ServingOptions } from './serving.ts'
import { tellPlace, tokenFor } from './token.ts'

export interface OwnPageFlags {
  /** HOST:PORT */
  readonly listen?: string
  readonly store?: string
  readonly tokenFile?: string
}

interface Parts {
  readonly store: Store
  readonly serving: Serving
  readonly keeping: Keeping
  /** For a store that need not stay. */
  readonly folder: string
}

export class OwnPage {
  readonly networks: Networks
  readonly #parts: Parts

  private constructor(networks: Networks, parts: Parts) {
    this.networks = networks
    this.#parts = parts
  }

  /** What Prometheus is told. */
  get counters(): Serving['counters'] {
    return this.#parts.serving.counters
  }

  /** The page answers from here on, and takes in what comes. */
  static async open(
    flags: OwnPageFlags,
    config: Config,
    incoming: Incoming,
    more: Partial<ServingOptions>,
    log: Logger,
  ): Promise<OwnPage> {
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
          ...{ ...more, listen, hostNames: config.names, networks },
          ...(token !== undefined && { token }),
        },
        log,
      )
      await serving.watch(incoming)
      tellPlace(serving.address, tokenFile === undefined ? token : undefined)
      const keeping = new Keeping(store, config, log)
      return new OwnPage(networks, { store, serving, keeping, folder })
    } catch (error) {
      await store?.close()
      rmSync(folder, { recursive: true, force: true })
      throw error
    }
  }

  async close(): Promise<void> {
    const { store, serving, keeping, folder } = this.#parts
    keeping.stop()
    await serving.close()
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
