/** Links that are enciphered: their opening, and nothing else. */
import type { Json, Side } from '../../core/event.ts'
import { type FlowFacts, type Out, REST, type Session } from '../../core/protocol.ts'
import { linkWire } from './wire/link.ts'

type Fields = { readonly [key: string]: Json }

/** An enciphered link of 0.5, or datagrams of 0.7: only the opening can be read. */
export class LinkSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #out: Out
  readonly #heard: [boolean, boolean] = [false, false]
  readonly #isTcp: boolean

  constructor(flow: FlowFacts, out: Out) {
    this.#out = out
    this.#isTcp = flow.carrier === 'tcp'
  }

  data(from: Side, bytes: Uint8Array): number {
    this.need = 0
    if (!this.#isTcp) return bytes.length
    if (this.#heard[from]) return REST
    const fields = from === 0 ? this.#opening(bytes) : { answer: bytes[0]! }
    if (fields === undefined) return 0
    this.#heard[from] = true
    this.messages++
    const name = from === 0 ? 'link' : 'link-answer'
    const log = 'freenet_node'
    this.#out.say({ type: 'message', log, name, side: from, fields: { type: name, ...fields } })
    return REST
  }

  #opening(bytes: Uint8Array): Fields | undefined {
    const outcome = linkWire.parse(bytes, 0)
    if (outcome.kind === 'need') {
      this.need = outcome.size
      return undefined
    }
    return outcome.kind === 'message' ? { mode: outcome.message.mode } : { mode: 'unknown' }
  }

  gap(from: Side): void {
    this.#heard[from] = true
  }

  end(): void {}
}
