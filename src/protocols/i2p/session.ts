/** Which session reads a flow, by the part that was recognised. */
import type { Side } from '../../core/event.ts'
import type { FlowFacts, Moment, Out, Session } from '../../core/protocol.ts'
import { LocalSession } from './local-session.ts'

export function openSession(flow: FlowFacts, out: Out): Session {
  if (flow.part === 'sam' || flow.part === 'i2cp') return new LocalSession(flow, out)
  return new RouterSession(flow, out)
}

/** A link between routers: nothing in it can be read. A session by its token tells of both ends. */
class RouterSession implements Session {
  need = 0
  messages = 0
  readonly lost = false
  readonly #flow: FlowFacts
  readonly #out: Out
  #told = false

  constructor(flow: FlowFacts, out: Out) {
    this.#flow = flow
    this.#out = out
  }

  data(_from: Side, bytes: Uint8Array, _at: Moment): number {
    if (!this.#told && this.#flow.part === 'ssu2') this.#tell()
    this.#told = true
    return bytes.length
  }

  pass(): boolean {
    return this.#told
  }

  /** Routers send from the port on which they listen, and mostly listen there over TCP as well. */
  #tell(): void {
    this.messages = 1
    const [opener, other] = this.#flow.ends
    const common = {
      type: 'claim',
      part: 'router',
      carriers: 'both',
      via: 'session-request',
    } as const
    this.#out.say({ ...common, by: opener, about: other })
    this.#out.say({ ...common, by: other, about: opener })
  }

  gap(): void {}
  end(): void {}
}
