/** What all sessions of this family share: who stands where, and how things are said. */
import { type Endpoint, endpointText } from '../../core/address.ts'
import type { ClaimSaid, ClientSaid, Json, Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { FlowFacts, Out } from '../../core/protocol.ts'

export type Network = 'gnutella' | 'gnutella2' | 'gwebcache'
export type Part = 'node' | 'g2' | 'dht' | 'udp-host-cache'

type Fields = { readonly [key: string]: Json }

export interface ClaimMore {
  readonly part?: Part
  readonly carriers?: ClaimSaid['carriers']
  readonly content?: string
  readonly id?: string
}

export class Teller {
  readonly flow: FlowFacts
  readonly out: Out
  /** Participants that were named, so that one is named once. */
  readonly #clients = new Set<string>()

  constructor(flow: FlowFacts, out: Out) {
    this.flow = flow
    this.out = out
  }

  who(side: Side): Endpoint {
    return this.flow.ends[side]
  }

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

  client(said: Omit<ClientSaid, 'type'>): void {
    const { who, software, version, id, nick, listens } = said
    const key = [endpointText(who), software, version, id, nick, listens?.port].join(' ')
    if (this.#clients.has(key) || this.#clients.size >= limits.listedMax) return
    this.#clients.add(key)
    this.out.say({ type: 'client', ...said })
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

  fault(wire: string, fault: string, side: Side, at: number, resumes: boolean): void {
    this.out.say({ type: 'fault', wire, fault, side, at, resumes })
  }
}

export function other(side: Side): Side {
  return side === 0 ? 1 : 0
}

/** Endpoints as logs show them. */
export function texts(list: readonly Endpoint[]): string[] {
  return list.slice(0, limits.listedMax).map(endpointText)
}
