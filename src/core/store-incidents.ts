/**
 * What a store can be asked of addresses that are in no system: who asks them, why they were told,
 * and on which ways. Part of the questions of store.ts.
 */
import type { Cause, Incident } from './event.ts'
import type { Page, StoredRef, Which } from './store.ts'

/** As it stood when it was told of last. */
export interface IncidentRow extends Omit<Incident, 'type'> {
  /** `RUN.NUMBER` */
  readonly id: string
  readonly run: number
  /** The first flow to the target in its time, where that is stored. */
  readonly first?: StoredRef & { readonly flow: string }
}

export const INCIDENT_ORDERS = ['sources', 'start'] as const

export interface IncidentQuestion extends Which, Page {
  /** Only at this address or endpoint. */
  readonly at?: string
  readonly order?: (typeof INCIDENT_ORDERS)[number]
}

/** A hypothesis as it was tested last, of all that was told or asked in a run. */
export interface CauseRow extends Omit<Cause, 'type'> {
  readonly run: number
}

/** A flow as a call: as little of it as a detector of incidents needs. */
export interface CallRow {
  readonly startMicros: number
  readonly proto: string
  readonly src: string
  readonly dst: string
  readonly port: number
  /** By the caller. */
  readonly packets: number
  readonly bytes: number
  /** Absent where it is of no known protocol, or of one that is no P2P. */
  readonly family?: string
}

export interface DarkMapQuestion extends Which {
  /** Of IPv4: `198.51.100.0/24`. */
  readonly network: string
  /** A cell is a network of so many bits: 32 for each address, 24 for each /24 … */
  readonly cellBits: number
}

/** More cells than 2 to this power are no map. */
export const MAP_BITS_MAX = 16

/** Who called the addresses of a network, cell by cell; lists of the same length, in order of address. */
export interface DarkMap {
  readonly network: string
  readonly cellBits: number
  /** Cells that were called, counted from the beginning of the network. */
  readonly cells: readonly number[]
  /** Different callers. */
  readonly sources: readonly number[]
  /** Those that spoke P2P. */
  readonly p2pSources: readonly number[]
  /** Of most callers that spoke P2P (where they are estimated, of an eighth of them): a place in `families`, or -1. */
  readonly family: readonly number[]
  readonly families: readonly string[]
  /** There are so many flows that callers are estimated: of a cell to 14 % (standard error), of all to 2 %. */
  readonly isEstimate?: true
  /** Of all cells together; flows are exact, and so are callers that are not very many. */
  readonly total: { readonly sources: number; readonly p2pSources: number; readonly flows: number }
}

export interface PropagationQuestion extends Which {
  /** An address, an endpoint or a content's URN. */
  readonly of: string
  /** More nodes than so many are drawn together by their networks. */
  readonly nodesMax: number
}

/** Who told whom of an address (or of who has a content), when, by which channel, and who called it. */
export interface Propagation {
  readonly of: string
  /** The earliest first. */
  readonly nodes: readonly PropagationNode[]
  readonly edges: readonly PropagationEdge[]
  /** In all. */
  readonly tellings: number
  readonly calls: number
  /** How often it told of itself: then it was in the system. */
  readonly announced: number
  /** What is at the address whose octets stand the other way round, where that was seen. */
  readonly twin?: { readonly ip: string; readonly flows: number }
  /** The latest tellings are left out: there are too many. */
  readonly cut: boolean
}

export interface PropagationNode {
  /** Edges name it so. */
  readonly id: string
  /** An address, a network, or what was asked for. */
  readonly name: string
  /** `callers`: called it, and nobody was heard to tell them. */
  readonly kind: 'host' | 'network' | 'callers' | 'target'
  /** Addresses that it stands for. */
  readonly hosts: number
  /** From 0: one more than whoever told it first. Targets are the last. */
  readonly layer: number
  readonly firstMicros: number
  readonly software?: string
}

/** Of several tellings the first is shown. */
export interface PropagationEdge extends StoredRef {
  readonly from: string
  readonly to: string
  readonly kind: 'told' | 'called'
  /** The channel; of a call, whether it was `answered` or `unanswered`. */
  readonly via: string
  readonly family: string
  /** The flow that the frame is of: `RUN.FLOW`. */
  readonly flow: string
  readonly count: number
  readonly lastMicros: number
}
