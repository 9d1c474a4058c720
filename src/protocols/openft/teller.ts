/** What all sessions of this family share: how things are said. */
import { type Endpoint, endpointText } from '../../core/address.ts'
import type { Side } from '../../core/event.ts'
import { type Fields, FlowTeller } from '../../core/flow-teller.ts'
import { SaidOnce } from '../../core/said-once.ts'

export class Teller extends FlowTeller {
  /** Several results of a search, each with its owner, are of one flow. */
  readonly #once = new SaidOnce()

  /** A node's two ports: one for other nodes, one for transfers. */
  claim(
    side: Side,
    about: Endpoint,
    part: 'node' | 'http',
    via: string,
    more: { readonly content?: string; readonly id?: string } = {},
  ): void {
    const key = `claim ${side} ${endpointText(about)} ${part} ${via} ${more.content}`
    if (!this.isNew(key)) return
    const by = this.who(side)
    this.out.say({ type: 'claim', by, about, part, carriers: 'tcp', via, ...more })
  }

  log(side: Side, name: string, fields: Fields): void {
    const all = { type: name, ...fields }
    this.out.say({ type: 'message', log: 'openft', name, side, fields: all })
  }

  protected override isNew(key: string): boolean {
    return this.#once.isNew(key)
  }
}
