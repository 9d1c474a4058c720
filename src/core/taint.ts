/**
 * How a client is examined that may pass on addresses it never saw: it is told *marks*, addresses that
 * stand for nobody else, in three groups, and what it tells others of them is read from the wire. A
 * protocol says here which of its peers stand around the suspect, and who of them tells what.
 */
import type { Endpoint } from './address.ts'
import type { Order, PeerSettings } from './peer.ts'

/** What a mark does when it is called: nothing; takes connections and says nothing; speaks the protocol. */
export const MARK_GROUPS = ['silent', 'answering', 'peer'] as const
export type MarkGroup = (typeof MARK_GROUPS)[number]

/** On a card: how suspects of this protocol are examined. */
export interface TaintKind {
  /** Ways in which the suspect is told of marks. */
  readonly fed: readonly FedChannel[]
  /** What the session calls the ways in which a suspect could tell others (`ClaimSaid.via`). */
  readonly told: readonly string[]
  stage(scene: Scene): Stage
  /** Clients that need not be described. */
  readonly clients: readonly KnownClient[]
}

export interface FedChannel {
  readonly name: string
  /** Which groups it can be about: over UDP there is no connection to take. */
  readonly groups: readonly MarkGroup[]
}

/** Who is where. */
export interface Scene {
  readonly suspect: Endpoint
  /** The address of a player that is no mark; each number another one. */
  own(number: number): string
  /** None where the channel is not to be fed. */
  marks(channel: string, group: MarkGroup): readonly Endpoint[]
}

export interface Stage {
  /** In the order in which they enter. Marks that are silent or only answer play no part. */
  readonly players: readonly Player[]
  /** What the suspect's command, and files of known clients, may name: `{torrent}`. */
  readonly words: Readonly<Record<string, string>>
  /** Files that lie in the suspect's folder: path → content. */
  readonly files: Readonly<Record<string, Uint8Array>>
}

export interface Player {
  readonly ip: string
  readonly settings: Pick<PeerSettings, 'role' | 'port' | 'bugs'>
  readonly orders: readonly Order[]
  /** Orders are given so many seconds after the suspect began; at once unless told. */
  readonly after?: number
}

/** A client of which it is known how it is started so that it does all that it can be examined for. */
export interface KnownClient {
  readonly name: string
  /** Says its version. */
  readonly version: readonly string[]
  /** Files in its folder: path → text with words. */
  readonly files: Readonly<Record<string, string>>
  readonly command: readonly string[]
  /** What is said to it once it runs, one after the other. */
  readonly afterwards?: readonly (readonly string[])[]
}

export function player(
  { ip, port }: Endpoint,
  role: string,
  bugs: readonly string[],
  orders: readonly Order[],
): Player {
  return { ip, settings: { role, port, bugs }, orders }
}

export function joins(places: readonly Endpoint[]): Order[] {
  return places.map((at) => ({ do: 'join', at }))
}
