/** What a tape wrote, as a source of packets: so a crawl is read as any capture is. */
import { PassingCursor } from '../../intake/source/passing-cursor.ts'

const ETHERNET = 1
/** `fill` waits no longer than this. */
const PATIENCE_MILLIS = 200

interface Frame {
  readonly micros: number
  readonly bytes: Uint8Array
}

export class TapeCursor extends PassingCursor {
  #waiting: Frame[] = []
  #next = 0
  #isOver = false
  #wake: () => void = () => undefined

  /**
   * @param capture  its name: where the packets are kept
   * @param frames   that are in it already
   */
  constructor(capture: string, frames = 0) {
    super(capture, ETHERNET)
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

  next(): 'packet' | 'wait' | 'end' {
    const frame = this.#waiting[this.#next]
    if (frame === undefined) {
      this.#waiting = []
      this.#next = 0
      return this.#isOver ? 'end' : 'wait'
    }
    this.#next++
    this.bytes = frame.bytes
    this.size = frame.bytes.length
    this.wireSize = frame.bytes.length
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
