/**
 * The closed vocabulary of events: the words in which every layer speaks to the next.
 *
 * A protocol's session says a `Said`; the engine stamps it with family, flow, time and packet, and
 * what comes out is an `Event`. Contents are URNs as in magnet links: `urn:btih:<hex40>`,
 * `urn:btmh:<multihash hex>`, `urn:ed2k:<hex32>`, `urn:sha1:<base32>`, `urn:tree:tiger:<base32>`.
 */
import type { Endpoint } from './address.ts'
import type { Cause, Incident } from './incident.ts'

export type { Cause, Counted, Incident } from './incident.ts'

/** Which side of a flow: 0 opened it (TCP: sent the SYN, else sent first), 1 is the other. */
export type Side = 0 | 1
export type Carrier = 'tcp' | 'udp'
export type Sureness = 'certain' | 'likely' | 'unsure'

/** Where in the captures something stands. */
export interface PacketRef {
  /** The capture's name as the user gave it. */
  readonly capture: string
  /** Frame number from 1, as Wireshark counts. */
  readonly frame: number
}

/** Put on everything a session says. */
export interface Stamp extends PacketRef {
  /** The protocol's folder name, e.g. `bittorrent`. */
  readonly family: string
  /** Number of the flow, from 1, in order of first packets. */
  readonly flow: number
  /** Microseconds since 1970, UTC. */
  readonly micros: number
  /** The flow's two ends, so that a consumer need not keep a table: [opener, other]. */
  readonly ends: readonly [Endpoint, Endpoint]
  readonly carrier: Carrier
}

/**
 * "`by` said that `about` has `content`" (or, without content, that `about` takes part in the
 * overlay). Teaches the endpoint memory.
 */
export interface ClaimSaid {
  readonly type: 'claim'
  readonly by: Endpoint
  readonly about: Endpoint
  /** What listens there, in the family's own words: `peer`, `dht`, `server`, `kad`, `hub` … */
  readonly part: string
  /** On which carriers `about` is said to listen. */
  readonly carriers: 'tcp' | 'udp' | 'both'
  /** The channel: `tracker`, `dht-values`, `pex`, `source-exchange`, `pong`, `x-try` … */
  readonly via: string
  readonly content?: string
  /** Node id, peer id, user hash, GUID of `about`, in hex. */
  readonly id?: string
  /** Where the bytes allow two readings of the address, which one this is: `natural` | `reversed`. */
  readonly reading?: 'natural' | 'reversed'
}

/** `by` asked `of` for content: announce, get_peers, sources, a download. */
export interface RequestSaid {
  readonly type: 'request'
  readonly by: Endpoint
  readonly of: Endpoint
  readonly what: string
  readonly content?: string
  /** What was asked for by name. */
  readonly name?: string
}

/** `by` has content, or tells its name: shared-file lists, search results, metadata. */
export interface ShareSaid {
  readonly type: 'share'
  readonly by: Endpoint
  readonly content: string
  readonly via: string
  readonly name?: string
  readonly size?: number
  /** Files inside the content, where it has several. Bounded by the session. */
  readonly files?: readonly { readonly path: string; readonly size: number }[]
  /** Other URNs of the same content. */
  readonly also?: readonly string[]
  /** True where the name was checked against the hash (BitTorrent metadata). */
  readonly verified?: boolean
}

export interface SearchSaid {
  readonly type: 'search'
  readonly by: Endpoint
  readonly via: string
  /** The search as a person would type it. */
  readonly text?: string
  readonly content?: string
}

/** Content moved. Cumulative: said once when the flow ends (or when the content changes). */
export interface TransferSaid {
  readonly type: 'transfer'
  readonly from: Endpoint
  readonly to: Endpoint
  readonly content?: string
  readonly name?: string
  /** Payload bytes of content seen in this capture. */
  readonly bytes: number
  readonly via: string
}

