/** What all sessions of this family share: how things are said. */
import { type Endpoint, endpointText } from '../../core/address.ts'
import type { ClaimSaid, Side } from '../../core/event.ts'
import { type Fields, FlowTeller } from '../../core/flow-teller.ts'
import { limits } from '../../core/limits.ts'

export type Network = 'gnutella' | 'gnutella2' | 'gwebcache'
export type Part = 'node' | 'g2' | 'dht' | 'udp-host-cache'

export interface ClaimMore {
  readonly part?: Part
  readonly carriers?: ClaimSaid['carriers']
  readonly content?: string
  readonly id?: string
}

export class Teller extends FlowTeller {
  /** "The sender of `side` said that `about` takes part." Node unless told otherwise. */
  claim(side: Side, about: Endpoint, via: string, more: ClaimMore = {}): void {
    this.out.say({
      type: 'claim',
      by: this.who(side),
      about,
      part: 'node',
      carriers: 'both',
      via,
      ...more,
    })
  }

  claims(side: Side, list: readonly Endpoint[], via: string, more: ClaimMore = {}): void {
    for (const about of list.slice(0, limits.listedMax)) this.claim(side, about, via, more)
  }

  log(side: Side, network: Network, name: string, fields: Fields): void {
    const all = { network, type: name, ...fields }
    this.out.say({ type: 'message', log: 'gnutella', name, side, fields: all })
  }

  /** As `log`, for messages that carry data or keep alive: said only where every one is wanted. */
  carry(side: Side, network: Network, name: string, fields: () => Fields): void {
    if (this.out.everyMessage) this.log(side, network, name, fields())
    else this.out.count(name)
  }
}

/** Endpoints as logs show them. */
export function texts(list: readonly Endpoint[]): string[] {
  return list.slice(0, limits.listedMax).map(endpointText)
}
