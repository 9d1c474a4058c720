/** Datagrams between nodes: who is asked whether it takes part, and who says that it does. */
import { endpointText } from '../../core/address.ts'
import { hex } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import type { FlowFacts, Out } from '../../core/protocol.ts'
import { DatagramSession } from '../../core/wire-session.ts'
import { networkNamed } from './networks.ts'
import { Teller } from './teller.ts'
import { type Datagram, datagramWire } from './wire/datagram.ts'

export class TalkSession extends DatagramSession<Datagram> {
  readonly #teller: Teller

  constructor(flow: FlowFacts, out: Out) {
    super(datagramWire, flow, out)
    this.#teller = new Teller(flow, out)
  }

  protected override read(from: Side, said: Datagram): void {
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
}

/** The name, and whose network it is where that is known. */
export function networkFields(network: string): { network: string; network_of?: string } {
  const title = networkNamed(network)
  return title === undefined ? { network } : { network, network_of: title }
}
