/**
 * How sessions say things where a family has several of them: who stands where in the flow, and that
 * who takes part is said once. A family adds its own words.
 */
import { type Endpoint, endpointText } from './address.ts'
import type { ClientSaid, Json, Side } from './event.ts'
import { limits } from './limits.ts'
import type { FlowFacts, Out } from './protocol.ts'

/** What a message's log holds. */
export type Fields = { readonly [key: string]: Json }

export function other(side: Side): Side {
  return side === 0 ? 1 : 0
}

export class FlowTeller {
  readonly flow: FlowFacts
  readonly out: Out
  readonly #said = new Set<string>()

  constructor(flow: FlowFacts, out: Out) {
    this.flow = flow
    this.out = out
  }

  who(side: Side): Endpoint {
    return this.flow.ends[side]
  }

  /** Each thing that is said of a participant, once in a flow. */
  client(said: Omit<ClientSaid, 'type'>): void {
    const { who, software, version, nick, id, listens } = said
    const at = listens === undefined ? '' : endpointText(listens)
    if (this.isNew(`client ${endpointText(who)} ${software} ${version} ${nick} ${id} ${at}`)) {
      this.out.say({ type: 'client', ...said })
    }
  }

  fault(wire: string, fault: string, side: Side, at: number, resumes: boolean): void {
    this.out.say({ type: 'fault', wire, fault, side, at, resumes })
  }

  /** Whether a thing is to be said: not yet said in this flow, whose bound is not reached. */
  protected isNew(key: string): boolean {
    if (this.#said.has(key) || this.#said.size >= limits.listedMax) return false
    this.#said.add(key)
    return true
  }
}
