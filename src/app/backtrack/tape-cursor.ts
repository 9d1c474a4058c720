/** What a tape wrote, as a source of packets: so a crawl is read as any capture is. */
import type { Cursor, SourceDamage } from '../../intake/source/cursor.ts'

const ETHERNET = 1
const NOTHING = new Uint8Array(0)
/** `fill` waits no longer than this. */
const PATIENCE_MILLIS = 200

interface Frame {
  readonly micros: number
  readonly bytes: Uint8Array
}

export class TapeCursor implements Cursor {
  readonly capture: string
  readonly linkType = ETHERNET
  readonly interfaceId = 0
  readonly damage: SourceDamage[] = []
  readonly bytesTotal = undefined
  readonly at = 0
  bytes: Uint8Array = NOTHING
  micros = 0
  frame: number
  bytesRead = 0
  #waiting: Frame[] = []
  #next = 0
  #isOver = false
  #wake: () => void = () => undefined

  /**
   * @param capture  its name: where the packets are kept
   * @param frames   that are in it already
   */
  constructor(capture: string, frames = 0) {
    this.capture = capture
    this.frame = frames
  }

  add(micros: number, bytes: Uint8Array): void {
    this.#waiting.push({ micros, bytes })
    this.#wake()
  }

  /** Nothing more is added. */
  end(): void {
    this.#isOver = true
    this.#wake()
  }

  get size(): number {
    return this.bytes.length
  }

  get wireSize(): number {
    return this.bytes.length
  }

  next(): 'packet' | 'wait' | 'end' {
    const frame = this.#waiting[this.#next]
    if (frame === undefined) {
      this.#waiting = []
      this.#next = 0
      return this.#isOver ? 'end' : 'wait'
    }
    this.#next++
    this.bytes = frame.bytes
    this.micros = frame.micros
    this.frame++
    this.bytesRead += frame.bytes.length
    return 'packet'
  }

  fill(): Promise<void> {
    if (this.#waiting.length > 0 || this.#isOver) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, PATIENCE_MILLIS)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  async close(): Promise<void> {
    this.#waiting = []
  }
}
