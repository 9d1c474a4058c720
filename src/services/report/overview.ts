/** What a summary needs and no other service keeps: flows by family, and what was not understood. */
import type { Event, Flow, FlowVerdict, OtherFlows, Threat } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'

export interface FamilyTotals {
  readonly family: string
  readonly isNeighbour: boolean
  flows: number
  bytes: number
  readonly hosts: Set<string>
  /** part → [flows, bytes] */
  readonly parts: Map<string, [number, number]>
  /** Flows that only structure or a taught endpoint explains. */
  notCertain: number
}

/** Threats that are shown. */
const THREATS_MAX = 20

export class Overview {
  readonly families = new Map<string, FamilyTotals>()
  readonly threats: Threat[] = []
  threatCount = 0
  /** Flows without a family, which are not said one by one. */
  others: OtherFlows = { flows: 0, bytes: 0, silentFlows: 0, gapFlows: 0, biggest: [] }
  withdrawn = 0
  #flows = 0
  #bytes = 0
  #p2pBytes = 0
  #gapFlows = 0

  consume(event: Event): void {
    switch (event.type) {
      case 'flow':
        return event.p2p && this.#flow(event, event.p2p)
      case 'recognition':
        if (event.withdrawn !== undefined) this.withdrawn++
        return
      case 'threat':
        this.threatCount++
        if (this.threats.length < THREATS_MAX) this.threats.push(event)
    }
  }

  /** Families, those with most bytes first, neighbours last. */
  byBytes(): FamilyTotals[] {
    return [...this.families.values()].sort(
      (a, b) =>
        Number(a.isNeighbour) - Number(b.isNeighbour) ||
        b.bytes - a.bytes ||
        (a.family < b.family ? -1 : 1),
    )
  }

  get flows(): number {
    return this.#flows + this.others.flows
  }

  get bytes(): number {
    return this.#bytes + this.others.bytes
  }

  /** Of flows that have a family and are no neighbours. */
  get p2pBytes(): number {
    return this.#p2pBytes
  }

  get gapFlows(): number {
    return this.#gapFlows + this.others.gapFlows
  }

  #flow(flow: Flow, { family, part, sureness, neighbour }: FlowVerdict): void {
    const bytes = flow.bytes[0] + flow.bytes[1]
    this.#flows++
    this.#bytes += bytes
    if (neighbour !== true) this.#p2pBytes += bytes
    if (flow.gapBytes) this.#gapFlows++
    let totals = this.families.get(family)
    if (totals === undefined) {
      const [hosts, parts] = [new Set<string>(), new Map<string, [number, number]>()]
      totals = {
        family,
        isNeighbour: neighbour === true,
        flows: 0,
        bytes: 0,
        hosts,
        parts,
        notCertain: 0,
      }
      this.families.set(family, totals)
    }
    totals.flows++
    totals.bytes += bytes
    if (sureness !== 'certain') totals.notCertain++
    for (const side of [0, 1] as const) {
      if (flow.payloadBytes[side] > 0 && totals.hosts.size < limits.hostsMax) {
        totals.hosts.add(flow.ends[side].ip)
      }
    }
    const ofPart = totals.parts.get(part)
    if (ofPart === undefined) totals.parts.set(part, [1, bytes])
    else {
      ofPart[0]++
      ofPart[1] += bytes
    }
  }
}
