/** A store's housekeeping: what is too old or too much goes, hours that are over are exported. */
import type { Store } from '../../services/store/store.ts'
import type { Config } from '../config/config.ts'
import { secondsOf, sizeOf } from '../config/config-values.ts'
import type { Logger } from '../logging.ts'

const EVERY_MS = 10 * 60 * 1000
/** Flows that began in an hour may be told a little after it is over. */
const LATE_MICROS = 15 * 60 * 1_000_000

export class Keeping {
  readonly #store: Store
  readonly #config: Config['store']
  readonly #log: Logger
  readonly #timer: NodeJS.Timeout | undefined
  #isBusy = false

  constructor(store: Store, config: Config, log: Logger) {
    this.#store = store
    this.#config = config.store
    this.#log = log
    const { keep, size, hours } = config.store
    if (keep === undefined && size === undefined && hours === undefined) return
    this.#timer = setInterval(() => void this.#tidy(), EVERY_MS).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async #tidy(): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    const { keep, size, hours } = this.#config
    const now = Date.now() * 1000
    try {
      if (hours !== undefined) await this.#store.exportHours(now - LATE_MICROS)
      if (keep !== undefined || size !== undefined) {
        const before = keep === undefined ? undefined : now - secondsOf(keep)! * 1_000_000
        const result = await this.#store.clean({
          ...(before !== undefined && { before }),
          ...(size !== undefined && { bytesMax: sizeOf(size)! }),
        })
        this.#log.debug(result, 'tidied the store')
      }
    } catch (error) {
      this.#log.error({ err: error }, 'the store was not tidied')
    } finally {
      this.#isBusy = false
    }
  }
}
