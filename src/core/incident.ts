/** Events of address-misconfigured traffic: that it is there, and why. Part of the vocabulary of event.ts. */
import type { Endpoint } from './address.ts'

/** A name and how many there are of it. */
export interface Counted {
  readonly name: string
  readonly count: number
}

/** Many sources that within hours asked one address that is not in the system (services/incidents). */
export interface Incident {
  readonly type: 'incident'
  readonly micros: number
  /** `withdrawn`: said to be open before, and most of its sources turned out to be scanners. */
  readonly state: 'open' | 'closed' | 'withdrawn'
  readonly family: string
  readonly target: Endpoint
  /** The first contact of the window that was too full. */
  readonly startMicros: number
  /** The last contact while the window was too full. */
  readonly endMicros: number
  /** Most sources inside one window. */
  readonly peak: number
  /** All sources, scanners taken out. */
  readonly sources: number
  /** `estimate`: too many to be told apart one by one; right to a few percent. */
  readonly counting: 'exact' | 'estimate'
  /** Of all sources that asked this address, the share that asked this port, 0 to 1. */
  readonly targetShare: number
  /** Another port of the address was asked by these sources and more: that is the incident. */
  readonly partOf?: Endpoint
  /** Sources in each hour from the start. */
  readonly hours: readonly number[]
  /** What was asked for, and by how many; most first. */
  readonly contents: readonly Counted[]
  /** What the sources say they are; most first. */
  readonly software: readonly Counted[]
}

/** Why addresses that are in no system were told: one hypothesis, put to the test (services/diagnose). */
export interface Cause {
  readonly type: 'cause'
  readonly micros: number
  /** What was examined: a target, or all that was told. */
  readonly subject: string
  readonly family?: string
  readonly hypothesis: string
  /** `supported`: more than chance, and not the whole of it; `untested`: nothing to test it on. */
  readonly verdict: 'confirmed' | 'supported' | 'refuted' | 'untested'
  /** Of so many that were tested, so many are as the hypothesis says. */
  readonly tested: number
  readonly hits: number
  /** The same test on what should not be so. */
  readonly controls: readonly {
    readonly name: string
    readonly tested: number
    readonly hits: number
  }[]
  /** How likely so many hits are by chance. */
  readonly p?: number
  /** The verdict in words. */
  readonly text: string
}
