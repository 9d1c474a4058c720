/** Every packet accounted for, every message and fault counted, every bound that was reached. */
import type { LimitName } from '../core/limits.ts'

export class Accounts {
  packets = 0
  bytes = 0
  firstMicros = Number.POSITIVE_INFINITY
  lastMicros = Number.NEGATIVE_INFINITY
  flows = 0
  gapBytes = 0
  withdrawn = 0
  /** What became of the packets, by decode status; set at the end. */
  packetCounts: Readonly<Record<string, number>> = {}
  /** family → message → count */
  readonly messages = new Map<string, Map<string, number>>()
  /** wire → fault → count */
  readonly faults = new Map<string, Map<string, number>>()
  readonly limits = new Map<LimitName, number>()

  packet(micros: number, wireSize: number): void {
    this.packets++
    this.bytes += wireSize
    if (micros < this.firstMicros) this.firstMicros = micros
    if (micros > this.lastMicros) this.lastMicros = micros
  }

  gap(missing: number): void {
    this.gapBytes += missing
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
