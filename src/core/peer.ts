/**
 * A whole small peer as a state machine: it has no socket, no clock and no chance of its own. What
 * it lives in (src/lab: in memory with a virtual clock, or real sockets) hands it what arrives,
 * and a `Site` through which it acts. Same seed, same order of arrivals: same deeds.
 */
import type { Endpoint } from './address.ts'
import type { Carrier } from './event.ts'

/** Where a peer lives, and all it can do there. */
export interface Site {
  /** The peer's own address: behind a NAT, the private one. */
  readonly ip: string
  /** Microseconds since 1970, UTC; virtual in memory. */
  readonly nowMicros: number
  /** A whole number from 0 up to but not `below`. */
  chance(below: number): number
  /** Take connections or datagrams at a port of its own. */
  listen(carrier: Carrier, port: number): void
  /** Ask for a connection: `opened` or `closed` of the link will follow, later, never at once. */
  connect(to: Endpoint): Link
  /** A datagram from a port that is listened at. */
  sendTo(fromPort: number, to: Endpoint, bytes: Uint8Array): void
  /** Call `wake` then. One wish is kept: a new one replaces it. */
  wakeAt(micros: number): void
  /** Tell the experimenter. */
  say(said: PeerSaid): void
}

/** One TCP connection, as its one end sees it. */
export interface Link {
  readonly local: Endpoint
  readonly remote: Endpoint
  /** Whether this peer asked for it. */
  readonly byUs: boolean
  /** The peer's own notes on this connection. */
  state: unknown
  /** Bytes are not kept by reference after the call. */
  send(bytes: Uint8Array): void
  /** What was sent before still arrives. */
  close(): void
}

/** One connection's part of a peer that keeps it as the link's `state`. */
export interface Talk {
  opened(link: Link): void
  /** As `Peer.data`. */
  data(link: Link, bytes: Uint8Array): number
  closed(link: Link, why: 'closed' | 'refused'): void
}

export interface Peer {
  /** Once, before anything else. */
  start(site: Site): void
  /** A connection stands: one that was asked for, or one that somebody made. */
  opened(link: Link): void
  /**
   * Unread bytes of a connection, from the first not yet used.
   * @returns how many were used; the rest is shown again, with what comes after it
   */
  data(link: Link, bytes: Uint8Array): number
  /** A connection is over, or never came to be (`refused`: nobody took it). */
  closed(link: Link, why: 'closed' | 'refused'): void
  datagram(atPort: number, from: Endpoint, bytes: Uint8Array): void
  /** The time asked for has come. */
  wake(): void
  /** What a person at this peer's keyboard would do. An order it does not know is said to fail. */
  order(order: Order): void
}

/** A file of an experiment. Its bytes follow from `seed`: see `fileBytes`. */
export interface PeerFile {
  readonly name: string
  /** Bytes. */
  readonly size: number
  readonly seed: number
}

export type Order =
  /** Enter the overlay through a server, ultrapeer, hub, tracker or known node. */
  | { readonly do: 'join'; readonly at: Endpoint }
  | { readonly do: 'publish'; readonly file: PeerFile }
  /** `ttl`: how far it goes, where the overlay counts links; usual is what its clients say. */
  | { readonly do: 'search'; readonly text: string; readonly ttl?: number }
  /** Fetch what was found under a name (or content URN), from anybody who has it. */
  | { readonly do: 'fetch'; readonly name: string; readonly content?: string }
  /** Ask somebody for the list of what he shares: a nick or an endpoint's text. */
  | { readonly do: 'browse'; readonly of: string }
  | { readonly do: 'leave' }

export type PeerSaid =
  | { readonly type: 'joined'; readonly at: Endpoint }
  | { readonly type: 'published'; readonly name: string; readonly content: string }
  | {
      readonly type: 'found'
      readonly text: string
      readonly name: string
      readonly size: number
      readonly content?: string
      /** Who is said to have it. */
      readonly at?: Endpoint
      /** Links the answer came over; 1 is a neighbour. */
      readonly hops?: number
    }
  /** No more answers are awaited. */
  | { readonly type: 'searched'; readonly text: string; readonly hits: number }
  | {
      readonly type: 'fetched'
      readonly name: string
      readonly bytes: number
      readonly from: Endpoint
      /** The bytes are those of the file, as far as the overlay lets one check. */
      readonly verified: boolean
    }
  | {
      readonly type: 'served'
      readonly name: string
      readonly bytes: number
      readonly to: Endpoint
    }
  | { readonly type: 'failed'; readonly order: Order['do']; readonly why: string }
  | { readonly type: 'left' }

/** How a peer of an experiment shall be. */
export interface PeerSettings {
  /** One of the card's `peer.roles`. */
  readonly role: string
  /** Where it listens; 0: it takes no connections. */
  readonly port: number
  readonly nick: string
  /** Bugs of real clients that it shall have, out of the card's `peer.bugs`. */
  readonly bugs: readonly string[]
  /** Nobody can connect to it: it tells so where its overlay has words for that. */
  readonly isFirewalled: boolean
}

/** On a card: the peers that this protocol can play. */
export interface PeerKind {
  readonly roles: readonly string[]
  readonly bugs: readonly string[]
  make(settings: PeerSettings): Peer
}
