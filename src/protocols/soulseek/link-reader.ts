/** Messages of one direction, one after the other, and the way back to them after damage. */
import { u32le } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { Wire } from '../../core/wire.ts'
import type { Teller } from './teller.ts'
import type { SoulseekMessage } from './wire/message.ts'

/** What one step took, and how much must be there for the next. */
export interface Step {
  readonly used: number
  readonly need: number
  readonly message?: SoulseekMessage
}

/** No program sends longer messages than a share list of a few million files. */
const PASSED_BYTES_MAX = 268_435_456

export class LinkReader {
  readonly #side: Side
  readonly #teller: Teller
  /** The place where a message begins is not known: segments are tried. */
  #seeking: boolean
  #sought = 0

  constructor(side: Side, teller: Teller, fromStart: boolean) {
    this.#side = side
    this.#teller = teller
    this.#seeking = !fromStart
  }

  gap(): void {
    this.#seeking = true
  }

  /** Whether this direction has been given up. */
  get isLost(): boolean {
    return this.#sought > limits.searchBytesMax
  }

  step(wire: Wire<SoulseekMessage>, bytes: Uint8Array): Step {
    if (this.#seeking && !this.#begins(wire, bytes)) {
      this.#sought += bytes.length
      return { used: bytes.length, need: 0 }
    }
    const outcome = wire.parse(bytes, 0)
    switch (outcome.kind) {
      case 'message':
        return { used: outcome.size, need: 0, message: outcome.message }
      case 'need':
        return { used: 0, need: outcome.size }
      case 'malformed':
        return this.#broken(wire, outcome.fault, bytes)
    }
  }

  /** A message whose body is broken, or that is too long to be held, is passed over. */
  #broken(wire: Wire<SoulseekMessage>, fault: string, bytes: Uint8Array): Step {
    const size = 4 + u32le(bytes, 0)
    const resumes = fault !== 'length-too-small' && size <= PASSED_BYTES_MAX
    this.#teller.fault(wire.name, fault, this.#side, 0, resumes)
    if (resumes) return { used: size, need: 0 }
    this.#seeking = true
    return { used: bytes.length, need: 0 }
  }

  /** Whether a whole, known message of this wire stands here: segments mostly begin with one. */
  #begins(wire: Wire<SoulseekMessage>, bytes: Uint8Array): boolean {
    const outcome = wire.parse(bytes, 0)
    if (outcome.kind !== 'message') return false
    const { name, rest } = outcome.message
    if (name === 'other' || rest.length > 0) return false
    this.#seeking = false
    this.#sought = 0
    return true
  }
}
