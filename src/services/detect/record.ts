/** What is kept of a host, and what follows from it. */
import type { PacketRef, Side, Sureness, VerdictReason } from '../../core/event.ts'
import { Evidence, type Few, type First, type Kind, trust } from './evidence.ts'
import { reasonText } from './words.ts'

/** Lists, not tables: a host speaks one or two families and shows a handful of kinds. */
export interface FamilyEvidence {
  readonly family: string
  readonly kinds: Evidence[]
  parts: Few
  withdrawn: number
  withdrawal: (PacketRef & { readonly text: string }) | undefined
}

export interface Host {
  readonly families: FamilyEvidence[]
  software: Few
  sent: number
  received: number
  flows: number
  /** Observations of any kind, for choosing whom to forget. */
  seen: number
  micros: number
}

/** Withdrawn recognitions alone leave a record without evidence. */
export function acted(record: Host): boolean {
  return record.families.some(({ kinds }) => kinds.length > 0)
}

export function trustIn(evidence: FamilyEvidence): number {
  return evidence.withdrawn === 0 ? 1 : trust(flowsOf(evidence), evidence.withdrawn)
}

function flowsOf(evidence: FamilyEvidence): number {
  let flows = 0
  for (const { kind, count } of evidence.kinds) if (kind.startsWith('spoke-')) flows += count
  return flows
}

export function reasonOf(evidence: Evidence): VerdictReason {
  const { contribution, capture, frame } = evidence
  return { weight: rounded(contribution), text: reasonText(evidence), capture, frame }
}

export function rounded(weight: number): number {
  return Math.round(weight * 10) / 10
}

/** What is kept of a kind: whichever is told first begins it, the earliest is told of. */
export function observe(
  evidence: FamilyEvidence,
  kind: Kind,
  where: PacketRef,
  first: First,
): Evidence {
  for (const seen of evidence.kinds) {
    if (seen.kind !== kind) continue
    seen.meet(where, first)
    return seen
  }
  const seen = new Evidence(evidence.family, kind, where, first)
  evidence.kinds.push(seen)
  return seen
}

/** An observation turns out to be none, or one of another kind. */
export function retract(evidence: FamilyEvidence, kind: Kind): void {
  const at = evidence.kinds.findIndex((seen) => seen.kind === kind)
  if (at >= 0 && --evidence.kinds[at]!.count === 0) evidence.kinds.splice(at, 1)
}

export function surer(sureness: Sureness, evidence: FamilyEvidence): Sureness {
  const has = (kind: Kind) => evidence.kinds.some((seen) => seen.kind === kind)
  if (sureness === 'certain' || has('spoke-certain')) return 'certain'
  if (sureness === 'likely' || has('spoke-likely')) return 'likely'
  return 'unsure'
}

/** Parts that serve others; in such a flow only the called side is one. */
const SERVING = /tracker|server|cache|hub|webseed|index/

/** Whether this side is what the part says: both are peers, but only the called one is a server. */
export function servedBy(part: string, side: Side): boolean {
  return side === 1 || !SERVING.test(part)
}

/** Threats by which hosts are sent to one that is no host of the network. */
export const MISDIRECTING: ReadonlySet<string> = new Set(['misdirected-connection'])
