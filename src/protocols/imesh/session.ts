/** What little can be told: codes and sizes of frames, and the address that a datagram tells of its sender. */
import type { Json, Side } from '../../core/event.ts'
import { type FlowFacts, type Moment, type Out, REST, type Session } from '../../core/protocol.ts'
import { datagramWire } from './wire/datagram.ts'
import { frameWire } from './wire/frame.ts'

class ImeshSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #flow: FlowFacts
  readonly #out: Out
  /** Sides whose bytes are no frames any more. */
  readonly #given: [boolean, boolean] = [false, false]

  constructor(flow: FlowFacts, out: Out) {
    this.#flow = flow
    this.#out = out
  }

  data(from: Side, bytes: Uint8Array, _at: Moment): number {
    this.need = 0
    if (this.#flow.carrier === 'udp') return this.#datagram(from, bytes)
    if (this.#flow.part === 'login') {
      this.messages++
      // Passwords are in it.
      if (!this.#given[from]) this.#log(from, 'registration', {})
      this.#given[from] = true
      return REST
    }
    return this.#frame(from, bytes)
  }

  #frame(from: Side, bytes: Uint8Array): number {
    if (this.#given[from]) return REST
    const outcome = frameWire.parse(bytes, 0)
    if (outcome.kind === 'need') {
      this.need = outcome.size
      return 0
    }
    if (outcome.kind === 'malformed') {
      // Other layouts follow, of which nothing is known.
      this.#given[from] = true
      return REST
    }
    this.messages++
    this.#log(from, 'frame', { code: outcome.message.code, bytes: outcome.size })
    return outcome.size
  }

  #datagram(from: Side, bytes: Uint8Array): number {
    const outcome = datagramWire.parse(bytes, 0)
    if (outcome.kind !== 'message') return bytes.length
    this.messages++
    const said = outcome.message
    if (said.type !== 'here') {
      this.#log(from, said.type, {})
      return bytes.length
    }
    const about = { ip: said.ip, port: said.port }
    this.#log(from, said.type, { ip: said.ip, port: said.port })
    const by = this.#flow.ends[from]
    this.#out.say({ type: 'claim', by, about, part: 'peer', carriers: 'udp', via: 'here' })
    return bytes.length
  }

  #log(side: Side, name: string, fields: { readonly [key: string]: Json }): void {
    const all = { type: name, ...fields }
    this.#out.say({ type: 'message', log: 'imesh', name, side, fields: all })
  }

  gap(from: Side): void {
    this.#given[from] = true
  }

  end(): void {}
}

export function openSession(flow: FlowFacts, out: Out): Session {
  return new ImeshSession(flow, out)
}
