/** What a wall in this process says of itself, and of a policy that it might have. */
import type { Endpoint } from '../../core/address.ts'
import type { Decision } from '../../core/event.ts'

/** `running: false`: this process shows what was seen, and stops nothing. */
export type WallView = { readonly running: false } | WallState

export interface WallState {
  readonly running: true
  /** What makes the kernel's rules: `nft`, `iptables`; `none`: somebody else. */
  readonly engine: string
  /** `deny`: only what is permitted passes. */
  readonly mode: 'permit' | 'deny'
  /** What passes while nobody decides. */
  readonly fail: 'open' | 'closed'
  readonly queue: number
  /** When this was said: spans that run out are reckoned from here. */
  readonly micros: number
  /** Those of the policy, in its order: the first that fits decides. */
  readonly rules: readonly WallRule[]
  /** What else decided: lists, names, limits, what was named to a caught host, where no rule fits. */
  readonly others: readonly WallHits[]
  readonly held: readonly WallHeld[]
  readonly refused: {
    readonly total: number
    /** Those that were refused last, the newest first. */
    readonly some: readonly WallRefused[]
  }
  readonly lists: readonly WallList[]
  /** Names that DNS was asked for and that were refused. */
  readonly names: readonly { readonly name: string; readonly hits: number }[]
  /** The newest first. */
  readonly decisions: readonly WallDecision[]
  readonly counters: WallCounters
  /** Bounds that were reached, and how often. */
  readonly limits: Readonly<Record<string, number>>
  /** As the programs of the kernel were told; empty where somebody else makes them. */
  readonly kernelRules: string
}

/** Since the wall stands. */
export interface WallCounters {
  /** That came up, and their bytes from the IP header on. */
  readonly packets: number
  readonly bytes: number
  readonly accepted: number
  readonly dropped: number
  readonly resets: number
  readonly decoys: number
  readonly cuts: number
  /** Verdicts that came too late. */
  readonly late: number
  /** Events that came faster than anybody could take them. */
  readonly unsaid: number
  /** Packets that wait at the moment. */
  readonly waiting: number
  /** Packets for which there was no room. */
  readonly queueDropped: number
  readonly socketDropped: number
}

export interface WallHits {
  readonly name: string
  /** Flows that it decided. */
  readonly hits: number
  /** When it did so last. */
  readonly lastMicros?: number
}

export interface WallRule extends WallHits {
  /** From 1. */
  readonly index: number
  /** Who, what and when, in words. */
  readonly text: string
  /** As the policy writes it: `block reset for 10m`. */
  readonly action: string
}

export interface WallHeld {
  readonly host: string
  readonly rule: string
  /** Absent where it was held before anybody looked. */
  readonly sinceMicros?: number
  readonly untilMicros: number
  /** Endpoints that were named to it. */
  readonly named: number
}

/** An endpoint that a host of ours does not reach. */
export interface WallRefused {
  readonly host: string
  readonly endpoint: Endpoint
  readonly carriers: 'tcp' | 'udp' | 'both'
  readonly untilMicros: number
  /** Who named it, in which message; `flow`: a flow to it was blocked. */
  readonly by: Endpoint
  readonly via: string
}

export interface WallList {
  readonly name: string
  readonly ranges: number
  /** IPv4 addresses in them. */
  readonly addresses: number
  readonly hits: number
  readonly expiresMicros?: number
}

export interface WallDecision
  extends Pick<
    Decision,
    'micros' | 'ends' | 'carrier' | 'action' | 'how' | 'rule' | 'host' | 'why' | 'sureness'
  > {
  readonly family?: string
  /** Of the store: `1.23`. */
  readonly flow: string
}

/** What another policy would change; nothing of it is done. */
export interface WallPreview {
  /** Why it cannot be used; then there is nothing else. */
  readonly faults: readonly { readonly line: number; readonly says: string }[]
  readonly rules: readonly (Changed & Pick<WallRule, 'name' | 'text' | 'action'>)[]
  /** Lines of the kernel's rules. */
  readonly kernel: readonly (Changed & { readonly text: string })[]
}

export interface Changed {
  readonly change: 'same' | 'new' | 'gone'
}
