/** Datagrams between nodes: who is asked whether it takes part, and who says that it does. */
import { endpointText } from '../../core/address.ts'
import { hex } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import type { FlowFacts, Moment, Out, Session } from '../../core/protocol.ts'
import { CUT_BY_CAPTURE, isCutByCapture } from '../formats/cut.ts'
import { networkNamed } from './networks.ts'
import { Teller } from './teller.ts'
import { type Datagram, datagramWire } from './wire/datagram.ts'

export class DatagramSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #teller: Teller

  constructor(flow: FlowFacts, out: Out) {
    this.#teller = new Teller(flow, out)
  }

  data(from: Side, bytes: Uint8Array, at: Moment): number {
    if (isCutByCapture(bytes, at)) {
      this.#teller.out.count(CUT_BY_CAPTURE)
      return bytes.length
    }
    const outcome = datagramWire.parse(bytes, 0)
    if (outcome.kind === 'message') {
      this.messages++
      this.#tell(from, outcome.message)
    } else if (outcome.kind === 'malformed') {
      this.#teller.fault(datagramWire.name, outcome.fault, from, outcome.at, true)
    }
    return bytes.length
  }

  #tell(from: Side, said: Datagram): void {
    const teller = this.#teller
    const own = teller.who(from)
    switch (said.type) {
      case 'ping':
        teller.log(from, 'ping', { encryption: said.encryption, ...networkFields(said.network) })
        teller.claim(from, own, 'node', 'ping')
        return
      case 'pong': {
        const { encryption, network } = said
        teller.log(from, 'pong', { encryption, info: hex(said.info), ...networkFields(network) })
        teller.claim(from, own, 'supernode', 'pong')
        return
      }
      case 'pong-2': {
        const { encryption, kind, flag, id, address } = said
        teller.log(from, 'pong-2', {
          encryption,
          kind,
          flag,
          id,
          ...(address !== undefined && { address: endpointText(address.endpoint) }),
        })
        teller.claim(from, own, 'supernode', 'pong-2')
        if (address !== undefined) teller.claim(from, address.endpoint, 'node', 'pong-2')
        return
      }
      case 'pong-2-answer':
        return teller.log(from, 'pong-2-answer', { id: said.id })
      case 'punch':
        return teller.log(from, 'punch', { body: hex(said.body, 0, 64) })
      case 'punch-answer':
        return teller.log(from, 'punch-answer', { address: said.ip })
      case 'other':
        return teller.log(from, 'other', { number: said.number, size: said.body.length + 1 })
    }
  }

  gap(): void {}

  end(_at: Moment): void {}
}

/** The name, and whose network it is where that is known. */
export function networkFields(network: string): { network: string; network_of?: string } {
  const title = networkNamed(network)
  return title === undefined ? { network } : { network, network_of: title }
}
