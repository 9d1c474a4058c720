/** How long packets wait for their verdicts, counted by spans: no packet is remembered. */

/** Upper ends of the spans, in seconds. */
export const LATENCY_SPANS = [5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 1e-1]

export interface LatencyCounts {
  /** Packets of each span and of all shorter ones, in the order of `LATENCY_SPANS`. */
  readonly upTo: readonly number[]
  readonly packets: number
  /** Of all packets together. */
  readonly seconds: number
}

export class Latency {
  readonly #upTo = LATENCY_SPANS.map(() => 0)
  #packets = 0
  #seconds = 0

  /** Packets that waited at most so long. */
  add(packets: number, seconds: number): void {
    this.#packets += packets
    this.#seconds += packets * seconds
    for (let i = LATENCY_SPANS.length - 1; i >= 0 && seconds <= LATENCY_SPANS[i]!; i--) {
      this.#upTo[i]! += packets
    }
  }

  get counts(): LatencyCounts {
    return { upTo: this.#upTo, packets: this.#packets, seconds: this.#seconds }
  }
}
