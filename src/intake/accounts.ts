/** Every packet accounted for, every message and fault counted, every bound that was reached. */
import type { Flow, OtherFlows } from '../core/event.ts'
import type { LimitName } from '../core/limits.ts'

/** Flows without a protocol that are kept as examples. */
const BIGGEST_MAX = 5
/** Link types that are told by name; a capture of more is damaged or made up. */
const LINK_TYPES_MAX = 16

export class Accounts {
  packets = 0
  bytes = 0
  firstMicros = Number.POSITIVE_INFINITY
  lastMicros = Number.NEGATIVE_INFINITY
  flows = 0
  gapBytes = 0
  withdrawn = 0
  /** Flows of no protocol that were not said. */
  readonly otherFlows: Growing<OtherFlows> & { biggest: Flow[] } = {
    flows: 0,
    bytes: 0,
    silentFlows: 0,
    gapFlows: 0,
    biggest: [],
  }
  /** What became of the packets, by decode status; set at the end. */
  packetCounts: Readonly<Record<string, number>> = {}
  /** Link type → its packets, where packets of that link type are not read. */
  readonly unreadLinkTypes = new Map<number, number>()
  /** family → message → count */
  readonly messages = new Map<string, Map<string, number>>()
  /** wire → fault → count */
  readonly faults = new Map<string, Map<string, number>>()
  readonly limits = new Map<LimitName, number>()
  /** How far the times of packets go back, at most. */
  disorderMicros = 0

  packet(micros: number, wireSize: number): void {
    this.packets++
    this.bytes += wireSize
    if (micros < this.firstMicros) this.firstMicros = micros
    if (micros > this.lastMicros) this.lastMicros = micros
    else if (this.lastMicros - micros > this.disorderMicros) {
      this.disorderMicros = this.lastMicros - micros
    }
  }

  unreadLinkType(linkType: number): void {
    const types = this.unreadLinkTypes
    if (types.size >= LINK_TYPES_MAX && !types.has(linkType)) return
    types.set(linkType, (types.get(linkType) ?? 0) + 1)
  }

  gap(missing: number): void {
    this.gapBytes += missing
  }

  /** @param account  makes the flow's event; only called where it is one of the biggest */
  otherFlow(bytes: number, payloadBytes: number, hasGap: boolean, account: () => Flow): void {
    const others = this.otherFlows
    others.flows++
    others.bytes += bytes
    if (payloadBytes === 0) others.silentFlows++
    if (hasGap) others.gapFlows++
    const { biggest } = others
    if (biggest.length === BIGGEST_MAX && bytes <= bytesOf(biggest[BIGGEST_MAX - 1]!)) return
    const at = biggest.findIndex((flow) => bytesOf(flow) < bytes)
    biggest.splice(at < 0 ? biggest.length : at, 0, account())
    if (biggest.length > BIGGEST_MAX) biggest.pop()
  }

  message(family: string, message: string): void {
    increment(this.messages, family, message)
  }

  fault(wire: string, fault: string): void {
    increment(this.faults, wire, fault)
  }

  /** @returns the count so far where it is worth saying: the first time, the tenth, the hundredth … */
  limit(name: LimitName, count = 1): number | undefined {
    if (count <= 0) return undefined
    const before = this.limits.get(name) ?? 0
    const after = before + count
    this.limits.set(name, after)
    return before === 0 || magnitude(after) > magnitude(before) ? after : undefined
  }
}

type Growing<T> = { -readonly [K in keyof T]: T[K] }

function bytesOf(flow: Flow): number {
  return flow.bytes[0] + flow.bytes[1]
}

function increment(table: Map<string, Map<string, number>>, row: string, column: string): void {
  let counts = table.get(row)
  if (counts === undefined) {
    counts = new Map()
    table.set(row, counts)
  }
  counts.set(column, (counts.get(column) ?? 0) + 1)
}

function magnitude(count: number): number {
  return Math.floor(Math.log10(count))
}
