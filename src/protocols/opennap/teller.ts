/** What all sessions of this family share: how things are said. */
import type { Endpoint } from '../../core/address.ts'
import type { ClaimSaid, ShareSaid, Side, ThreatSaid } from '../../core/event.ts'
import { type Fields, FlowTeller } from '../../core/flow-teller.ts'

export interface ClaimMore {
  readonly part?: 'peer' | 'server' | 'metaserver'
  readonly content?: string
}

export class Teller extends FlowTeller {
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
}
