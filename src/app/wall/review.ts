/**
 * Goes through the kernel's connections, a part between two waits for packets, and lets those come up
 * that the wall wants to judge again: their marks are taken away.
 */
import type { Endpoint } from '../../core/address.ts'
import type { ConnectionWalk } from '../../linux/conntrack.ts'
import type { Connection } from '../../linux/conntrack-wire.ts'
import { KernelError } from '../../linux/libc.ts'
import type { Recalled } from '../../services/wall/judgement.ts'
import { MARK_MASK, MARK_UNREAD } from '../../services/wall/marks.ts'
import type { Wall } from '../../services/wall/wall.ts'
import { TCP } from './ip-head.ts'

/** What is done at once; packets wait meanwhile. */
const STEP_MILLIS = 2

interface ReviewParts {
  readonly walk: Pick<ConnectionWalk, 'begin' | 'step' | 'isOn'>
  readonly connections: {
    mark(ends: readonly [Endpoint, Endpoint], protocol: number, mark: number, mask: number): boolean
  }
  readonly wall: Pick<Wall, 'nextReview' | 'review'>
  readonly warn: (text: string) => void
}

export class Review {
  readonly #parts: ReviewParts
  #what: Recalled = 'all'
  #isTold = false
  /** Connections whose marks were taken away so far. */
  recalled = 0

  constructor(parts: ReviewParts) {
    this.#parts = parts
  }

  /** Go on, or begin where there is something to be gone through. */
  step(micros: number): void {
    const { walk, warn } = this.#parts
    try {
      if (!walk.isOn && !this.#begins(micros)) return
      const begin = performance.now()
      while (walk.step((connection) => this.#look(connection, micros))) {
        if (performance.now() - begin > STEP_MILLIS) return
      }
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      if (!this.#isTold) warn(`what passes by its mark cannot be judged again: ${error.message}`)
      this.#isTold = true
    }
  }

  #begins(micros: number): boolean {
    const what = this.#parts.wall.nextReview(micros)
    if (what === undefined) return false
    this.#what = what
    const isUnread = { value: MARK_UNREAD, mask: MARK_MASK }
    this.#parts.walk.begin(what === 'unread' ? isUnread : undefined)
    return true
  }

  /** Behind translated addresses, packets come up with those of our side. */
  #look({ first, answering, protocol, mark }: Connection, micros: number): void {
    const { wall, connections } = this.#parts
    const ends = [first[0], answering] as const
    const carrier = protocol === TCP ? 'tcp' : 'udp'
    if (!wall.review({ ends, carrier, mark }, this.#what, micros)) return
    if (connections.mark(first, protocol, 0, MARK_MASK)) this.recalled++
  }
}
