/** Interfaces watched into a store, while others ask it. */
import type { RunState } from '../../core/store.ts'
import { type LiveOptions, LiveRun, type LiveStatus } from '../live/live.ts'
import type { Totals } from '../pipeline.ts'
import { Feed, type FeedTo } from './feed.ts'

export class Watching {
  readonly #feed = new Feed()
  readonly #source: string
  #run: LiveRun | undefined
  #to: FeedTo | undefined
  #finished: Promise<Totals> | undefined

  private constructor(source: string) {
    this.#source = source
  }

  /**
   * Open the interfaces, and let go of the rights that this needs: whatever is opened later is opened
   * without them. Nothing more is taken in until `begin`.
   * @throws CaptureError, FilterError, UserError
   */
  static async open(options: LiveOptions): Promise<Watching> {
    const watching = new Watching(options.interfaces.join(', '))
    watching.#run = await LiveRun.open(
      {
        ...options,
        flows: true,
        onStatus: (status) => watching.#show(status),
        onName: (named) => watching.#feed.names.add(named),
        pause: () => watching.#feed.pause(),
      },
      (event) => watching.#feed.consume(event),
    )
    return watching
  }

  async begin(to: FeedTo): Promise<void> {
    const run = this.#run!
    this.#to = to
    await this.#feed.begin(to, 'live', this.#source, () => stateOf(run))
    this.#finished = this.#finish(run, to)
    // Whoever stops it is told.
    this.#finished.catch(() => undefined)
  }

  /** Everything was read and written: the interfaces are gone, or `stop` was called. */
  get finished(): Promise<Totals> {
    return this.#finished!
  }

  /** What came before is read and written. */
  stop(): Promise<Totals> {
    void this.#run!.stop().catch(() => undefined)
    return this.finished
  }

  async #finish(run: LiveRun, to: FeedTo): Promise<Totals> {
    try {
      const totals = await run.ended
      await this.#feed.finish(totals)
      return totals
    } catch (error) {
      await this.#feed.abandon()
      to.board.end('live', 'failed', (error as Error).message)
      throw error
    }
  }

  #show(status: LiveStatus): void {
    if (this.#to !== undefined) show(status, this.#to)
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
