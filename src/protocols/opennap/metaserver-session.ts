/** A metaserver's only words: kept until it has said all, as nothing ends them. */
import { endpointText } from '../../core/address.ts'
import { concat } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import type { FlowFacts, Moment, Out, Session } from '../../core/protocol.ts'
import { Teller } from './teller.ts'
import { metaserverWire, REDIRECTION_BYTES_MAX } from './wire/metaserver.ts'

export class MetaserverSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #teller: Teller
  #said: Uint8Array = new Uint8Array(0)
  #from: Side = 1

  constructor(flow: FlowFacts, out: Out) {
    this.#teller = new Teller(flow, out)
  }

  data(from: Side, bytes: Uint8Array, _at: Moment): number {
    this.#from = from
    this.#said = concat(this.#said, bytes)
    if (this.#said.length > REDIRECTION_BYTES_MAX) this.lost = true
    return bytes.length
  }

  gap(_from: Side, _missing: number, _at: Moment): void {
    this.lost = true
  }

  end(_at: Moment): void {
    if (this.#said.length === 0) return
    const outcome = metaserverWire.parse(this.#said, 0)
    if (outcome.kind !== 'message') {
      if (outcome.kind === 'malformed') {
        this.#teller.fault(metaserverWire.name, outcome.fault, this.#from, outcome.at, false)
      }
      return
    }
    this.messages++
    const { servers } = outcome.message
    this.#teller.log(this.#from, 'redirection', { servers: servers.map(endpointText) })
    for (const server of servers) {
      this.#teller.claim(this.#from, server, 'metaserver', { part: 'server' })
    }
  }
}
