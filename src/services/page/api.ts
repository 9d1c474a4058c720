/**
 * What server and page say to each other: paths, what is asked, what is answered. Both sides take
 * their types from here. All are `GET /api/NAME?…` with the question's keys as parameters (numbers
 * in decimal; `span` as `from` and `to`), and answer JSON; an error answers `Failure`.
 */
import type {
  CauseRow,
  DarkMap,
  DarkMapQuestion,
  Facet,
  FlowDetail,
  FlowOrder,
  FlowRow,
  Histogram,
  Hit,
  HostDetail,
  HostRow,
  IncidentQuestion,
  IncidentRow,
  Listed,
  MessageRow,
  Overview,
  Page,
  Propagation,
  PropagationQuestion,
  Run,
  SwarmDetail,
  SwarmRow,
  ThreatRow,
  TrafficChart,
  Which,
} from '../../core/store.ts'
import type { WallView } from './wall-api.ts'

export type * from './wall-api.ts'

type Steps = { readonly steps: number }

/** name → [question, answer] */
export interface Api {
  readonly runs: [object, readonly Run[]]
  readonly overview: [Which, Overview]
  readonly traffic: [Which & Steps, TrafficChart]
  readonly hosts: [Which & Page & { readonly order?: 'score' | 'bytes' | 'last' }, Listed<HostRow>]
  readonly host: [Which & Steps & { readonly host: string }, HostDetail]
  readonly flows: [
    Which & Page & { readonly order?: FlowOrder; readonly descending?: boolean },
    Listed<FlowRow>,
  ]
  readonly histogram: [Which & Steps, Histogram]
  readonly facets: [Which & { readonly limit: number }, readonly Facet[]]
  readonly flow: [{ readonly id: string }, FlowDetail]
  readonly messages: [Page & { readonly flow: string }, Listed<MessageRow>]
  /** The packets of a flow, in hex, where they are still at hand. */
  readonly bytes: [Page & { readonly flow: string }, Listed<PacketRow>]
  readonly swarms: [Which & Page & { readonly text?: string }, Listed<SwarmRow>]
  readonly swarm: [Page & { readonly content: string }, SwarmDetail]
  readonly threats: [Which & Page, Listed<ThreatRow>]
  readonly incidents: [IncidentQuestion, Listed<IncidentRow>]
  /** Incidents by another definition, looked for in what is stored. */
  readonly detect: [DarkQuestion, Detected]
  readonly causes: [{ readonly run?: number; readonly family?: string }, readonly CauseRow[]]
  readonly map: [DarkMapQuestion, DarkMap]
  /** What was called of dark networks of IPv6, where a map would be empty. */
  readonly places: [Which, DarkPlaces]
  readonly propagation: [PropagationQuestion, Propagation]
  /** Where nobody is, and what is made of those who call there. */
  readonly dark: [object, DarkView]
  readonly find: [{ readonly text: string; readonly limit: number }, readonly Hit[]]
  readonly status: [object, Status]
  /** How families are called in prose, of all that are known. */
  readonly families: [object, readonly FamilyTitle[]]
  /** What the configuration calls hosts and networks; may change while the page is open. */
  readonly names: [object, Names]
  /** What stops P2P here, and what it did. */
  readonly wall: [object, WallView]
}

/** More sources than so many within so many hours. */
export interface Definition {
  readonly sources: number
  readonly hours: number
}

export interface DarkQuestion extends Which, Definition {}

export interface Detected {
  /** Most sources first. */
  readonly rows: readonly IncidentRow[]
  /** Flows that were looked at. */
  readonly flows: number
  /** There were more than are looked at, or told. */
  readonly isCut: boolean
}

export interface DarkPlaces {
  /** Most P2P callers first. */
  readonly rows: readonly DarkPlace[]
  /** So many were called. */
  readonly total: number
  /** Flows that were looked at, and whether there were more. */
  readonly flows: number
  readonly isCut: boolean
}

export interface DarkPlace {
  /** A /64 of a larger network, else an address. */
  readonly place: string
  /** Different callers, and those that spoke P2P. */
  readonly sources: number
  readonly p2pSources: number
  /** Of most of the latter's flows. */
  readonly family?: string
}

