/**
 * Contacts out of events: who called dark space, and with what. Without dark space, who called what
 * never answered, where a message of P2P had named it: that message is the reason of the call.
 */
import { type Endpoint, endpointText, isGroup } from '../../core/address.ts'
import type {
  Claim,
  Client,
  Event,
  Flow,
  Incident,
  Recognition,
  TaughtBy,
} from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { trim } from '../../core/oldest.ts'
import type { DarkSpace } from './dark-space.ts'
import type { Contact, Incidents } from './incidents.ts'
import { keyOf } from './keys.ts'
import type { Radiation } from './radiation.ts'

/** Without dark space nobody is a scanner: peers call many who are gone. */
export const WITHOUT_DARK = { scanAddressesMin: Number.POSITIVE_INFINITY, sourcesMax: 0 } as const

interface Taught extends TaughtBy {
  readonly family: string
  readonly part: string
}

/** A contact whose flow goes on, and of which system its caller is, where he is of another. */
interface Going extends Contact {
  readonly system?: string
}

export interface SavedContacts {
  readonly taught: readonly (readonly [string, Taught])[]
  readonly answered: readonly string[]
}

export class Contacts {
  readonly #incidents: Incidents
  readonly #radiation: Radiation
  readonly #dark: DarkSpace | undefined
  readonly #neighbours: ReadonlySet<string>
  readonly #mute: ReadonlySet<string>
  /** Contacts whose flow goes on. */
  readonly #open = new Map<number, Going>()
  /** Endpoint → the message that named it first. */
  readonly #taught = new Map<string, Taught>()
  readonly #answered = new Set<string>()

  /**
   * @param dark        undefined: what never answers is dark
   * @param neighbours  families that are no P2P
   * @param mute        `family part` of those that answer no datagram
   */
  constructor(
    incidents: Incidents,
    radiation: Radiation,
    dark: DarkSpace | undefined,
    neighbours: ReadonlySet<string> = new Set(),
    mute: ReadonlySet<string> = new Set(),
  ) {
    this.#incidents = incidents
    this.#radiation = radiation
    this.#dark = dark
    this.#neighbours = neighbours
    this.#mute = mute
  }

  /** Calls to dark space that speak P2P and go on. */
  get going(): number {
    return this.#open.size
  }

  consume(event: Event): void {
    switch (event.type) {
      case 'recognition':
        return this.#dark && this.#recognised(event, this.#dark)
      case 'request':
        return event.content === undefined
          ? undefined
          : this.#told(event.flow, event.by, { content: event.content })
      case 'client': {
        const software = softwareOf(event)
        return software === '' ? undefined : this.#told(event.flow, event.who, { software })
      }
      case 'claim':
        return this.#dark ? undefined : this.#learn(event)
      case 'flow':
        return this.#dark ? this.#flow(event, this.#dark) : this.#call(event)
    }
  }

