/** One reader of an interface: packets out of its ring, or out of the pipe, through an engine of its own. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Endpoint } from '../../core/address.ts'
import type { Event } from '../../core/event.ts'
import type { Taught } from '../../intake/endpoints.ts'
import { filtered } from '../../intake/source/filter.ts'
import type { LiveCursor } from '../../intake/source/live.ts'
import type { NameOf } from '../../services/diagnose/misdirection.ts'
import { type KeptPacket, PacketKeeper } from '../evidence/packet-keeper.ts'
import { namesInPackets } from '../incidents/names-in-packets.ts'
import { type ReadOptions, Run, type Totals } from '../pipeline.ts'

/** How the events are wanted; all of it can go to another thread. */
export interface LaneOptions
  extends Pick<ReadOptions, 'flows' | 'everyMessage' | 'updateSeconds' | 'packetsMax'> {
  /** Run here and not in the kernel, where the kernel does not see what it speaks of. */
  readonly filter?: string
  /** Of so many lanes, from 0: flow numbers of two lanes are never the same. */
  readonly lane: number
  readonly lanes: number
  /** Keep the last packets in this folder, so many bytes of them. */
  readonly keep?: { readonly folder: string; readonly bytes: number }
  /** Read answers of DNS. */
  readonly names?: boolean
}

/** What one lane heard, for the others. */
export type Teaching = readonly [endpoint: Endpoint, taught: Taught]

/** How a lane stands; counts are since its beginning. */
export interface LaneStatus {
  readonly packets: number
  readonly bytes: number
  readonly flows: number
  /** As far as the kernel, or the capturing program, tells. */
  readonly received: number
  readonly dropped: number
  /** At most since this was asked last, 0 to 1; 0 where there is no ring. */
  readonly ringUse: number
  /** How old the last packet was once it had been read. */
  readonly lagMillis: number
  /** Time of the last packet; -Infinity before the first. */
  readonly micros: number
}

/**
 * Packets reach us so late at most: the clock of an idle lane stands back by this, so that none comes
 * from before it.
 */
const LATE_MICROS = 2_000_000

export interface LaneListeners {
  /** Is told what this lane learns of endpoints; absent where nobody else does. */
  readonly hear?: ((teaching: Teaching) => void) | undefined
  /** Is told, where names are read, what addresses are called. */
  readonly name?: ((named: NameOf) => void) | undefined
}

export class Lane {
  readonly #cursor: LiveCursor
  readonly #run: Run
  readonly #keeper: PacketKeeper | undefined
  #lagMillis = 0

  constructor(
    cursor: LiveCursor,
    options: LaneOptions,
    consume: (event: Event) => void,
    { hear, name }: LaneListeners = {},
  ) {
    const { filter, lane, lanes, keep, names, ...wanted } = options
    this.#cursor = cursor
    const keeper = keep && new PacketKeeper(keep.folder, cursor.capture, keep.bytes, lane)
    this.#keeper = keeper
    const rest = {
      ...wanted,
      ...(keeper && { onPacket: (packet: KeptPacket) => keeper.add(packet) }),
      ...(names && name && { onStanding: namesInPackets(name) }),
    }
    const source = filter === undefined ? cursor : filtered(cursor, filter)
    this.#run = Run.over(source, rest, lanes === 1 ? consume : numbered(lane, lanes, consume))
    if (hear !== undefined) {
      this.#run.endpoints.retell = (endpoint, taught) => hear([endpoint, taught])
    }
  }

  /**
   * To the end of the capture.
   * @param pause  awaited between two blocks: others have their turn, and whoever takes the events
   *               may hold the lane
   */
  async run(pause: () => Promise<unknown> = nextTurn): Promise<Totals> {
    for (;;) {
      const before = this.#cursor.frame
      const step = this.#run.take()
      if (step === 'end') {
        this.#keeper?.close()
        return this.#run.finish()
      }
      const { frame, micros } = this.#cursor
      const now = Date.now() * 1000
      this.#keeper?.flushLate(now)
      if (frame !== before) this.#lagMillis = Math.max(0, Math.round((now - micros) / 1000))
      else this.#run.tick(now - LATE_MICROS)
      if (step === 'wait') await this.#cursor.fill()
      await pause()
    }
  }

  learn(teachings: readonly Teaching[]): void {
    for (const [endpoint, taught] of teachings) this.#run.endpoints.learn(endpoint, taught)
  }

  /** Take in nothing more; `run` ends once everything before was read. */
  stop(): void {
    this.#cursor.stop()
  }

  status(): LaneStatus {
    const { packets, bytes, flows, lastMicros } = this.#run.totals()
    const { received, dropped = 0, ringUse = 0 } = this.#cursor.counts()
    return {
      packets,
      bytes,
      flows,
      received,
      dropped,
      ringUse,
      lagMillis: this.#lagMillis,
      micros: lastMicros ?? Number.NEGATIVE_INFINITY,
    }
  }

  totals(): Totals {
    return this.#run.totals()
  }
}

/** Numbers of one lane are those with the same rest, so that they stay small. */
function numbered(
  lane: number,
  lanes: number,
  consume: (event: Event) => void,
): (event: Event) => void {
  return (event) => {
    if ('flow' in event) {
      const own = event as { flow: number }
      own.flow = (own.flow - 1) * lanes + lane + 1
    }
    consume(event)
  }
}
