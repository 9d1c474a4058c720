/** Handshakes are said, data is counted; what is inside is sealed. */
import type { Json, Side } from '../../core/event.ts'
import type { FlowFacts, Moment, Out, Session } from '../../core/protocol.ts'
import { messageWire } from './wire/message.ts'

class TunnelSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #out: Out

  constructor(out: Out) {
    this.#out = out
  }

  data(from: Side, bytes: Uint8Array, at: Moment): number {
    if (at.wireSize !== undefined && at.wireSize > bytes.length) return bytes.length
    const outcome = messageWire.parse(bytes, 0)
    if (outcome.kind !== 'message') {
      if (outcome.kind === 'malformed') this.#fault(from, outcome.fault, outcome.at)
      return bytes.length
    }
    this.messages++
    const said = outcome.message
    if (said.type === 'data') {
      this.#out.count('data')
      if (!this.#out.everyMessage) return bytes.length
      const counter = said.counterBig.toString()
      this.#log(from, said.type, { receiver: said.receiver, counter, size: bytes.length })
      return bytes.length
    }
    this.#log(from, said.type, {
      ...('sender' in said ? { sender: said.sender } : {}),
      ...('receiver' in said ? { receiver: said.receiver } : {}),
      size: bytes.length,
    })
    return bytes.length
  }

  gap(): void {}

  end(): void {}

  #log(side: Side, type: string, fields: { readonly [key: string]: Json }): void {
    this.#out.say({
      type: 'message',
      log: 'wireguard',
      name: type,
      side,
      fields: { type, ...fields },
    })
  }

  #fault(side: Side, fault: string, at: number): void {
    this.#out.say({ type: 'fault', wire: messageWire.name, fault, side, at, resumes: true })
  }
}

export function openSession(_flow: FlowFacts, out: Out): Session {
  return new TunnelSession(out)
}
