/** The names that were made up; all else is sealed and passed over. */
import type { Side } from '../../core/event.ts'
import { type FlowFacts, type Moment, type Out, REST, type Session } from '../../core/protocol.ts'
import { areRelayNames } from './recognise.ts'
import { askedName, certificateNames } from './tls-names.ts'

/** A client hello or a server's first flight is shorter. */
const HANDSHAKE_BYTES_MAX = 16_384

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

  data(from: Side, bytes: Uint8Array, _at: Moment): number {
    const read = from === 0 ? askedName(bytes) : certificateNames(bytes)
    if (read === 'more' && bytes.length < HANDSHAKE_BYTES_MAX) {
      this.need = bytes.length + 1
      return 0
    }
    this.need = 0
    if (read === 'none' || read === 'more') return REST
    this.messages++
    if (typeof read === 'string') this.#say(from, 'client-hello', { server_name: read })
    else if (areRelayNames(read)) this.#say(from, 'certificate', { ...read })
    return REST
  }

  gap(): void {
    this.lost = true
  }

  end(): void {}

  #say(side: Side, type: string, fields: Readonly<Record<string, string>>): void {
    this.#out.say({ type: 'message', log: 'tor', name: type, side, fields: { type, ...fields } })
    this.#out.say({ type: 'client', who: this.#flow.ends[side], software: 'Tor' })
  }
}

export function openSession(flow: FlowFacts, out: Out): Session {
  return new LinkSession(flow, out)
}
