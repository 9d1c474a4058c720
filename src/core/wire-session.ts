/**
 * Sessions of protocols that need no more than one wire: what is left to them is to say what a
 * message means.
 */
import { CUT_BY_CAPTURE, isCutByCapture } from './cut.ts'
import type { Side } from './event.ts'
import { type FlowFacts, type Moment, type Out, REST, type Session } from './protocol.ts'
import type { Wire } from './wire.ts'

/** Every datagram is one message. What breaks the wire is a fault, and reading goes on. */
export abstract class DatagramSession<M> implements Session {
  need = 0
  messages = 0
  readonly lost = false
  protected readonly flow: FlowFacts
  protected readonly out: Out
  /** Whether the beginning of a datagram says enough; of most, nobody knows whether it is whole. */
  protected readonly bearsCuts: boolean = false
  readonly #wire: Wire<M>

  constructor(wire: Wire<M>, flow: FlowFacts, out: Out) {
    this.#wire = wire
    this.flow = flow
    this.out = out
  }

  data(from: Side, bytes: Uint8Array, at: Moment): number {
    const isCut = isCutByCapture(bytes, at)
    const outcome = isCut && !this.bearsCuts ? undefined : this.#wire.parse(bytes, 0)
    if (outcome?.kind === 'message') {
      this.messages++
      this.read(from, outcome.message, bytes)
    } else if (isCut) {
      this.out.count(CUT_BY_CAPTURE)
    } else if (outcome?.kind === 'malformed') {
      const { fault, at: place } = outcome
      const wire = this.#wire.name
      this.out.say({ type: 'fault', wire, fault, side: from, at: place, resumes: true })
    }
    return bytes.length
  }

  gap(): void {}

  end(): void {}

  /** @param bytes  the datagram that the message is */
  protected abstract read(from: Side, message: M, bytes: Uint8Array): void
}

/** The opener's first message is in the clear; what follows, and all of the other side, is not read. */
export abstract class OpeningSession<M> implements Session {
  need = 0
  messages = 0
  lost = false
  protected readonly flow: FlowFacts
  protected readonly out: Out
  readonly #wire: Wire<M>

  constructor(wire: Wire<M>, flow: FlowFacts, out: Out) {
    this.#wire = wire
    this.flow = flow
    this.out = out
  }

  data(side: Side, bytes: Uint8Array): number {
    if (side === 1) return REST
    const outcome = this.#wire.parse(bytes, 0)
    if (outcome.kind === 'need') {
      this.need = outcome.size
      return 0
    }
    this.need = 0
    if (outcome.kind === 'malformed') {
      const { fault, at } = outcome
      this.out.say({ type: 'fault', wire: this.#wire.name, fault, side, at, resumes: false })
      this.lost = true
      return bytes.length
    }
    this.messages++
    this.read(outcome.message)
    return REST
  }

  gap(): void {
    this.lost = true
  }

  end(): void {}

  protected abstract read(message: M): void
}
