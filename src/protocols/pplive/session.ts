/** Messages are told by type and kind: what they say is not known. */
import type { Side } from '../../core/event.ts'
import { type FlowFacts, type Moment, type Out, REST, type Session } from '../../core/protocol.ts'
import { datagramWire, type Message, streamWire } from './wire/message.ts'

class PeerSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #isStream: boolean
  readonly #out: Out
  /** Kinds that were said of each side: the first of each goes to the log. */
  readonly #told = new Set<string>()

  constructor(flow: FlowFacts, out: Out) {
    this.#isStream = flow.carrier === 'tcp'
    this.#out = out
  }

  data(side: Side, bytes: Uint8Array, _at: Moment): number {
    const outcome = this.#isStream ? streamWire.parse(bytes, 0) : datagramWire.parse(bytes, 0)
    switch (outcome.kind) {
      case 'need':
        this.need = outcome.size
        return 0
      case 'malformed':
        this.need = 0
        this.#out.count('other')
        return this.#isStream ? REST : bytes.length
      case 'message':
        this.need = 0
        this.messages++
        this.#read(side, outcome.message)
        return outcome.size
    }
  }

  gap(_from: Side, _missing: number, _at: Moment): void {
    this.lost = true
  }

  end(_at: Moment): void {}

  #read(side: Side, { type: number, kind, body }: Message): void {
    this.#out.count('message')
    const key = `${side} ${number} ${kind}`
    if (this.#told.has(key) && !this.#out.everyMessage) return
    this.#told.add(key)
    const fields = { type: 'message', number, kind, bytes: body.length }
    this.#out.say({ type: 'message', log: 'pplive', name: 'message', side, fields })
  }
}

export function openSession(flow: FlowFacts, out: Out): Session {
  return new PeerSession(flow, out)
}
