/**
 * What a store of events must take and what it can be asked: a small set of named questions, so
 * that a second engine can come beside the first. Everything here is plain data that can go over
 * HTTP as JSON as it is. Times are microseconds since 1970, UTC.
 */
import type { Event, Json, PacketRef, Sureness, TaughtBy, VerdictReason } from './event.ts'
import type { DecidedRow, DecisionRow } from './store-decisions.ts'
import type {
  CallRow,
  CauseRow,
  DarkMap,
  DarkMapQuestion,
  IncidentQuestion,
  IncidentRow,
  Propagation,
  PropagationQuestion,
} from './store-incidents.ts'

export type * from './store-decisions.ts'
export type * from './store-incidents.ts'

/** From (included) to (not included). */
export interface Span {
  readonly from: number
  readonly to: number
}

/** One reading of a capture or one watch of an interface. Everything stored belongs to a run. */
export interface RunBegin {
  /** The capture's name, or the interface. */
  readonly source: string
  readonly kind: 'capture' | 'live'
  /** By the clock of the machine. */
  readonly startedMicros: number
}

export interface Run extends RunBegin {
  readonly run: number
  /** Absent while it goes on, and after a crash. */
  readonly endedMicros?: number
  /** Of the packets; absent where there was none. */
  readonly span?: Span
  readonly packets: number
  readonly bytes: number
  readonly flows: number
  /** Packets that the kernel or the capture lost. */
  readonly dropped: number
  /** Where a capture stopped being readable. */
  readonly damage: readonly string[]
}

/** What is known of a run so far; counts are since its beginning. */
export type RunState = Partial<
  Pick<Run, 'endedMicros' | 'span' | 'packets' | 'bytes' | 'flows' | 'dropped' | 'damage'>
>

