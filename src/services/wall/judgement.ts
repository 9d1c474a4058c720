/** What goes in and out of the wall, apart from events. */
import type { Endpoint } from '../../core/address.ts'
import type { Carrier, Decision, Side, TaughtBy } from '../../core/event.ts'
import type { LimitName } from '../../core/limits.ts'

/** A packet that waits for a verdict. */
export interface PacketFacts {
  /** Of its flow: [opener, other], as the engine tells them. */
  readonly ends: readonly [Endpoint, Endpoint]
  readonly carrier: Carrier
  readonly payloadBytes: number
  readonly micros: number
  readonly capture: string
  readonly frame: number
  /** TCP: it asks for a connection. */
  readonly isSyn: boolean
  /** Of the frame it came in. */
  readonly srcMac?: string | undefined
  /** Which side is on an interface of ours, where that is known. */
  readonly inside?: Side | undefined
  /** Of its IP header: the packet's size, and how many hops it has left. */
  readonly ip?: { readonly bytes: number; readonly hops: number }
  /** UDP: its payload, valid during the call. */
  readonly payload?: Uint8Array | undefined
}

export interface Judgement {
  readonly verdict: 'accept' | 'drop'
  /** For the connection (marks.ts); 0: the next packet comes up again. */
  readonly mark: number
  /** Bytes a second, where the flow is throttled. */
  readonly rate?: number
  /** TCP: who is told by RST. The asker of a connection that did not pass, else both. */
  readonly reset?: 'sender' | 'both'
  /** UDP: a payload to be sent to the packet's sender as from its destination. */
  readonly decoy?: Uint8Array
}

/** A connection that the kernel tracks. */
export interface Connection {
  /** [who opened it, who was called] */
  readonly ends: readonly [Endpoint, Endpoint]
  readonly carrier: Carrier
  readonly mark: number
}

/**
 * Which connections are judged again: `all` that have a mark, since the policy is another one, or
 * those that pass `unread`, since more ends are known.
 */
export type Recalled = 'all' | 'unread'

/** A connection that the kernel let pass by its mark is to be marked anew. */
export interface Cut {
  readonly ends: readonly [Endpoint, Endpoint]
  readonly carrier: Carrier
  readonly mark: number
  readonly reset: boolean
}

/** An endpoint that a host of ours shall not reach for some time. */
export interface Refused {
  readonly host: string
  readonly endpoint: Endpoint
  readonly carriers: 'tcp' | 'udp' | 'both'
  readonly seconds: number
  /** Who named it. */
  readonly taughtBy: TaughtBy
}

/** A datagram of the wall's own, in a peer's name. */
export interface Spoofed {
  readonly from: Endpoint
  readonly to: Endpoint
  readonly bytes: Uint8Array
}

/** A host is held, or no more. */
export interface HostChange {
  readonly host: string
  readonly state: 'held' | 'free'
  readonly rule: string
  readonly micros: number
  /** Held: until then at least, whose the host is, and what was found. */
  readonly untilMicros?: number
  readonly account?: string
  readonly why?: readonly string[]
}

/** What the wall asks for. */
export interface WallOut {
  say(decision: Decision): void
  cut(cut: Cut): void
  refuse(refused: readonly Refused[]): void
  send(datagram: Spoofed): void
  host(change: HostChange): void
  limit(name: LimitName): void
}
