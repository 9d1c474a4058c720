/**
 * How things stand, said at even spans of capture time: who watches a network, or draws what a
 * capture holds over time, cannot wait for flows to end.
 */
import type { Event } from '../core/event.ts'
import type { FlowTable } from './flow/table.ts'
import { flowUpdate } from './flow-event.ts'
import type { Readings } from './readings.ts'

const MICROS = 1_000_000

export class Updates {
  readonly #span: number
  readonly #table: FlowTable
  readonly #readings: Readings
  readonly #captures: readonly string[]
  readonly #consume: (event: Event) => void
  /** The span that is counted; -Infinity before the first packet. */
  #from = Number.NEGATIVE_INFINITY
  #packets = 0
  #bytes = 0
  #flowsBefore = 0

  constructor(
    seconds: number,
    parts: { table: FlowTable; readings: Readings; captures: readonly string[] },
    consume: (event: Event) => void,
  ) {
    this.#span = seconds * MICROS
    this.#table = parts.table
    this.#readings = parts.readings
    this.#captures = parts.captures
    this.#consume = consume
  }

  /** Whether a span ends before this moment. */
  isDue(micros: number): boolean {
    return micros >= this.#from + this.#span
  }

  count(bytes: number): void {
    this.#packets++
    this.#bytes += bytes
  }

  /**
   * Say what happened in the span that is over, and begin the one that holds `micros`. Spans
   * without a packet are passed over.
   */
  say(micros: number): void {
    if (this.#packets > 0) {
      const from = this.#from
      this.#readings.each((slot, reading) => {
        if (this.#table.lastMicros(slot) < from) return
        this.#consume(flowUpdate(this.#table, slot, this.#captures, reading.verdict))
      })
      this.#consume({
        type: 'traffic',
        micros: from + this.#span,
        seconds: this.#span / MICROS,
        packets: this.#packets,
        bytes: this.#bytes,
        flows: this.#table.created - this.#flowsBefore,
      })
    }
    this.#from = Math.floor(micros / this.#span) * this.#span
    this.#packets = 0
    this.#bytes = 0
    this.#flowsBefore = this.#table.created
  }
}
