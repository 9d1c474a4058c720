/** Captures read into a store while others ask it: in short steps, so that questions come between. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { RunState } from '../../core/store.ts'
import { CaptureIndex } from '../evidence/capture-index.ts'
import { namesInPackets } from '../incidents/names-in-packets.ts'
import { type Progress, type ReadOptions, Run, type Totals } from '../pipeline.ts'
import { Feed, type FeedTo } from './feed.ts'

/** So many packets take some milliseconds: nobody who asks waits longer for his turn. */
const STEP_PACKETS = 2048
/** How often flows that go on are told, in seconds of the capture. */
const UPDATE_SECONDS = 10

export class Storing {
  readonly #feed: Feed
  readonly #to: FeedTo
  readonly #reading: Run
  readonly #source: string
  readonly #signal: AbortSignal | undefined
  readonly #last: { progress?: Progress }
  /** Where the captures can be read again from. */
  readonly index: CaptureIndex
  #stop: () => void = () => undefined

  private constructor(
    reading: Run,
    feed: Feed,
    to: FeedTo,
    source: string,
    signal: AbortSignal | undefined,
    last: { progress?: Progress },
    index: CaptureIndex,
  ) {
    this.#reading = reading
    this.#feed = feed
    this.#to = to
    this.#source = source
    this.#last = last
    this.index = index
    this.#signal = signal
    signal?.addEventListener('abort', () => this.#stop())
  }

  /** @throws CaptureError  where one of the files cannot be opened, or is no capture */
  static async open(source: string, options: ReadOptions, to: FeedTo): Promise<Storing> {
    const feed = new Feed()
    const last: { progress?: Progress } = {}
    const index = new CaptureIndex()
    const reading = await Run.open(
      {
        ...options,
        flows: true,
        updateSeconds: UPDATE_SECONDS,
        stepPackets: STEP_PACKETS,
        onStanding: namesInPackets((named) => feed.names.add(named)),
        onStep: (cursor) => index.note(cursor),
        onProgress: (progress) => {
          last.progress = progress
          to.board.progress(progress)
          options.onProgress?.(progress)
        },
      },
      (event) => feed.consume(event),
    )
    return new Storing(reading, feed, to, source, options.signal, last, index)
  }

  /**
   * To the end of the captures, or to where the signal stops it.
   * @param begun  is told the run's number
   */
  async read(begun?: (run: number) => void): Promise<Totals> {
    const feed = this.#feed
    const state = () => stateOf(this.#last.progress)
    const run = await feed.begin(this.#to, 'capture', this.#source, state)
    begun?.(run)
    try {
      while (await this.#step()) {
        await feed.pause()
        // Questions are answered between turns.
        await nextTurn()
      }
      await feed.stop()
    } catch (error) {
      await feed.abandon()
      throw error
    }
    const totals = await this.#reading.finish()
    if (!totals.interrupted) this.index.disorderMicros = this.#reading.disorderMicros
    await feed.finish(totals)
    return totals
  }

  /** A pipe may keep silent for long: a signal ends also this. */
  #step(): Promise<boolean> {
    if (this.#signal?.aborted) return Promise.resolve(false)
    return new Promise((resolve, reject) => {
      this.#stop = () => resolve(false)
      this.#reading.advance().then(resolve, reject)
    })
  }
}

function stateOf(progress: Progress | undefined): RunState {
  if (progress === undefined) return {}
  const { packets, wireBytes: bytes, flows } = progress
  return { packets, bytes, flows }
}