/** What a participant says of itself. */
export interface ClientSaid {
  readonly type: 'client'
  readonly who: Endpoint
  /** e.g. `qBittorrent`, `aMule`. */
  readonly software?: string
  readonly version?: string
  /** Peer id, user hash, GUID, node id in hex. */
  readonly id?: string
  readonly nick?: string
  /** Where it says it listens, if it says so. */
  readonly listens?: Endpoint
}

/** Bytes that break the protocol. */
export interface FaultSaid {
  readonly type: 'fault'
  readonly wire: string
  readonly fault: string
  readonly side: Side
  /** Offset of the damage in the direction's stream or in the datagram, in bytes. */
  readonly at: number
  /** Whether reading goes on after it. */
  readonly resumes: boolean
}

/** A judgement with evidence. */
export interface ThreatSaid {
  readonly type: 'threat'
  readonly threat: string
  readonly severity: 'low' | 'medium' | 'high'
  readonly by: Endpoint
  readonly why: string
  readonly content?: string
}

/** Plain data that goes to a log as it is. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json }

/** One decoded message, in the shape of the log it goes to. */
export interface MessageSaid {
  readonly type: 'message'
  /** EVE event type, underscores: `bittorrent_dht`, `kad` … */
  readonly log: string
  /** Name of the message: `handshake`, `ut_pex`, `get-sources` … */
  readonly name: string
  readonly side: Side
  readonly fields: { readonly [key: string]: Json }
}

/** What a session (or the engine) thinks a flow is. */
export interface RecognitionSaid {
  readonly type: 'recognition'
  readonly part: string
  readonly sureness: Sureness
  readonly reasons: readonly string[]
  readonly taughtBy?: TaughtBy
  /** Later bytes disagreed: what was said before is taken back, for this reason. */
  readonly withdrawn?: string
}

/** The message that taught an endpoint. */
export interface TaughtBy extends PacketRef {
  readonly via: string
  readonly by: Endpoint
  readonly endpoint: Endpoint
  readonly micros: number
  readonly content?: string
}

export type Said =
  | ClaimSaid
  | RequestSaid
  | ShareSaid
  | SearchSaid
  | TransferSaid
  | ClientSaid
  | FaultSaid
  | ThreatSaid
  | MessageSaid
  | RecognitionSaid

type Stamped<S> = S & Stamp
export type Claim = Stamped<ClaimSaid>
export type Request = Stamped<RequestSaid>
export type Share = Stamped<ShareSaid>
export type Search = Stamped<SearchSaid>
export type Transfer = Stamped<TransferSaid>
export type Client = Stamped<ClientSaid>
export type Fault = Stamped<FaultSaid>
export type Threat = Stamped<ThreatSaid>
export type Message = Stamped<MessageSaid>
export type Recognition = Stamped<RecognitionSaid>

/** A flow's account, said when it ends (closed, timed out, evicted, or the capture is over). */
export interface Flow extends PacketRef {
  readonly type: 'flow'
  readonly flow: number
  readonly micros: number
  /** Protocol above IP: `TCP`, `UDP`, `ICMP`, `IPv6-ICMP`, else its number as text. */
  readonly proto: string
  /** Number of the protocol above IP. */
  readonly protoNumber: number
  /** For ICMP, type and code stand in the places of the ports. */
  readonly ends: readonly [Endpoint, Endpoint]
  readonly vlan?: readonly number[]
  readonly startMicros: number
  readonly endMicros: number
  /** [opener, other] */
  readonly packets: readonly [number, number]
  /** Bytes of IP packets as they were on the wire (also where the capture cut them). */
  readonly bytes: readonly [number, number]
  /** Bytes of TCP or UDP payload on the wire. */
  readonly payloadBytes: readonly [number, number]
  /** TCP flags seen, or-ed, per side. */
  readonly tcpFlags?: readonly [number, number]
  /** TCP: whether the capture holds the connection's SYN. */
  readonly fromStart: boolean
  readonly reason: 'closed' | 'timeout' | 'evicted' | 'end-of-capture'
  /** Absent where the flow is not P2P. */
  readonly p2p?: FlowVerdict
  /** Bytes missing from the streams that were read, per side. */
  readonly gapBytes?: readonly [number, number]
}

