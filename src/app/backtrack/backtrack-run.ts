/**
 * A crawl on this machine's sockets: recorded, read on the pipeline, and kept in a graph. What was stopped
 * goes on: the state says what is still to be asked, the capture what was told before.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Endpoint, endpointText } from '../../core/address.ts'
import type { CrawlerKind } from '../../core/crawler.ts'
import type { Event } from '../../core/event.ts'
import { shown } from '../../core/text.ts'
import { SocketHome } from '../../lab/socket-home.ts'
import type { Allowed } from '../../services/backtrack/allowed.ts'
import { Crawl, type CrawlOptions } from '../../services/backtrack/crawl.ts'
import type { Asking } from '../../services/backtrack/findings.ts'
import type { Learned } from '../../services/backtrack/frontier.ts'
import { Graph } from '../../services/backtrack/graph.ts'
import { readState, type Saved, stateText } from '../../services/backtrack/state-file.ts'
import { UsageError } from '../exit-codes.ts'
import { Recording } from '../honeynet/recording.ts'
import { Run, readCaptures, type Totals } from '../pipeline.ts'
import { isOwn } from './own.ts'
import { Tape } from './tape.ts'
import { TapeCursor } from './tape-cursor.ts'

export interface BacktrackOptions extends CrawlOptions {
  /** Address of ours that it asks from. */
  readonly ip: string
  readonly allowed: Allowed
  readonly kinds: ReadonlyMap<string, CrawlerKind>
  /** Whom to ask first. */
  readonly seeds: readonly Learned[]
  /** What is asked about, in words: another question is another crawl. */
  readonly question: string
  /** Files for all packets, and for what is still to be asked. */
  readonly write?: string
  readonly state?: string
}

const SAVE_MILLIS = 5000
/** Name of the interface in the capture. */
const INTERFACE = 'backtrack'
const STEP_PACKETS = 4096
const DEAF_MICROS = 1_000_000

export class BacktrackRun {
  readonly graph: Graph
  readonly crawl: Crawl
  readonly #options: BacktrackOptions
  readonly #home: SocketHome
  readonly #cursor: TapeCursor
  readonly #run: Run
  readonly #recording: Recording | undefined

  private constructor(
    options: BacktrackOptions,
    before: { saved: Saved | undefined; frames: number; graph: Graph },
    consume: (event: Event) => void,
  ) {
    const { kinds, allowed, write, ip } = options
    const { saved, frames, graph } = before
    this.#options = options
    this.graph = graph
    const about = `peerscope backtrack: ${options.question}`
    this.#recording =
      write === undefined ? undefined : new Recording(write, INTERFACE, about, frames > 0)
    const cursor = new TapeCursor(write ?? INTERFACE, frames)
    this.#cursor = cursor
    this.crawl = new Crawl(kinds, allowed, options, () => cursor.end(), saved)
    const tape = new Tape(this.crawl, allowed, (micros, frame) => cursor.add(micros, frame))
    this.#home = new SocketHome(tape, ip, () => undefined)
    const read = {
      flows: true,
      stepPackets: STEP_PACKETS,
      onPacket: () => this.#recording?.add(cursor),
    }
    this.#run = Run.over(cursor, read, (event) => {
      if (isOwn(event, ip)) return
      if (event.type === 'claim') graph.claim(event)
      consume(event)
    })
  }

  /** @throws UsageError where the state is of another crawl */
  static async open(
    options: BacktrackOptions,
    consume: (event: Event) => void,
  ): Promise<BacktrackRun> {
    const { write, kinds } = options
    const saved = savedState(options)
    const graph = new Graph((family, via) => {
      return kinds.get(family)?.channels.find(({ vias }) => vias.includes(via))?.kind
    })
    let frames = 0
    if (saved !== undefined && write !== undefined && existsSync(write)) {
      const totals = await readCaptures({ files: [write] }, (event) => {
        if (event.type === 'claim' && !isOwn(event, options.ip)) graph.claim(event)
      })
      frames = totals.packets
    }
    return new BacktrackRun(options, { saved, frames, graph }, consume)
  }

  /** What came of each channel, and who answered. */
  get asking(): Asking {
    const { kinds } = this.#options
    const { asked } = this.crawl.frontier
    const answers = new Map<string, boolean>()
    const channels = [...kinds].flatMap(([family, { channels }]) => {
      return channels.map(({ name, kind, vias }) => {
        const counts = { asked: 0, answered: 0 }
        for (const [key, { isAnswered }] of asked) {
          const [ofFamily, ofChannel, whom] = key.split(' ') as [string, string, string]
          if (ofFamily !== family || ofChannel !== name) continue
          counts.asked++
          if (isAnswered) counts.answered++
          answers.set(whom, isAnswered || answers.get(whom) === true)
        }
        return { family, channel: name, kind, vias, ...counts }
      })
    })
    return { channels, answers: (at: Endpoint) => answers.get(endpointText(at)) }
  }

  /** Until nothing is left to be asked, or it is stopped. */
  async run(): Promise<Totals> {
    for (const seed of this.#options.seeds) this.crawl.learn(seed)
    await this.#home.start()
    const timer = setInterval(() => this.#save(), SAVE_MILLIS)
    try {
      for (let step = this.#run.take(); step !== 'end'; step = this.#run.take()) {
        if (step === 'wait') {
          await this.#cursor.fill()
          this.#run.tick(this.#home.nowMicros - DEAF_MICROS)
        }
        // Sockets are heard between turns.
        await nextTurn()
      }
    } finally {
      clearInterval(timer)
      await this.#home.stop()
      this.#recording?.close()
      this.#save()
    }
    return this.#run.finish()
  }

  stop(): void {
    this.crawl.stop()
  }

  /** The capture first: what the state says was asked, it holds. */
  #save(): void {
    this.#recording?.flush()
    const { state: path, question } = this.#options
    if (path === undefined) return
    const beside = `${path}.new`
    writeFileSync(beside, stateText({ ...this.crawl.state, question }), { mode: 0o640 })
    renameSync(beside, path)
  }
}

/** @throws UsageError where it is of another crawl */
export function savedState({
  state: path,
  question,
}: Pick<BacktrackOptions, 'state' | 'question'>): Saved | undefined {
  if (path === undefined || !existsSync(path)) return undefined
  const saved = readState(readFileSync(path, 'utf8'))
  if (saved === undefined) throw new UsageError(`--state ${shown(path)}: no state of a crawl`)
  if (saved.question !== question) {
    throw new UsageError(`--state ${shown(path)}: of another crawl, about ${shown(saved.question)}`)
  }
  return saved
}