export interface StoreWriter {
  begin(run: RunBegin): Promise<number>
  /** Cheap: rows are kept back and written together. Flow updates replace what was said before. */
  consume(run: number, event: Event): void
  state(run: number, state: RunState): void
  /** All that was consumed is on disk and seen by questions. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** Which flows: a span (those that overlap it), an expression (core/expression.ts), a run. */
export interface Which {
  readonly span?: Span
  /** `family==edonkey && host==10.0.0.0/8`; absent or empty: all. */
  readonly where?: string
  readonly run?: number
}

export interface Page {
  readonly limit: number
  readonly offset?: number
}

/** A part of a longer list. */
export interface Listed<Row> {
  readonly rows: readonly Row[]
  /** How many there are in all. */
  readonly total: number
}

export interface Overview {
  /** Of everything stored; absent where nothing is. */
  readonly span?: Span
  /** Bytes of all IP packets of the span, P2P or not. */
  readonly bytes: number
  readonly packets: number
  readonly p2pBytes: number
  readonly p2pFlows: number
  /** Hosts with a verdict. */
  readonly hosts: number
  readonly threats: number
  readonly dropped: number
  readonly families: readonly FamilyRow[]
}

export interface FamilyRow {
  readonly family: string
  /** Shown, and held against nobody. */
  readonly neighbour: boolean
  readonly flows: number
  /** Of these, named only by their endpoint. */
  readonly matchedFlows: number
  readonly bytes: number
  readonly hosts: number
}

/** Bytes over time, in equal steps. */
export interface TrafficChart {
  readonly from: number
  readonly stepMicros: number
  readonly series: readonly TrafficSeries[]
  /** What is of no known protocol. */
  readonly rest: readonly number[]
}

export interface TrafficSeries {
  readonly family: string
  /** Flows that say nothing readable and were named by their endpoint: a band of their own. */
  readonly matched: boolean
  /** Bytes of a step. */
  readonly bytes: readonly number[]
}

export interface HostRow {
  readonly host: string
  /** 0 to 100. */
  readonly score: number
  readonly sureness: Sureness
  readonly families: readonly string[]
  readonly parts: readonly string[]
  readonly software: readonly string[]
  /** The three strongest. */
  readonly reasons: readonly StoredReason[]
  readonly bytesSent: number
  readonly bytesReceived: number
  readonly flows: number
  /** Other hosts that it had flows with. */
  readonly peers: number
  readonly firstMicros: number
  readonly lastMicros: number
}

/** Led back to run, capture and frame. */
export interface StoredReason extends VerdictReason {
  readonly run: number
  /** The flow that the frame is of (`RUN.FLOW`), where that is known. */
  readonly flow?: string
}

export interface HostDetail extends HostRow {
  readonly allReasons: readonly StoredReason[]
  /** What speaks against it, in words. */
  readonly against: readonly string[]
  /** What it did when, a lane for each part of a family, in equal steps. */
  readonly activity: Activity
  readonly contents: readonly HostContent[]
  readonly clients: readonly HostClient[]
  /** What others said of it: claims that name it. */
  readonly claimedBy: number
  readonly threats: readonly ThreatRow[]
}

export interface Activity {
  readonly from: number
  readonly stepMicros: number
  readonly lanes: readonly Lane[]
  /** Bytes of recognised flows. */
  readonly sent: readonly number[]
  readonly received: readonly number[]
  /** Recognised flows that were open in a step. */
  readonly open: readonly number[]
}

export interface Lane {
  readonly family: string
  /** A part (`dht`, `tracker`, `peer` …), or a channel of claims (`pex` …). */
  readonly lane: string
  readonly kind: 'flows' | 'claims'
  /** Named by endpoint only. */
  readonly matched: boolean
  /** Bytes of a step; for claims, how many. */
  readonly amounts: readonly number[]
}

export interface HostContent {
  readonly content: string
  readonly name?: string
  /** `has`, `asks`, `got`, `gave` */
  readonly roles: readonly string[]
  readonly bytesSent: number
  readonly bytesReceived: number
}

export interface HostClient {
  readonly software?: string
  readonly version?: string
  readonly id?: string
  readonly nick?: string
  readonly count: number
  readonly at: StoredRef
}

export interface StoredRef extends PacketRef {
  readonly run: number
  readonly micros: number
}

export interface ThreatRow extends StoredRef {
  readonly threat: string
  readonly severity: 'low' | 'medium' | 'high'
  readonly family: string
  readonly by: string
  readonly why: string
  readonly content?: string
  readonly flow: string
}

export interface FlowRow {
  /** `RUN.FLOW` */
  readonly id: string
  readonly communityId: string
  readonly startMicros: number
  readonly endMicros: number
  readonly proto: string
  readonly srcIp: string
  readonly srcPort: number
  readonly dstIp: string
  readonly dstPort: number
  readonly packets: readonly [number, number]
  readonly bytes: readonly [number, number]
  /** Absent where the flow is of no known protocol. */
  readonly family?: string
  readonly neighbour?: true
  readonly part?: string
  readonly sureness?: Sureness
  /** It was not over when last heard of. */
  readonly open: boolean
}

export const FLOW_ORDERS = ['start', 'end', 'bytes', 'packets', 'duration', 'family'] as const
export type FlowOrder = (typeof FLOW_ORDERS)[number]

export interface FlowDetail extends FlowRow, StoredRef {
  readonly reasons: readonly string[]
  readonly taughtBy?: TaughtBy
  readonly gapBytes?: readonly [number, number]
  readonly reason?: string
  /** Recognitions that were taken back, in words. */
  readonly withdrawn: readonly string[]
  readonly messages: number
}

export interface MessageRow extends StoredRef {
  readonly side: 0 | 1
  readonly family: string
  readonly log: string
  readonly name: string
  readonly fields: { readonly [key: string]: Json }
}

/** Fields by whose values flows are counted. */
const FACETS = ['family', 'part', 'sureness', 'proto', 'software', 'host', 'port'] as const
export type FacetField = (typeof FACETS)[number]

export interface Facet {
  readonly field: FacetField
  /** Of many flows only one in so many was looked at, and the counts are those times as much. */
  readonly sampled?: number
  readonly values: readonly { readonly value: string; readonly flows: number }[]
}

/** Flows over time, by when they began. */
export interface Histogram {
  readonly from: number
  readonly stepMicros: number
  readonly recognised: readonly number[]
  readonly rest: readonly number[]
}

export interface SwarmRow {
  readonly content: string
  readonly name?: string
  readonly size?: number
  readonly families: readonly string[]
  /** Hosts that were named for it or acted in it. */
  readonly hosts: number
  readonly asking: number
  readonly bytes: number
  readonly lastMicros: number
}

export interface SwarmDetail extends SwarmRow {
  readonly also: readonly string[]
  readonly names: readonly SwarmName[]
  readonly files: readonly { readonly path: string; readonly size: number }[]
  readonly peers: Listed<SwarmPeer>
  /** Networks (/24, /48) that hold many of the peers, the fullest first. */
  readonly clusters: readonly { readonly network: string; readonly peers: number }[]
  readonly channels: readonly { readonly via: string; readonly claims: number }[]
  readonly overTime: NamedOverTime
}

/** Different endpoints that each channel named in a step; most named first. */
export interface NamedOverTime {
  readonly from: number
  readonly stepMicros: number
  readonly channels: readonly { readonly via: string; readonly peers: readonly number[] }[]
}

export interface SwarmName extends StoredRef {
  readonly name: string
  readonly via: string
  readonly by: string
  readonly verified: boolean
}

export interface SwarmPeer {
  readonly ip: string
  readonly port: number
  /** Channels that named it: `tracker`, `dht-values`, `pex` …; `flow` where it was seen itself. */
  readonly via: readonly string[]
  readonly by: number
  readonly software?: string
  readonly routable: boolean
  /** It was seen to act. */
  readonly seen: boolean
  readonly firstMicros: number
  readonly lastMicros: number
}

/** What a search box finds. `host`: an address or CIDR; `content`: a URN. */
export interface Hit {
  readonly kind: 'host' | 'flow' | 'content' | 'network' | 'client'
  /** What to ask next with: an address, a flow's id, a URN, a CIDR. */
  readonly key: string
  readonly title: string
  readonly note: string
}

export interface StoreReader {
  runs(): Promise<readonly Run[]>
  overview(which: Which): Promise<Overview>
  traffic(which: Which & { readonly steps: number }): Promise<TrafficChart>
  hosts(
    which: Which & Page & { readonly order?: 'score' | 'bytes' | 'last' },
  ): Promise<Listed<HostRow>>
  host(host: string, which: Which & { readonly steps: number }): Promise<HostDetail | undefined>
  flows(
    which: Which & Page & { readonly order?: FlowOrder; readonly descending?: boolean },
  ): Promise<Listed<FlowRow>>
  histogram(which: Which & { readonly steps: number }): Promise<Histogram>
  facets(which: Which & { readonly limit: number }): Promise<readonly Facet[]>
  /** All of them, in order of their beginning, in pieces of some thousands: for exports. */
  eachFlow?(which: Which): AsyncIterable<readonly FlowDetail[]>
  flow(id: string): Promise<FlowDetail | undefined>
  messages(flow: string, page: Page): Promise<Listed<MessageRow>>
  swarms(which: Which & Page & { readonly text?: string }): Promise<Listed<SwarmRow>>
  swarm(content: string, page: Page): Promise<SwarmDetail | undefined>
  threats(which: Which & Page): Promise<Listed<ThreatRow>>
  /** What a wall did with flows, the youngest first. */
  decisions(which: Which & Page): Promise<Listed<DecisionRow>>
  /** The same by its rules, those that decided most first. */
  decided(which: Which): Promise<readonly DecidedRow[]>
  /** Those that were withdrawn are left out; of an expression, those that a chosen flow called. */
  incidents(question: IncidentQuestion): Promise<Listed<IncidentRow>>
  /** All calls that are chosen, in order of their beginning, in pieces of some thousands. */
  eachCall(which: Which): AsyncIterable<readonly CallRow[]>
  causes(question: Pick<Which, 'run'> & { readonly family?: string }): Promise<readonly CauseRow[]>
  /** Undefined where it is no network of IPv4, or has too many cells. */
  darkMap(question: DarkMapQuestion): Promise<DarkMap | undefined>
  /** Undefined where what is asked for is neither address nor content. */
  propagation(question: PropagationQuestion): Promise<Propagation | undefined>
  find(text: string, limit: number): Promise<readonly Hit[]>
}