  /** An event that an earlier run counted: only whether its flow goes on as a contact is kept. */
  recall(event: Event): void {
    if (event.type === 'recognition' && this.#dark) this.#recognised(event, this.#dark, false)
    else if (event.type === 'flow') this.#open.delete(event.flow)
    else if (event.type === 'client') {
      const going = this.#open.get(event.flow)
      if (going?.source === keyOf(event.who.ip))
        this.#noteDialect(event.flow, going, softwareOf(event))
    }
  }

  /** What the next run needs, flows that go on apart: they are read again, and recalled. */
  save(): SavedContacts {
    return { taught: [...this.#taught], answered: [...this.#answered] }
  }

  restore({ taught, answered }: SavedContacts): void {
    for (const [name, each] of taught) this.#taught.set(name, each)
    for (const name of answered) this.#answered.add(name)
  }

  /** An incident was found. */
  count(incident: Incident): void {
    if (incident.state !== 'closed' || incident.partOf !== undefined) return
    this.#radiation.incident(incident, keyOf(incident.target.ip))
  }

  /** The message that first named a target, where one was seen. */
  taughtBy(target: Endpoint): TaughtBy | undefined {
    return this.#taught.get(endpointText(target))
  }

  #recognised(event: Recognition, dark: DarkSpace, isCounted = true): void {
    const [opener, other] = event.ends
    if (event.withdrawn !== undefined) {
      const contact = this.#open.get(event.flow)
      if (isCounted && contact?.family === event.family) this.#incidents.withdraw(contact)
      this.#open.delete(event.flow)
      return
    }
    if (this.#neighbours.has(event.family) || !dark.has(other.ip)) return
    if (this.#open.get(event.flow)?.family === event.family) return
    const { family, micros } = event
    const contact = { ...contactOf(opener, other), micros, payload: 'p2p', family } as const
    if (isCounted) this.#incidents.contact(contact)
    this.#keep(event.flow, contact)
  }

  #keep(flow: number, contact: Contact): void {
    if (this.#open.size >= limits.sessionsMax) {
      this.#open.delete(this.#open.keys().next().value!)
    }
    this.#open.set(flow, contact)
  }

  #told(flow: number, by: Endpoint, what: { content?: string; software?: string }): void {
    const contact = this.#open.get(flow)
    if (contact === undefined || keyOf(by.ip) !== contact.source) return
    this.#noteDialect(flow, contact, what.software)
    this.#incidents.told({ ...contact, family: contact.family! }, what)
  }

  #noteDialect(flow: number, contact: Going, software: string | undefined): void {
    const system = software === undefined ? undefined : this.#radiation.dialectOf(software)
    if (system !== undefined) this.#open.set(flow, { ...contact, system })
  }

  /** A call to dark space is over. */
  #flow(flow: Flow, dark: DarkSpace): void {
    const [opener, other] = flow.ends
    const going = this.#open.get(flow.flow)
    this.#open.delete(flow.flow)
    if (!isTransport(flow) || !dark.has(other.ip)) return
    const family = flow.p2p && !flow.p2p.neighbour ? flow.p2p.family : undefined
    const contact = contactOf(opener, other)
    const system = family === undefined ? undefined : (going?.system ?? family)
    this.#radiation.connection(flow.startMicros, contact.target, system)
    if (going !== undefined && family !== undefined) return
    const payload =
      family !== undefined ? 'p2p' : flow.payloadBytes[0] > 0 ? ('other' as const) : 'none'
    this.#incidents.contact({
      ...contact,
      micros: flow.startMicros,
      payload,
      ...(family !== undefined && { family }),
    })
  }

  #learn({ about, by, via, family, part, capture, frame, micros, content }: Claim): void {
    const name = endpointText(about)
    if (this.#taught.has(name) || about.ip === by.ip || this.#neighbours.has(family)) return
    this.#taught.set(name, {
      ...{ family, part, via, by, endpoint: about, capture, frame, micros },
      ...(content !== undefined && { content }),
    })
    trim(this.#taught, limits.endpointsMax)
  }

  /** A call of whomever, where nothing is known to be dark. */
  #call(flow: Flow): void {
    const [opener, other] = flow.ends
    const name = endpointText(other)
    if (!isTransport(flow)) return
    if (flow.packets[1] > 0) {
      if (this.#answered.size >= limits.endpointsMax) this.#answered.clear()
      this.#answered.add(name)
      return
    }
    const taught = this.#taught.get(name)
    const p2p = flow.p2p?.neighbour ? undefined : flow.p2p
    const { family, part } = p2p ?? taught ?? {}
    if (family === undefined || this.#answered.has(name) || isGroup(other.ip)) return
    if (flow.proto === 'UDP' && this.#mute.has(`${family} ${part}`)) return
    const contact = contactOf(opener, other)
    const content = taught?.content
    this.#radiation.connection(flow.startMicros, contact.target, family)
    this.#incidents.contact({
      ...{ ...contact, micros: flow.startMicros, payload: 'p2p', family },
      ...(content !== undefined && { content }),
    })
  }
}

function softwareOf({ software, version }: Client): string {
  return [software, version].filter(Boolean).join(' ')
}

function contactOf(opener: Endpoint, other: Endpoint) {
  return { source: keyOf(opener.ip), target: keyOf(other.ip), port: other.port }
}

function isTransport({ proto }: Flow): boolean {
  return proto === 'TCP' || proto === 'UDP'
}