export interface DarkView {
  /** None: what never answers is taken for dark. */
  readonly networks: readonly string[]
  /** By which incidents are told while they go on. */
  readonly definition: Definition
  /** Sources that were taken out. */
  readonly scanners: number
  /** To dark addresses; the rest is no P2P. */
  readonly connections: number
  readonly p2pConnections: number
  /** Absent where this process does not answer for them. */
  readonly honeynet?: HoneynetView
}

/** Since the honeynet stands. */
export interface HoneynetView {
  readonly network: string
  readonly packets: number
  readonly syns: number
  readonly connections: number
  readonly connectionsAnswered: number
  readonly datagrams: number
  readonly datagramsAnswered: number
  /** Answers that a bound kept back. */
  readonly rateLimited: number
}

export interface Names {
  /** address → name */
  readonly hosts: { readonly [ip: string]: string }
  /** The first that holds an address is meant. */
  readonly networks: readonly NetworkName[]
}

export interface NetworkName {
  readonly name: string
  readonly cidrs: readonly string[]
  /** What is thought of P2P there. */
  readonly policy: 'allow' | 'watch' | 'forbid'
}

export interface FamilyTitle {
  /** The name in events and expressions. */
  readonly family: string
  /** The name on the card: `eDonkey`. */
  readonly title: string
  readonly neighbour: boolean
  /** Absent where `peerscope backtrack` asks nobody of it. */
  readonly asks?: readonly Asked[]
}

/** Who told something by `via` over `carrier` can be asked as `part`. */
export interface Asked {
  readonly via: string
  readonly carrier: 'tcp' | 'udp'
  readonly part: string
}

export interface PacketRow {
  readonly frame: number
  readonly micros: number
  readonly side: 0 | 1
  /** Of the packet on the wire. */
  readonly size: number
  /** From the IP header on, cut at 4 KiB. */
  readonly hex: string
}

/** Other paths: files and streams. `where`, `from`, `to`, `run` choose, as above. */
export const PATHS = {
  /** Server-sent events: `status` (a Status, at most once a second), `changed` (ask again). */
  events: '/api/events',
  flowsCsv: '/api/flows.csv',
  flowsJson: '/api/flows.ndjson',
  flowsEve: '/api/flows.eve',
  /** `where` … or `flow` (several): the packets as pcapng, each with a comment where it is evidence. */
  packets: '/api/packets.pcapng',
  peersCsv: '/api/peers.csv',
  incidentsCsv: '/api/incidents.csv',
  /** The ways of an address or a content (`of`), for other programs. */
  propagationGraphml: '/api/propagation.graphml',
  propagationCsv: '/api/propagation.csv',
  /** To the authors of clients that tell wrong addresses. */
  bugReport: '/api/bug-report.md',
  /** POST, the capture as body, `name` as parameter: read it. Answers `{ name }`. */
  captures: '/api/captures',
  /** POST, a `peerscope.yaml` as body: what it would change (WallPreview). Nothing is done. */
  wallPreview: '/api/wall/preview',
} as const

/** How the reading or watching goes. */
export interface Status {
  readonly state: 'watching' | 'reading' | 'done' | 'failed'
  /** What is watched or read. */
  readonly source: string
  readonly version: string
  /** Changes each time that stored data changed. */
  readonly revision: number
  readonly packets: number
  readonly bytes: number
  readonly packetsPerSecond: number
  /** Of the files that are read. */
  readonly bytesRead?: number
  readonly bytesTotal?: number
  /** Lost before we saw them: by the kernel's ring or by the capture itself. */
  readonly dropped: number
  /** Share of the capture ring that was full at most since the last status, 0 to 1. */
  readonly ringUse?: number
  /** How far reading is behind the packets' arrival. */
  readonly lagMillis?: number
  /** Of the last packet. */
  readonly micros?: number
  readonly error?: string
}

export interface Failure {
  readonly error: string
  /** Where in an expression. */
  readonly at?: number
}
