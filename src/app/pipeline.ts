/**
 * The whole way on one screen: captures → packets → flows → protocols → events → whoever asked.
 */
import type { Event, OtherFlows } from '../core/event.ts'
import { Engine, type PacketView } from '../intake/engine.ts'
import { filtered } from '../intake/source/filter.ts'
import { linkTypeOf } from '../intake/source/link-types.ts'
import { type Cursor, openCaptures } from '../intake/source/open.ts'
import { protocols } from '../protocols/index.ts'

export interface ReadOptions {
  /** Capture files, folders of them, or `-` for standard input; merged by time. */
  readonly files: readonly string[]
  /** A BPF expression, as tcpdump takes it. */
  readonly filter?: string
  /** Say a `flow` event for every flow, or (`p2p`) only where a protocol was recognised. */
  readonly flows?: boolean | 'p2p'
  /** Say every message, also those that only carry data (piece, have, request …). */
  readonly everyMessage?: boolean
  /** Say how things stand each so many seconds of capture time (`flow-update`, `traffic`). */
  readonly updateSeconds?: number
  /** Stop after so many packets. */
  readonly packetsMax?: number
  /** How many packets one step takes in: few where others wait for their turn. */
  readonly stepPackets?: number
  readonly onProgress?: (progress: Progress) => void
  /** Told of what lies in a folder, is called a capture, and is none. */
  readonly onLeftOut?: (error: Error) => void
  /** Shown each packet before it is read; valid only in the call. */
  readonly onPacket?: (packet: PacketView) => void
  /** Called with each packet once it was read, and with how its flow stands; not to be kept. */
  readonly onStanding?: (flow: Pick<Engine, 'standing' | 'decoded'>, packet: PacketView) => void
  /** Shown where it stands between two steps. */
  readonly onStep?: (cursor: Cursor) => void
  readonly signal?: AbortSignal
}

export interface Progress {
  /** Bytes of the files read so far, and in all where that is known. */
  readonly bytesRead: number
  readonly bytesTotal: number | undefined
  readonly packets: number
  /** Bytes on the wire, link headers included. */
  readonly wireBytes: number
  readonly flows: number
  /** Time of the last packet. */
  readonly micros: number
}

/** The account of one run. */
export interface Totals {
  readonly packets: number
  /** Bytes on the wire, link headers included. */
  readonly bytes: number
  readonly firstMicros: number | undefined
  readonly lastMicros: number | undefined
  /** What became of the packets. */
  readonly packetCounts: Readonly<Record<string, number>>
  /** Packets by link type, where their link type is not read. */
  readonly unreadLinkTypes: readonly { name: string; packets: number }[]
  /** Packets that the filter left out. */
  readonly filteredOut: number
  readonly flows: number
  /** Where `flows` is `p2p`: what was not said. */
  readonly otherFlows?: OtherFlows
  readonly endpointsKnown: number
  /** family → message → count */
  readonly messages: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** wire → fault → count */
  readonly faults: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Bounds that were reached, and how often. */
  readonly limits: Readonly<Record<string, number>>
  readonly gapBytes: number
  readonly withdrawn: number
  readonly damage: readonly { capture: string; offset: number; cause: string }[]
  readonly captures: readonly { name: string; packets: number }[]
  /** The run was stopped before the captures ended. */
  readonly interrupted: boolean
}

/** How often progress is told, in packets, unless told otherwise. */
const STEP_PACKETS = 65_536

/** One run, step by step: `advance` until it says false, then `finish`. */
export class Run {
  readonly #cursor: Cursor
  readonly #engine: Engine
  readonly #options: Omit<ReadOptions, 'files' | 'filter'>
  readonly #perCapture = new Map<string, number>()
  #interrupted = false

