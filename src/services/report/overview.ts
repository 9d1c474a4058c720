/** What a summary needs and no other service keeps: flows by family, and what was not understood. */
import type { Event, Flow, Threat } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'

export interface FamilyTotals {
  readonly family: string
  flows: number
  bytes: number
  readonly hosts: Set<string>
  /** part → [flows, bytes] */
  readonly parts: Map<string, [number, number]>
  /** Flows that only structure or a taught endpoint explains. */
  notCertain: number
}

/** Flows without a family that are shown. */
const BIGGEST_MAX = 5
/** Threats that are shown. */
const THREATS_MAX = 20

export class Overview {
  readonly families = new Map<string, FamilyTotals>()
  readonly threats: Threat[] = []
  threatCount = 0
  flows = 0
  bytes = 0
  otherFlows = 0
  otherBytes = 0
  /** Of the flows without a family: those without a byte of payload. */
  silentFlows = 0
  gapFlows = 0
  withdrawn = 0
  #biggest: Flow[] = []

  consume(event: Event): void {
    switch (event.type) {
      case 'flow':
        return this.#flow(event)
      case 'recognition':
        if (event.withdrawn !== undefined) this.withdrawn++
        return
      case 'threat':
        this.threatCount++
        if (this.threats.length < THREATS_MAX) this.threats.push(event)
    }
  }

  /** Families, those with most bytes first. */
  byBytes(): FamilyTotals[] {
    return [...this.families.values()].sort(
      (a, b) => b.bytes - a.bytes || (a.family < b.family ? -1 : 1),
    )
  }

  /** The biggest flows without a family. */
  get biggestOthers(): readonly Flow[] {
    return this.#biggest
  }

  #flow(flow: Flow): void {
    const bytes = flow.bytes[0] + flow.bytes[1]
    this.flows++
    this.bytes += bytes
    if (flow.gapBytes) this.gapFlows++
    if (flow.p2p === undefined) {
      this.otherFlows++
      this.otherBytes += bytes
      if (flow.payloadBytes[0] + flow.payloadBytes[1] === 0) this.silentFlows++
      const least = this.#biggest.at(-1)
      if (this.#biggest.length < BIGGEST_MAX || bytes > least!.bytes[0] + least!.bytes[1]) {
        this.#biggest.push(flow)
        this.#biggest.sort((a, b) => b.bytes[0] + b.bytes[1] - a.bytes[0] - a.bytes[1])
        this.#biggest.length = Math.min(this.#biggest.length, BIGGEST_MAX)
      }
      return
    }
    const { family, part, sureness } = flow.p2p
    let totals = this.families.get(family)
    if (totals === undefined) {
      const [hosts, parts] = [new Set<string>(), new Map<string, [number, number]>()]
      totals = { family, flows: 0, bytes: 0, hosts, parts, notCertain: 0 }
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
