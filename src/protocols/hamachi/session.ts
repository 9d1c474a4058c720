/** Hellos and probes → who uses Hamachi; all else is encrypted and counted. */
import { hex } from '../../core/bytes.ts'
import type { Json, Side } from '../../core/event.ts'
import type { FlowFacts, Moment, Out, Session } from '../../core/protocol.ts'
import { OpeningSession } from '../../core/wire-session.ts'
import { datagramWire } from './wire/datagram.ts'
import { type Hello, helloWire } from './wire/hello.ts'

class LinkSession extends OpeningSession<Hello> {
  protected override read({ session }: Hello): void {
    say(this.out, 0, { type: 'hello', session: hex(session) })
    this.out.say({ type: 'client', who: this.flow.ends[0], software: 'Hamachi' })
  }

  /** A hello has a fixed start: what follows a hole shows by itself that it is none. */
  override gap(): void {}
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
  return flow.carrier === 'tcp' ? new LinkSession(helloWire, flow, out) : new TunnelSession(out)
}
