/**
 * Several captures as one, by time. A binary heap holds the captures that stand on a packet, the
 * earliest on top; equal times keep the order of the captures. Within a capture the order of the
 * file stays, also where its times go back.
 */
import type { CaptureFile } from './capture-file.ts'
import type { Cursor, SourceDamage } from './cursor.ts'

export class Merged implements Cursor {
  readonly #files: readonly CaptureFile[]
  /** Place in `#files` of each capture that stands on a packet. */
  readonly #heap: number[] = []
  /** Captures that were moved onto their first packet; the rest comes before anything else. */
  #primed = 0
  /** Whether the packet on top was given out, so that its capture has to step on. */
  #given = false
  #waiting: CaptureFile
  #current: CaptureFile

  /** @param files  at least one */
  constructor(files: readonly CaptureFile[]) {
    this.#files = files
    this.#current = files[0]!
    this.#waiting = files[0]!
  }

  next(): 'packet' | 'wait' | 'end' {
    while (this.#primed < this.#files.length) {
      if (!this.#prime()) return 'wait'
    }
    const heap = this.#heap
    if (heap.length === 0) return 'end'
    if (this.#given) {
      const top = this.#files[heap[0]!]!
      const step = top.next()
      if (step === 'wait') {
        this.#waiting = top
        return 'wait'
      }
      this.#given = false
      if (step === 'end') {
        const last = heap.pop()!
        top.release()
        if (heap.length === 0) return 'end'
        heap[0] = last
      }
      this.#sink()
    }
    this.#current = this.#files[heap[0]!]!
    this.#given = true
    return 'packet'
  }

  /** Move the next capture onto its first packet; false where it has to be filled. */
  #prime(): boolean {
    const file = this.#files[this.#primed]!
    const step = file.next()
    if (step === 'wait') {
      this.#waiting = file
      return false
    }
    if (step === 'end') file.release()
    else this.#rise(this.#heap.push(this.#primed) - 1)
    this.#primed++
    return true
  }

  #isBefore(one: number, other: number): boolean {
    const a = this.#files[one]!.micros
    const b = this.#files[other]!.micros
    return a < b || (a === b && one < other)
  }

  #rise(from: number): void {
    const heap = this.#heap
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#isBefore(heap[at]!, heap[parent]!)) return
      this.#swap(at, parent)
      at = parent
    }
  }

  #sink(): void {
    const heap = this.#heap
    let at = 0
    for (;;) {
      let first = at
      for (let child = 2 * at + 1; child <= 2 * at + 2 && child < heap.length; child++) {
        if (this.#isBefore(heap[child]!, heap[first]!)) first = child
      }
      if (first === at) return
      this.#swap(at, first)
      at = first
    }
  }

  #swap(one: number, other: number): void {
    const heap = this.#heap
    const held = heap[one]!
    heap[one] = heap[other]!
    heap[other] = held
  }

  fill(): Promise<void> {
    return this.#waiting.fill()
  }

  get bytes(): Uint8Array {
    return this.#current.bytes
  }
  get at(): number {
    return this.#current.at
  }
  get size(): number {
    return this.#current.size
  }
  get wireSize(): number {
    return this.#current.wireSize
  }
  get micros(): number {
    return this.#current.micros
  }
  get linkType(): number {
    return this.#current.linkType
  }
  get interfaceId(): number {
    return this.#current.interfaceId
  }
  get frame(): number {
    return this.#current.frame
  }
  get capture(): string {
    return this.#current.capture
  }
  get damage(): readonly SourceDamage[] {
    return this.#files.flatMap((file) => file.damage)
  }
  get bytesRead(): number {
    return this.#files.reduce((sum, file) => sum + file.bytesRead, 0)
  }
  get bytesTotal(): number | undefined {
    let sum = 0
    for (const file of this.#files) {
      if (file.bytesTotal === undefined) return undefined
      sum += file.bytesTotal
    }
    return sum
  }

  async close(): Promise<void> {
    for (const file of this.#files) await file.close()
  }
}
