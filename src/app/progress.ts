/**
 * One line on standard error that says how far reading has come: share, bytes, packets a second,
 * time left. Only on a terminal; it is wiped before anything else is written there.
 */
import { bytesText, countText, durationText } from '../core/figures.ts'
import type { Progress } from './pipeline.ts'

/** How often the line changes. */
const EVERY_MS = 100

export class ProgressLine {
  readonly #write: (text: string) => void
  readonly #now: () => number
  readonly #startMs: number
  #lastMs: number
  #shown = false

  /**
   * @param write  to standard error
   * @param now    milliseconds of a clock that never goes back
   */
  constructor(write: (text: string) => void, now: () => number) {
    this.#write = write
    this.#now = now
    this.#startMs = now()
    this.#lastMs = this.#startMs
  }

  show(progress: Progress): void {
    const now = this.#now()
    if (now - this.#lastMs < EVERY_MS) return
    this.#lastMs = now
    this.#shown = true
    this.#write(`\r\u001b[K${progressText(progress, (now - this.#startMs) / 1000)}`)
  }

  wipe(): void {
    if (this.#shown) this.#write('\r\u001b[K')
    this.#shown = false
  }
}

/** The line where standard error is a terminal; elsewhere, or where nobody wants it, there is none. */
export function progressLine(isWanted = true): ProgressLine | undefined {
  const isSeen = process.stderr.isTTY === true && process.env.TERM !== 'dumb'
  if (!isWanted || !isSeen) return undefined
  return new ProgressLine(
    (text) => process.stderr.write(text),
    () => performance.now(),
  )
}

export function progressText(progress: Progress, seconds: number): string {
  const { bytesRead, bytesTotal, packets, flows } = progress
  const speed = seconds > 0 ? `, ${countText(Math.round(packets / seconds))} packets/s` : ''
  const counts = `${countText(packets)} packets, ${countText(flows)} flows${speed}`
  if (bytesTotal === undefined || bytesTotal === 0) return `${bytesText(bytesRead)}, ${counts}`
  const part = Math.min(1, bytesRead / bytesTotal)
  const left = part > 0.01 ? `, ${durationText((1e6 * seconds * (1 - part)) / part)} left` : ''
  const percent = `${Math.floor(100 * part)} %`
  return `${percent} of ${bytesText(bytesTotal)}, ${counts}${left}`
}
