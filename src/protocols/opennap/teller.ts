/** What all sessions of this family share: who stands where, and how things are said. */
import { type Endpoint, endpointText } from '../../core/address.ts'
import type { ClaimSaid, ClientSaid, Json, ShareSaid, Side, ThreatSaid } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { FlowFacts, Out } from '../../core/protocol.ts'

type Fields = { readonly [key: string]: Json }

export interface ClaimMore {
  readonly part?: 'peer' | 'server' | 'metaserver'
  readonly content?: string
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

  /** "The sender of `side` said that `about` takes part." A peer's data port unless told otherwise. */
  claim(side: Side, about: Endpoint, via: string, more: ClaimMore = {}): void {
    const said: ClaimSaid = {
      type: 'claim',
      by: this.who(side),
      about,
      part: more.part ?? 'peer',
      carriers: 'tcp',
      via,
      ...(more.content !== undefined && { content: more.content }),
    }
    this.out.say(said)
  }

  client(said: Omit<ClientSaid, 'type'>): void {
    const { who, software, version, nick, listens } = said
    const key = [endpointText(who), software, version, nick, listens?.port].join(' ')
    if (this.#clients.has(key) || this.#clients.size >= limits.listedMax) return
    this.#clients.add(key)
    this.out.say({ type: 'client', ...said })
  }

  share(said: Omit<ShareSaid, 'type'>): void {
    this.out.say({ type: 'share', ...said })
  }

  threat(side: Side, threat: string, severity: ThreatSaid['severity'], why: string): void {
    this.out.say({ type: 'threat', threat, severity, by: this.who(side), why })
  }

  log(side: Side, name: string, fields: Fields): void {
    const all = { type: name, ...fields }
    this.out.say({ type: 'message', log: 'opennap', name, side, fields: all })
  }

  /** As `log`, for messages that only count or keep alive: said only where every one is wanted. */
  carry(side: Side, name: string, fields: Fields): void {
    if (this.out.everyMessage) this.log(side, name, fields)
    else this.out.count(name)
  }

  fault(wire: string, fault: string, side: Side, at: number, resumes: boolean): void {
    this.out.say({ type: 'fault', wire, fault, side, at, resumes })
  }
}

export function other(side: Side): Side {
  return side === 0 ? 1 : 0
}
