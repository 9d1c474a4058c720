/** Which session reads a flow, by the part that was recognised. */
import { type FlowFacts, type Moment, type Out, REST, type Session } from '../../core/protocol.ts'
import { DiscoverySession } from './discovery-session.ts'
import { rlpxWire } from './wire/rlpx.ts'

/** The two handshakes of a connection; nothing after them can be read. */
class RlpxSession implements Session {
  need = 0
  messages = 0
  readonly lost = false
  readonly #out: Out
  readonly #fromStart: boolean
  readonly #done: [boolean, boolean] = [false, false]

  constructor({ fromStart }: FlowFacts, out: Out) {
    this.#out = out
    this.#fromStart = fromStart
  }

  data(from: 0 | 1, bytes: Uint8Array, _at: Moment): number {
    if (!this.#fromStart || this.#done[from]) return REST
    const outcome = rlpxWire.parse(bytes, 0)
    if (outcome.kind === 'need') {
      this.need = outcome.size
      return 0
    }
    this.need = 0
    this.#done[from] = true
    if (outcome.kind === 'message') {
      this.messages++
      const type = from === 0 ? 'auth' : 'ack'
      const fields = { type, size: outcome.size }
      this.#out.say({ type: 'message', log: 'ethereum_rlpx', name: type, side: from, fields })
    }
    return REST
  }

  gap(from: 0 | 1, _missing: number, _at: Moment): void {
    this.#done[from] = true
  }

  end(_at: Moment): void {}
}

/** Masked with the node id of the destination: nothing can be read. */
function unread(): Session {
  return { need: 0, messages: 0, lost: false, data: () => REST, gap: () => {}, end: () => {} }
}

export function openSession(flow: FlowFacts, out: Out): Session {
  switch (flow.part) {
    case 'discv4':
      return new DiscoverySession(flow, out)
    case 'rlpx':
      return new RlpxSession(flow, out)
    default:
      return unread()
  }
}
