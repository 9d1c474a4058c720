/** How reading and watching go, for whoever looks: what works writes it, pages and metrics read it. */
import type { Status } from '../services/page/api.ts'
import type { Progress } from './pipeline.ts'

/** Over how long a rate is measured. */
const RATE_MS = 1000

export class Board {
  #status: Status
  readonly #now: () => number
  /** Of what was finished before: counts go on growing. */
  #before = { packets: 0, bytes: 0, dropped: 0 }
  #rate = { ms: 0, packets: 0 }

  /** @param now  milliseconds of a clock that never goes back */
  constructor(version: string, now: () => number) {
    this.#now = now
    this.#status = {
      state: 'done',
      source: '',
      version,
      revision: 0,
      packets: 0,
      bytes: 0,
      packetsPerSecond: 0,
      dropped: 0,
    }
  }

  get status(): Status {
    return this.#status
  }

  begin(state: 'reading' | 'watching', source: string): void {
    const { error, bytesRead, bytesTotal, ringUse, lagMillis, micros, ...kept } = this.#status
    this.#rate = { ms: this.#now(), packets: 0 }
    this.#status = { ...kept, state, source, packetsPerSecond: 0 }
  }

  /** Counts are since `begin`. */
  progress({ packets, wireBytes, bytesRead, bytesTotal, micros }: Progress): void {
    const { packets: earlier, bytes } = this.#before
    const now = this.#now()
    const seconds = (now - this.#rate.ms) / 1000
    let { packetsPerSecond } = this.#status
    if (1000 * seconds >= RATE_MS) {
      packetsPerSecond = Math.round((packets - this.#rate.packets) / seconds)
      this.#rate = { ms: now, packets }
    }
    this.set({
      packets: earlier + packets,
      bytes: bytes + wireBytes,
      packetsPerSecond,
      bytesRead,
      ...(bytesTotal !== undefined && { bytesTotal }),
      ...(Number.isFinite(micros) && { micros }),
    })
  }

  /** @param dropped  since `begin` */
  dropped(dropped: number): void {
    this.set({ dropped: this.#before.dropped + dropped })
  }

  set(more: Partial<Status>): void {
    this.#status = { ...this.#status, ...more }
  }

  /** Stored data changed: ask again. */
  changed(): void {
    this.set({ revision: this.#status.revision + 1 })
  }

  /** @param error  what kept it from being read whole */
  end(state: 'done' | 'failed', error?: string): void {
    const { packets, bytes, dropped } = this.#status
    this.#before = { packets, bytes, dropped }
    this.set({ state, packetsPerSecond: 0, ...(error !== undefined && { error }) })
    this.changed()
  }
}
