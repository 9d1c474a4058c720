/**
 * Asks servers, peers and nodes whom they know, so that it can be found who named an address: one
 * `Interview` is one question put to one endpoint. A state machine without sockets, clock or chance of
 * its own. What is sent and heard is recorded as packets and read by the protocol's session, as in every
 * capture: the claims come from there, and `told` is only what the crawl goes on with.
 *
 * Harmless by construction: it never says that anybody has a content, never asks for content itself, and
 * says of itself that it takes no connections, wherever the protocol has words for that. How fast, how
 * far and to whom, is for who puts the questions (services/backtrack).
 */
import type { Endpoint } from './address.ts'
import type { Carrier } from './event.ts'

/** On a card: how this protocol's overlay is asked. */
export interface CrawlerKind {
  readonly channels: readonly Channel[]
  /** The URN of a content whose hash or link people copied, or undefined where it is none of this protocol. */
  readonly contentOf?: (text: string) => string | undefined
  inquire(question: Question): Interview
}

/** One way of asking. */
export interface Channel {
  /** Shown, and said by `Question.channel`: `tracker-udp`, `exchange`, `dht` … */
  readonly name: string
  readonly kind: ChannelKind
  readonly carrier: Carrier
  /** Who is asked so: parts (`ClaimSaid.part`) that an endpoint was told as. */
  readonly asks: readonly string[]
  /** What the session calls the answers (`ClaimSaid.via`). */
  readonly vias: readonly string[]
  /** How contents begin that it can be asked about: `urn:btih:`. */
  readonly contents: readonly string[]
  /** It can be asked without a content as well: whom it knows. */
  readonly maps?: true
  /** So long after a question the same is put to the same endpoint again at the earliest. */
  readonly reaskSeconds: number
  /** So long after a question another one is put to the same endpoint at the earliest. */
  readonly pauseSeconds: number
  /** Packets that one interview sends, acknowledgements apart: what a budget is charged for it. */
  readonly packets: number
  /**
   * Where ids have a distance: how far that of an endpoint is from a content, 0 (the same) to 1. The
   * near are asked first, until the `width` nearest that are alive have answered.
   */
  readonly near?: { readonly width: number; distance(content: string, id: string): number }
}

/** `index`: servers that are told who has what; `exchange`: who takes part tells of others; `dht`: both. */
export type ChannelKind = 'index' | 'exchange' | 'dht'

export interface Question {
  /** Name of one of the channels. */
  readonly channel: string
  readonly whom: Endpoint
  /** A URN; without it: whom do you know. */
  readonly content?: string
  /** Bytes of the content, where they are known: some ask by hash and size. */
  readonly size?: number
  /** Id of `whom` in hex, and what else was told with it (`Told.extra`). */
  readonly id?: string
  readonly extra?: string
  /** Any number: the same for one crawl, so that whoever is asked twice meets the same peer. */
  readonly self: number
  /** Any number, another for each interview. */
  readonly pair: number
}

/**
 * The service calls `opened` once: the connection stands, or the datagrams may go. All times are
 * microseconds since 1970. After a step with `done` nothing is called any more.
 */
export interface Interview {
  opened(micros: number): Step
  /** TCP: unread bytes, from the first not yet used. */
  data?(bytes: Uint8Array, micros: number): Step
  /** UDP: one datagram of `whom`; it need not be an answer. */
  datagram?(bytes: Uint8Array, micros: number): Step
  /** The time asked for has come: say it again, or give up. */
  tick(micros: number): Step
}

export interface Step {
  /** TCP, `data`: how many bytes were used; the rest is shown again, with what comes after it. */
  readonly used: number
  /** In this order; of UDP, each is a datagram. */
  readonly send: readonly Uint8Array[]
  readonly told: readonly Told[]
  /** When `tick` is wanted; a new wish replaces the one before, and none leaves it. */
  readonly wakeMicros?: number
  /** TCP: hang up and connect once more; `opened` follows. */
  readonly redial?: true
  /** It is over: the question was answered (if only by "nobody"), or there is no use in waiting. */
  readonly done?: 'answered' | 'unanswered'
}

/** "`at` is a `part`": somebody to be asked next, or somebody who is said to have the content. */
export interface Told {
  readonly at: Endpoint
  /** As the session says it in the claim. */
  readonly part: string
  readonly content?: string
  /** Node id, peer id, user hash, in hex. */
  readonly id?: string
  /** What a question to it will need besides, in the crawler's own words. */
  readonly extra?: string
  readonly reading?: 'natural' | 'reversed'
}
