/** What a summary is made of: shapes that the pipeline and other services fit. */
import type { Verdict } from '../../core/event.ts'
import type { Overview } from './overview.ts'

/** The counts of a run, as the pipeline gives them. */
export interface RunTotals {
  readonly packets: number
  readonly bytes: number
  readonly flows: number
  readonly firstMicros: number | undefined
  readonly lastMicros: number | undefined
  readonly packetCounts: Readonly<Record<string, number>>
  readonly unreadLinkTypes?: readonly { readonly name: string; readonly packets: number }[]
  readonly filteredOut: number
  readonly messages: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly faults: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly limits: Readonly<Record<string, number>>
  readonly gapBytes: number
  readonly damage: readonly {
    readonly capture: string
    readonly offset: number
    readonly cause: string
  }[]
  readonly captures: readonly { readonly name: string; readonly packets: number }[]
  readonly interrupted: boolean
}

/** A content, as services/detect sums it up. */
export interface ContentRow {
  readonly content: string
  readonly names: readonly {
    readonly name: string
    readonly via: string
    readonly verified: boolean
    readonly capture: string
    readonly frame: number
  }[]
  readonly size: number | undefined
  readonly files: number
  readonly hosts: number
  readonly claims: Readonly<Record<string, number>>
  readonly bytes: number
  readonly capture: string
  readonly frame: number
}

export interface SummaryInput {
  readonly totals: RunTotals
  readonly overview: Overview
  /** Hosts seen to take part, the worst first; maybe only those that will be listed. */
  readonly verdicts: readonly Verdict[]
  readonly hostCount: number
  /** Hosts that others named and that were not seen to act. */
  readonly claimedCount: number
  /** The rows of `packetCounts` of which each packet is in exactly one; others are remarks. */
  readonly statuses: readonly string[]
  readonly contents: readonly ContentRow[]
}

export interface SummaryOptions {
  /** Cells of a line. */
  readonly width: number
  readonly colour: boolean
  /** Hosts and contents shown; all others are counted. */
  readonly listed?: number
  /** What was to be read: told where no packet names its capture. */
  readonly sources?: readonly string[]
}
