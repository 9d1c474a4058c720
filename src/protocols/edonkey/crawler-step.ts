/** What an interview does next, put together piece by piece, and the interview that is over at once. */
import type { Interview, Step, Told } from '../../core/crawler.ts'

export const SECOND_MICROS = 1_000_000
export const NOTHING: Step = { used: 0, send: [], told: [] }
export const UNANSWERED: Step = { ...NOTHING, done: 'unanswered' }
export const ANSWERED: Step = { ...NOTHING, done: 'answered' }

export class NextStep {
  readonly #send: Uint8Array[] = []
  readonly #told: Told[] = []
  #wakeMicros: number | undefined
  #done: Step['done']

  get isOver(): boolean {
    return this.#done !== undefined
  }

  send(...frames: readonly Uint8Array[]): void {
    this.#send.push(...frames)
  }

  tell(...told: readonly Told[]): void {
    this.#told.push(...told)
  }

  wakeAt(micros: number): void {
    this.#wakeMicros = micros
  }

  end(done: NonNullable<Step['done']>): void {
    this.#done = done
  }

  /** @param used  bytes of what was shown */
  step(used = 0): Step {
    return {
      ...{ used, send: this.#send, told: this.#told },
      ...(this.#wakeMicros !== undefined && { wakeMicros: this.#wakeMicros }),
      ...(this.#done !== undefined && { done: this.#done }),
    }
  }
}

/** About something that is no content of this protocol. */
export class NobodysInterview implements Interview {
  opened(): Step {
    return UNANSWERED
  }

  tick(): Step {
    return UNANSWERED
  }
}
