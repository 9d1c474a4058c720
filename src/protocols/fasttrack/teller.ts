/** What all sessions of this family share: how things are said. */
import { type Endpoint, endpointText } from '../../core/address.ts'
import type { ClaimSaid, Side } from '../../core/event.ts'
import { type Fields, FlowTeller } from '../../core/flow-teller.ts'

export class Teller extends FlowTeller {
  /** One socket of a node takes links and transfers over TCP, and datagrams. */
  claim(side: Side, about: Endpoint, part: 'node' | 'supernode', via: string): void {
    const said: ClaimSaid = {
      type: 'claim',
      by: this.who(side),
      about,
      part,
      carriers: 'both',
      via,
    }
    if (this.isNew(`claim ${side} ${endpointText(about)} ${part} ${via}`)) this.out.say(said)
  }

  log(side: Side, name: string, fields: Fields): void {
    const all = { type: name, ...fields }
    this.out.say({ type: 'message', log: 'fasttrack', name, side, fields: all })
  }
}
