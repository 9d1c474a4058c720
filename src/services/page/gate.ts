/**
 * How many questions a store is asked at once: some at a time, some wait, the rest is told to come
 * back. A page in a thousand tabs must not take the machine's memory.
 */
/** Answered with 503: come back. */
export class Busy extends Error {
  override readonly name = 'Busy'
}

/** Answered with 413. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge'
}

export class Gate {
  readonly #atOnceMax: number
  readonly #waitingMax: number
  #going = 0
  readonly #waiting: (() => void)[] = []

  constructor(atOnceMax: number, waitingMax: number) {
    this.#atOnceMax = atOnceMax
    this.#waitingMax = waitingMax
  }

  /**
   * @returns what gives the place back
   * @throws Busy  where too many wait already
   */
  async enter(): Promise<() => void> {
    if (this.#going < this.#atOnceMax) this.#going++
    else if (this.#waiting.length >= this.#waitingMax) throw new Busy('too much is asked at once')
    // Whoever leaves hands its place over.
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    let isInside = true
    return () => {
      if (isInside) this.#leave()
      isInside = false
    }
  }

  async pass<T>(work: () => Promise<T>): Promise<T> {
    const leave = await this.enter()
    try {
      return await work()
    } finally {
      leave()
    }
  }

  #leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#going--
    else next()
  }
}
