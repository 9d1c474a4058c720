/** The account of several lanes as one. */
import type { OtherFlows } from '../../core/event.ts'
import type { Totals } from '../pipeline.ts'
import type { LaneStatus } from './lane.ts'

type Counts = Readonly<Record<string, number>>

export function together(all: readonly Totals[]): Totals {
  const sum = (of: (totals: Totals) => number) => all.reduce((so, one) => so + of(one), 0)
  const counts = (of: (totals: Totals) => Counts) => all.map(of).reduce(added, {})
  const tables = (of: (totals: Totals) => Readonly<Record<string, Counts>>) => {
    const rows = new Set(all.flatMap((totals) => Object.keys(of(totals))))
    return Object.fromEntries([...rows].map((row) => [row, counts((one) => of(one)[row] ?? {})]))
  }
  const named = (of: (totals: Totals) => readonly { name: string; packets: number }[]) =>
    Object.entries(
      counts((totals) => Object.fromEntries(of(totals).map((one) => [one.name, one.packets]))),
    ).map(([name, packets]) => ({ name, packets }))
  const times = (of: (totals: Totals) => number | undefined) =>
    all.map(of).filter((time) => time !== undefined)
  const first = times((totals) => totals.firstMicros)
  const last = times((totals) => totals.lastMicros)
  const others = all.flatMap((totals) => totals.otherFlows ?? [])
  return {
    packets: sum((totals) => totals.packets),
    bytes: sum((totals) => totals.bytes),
    firstMicros: first.length === 0 ? undefined : Math.min(...first),
    lastMicros: last.length === 0 ? undefined : Math.max(...last),
    packetCounts: counts((totals) => totals.packetCounts),
    unreadLinkTypes: named((totals) => totals.unreadLinkTypes),
    filteredOut: sum((totals) => totals.filteredOut),
    flows: sum((totals) => totals.flows),
    ...(others.length > 0 && { otherFlows: othersTogether(others) }),
    // Every lane learns what the others hear.
    endpointsKnown: Math.max(0, ...all.map((totals) => totals.endpointsKnown)),
    messages: tables((totals) => totals.messages),
    faults: tables((totals) => totals.faults),
    limits: counts((totals) => totals.limits),
    gapBytes: sum((totals) => totals.gapBytes),
    withdrawn: sum((totals) => totals.withdrawn),
    damage: onceEach(all.flatMap((totals) => totals.damage)),
    captures: named((totals) => totals.captures),
    interrupted: all.some((totals) => totals.interrupted),
  }
}

/** Each lane of an interface says the same when it ends. */
function onceEach(damage: Totals['damage']): Totals['damage'] {
  return [...new Map(damage.map((one) => [`${one.capture}\0${one.cause}`, one])).values()]
}

function added(one: Counts, other: Counts): Counts {
  const sums: Record<string, number> = { ...one }
  for (const [name, count] of Object.entries(other)) sums[name] = (sums[name] ?? 0) + count
  return sums
}

function othersTogether(others: readonly OtherFlows[]): OtherFlows {
  const [head] = others
  const sum = (of: (one: OtherFlows) => number) => others.reduce((so, one) => so + of(one), 0)
  const biggest = others.flatMap((one) => one.biggest)
  biggest.sort((a, b) => b.bytes[0] + b.bytes[1] - a.bytes[0] - a.bytes[1])
  return {
    flows: sum((one) => one.flows),
    bytes: sum((one) => one.bytes),
    silentFlows: sum((one) => one.silentFlows),
    gapFlows: sum((one) => one.gapFlows),
    biggest: biggest.slice(0, head!.biggest.length),
  }
}

/** Of all lanes: counts add, the fullest ring and the slowest reader tell. */
export function statusTogether(all: readonly LaneStatus[]): LaneStatus {
  const sum = (of: (status: LaneStatus) => number) => all.reduce((so, one) => so + of(one), 0)
  const most = (of: (status: LaneStatus) => number, least: number) =>
    Math.max(least, ...all.map(of))
  return {
    packets: sum((one) => one.packets),
    bytes: sum((one) => one.bytes),
    flows: sum((one) => one.flows),
    received: sum((one) => one.received),
    dropped: sum((one) => one.dropped),
    ringUse: most((one) => one.ringUse, 0),
    lagMillis: most((one) => one.lagMillis, 0),
    micros: most((one) => one.micros, Number.NEGATIVE_INFINITY),
  }
}
