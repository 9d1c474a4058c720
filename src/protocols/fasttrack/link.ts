/**
 * A connection between a node and a supernode. Only the cipher seeds can be read; what follows is
 * counted.
 */

import { u32be } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import { type FlowFacts, type Moment, type Out, REST, type Session } from '../../core/protocol.ts'
import { Teller } from './teller.ts'
import { answerWire, GIFT_RANDOM, helloWire } from './wire/handshake.ts'

export class LinkSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #teller: Teller
  /** Whether the seeds of a side were read, or will not be. */
  readonly #begun: [boolean, boolean]

  constructor(flow: FlowFacts, out: Out) {
    this.#teller = new Teller(flow, out)
    this.#begun = [!flow.fromStart, !flow.fromStart]
  }

  data(from: Side, bytes: Uint8Array, _at: Moment): number {
    this.need = 0
    if (this.#begun[from]) return REST
    return from === 0 ? this.#hello(bytes) : this.#answer(bytes)
  }

  #hello(bytes: Uint8Array): number {
    const outcome = helloWire.parse(bytes, 0)
    if (outcome.kind !== 'message') return this.#wait(outcome)
    this.messages++
    this.#begun[0] = true
    const { random, seed, maskedType } = outcome.message
    this.#teller.log(0, 'hello', {
      random: hex32(random),
      seed: hex32(seed),
      masked_type: hex32(maskedType),
      ...(random === u32be(GIFT_RANDOM, 0) && { dialect: 'giFT-FastTrack, MLDonkey' }),
    })
    return outcome.size
  }

  #answer(bytes: Uint8Array): number {
    const outcome = answerWire.parse(bytes, 0)
    if (outcome.kind !== 'message') return this.#wait(outcome)
    this.messages++
    this.#begun[1] = true
    const { seed, maskedType } = outcome.message
    this.#teller.log(1, 'answer', { seed: hex32(seed), masked_type: hex32(maskedType) })
    return outcome.size
  }

  #wait(outcome: { readonly kind: string; readonly size?: number }): number {
    this.need = outcome.size ?? 0
    return 0
  }

  gap(from: Side, _missing: number, _at: Moment): void {
    this.#begun[from] = true
  }

  end(_at: Moment): void {}
}

function hex32(value: number): string {
  return value.toString(16).padStart(8, '0')
}
