/**
 * From events to a store, for whoever reads or watches: verdicts are renewed, what was read is
 * written and seen a second later, and whoever is faster than the store waits for it.
 */
import { basename } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Event, Verdict } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { RunState, StoreWriter } from '../../core/store.ts'
import { Names } from '../../services/diagnose/misdirection.ts'
import { Judge } from '../commands/formats.ts'
import type { Investigation } from '../incidents/investigation.ts'
import type { Investigations } from '../incidents/investigations.ts'
import type { Totals } from '../pipeline.ts'
import type { Board } from './board.ts'
import type { Counters } from './counters.ts'

/** What was read is written and seen after this long, and verdicts are renewed. */
const FLUSH_MS = 1000
const VERDICT_TICKS = 2
/** In one go: putting them into words takes some ten milliseconds. The rest waits for the next. */
const VERDICTS_MAX = 1000

export interface FeedTo {
  readonly writer: StoreWriter
  readonly board: Board
  readonly counters: Counters
  /** Whether decoded messages are kept. */
  readonly messages?: boolean
  /** Where incidents are looked for. */
  readonly investigations?: Investigations
  /** Verdicts about what this program says itself: they are left out. */
  readonly isOwn?: (verdict: Verdict) => boolean
  /** Is shown every verdict. */
  readonly onVerdict?: (verdict: Verdict) => void
  /** Told why a watch is not written at the moment, and when it is again. */
  readonly onTrouble?: (words: string) => void
}

export class Feed {
  #to: FeedTo | undefined
  /** For whoever sees packets: what addresses are called. */
  readonly names = Names.youngest()
  readonly #judge = new Judge()
  #investigation: Investigation | undefined
  /** What came before there was a store. */
  #early: Event[] = []
  readonly #begun: Promise<void>
  #letGo: () => void = () => undefined
  #run = 0
  #kind: 'capture' | 'live' = 'capture'
  #waiting = 0
  #ticks = 0
  /** As many as were told at the last flush. */
  #packets: number | undefined
  #timer: NodeJS.Timeout | undefined
  #stateOf: () => RunState = () => ({})
  #flushing: Promise<void> | undefined
  /** What a flush that nobody waited for failed with. */
  #failure: unknown
  /** Why the last flush of a watch came to nothing. */
  #trouble: string | undefined

  constructor() {
    this.#begun = new Promise((resolve) => {
      this.#letGo = resolve
    })
  }

  /**
   * @param stateOf  how the run stands, asked at each flush
   * @returns its number
   */
  async begin(
    to: FeedTo,
    kind: 'capture' | 'live',
    source: string,
    stateOf: () => RunState,
  ): Promise<number> {
    const { writer, board } = to
    this.#stateOf = stateOf
    this.#run = await writer.begin({ source, kind, startedMicros: Date.now() * 1000 })
    board.begin(kind, source)
    this.#kind = kind
    this.#to = to
    this.#investigation = to.investigations?.begin((found) => this.consume(found), {
      names: this.names,
    })
    for (const event of this.#early.splice(0)) this.consume(event)
    this.#letGo()
    this.#timer = setInterval(() => this.#tick(), FLUSH_MS)
    return this.#run
  }

  consume(event: Event): void {
    if (this.#to === undefined) {
      this.#early.push(event)
      return
    }
    const { writer, counters, messages = true } = this.#to
    this.#investigation?.consume(event)
    if (event.type === 'message' && !messages) return
    this.#judge.consume(event)
    counters.consume(event)
    writer.consume(this.#run, event)
    this.#waiting++
  }

  /** Undefined where more can come at once. */
  pause(): Promise<void> | undefined {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    if (this.#to === undefined) return this.#begun
    if (this.#waiting < limits.eventsWaitingMax) return undefined
    return this.#flush().catch((error: unknown) => {
      this.#troubled(error)
      if (this.#failure !== undefined) throw error
    })
  }

  /**
   * A capture can be read again; a watch cannot, and goes on: what waits is written once there is room
   * for it, and what waits has a bound.
   */
  #troubled(error: unknown): void {
    if (this.#kind === 'capture') {
      this.#failure = error
      return
    }
    const words = (error as Error).message
    if (this.#trouble !== words) this.#to!.onTrouble?.(words)
    this.#trouble = words
    this.#to!.board.trouble(words)
  }

  /** Nothing more comes. */
  async finish(totals: Totals): Promise<void> {
    await this.stop()
    this.#endInvestigation()
    for (const event of this.#judge.conclude(totals, 0).limits) this.consume(event)
    while (this.#judged()) {
      await this.pause()
      await nextTurn()
    }
    const { firstMicros, lastMicros, packets, bytes, flows, damage } = totals
    const { writer, board } = this.#to!
    writer.state(this.#run, {
      ...this.#stateOf(),
      packets,
      bytes,
      flows,
      damage: damage.map(
        ({ capture, offset, cause }) => `${basename(capture)}: byte ${offset}: ${cause}`,
      ),
      endedMicros: Date.now() * 1000,
      ...(firstMicros !== undefined &&
        lastMicros !== undefined && { span: { from: firstMicros, to: lastMicros } }),
    })
    await writer.flush()
    const [first] = damage
    const at = this.#kind === 'live' ? '' : `damaged at byte ${first?.offset}: `
    board.end(this.#kind, 'done', first && `${at}${first.cause}`)
  }

  /** What should have come did not: nothing of it is kept here. */
  async abandon(): Promise<void> {
    await this.stop()
    if (this.#investigation !== undefined) this.#to!.investigations!.drop(this.#investigation)
    this.#investigation = undefined
  }

  /** Nothing is written by itself any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#flushing?.catch(() => undefined)
  }

  #endInvestigation(): void {
    if (this.#investigation !== undefined) this.#to!.investigations!.end(this.#investigation)
    this.#investigation = undefined
  }

  #tick(): void {
    if (++this.#ticks % VERDICT_TICKS === 0) this.#judged()
    this.#investigation?.standing()
    this.#investigation?.test(performance.now())
    const { packets } = this.#stateOf()
    if (this.#waiting === 0 && packets === this.#packets) return
    this.#packets = packets
    this.#flush().catch((error: unknown) => this.#troubled(error))
  }

  /** @returns whether there was something to say */
  #judged(): boolean {
    const verdicts = this.#judge.changed(VERDICTS_MAX)
    for (const verdict of verdicts) {
      if (this.#to?.isOwn?.(verdict)) continue
      this.consume(verdict)
      this.#to?.onVerdict?.(verdict)
    }
    return verdicts.length > 0
  }

  /** One at a time. */
  #flush(): Promise<void> {
    this.#flushing ??= this.#write().finally(() => {
      this.#flushing = undefined
    })
    return this.#flushing
  }

  async #write(): Promise<void> {
    const { writer, board } = this.#to!
    writer.state(this.#run, this.#stateOf())
    this.#waiting = 0
    await writer.flush()
    if (this.#trouble !== undefined) this.#to!.onTrouble?.('the store is written again')
    this.#trouble = undefined
    board.trouble(undefined)
    board.changed()
  }
}