  private constructor(
    cursor: Cursor,
    options: Omit<ReadOptions, 'files' | 'filter'>,
    consume: (event: Event) => void,
  ) {
    this.#cursor = cursor
    this.#options = options
    this.#engine = new Engine(protocols, consume, {
      flows: options.flows ?? false,
      everyMessage: options.everyMessage ?? false,
      ...(options.updateSeconds !== undefined && { updateSeconds: options.updateSeconds }),
    })
  }

  static async open(options: ReadOptions, consume: (event: Event) => void): Promise<Run> {
    const captures = await openCaptures(options.files, options.onLeftOut)
    const cursor = options.filter === undefined ? captures : filtered(captures, options.filter)
    return new Run(cursor, options, consume)
  }

  /** A run over packets that come from elsewhere, as from an interface. */
  static over(
    cursor: Cursor,
    options: Omit<ReadOptions, 'files' | 'filter'>,
    consume: (event: Event) => void,
  ): Run {
    return new Run(cursor, options, consume)
  }

  /** What is remembered of endpoints. */
  get endpoints(): Engine['endpoints'] {
    return this.#engine.endpoints
  }

  /** How far the times of packets go back, at most. */
  get disorderMicros(): number {
    return this.#engine.accounts.disorderMicros
  }

  /** Time passed without a packet. */
  tick(micros: number): void {
    this.#engine.tick(micros)
  }

  /** Take in what is at hand; false once the captures are over or the run was stopped. */
  async advance(): Promise<boolean> {
    const step = this.take()
    if (step === 'end') return false
    if (step === 'wait') await this.#cursor.fill()
    return this.#goOn()
  }

  /** Take in what is at hand. `wait`: fill the cursor first. */
  take(): 'more' | 'wait' | 'end' {
    const cursor = this.#cursor
    const engine = this.#engine
    const { onPacket, onStanding } = this.#options
    const packetsMax = this.#options.packetsMax ?? Number.POSITIVE_INFINITY
    let capture = ''
    let count = 0
    for (let budget = this.#options.stepPackets ?? STEP_PACKETS; budget > 0; budget--) {
      const step = engine.accounts.packets >= packetsMax ? 'end' : cursor.next()
      if (step !== 'packet') {
        this.#count(capture, count)
        return step
      }
      if (cursor.capture !== capture) {
        this.#count(capture, count)
        capture = cursor.capture
        count = 0
      }
      count++
      onPacket?.(cursor)
      engine.packet(cursor)
      onStanding?.(engine, cursor)
    }
    this.#count(capture, count)
    return 'more'
  }

  #count(capture: string, count: number): void {
    if (count > 0) this.#perCapture.set(capture, (this.#perCapture.get(capture) ?? 0) + count)
  }

  #goOn(): boolean {
    this.#options.onProgress?.({
      bytesRead: this.#cursor.bytesRead,
      bytesTotal: this.#cursor.bytesTotal,
      packets: this.#engine.accounts.packets,
      wireBytes: this.#engine.accounts.bytes,
      flows: this.#engine.flowCount,
      micros: this.#engine.micros,
    })
    this.#options.onStep?.(this.#cursor)
    if (this.#options.signal?.aborted) this.#interrupted = true
    return !this.#interrupted
  }

  /** End every flow and close the files. */
  async finish(): Promise<Totals> {
    this.#engine.end()
    await this.#cursor.close()
    return this.totals()
  }

  /** The account so far; what became of packets is told once the run is finished. */
  totals(): Totals {
    const { accounts } = this.#engine
    return {
      packets: accounts.packets,
      bytes: accounts.bytes,
      firstMicros: accounts.packets > 0 ? accounts.firstMicros : undefined,
      lastMicros: accounts.packets > 0 ? accounts.lastMicros : undefined,
      packetCounts: accounts.packetCounts,
      unreadLinkTypes: [...accounts.unreadLinkTypes].map(([linkType, packets]) => ({
        name: linkTypeOf(linkType).name,
        packets,
      })),
      filteredOut: this.#cursor.skipped ?? 0,
      flows: this.#engine.flowCount,
      ...(this.#options.flows === 'p2p' && { otherFlows: accounts.otherFlows }),
      endpointsKnown: this.#engine.endpoints.size,
      messages: nested(accounts.messages),
      faults: nested(accounts.faults),
      limits: Object.fromEntries(accounts.limits),
      gapBytes: accounts.gapBytes,
      withdrawn: accounts.withdrawn,
      damage: this.#cursor.damage,
      captures: [...this.#perCapture].map(([name, packets]) => ({ name, packets })),
      interrupted: this.#interrupted,
    }
  }
}

function nested(table: ReadonlyMap<string, ReadonlyMap<string, number>>) {
  return Object.fromEntries([...table].map(([name, counts]) => [name, Object.fromEntries(counts)]))
}

/** Read captures to their end, or to where `signal` stops it, and hand on every event. */
export async function readCaptures(
  options: ReadOptions,
  consume: (event: Event) => void,
): Promise<Totals> {
  const run = await Run.open(options, consume)
  while (await run.advance()) {
    // Everything happens in `advance`.
  }
  return run.finish()
}
