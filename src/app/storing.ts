/**
 * Captures read into a store while others ask it: in short steps, so that questions come between;
 * what was read is seen a second later, with verdicts as they stand.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Event } from '../core/event.ts'
import type { StoreWriter } from '../core/store.ts'
import type { Board } from './board.ts'
import { Judge } from './commands/formats.ts'
import type { Counters } from './counters.ts'
import { type Progress, type ReadOptions, Run, type Totals } from './pipeline.ts'

/** So many packets take some milliseconds: nobody who asks waits longer for his turn. */
const STEP_PACKETS = 2048
/** How often flows that go on are told, in seconds of the capture. */
const UPDATE_SECONDS = 10
/** What was read is written and seen after this long, and verdicts are renewed. */
const FLUSH_MS = 1000
const VERDICT_TICKS = 2
/** A store that is slower than reading is waited for. */
const EVENTS_WAITING_MAX = 100_000

export interface StoringTo {
  readonly writer: StoreWriter
  readonly board: Board
  readonly counters: Counters
  /** Whether decoded messages are kept. */
  readonly messages?: boolean
}

export class Storing {
  readonly #to: StoringTo
  readonly #judge = new Judge()
  readonly #reading: Run
  readonly #source: string
  readonly #signal: AbortSignal | undefined
  #stop: () => void = () => undefined
  /** What a flush between steps failed with: the reading ends with it. */
  #failure: unknown
  #run = 0
  #waiting = 0
  #ticks = 0
  #flushing: Promise<void> | undefined
  #progress: Progress | undefined

  private constructor(
    reading: Run,
    source: string,
    to: StoringTo,
    signal: AbortSignal | undefined,
  ) {
    this.#reading = reading
    this.#source = source
    this.#to = to
    this.#signal = signal
    signal?.addEventListener('abort', () => this.#stop())
  }

  /** @throws CaptureError  where one of the files cannot be opened, or is no capture */
  static async open(source: string, options: ReadOptions, to: StoringTo): Promise<Storing> {
    const storing: { current?: Storing } = {}
    const reading = await Run.open(
      {
        ...options,
        flows: true,
        updateSeconds: UPDATE_SECONDS,
        stepPackets: STEP_PACKETS,
        onProgress: (progress) => storing.current!.#told(progress),
      },
      (event) => storing.current!.#consume(event),
    )
    storing.current = new Storing(reading, source, to, options.signal)
    return storing.current
  }

  /**
   * To the end of the captures, or to where the signal stops it.
   * @param begun  is told the run's number
   */
  async read(begun?: (run: number) => void): Promise<Totals> {
    const { writer, board } = this.#to
    const source = this.#source
    this.#run = await writer.begin({ source, kind: 'capture', startedMicros: Date.now() * 1000 })
    begun?.(this.#run)
    board.begin('reading', source)
    const timer = setInterval(() => this.#tick(), FLUSH_MS)
    try {
      while (await this.#step()) {
        if (this.#waiting >= EVENTS_WAITING_MAX) await this.#flush()
        // Questions are answered between turns.
        await nextTurn()
      }
    } finally {
      clearInterval(timer)
      await this.#flushing?.catch(() => undefined)
    }
    return this.#finish()
  }

  /** A pipe may keep silent for long: a signal ends also this. */
  #step(): Promise<boolean> {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#signal?.aborted) return Promise.resolve(false)
    return new Promise((resolve, reject) => {
      this.#stop = () => resolve(false)
      this.#reading.advance().then(resolve, reject)
    })
  }

  #tick(): void {
    if (++this.#ticks % VERDICT_TICKS === 0) this.#judged()
    if (this.#waiting === 0) return
    this.#flush().catch((error: unknown) => {
      this.#failure = error
    })
  }

  async #finish(): Promise<Totals> {
    const { writer, board } = this.#to
    const totals = await this.#reading.finish()
    const conclusion = this.#judge.conclude(totals, 0)
    for (const event of conclusion.limits) this.#consume(event)
    this.#judged()
    const { firstMicros, lastMicros, packets, bytes, flows, damage } = totals
    writer.state(this.#run, {
      packets,
      bytes,
      flows,
      damage: damage.map(({ capture, offset, cause }) => `${capture}: byte ${offset}: ${cause}`),
      endedMicros: Date.now() * 1000,
      ...(firstMicros !== undefined &&
        lastMicros !== undefined && { span: { from: firstMicros, to: lastMicros } }),
    })
    await writer.flush()
    board.end('done', damage[0] && `damaged at byte ${damage[0].offset}: ${damage[0].cause}`)
    return totals
  }

  #consume(event: Event): void {
    const { writer, counters, messages = true } = this.#to
    if (event.type === 'message' && !messages) return
    this.#judge.consume(event)
    counters.consume(event)
    writer.consume(this.#run, event)
    this.#waiting++
  }

  #judged(): void {
    for (const verdict of this.#judge.changed()) this.#consume(verdict)
  }

  #told(progress: Progress): void {
    this.#progress = progress
    this.#to.board.progress(progress)
  }

  /** One at a time. */
  #flush(): Promise<void> {
    this.#flushing ??= this.#write().finally(() => {
      this.#flushing = undefined
    })
    return this.#flushing
  }

  async #write(): Promise<void> {
    const { writer, board } = this.#to
    if (this.#progress !== undefined) {
      const { packets, wireBytes: bytes, flows } = this.#progress
      writer.state(this.#run, { packets, bytes, flows })
    }
    this.#waiting = 0
    await writer.flush()
    board.changed()
  }
}
