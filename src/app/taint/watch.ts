/** Everything that passes beside the suspect, written down and read as any capture is. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Event } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { kernelFilter } from '../../intake/source/live.ts'
import { RingCursor } from '../../intake/source/live-ring.ts'
import { openPacketSocket } from '../../linux/packet-socket.ts'
import { Recording } from '../honeynet/recording.ts'
import { Run, type Totals } from '../pipeline.ts'

const ETHERNET = 1
const SIZE = { blockBytes: 1_048_576, blocks: 32, retireMillis: 60 }

export class Watch {
  readonly #cursor: RingCursor
  readonly #run: Run
  readonly #recording: Recording | undefined
  readonly #ended: Promise<Totals>

  /** @param write  file for all packets */
  constructor(
    from: string,
    { write, about }: { write: string | undefined; about: string },
    consume: (event: Event) => void,
  ) {
    const filter = kernelFilter(undefined, ETHERNET, limits.savedLength)
    const socket = openPacketSocket(from, { size: SIZE, promiscuous: false, filter })
    this.#cursor = new RingCursor(from, socket, new BigUint64Array(1), () => undefined)
    this.#recording = write === undefined ? undefined : new Recording(write, from, about)
    this.#run = Run.over(
      this.#cursor,
      { flows: true, onPacket: (packet) => this.#recording?.add(packet) },
      consume,
    )
    this.#ended = this.#go()
    // Whoever stops it is told.
    this.#ended.catch(() => undefined)
  }

  async #go(): Promise<Totals> {
    for (let step = this.#run.take(); step !== 'end'; step = this.#run.take()) {
      if (step === 'wait') {
        this.#recording?.flush()
        await this.#cursor.fill()
      } else await nextTurn()
    }
    this.#recording?.close()
    return this.#run.finish()
  }

  /** Packets for which there was no room: what they said is not known. */
  get dropped(): number {
    return this.#cursor.counts().dropped ?? 0
  }

  /** What was captured before is read, and all flows end. */
  stop(): Promise<Totals> {
    this.#cursor.stop()
    return this.#ended
  }
}
