/**
 * A flow that was recognised: its verdict, its session, and the stamp on what the session says.
 */
import type { Endpoint } from '../core/address.ts'
import type {
  Carrier,
  ClaimSaid,
  Event,
  FlowVerdict,
  RecognitionSaid,
  Said,
  Sureness,
  TaughtBy,
} from '../core/event.ts'
import type { Out, Session } from '../core/protocol.ts'
import type { StreamReader } from '../core/stream-reader.ts'

/** How many reasons of one flow are kept: the first ones decided. */
const REASONS_MAX = 8

/** What all readings share. */
export interface Hub {
  readonly everyMessage: boolean
  readonly moment: { micros: number; frame: number }
  readonly capture: string
  consume(event: Event): void
  learn(reading: Reading, claim: ClaimSaid): void
  countMessage(family: string, message: string): void
  countFault(wire: string, fault: string): void
}

export class Reading implements Out {
  readonly index: number
  readonly family: string
  readonly isNeighbour: boolean
  readonly flow: number
  readonly carrier: Carrier
  readonly ends: readonly [Endpoint, Endpoint]
  part: string
  sureness: Sureness
  reasons: string[]
  taughtBy: TaughtBy | undefined
  session: Session | undefined
  reader: StreamReader | undefined
  readonly everyMessage: boolean
  readonly #hub: Hub

  constructor(
    hub: Hub,
    about: {
      index: number
      family: string
      isNeighbour: boolean
      flow: number
      carrier: Carrier
      ends: readonly [Endpoint, Endpoint]
      part: string
      sureness: Sureness
      reasons: readonly string[]
      taughtBy?: TaughtBy
    },
  ) {
    this.#hub = hub
    this.everyMessage = hub.everyMessage
    this.index = about.index
    this.family = about.family
    this.isNeighbour = about.isNeighbour
    this.flow = about.flow
    this.carrier = about.carrier
    this.ends = about.ends
    this.part = about.part
    this.sureness = about.sureness
    this.reasons = [...about.reasons]
    this.taughtBy = about.taughtBy
  }

  get verdict(): FlowVerdict {
    const { family, part, sureness, reasons, taughtBy } = this
    return {
      family,
      part,
      sureness,
      reasons,
      ...(this.isNeighbour && { neighbour: true as const }),
      ...(taughtBy && { taughtBy }),
    }
  }

  /** Say what the flow is now taken for. */
  announce(withdrawn?: string): void {
    this.say({
      type: 'recognition',
      part: this.part,
      sureness: this.sureness,
      // A copy: reasons may be added later, and what was said is not to change.
      reasons: [...this.reasons],
      ...(this.taughtBy && { taughtBy: this.taughtBy }),
      ...(withdrawn !== undefined && { withdrawn }),
    })
  }

  say(said: Said): void {
    if (said.type === 'recognition' && said.withdrawn === undefined) this.#adopt(said)
    else if (said.type === 'fault') this.#hub.countFault(said.wire, said.fault)
    else if (said.type === 'claim') this.#hub.learn(this, said)
    else if (said.type === 'message') this.#hub.countMessage(this.family, said.name)
    const { micros, frame } = this.#hub.moment
    // The stamp comes first: properties added behind a spread cost forty times as much in V8.
    this.#hub.consume({
      type: said.type,
      family: this.family,
      flow: this.flow,
      micros,
      capture: this.#hub.capture,
      frame,
      ends: this.ends,
      carrier: this.carrier,
      ...(said as object),
    } as Event)
  }

  count(message: string): void {
    this.#hub.countMessage(this.family, message)
  }

  /** A session knows better what it reads than the first look did. */
  #adopt(said: RecognitionSaid): void {
    this.part = said.part
    this.sureness = said.sureness
    for (const reason of said.reasons) {
      if (this.reasons.length < REASONS_MAX && !this.reasons.includes(reason)) {
        this.reasons.push(reason)
      }
    }
  }
}
