/** What all sessions of this family share: who stands where, and how things are said. */
import { type Endpoint, endpointText } from '../../core/address.ts'
import type { ClientSaid, Json, Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { FlowFacts, Out } from '../../core/protocol.ts'

export type Fields = { readonly [key: string]: Json }

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

  /** A node's two ports: one for other nodes, one for transfers. */
  claim(
    side: Side,
    about: Endpoint,
    part: 'node' | 'http',
    via: string,
    more: { readonly content?: string; readonly id?: string } = {},
  ): void {
    const key = `claim ${side} ${endpointText(about)} ${part} ${via} ${more.content}`
    if (!this.#isNew(key)) return
    const by = this.who(side)
    this.out.say({ type: 'claim', by, about, part, carriers: 'tcp', via, ...more })
  }

  client(said: Omit<ClientSaid, 'type'>): void {
    const { who, version, nick, listens } = said
    if (this.#isNew(`client ${endpointText(who)} ${version} ${nick} ${listens?.port}`)) {
      this.out.say({ type: 'client', ...said })
    }
  }

  log(side: Side, name: string, fields: Fields): void {
    const all = { type: name, ...fields }
    this.out.say({ type: 'message', log: 'openft', name, side, fields: all })
  }

  fault(wire: string, fault: string, side: Side, at: number, resumes: boolean): void {
    this.out.say({ type: 'fault', wire, fault, side, at, resumes })
  }

  #isNew(key: string): boolean {
    if (this.#said.has(key)) return false
    if (this.#said.size < KEYS_MAX) this.#said.add(key)
    return true
  }
}

/** Several results of a search, each with its owner, are of one flow; beyond, they are said again. */
const KEYS_MAX = 4 * limits.listedMax

export function other(side: Side): Side {
  return side === 0 ? 1 : 0
}
