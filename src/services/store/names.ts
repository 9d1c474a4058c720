/** Words, addresses, contents and captures as their numbers; what is new is written on the way. */

import type { Stamp } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { type AddRow, Keys, type Words } from './dictionaries.ts'
import { flowKey } from './keys.ts'
import type { Cell } from './rows.ts'

export class Names {
  readonly #add: AddRow
  readonly #words: Words
  #keys = new Keys()
  readonly #captures = new Set<string>()

  constructor(add: AddRow, words: Words) {
    this.#add = add
    this.#words = words
  }

  /** Addresses and contents may have been let go: they are written again when met again. */
  forgetTexts(): void {
    this.#keys = new Keys()
  }

  word(text: string | undefined): number {
    return this.#words.number(text, this.#add)
  }

  address({ ip }: { readonly ip: string }): bigint {
    return this.#keys.address(ip, this.#add)
  }

  content(urn: string | undefined): bigint | null {
    return this.#keys.content(urn, this.#add)
  }

  capture(run: number, name: string): number {
    const capture = this.word(name)
    const key = `${run} ${capture}`
    if (!this.#captures.has(key)) {
      if (this.#captures.size > limits.storeKeysMax) this.#captures.clear()
      this.#captures.add(key)
      this.#add('captures', [run, capture])
    }
    return capture
  }

  /** Where something was said: the first cells of its row. */
  at(run: number, event: Stamp): Cell[] {
    const { flow, micros, capture, frame, family } = event
    return [flowKey(run, flow), micros, this.capture(run, capture), frame, this.word(family)]
  }
}
