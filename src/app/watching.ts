/** Interfaces watched into a store, while others ask it. */
import type { RunState } from '../core/store.ts'
import { Feed, type FeedTo } from './feed.ts'
import { type LiveOptions, LiveRun, type LiveStatus } from './live.ts'
import type { Totals } from './pipeline.ts'

export class Watching {
  readonly #feed: Feed
  readonly #run: LiveRun
  readonly #to: FeedTo
  /** Everything was read and written: the interfaces are gone, or `stop` was called. */
  readonly finished: Promise<Totals>

  private constructor(run: LiveRun, feed: Feed, to: FeedTo) {
    this.#run = run
    this.#feed = feed
    this.#to = to
    this.finished = this.#finish()
    // Whoever stops it is told.
    this.finished.catch(() => undefined)
  }

  /** @throws CaptureError, FilterError, UserError */
  static async open(options: LiveOptions, to: FeedTo): Promise<Watching> {
    const feed = new Feed(to)
    let begun: (() => void) | undefined
    const beginning = new Promise<void>((resolve) => {
      begun = resolve
    })
    const run = await LiveRun.open(
      {
        ...options,
        flows: true,
        onStatus: (status) => show(status, to),
        pause: () => (begun === undefined ? feed.pause() : beginning),
      },
      (event) => feed.consume(event),
    )
    await feed.begin('live', options.interfaces.join(', '), () => stateOf(run))
    begun?.()
    begun = undefined
    return new Watching(run, feed, to)
  }

  /** What came before is read and written. */
  stop(): Promise<Totals> {
    void this.#run.stop().catch(() => undefined)
    return this.finished
  }

  async #finish(): Promise<Totals> {
    try {
      const totals = await this.#run.ended
      await this.#feed.finish(totals)
      return totals
    } catch (error) {
      await this.#feed.stop()
      this.#to.board.end('live', 'failed', (error as Error).message)
      throw error
    }
  }
}

function show(status: LiveStatus, { board }: FeedTo): void {
  const { packets, bytes, packetsPerSecond, dropped, ringUse, lagMillis, micros } = status
  board.watched({
    packets,
    bytes,
    packetsPerSecond: Math.round(packetsPerSecond),
    dropped,
    lagMillis,
    ...(status.capture === 'ring' && { ringUse }),
    ...(Number.isFinite(micros) && { micros }),
  })
}

function stateOf(run: LiveRun): RunState {
  const { packets, bytes, flows, dropped, micros } = run.status()
  const { firstMicros } = run.totals()
  return {
    packets,
    bytes,
    flows,
    dropped,
    ...(firstMicros !== undefined &&
      Number.isFinite(micros) && { span: { from: firstMicros, to: micros } }),
  }
}
