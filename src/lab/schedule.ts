/**
 * What shall happen when, on a virtual clock: a binary heap, earliest first. What falls on the same
 * microsecond happens in the order in which it was put down, so that runs can be repeated.
 */
export class Schedule {
  #nowMicros: number
  #put = 0
  readonly #heap: Due[] = []

  constructor(startMicros: number) {
    this.#nowMicros = startMicros
  }

  get nowMicros(): number {
    return this.#nowMicros
  }

  get size(): number {
    return this.#heap.length
  }

  /** Let something happen then; what is past happens next. */
  put(micros: number, run: () => void): void {
    const due = { micros: Math.max(micros, this.#nowMicros), order: this.#put++, run }
    this.#heap.push(due)
    this.#rise(this.#heap.length - 1)
  }

  /**
   * Do everything that is due until then, and set the clock there.
   * @returns how many things were done
   */
  runUntil(micros: number): number {
    let done = 0
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (first.micros > micros) break
      this.#takeFirst()
      this.#nowMicros = first.micros
      first.run()
      done++
    }
    this.#nowMicros = Math.max(this.#nowMicros, micros)
    return done
  }

  #takeFirst(): void {
    const last = this.#heap.pop()!
    if (this.#heap.length === 0) return
    this.#heap[0] = last
    this.#sink()
  }

  #rise(from: number): void {
    const heap = this.#heap
    const due = heap[from]!
    let at = from
    while (at > 0) {
      const above = Math.floor((at - 1) / 2)
      if (!isBefore(due, heap[above]!)) break
      heap[at] = heap[above]!
      at = above
    }
    heap[at] = due
  }

  #sink(): void {
    const heap = this.#heap
    const due = heap[0]!
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) below++
      if (!isBefore(heap[below]!, due)) break
      heap[at] = heap[below]!
      at = below
    }
    heap[at] = due
  }
}

interface Due {
  readonly micros: number
  readonly order: number
  readonly run: () => void
}

function isBefore(a: Due, b: Due): boolean {
  return a.micros < b.micros || (a.micros === b.micros && a.order < b.order)
}
