/** Hellos and probes → who uses Hamachi; all else is encrypted and counted. */
import { hex } from '../../core/bytes.ts'
import type { Json, Side } from '../../core/event.ts'
import { type FlowFacts, type Moment, type Out, REST, type Session } from '../../core/protocol.ts'
import { datagramWire } from './wire/datagram.ts'
import { helloWire } from './wire/hello.ts'

class LinkSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #flow: FlowFacts
  readonly #out: Out

  constructor(flow: FlowFacts, out: Out) {
    this.#flow = flow
    this.#out = out
  }

  data(side: Side, bytes: Uint8Array, _at: Moment): number {
    if (side === 1) return REST
    const outcome = helloWire.parse(bytes, 0)
    if (outcome.kind === 'need') {
      this.need = outcome.size
      return 0
    }
    if (outcome.kind === 'message') {
      this.messages++
      const fields = { type: 'hello', session: hex(outcome.message.session) }
      say(this.#out, side, fields)
      this.#out.say({ type: 'client', who: this.#flow.ends[side], software: 'Hamachi' })
    } else {
      const { fault, at } = outcome
      this.#out.say({ type: 'fault', wire: helloWire.name, fault, side, at, resumes: false })
      this.lost = true
    }
    this.need = 0
    return REST
  }

  gap(_from: Side, _missing: number, _at: Moment): void {}

  end(_at: Moment): void {}
}

class TunnelSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #out: Out
  /** What was told of each side: its probe, its tunnel. */
  readonly #told: readonly [string[], string[]] = [[], []]

  constructor(out: Out) {
    this.#out = out
  }

  data(side: Side, bytes: Uint8Array, _at: Moment): number {
    const outcome = datagramWire.parse(bytes, 0)
    if (outcome.kind !== 'message') {
      this.#out.count('short')
      return bytes.length
    }
    const said = outcome.message
    this.messages++
    this.#out.count(said.type)
    const told = this.#told[side]
    if (told.includes(said.type)) return bytes.length
    told.push(said.type)
    if (said.type === 'probe') say(this.#out, side, { type: 'probe', cookie: hex(said.cookie) })
    else say(this.#out, side, { type: 'data', tunnel: said.tunnel, number: said.number })
    return bytes.length
  }

  gap(_from: Side, _missing: number, _at: Moment): void {}

  end(_at: Moment): void {}
}

function say(
  out: Out,
  side: Side,
  fields: { readonly [key: string]: Json } & { type: string },
): void {
  out.say({ type: 'message', log: 'hamachi', name: fields.type, side, fields })
}

export function openSession(flow: FlowFacts, out: Out): Session {
  return flow.carrier === 'tcp' ? new LinkSession(flow, out) : new TunnelSession(out)
}
