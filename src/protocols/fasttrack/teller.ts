/** What all sessions of this family share: who stands where, and how things are said. */
import { type Endpoint, endpointText } from '../../core/address.ts'
import type { ClaimSaid, ClientSaid, Json, Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { FlowFacts, Out } from '../../core/protocol.ts'

type Fields = { readonly [key: string]: Json }

export class Teller {
  readonly flow: FlowFacts
  readonly out: Out
  /** What was claimed and who was named, so that each is said once in a flow. */
  readonly #said = new Set<string>()

  constructor(flow: FlowFacts, out: Out) {
    this.flow = flow
    this.out = out
  }

  who(side: Side): Endpoint {
    return this.flow.ends[side]
  }

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
    if (this.#isNew(`claim ${side} ${endpointText(about)} ${part} ${via}`)) this.out.say(said)
  }

  client(said: Omit<ClientSaid, 'type'>): void {
    const { who, software, version, nick, listens } = said
    const at = listens === undefined ? '' : endpointText(listens)
    if (this.#isNew(`client ${endpointText(who)} ${software} ${version} ${nick} ${at}`)) {
      this.out.say({ type: 'client', ...said })
    }
  }

  log(side: Side, name: string, fields: Fields): void {
    const all = { type: name, ...fields }
    this.out.say({ type: 'message', log: 'fasttrack', name, side, fields: all })
  }

  fault(wire: string, fault: string, side: Side, at: number, resumes: boolean): void {
    this.out.say({ type: 'fault', wire, fault, side, at, resumes })
  }

  #isNew(key: string): boolean {
    if (this.#said.has(key) || this.#said.size >= limits.listedMax) return false
    this.#said.add(key)
    return true
  }
}

export function other(side: Side): Side {
  return side === 0 ? 1 : 0
}