/** How a recognised flow stands, said while it moves: all counts are since its beginning. */
export interface FlowUpdate extends Omit<Flow, 'type' | 'reason' | 'p2p' | 'gapBytes'> {
  readonly type: 'flow-update'
  readonly p2p: FlowVerdict
}

/** All packets of a span of time, recognised or not. */
export interface Traffic {
  readonly type: 'traffic'
  /** The end of the span. */
  readonly micros: number
  readonly seconds: number
  readonly packets: number
  /** Bytes of IP packets, as in `Flow.bytes`. */
  readonly bytes: number
  /** Flows that began in it. */
  readonly flows: number
}

/** Flows of no known protocol, summed up where nobody wants each of them said. */
export interface OtherFlows {
  readonly flows: number
  /** As in `Flow.bytes`, of both sides. */
  readonly bytes: number
  /** Those without a byte of payload. */
  readonly silentFlows: number
  /** Those in whose streams bytes are missing. */
  readonly gapFlows: number
  /** The few with most bytes, the biggest first. */
  readonly biggest: readonly Flow[]
}

export interface FlowVerdict {
  readonly family: string
  /** An overlay beside P2P file sharing (a VPN, an onion router): shown, and held against nobody. */
  readonly neighbour?: true
  readonly part: string
  readonly sureness: Sureness
  readonly reasons: readonly string[]
  readonly taughtBy?: TaughtBy
}

/** A bound was reached: what was given up, and how often so far. */
export interface LimitReached {
  readonly type: 'limit'
  readonly limit: string
  readonly count: number
  readonly micros: number
}

/** A host's score with evidence (services/detect). */
export interface Verdict {
  readonly type: 'verdict'
  readonly host: string
  readonly micros: number
  readonly families: readonly string[]
  /** What the host is, in the families' own words: `peer`, `tracker`, `server` … */
  readonly parts?: readonly string[]
  readonly sureness: Sureness
  /** 0 to 100. */
  readonly score: number
  /** Strongest first. */
  readonly reasons: readonly VerdictReason[]
  readonly software: readonly string[]
  readonly flows: number
  readonly bytes: readonly [number, number]
}

export interface VerdictReason extends PacketRef {
  readonly weight: number
  readonly text: string
}

/** What a wall did with a flow, and by which rule (services/wall). */
export interface Decision extends PacketRef {
  readonly type: 'decision'
  readonly micros: number
  readonly flow: number
  readonly ends: readonly [Endpoint, Endpoint]
  readonly carrier: Carrier
  /**
   * `learn`: it passes, so that what it names can be refused; `refuse`: for its endpoint, before a
   * byte; `lock`: its host is held, and it looks like more of the same.
   */
  readonly action: 'permit' | 'watch' | 'learn' | 'throttle' | 'block' | 'refuse' | 'lock'
  /** Of what does not pass: silently, or with an answer to both sides. */
  readonly how?: 'drop' | 'reset'
  /** Of a reset: who asked for the connection is told alone, since there is none yet. */
  readonly toOpener?: true
  /** The packet with which it was decided: its sender, its IP packet's size, how many hops it had left. */
  readonly packet?: { readonly side: Side; readonly bytes: number; readonly hops: number }
  /** The rule's name. */
  readonly rule: string
  /** Whose flow it is held to be: the address on our side. */
  readonly host: string
  readonly family?: string
  readonly part?: string
  readonly sureness?: Sureness
  readonly why: readonly string[]
  readonly taughtBy?: TaughtBy
}

export type Event =
  | Cause
  | Incident
  | Decision
  | Claim
  | Request
  | Share
  | Search
  | Transfer
  | Client
  | Fault
  | Threat
  | Message
  | Recognition
  | Flow
  | FlowUpdate
  | Traffic
  | LimitReached
  | Verdict
