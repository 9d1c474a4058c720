/**
 * The card of a protocol: everything the rest of Peerscope may ask of it. A missing ability is a
 * missing key.
 */
import type { Endpoint } from './address.ts'
import type { CrawlerKind } from './crawler.ts'
import type { Carrier, Said, Side, Sureness } from './event.ts'
import type { PeerKind } from './peer.ts'
import type { Call, Responder } from './responder.ts'
import type { TaintKind } from './taint.ts'
import type { AnyWire } from './wire.ts'

export interface Protocol {
  /** Folder = card = event = filter = page. */
  readonly name: string
  readonly title: string
  /** Whose network it is, for people: `BitTorrent`, `eDonkey2000 / eMule / Kad`. */
  readonly family: string
  readonly overlay: 'pure' | 'hybrid' | 'centralised'
  /**
   * Why its flows are named but are no peer-to-peer file sharing (a VPN, an onion router), as a
   * sentence. Such flows are shown as neighbours and count neither for nor against a host.
   */
  readonly neighbour?: string
  readonly carriers: readonly Carrier[]
  /** Ports people know it by. Shown, never evidence. */
  readonly portHints: readonly number[]
  /**
   * How a flow may begin, as data: a flow is shown to `recognise` only where the first payload of
   * either side begins so. An empty list for a carrier means "ask me about every flow" and is dear.
   */
  readonly starts: Readonly<Partial<Record<Carrier, readonly Start[]>>>
  /** First bytes → what this is. Pure; asked again as more bytes come, up to `look.final`. */
  recognise(look: Look): Sight
  /**
   * What a flow that says nothing readable could be, were its endpoint known. Asked once when
   * nobody recognised the flow; the engine names it only if the endpoint memory agrees.
   */
  readonly fits?: (look: Look) => readonly Fit[]
  /** Whether one port number serves TCP and UDP, so that a certain flow teaches both carriers. */
  readonly sharesPort?: boolean
  /** Parts that take datagrams and answer none to whoever sent them: silence there says nothing. */
  readonly mute?: readonly string[]
  readonly wires?: readonly AnyWire[]
  /** JSON Schema of each log that this protocol's `message` events go to, by log name. */
  readonly logs?: Readonly<Record<string, object>>
  openSession?(flow: FlowFacts, out: Out): Session
  /** Whole small peers, for experiments and as counterparts in tests. */
  readonly peer?: PeerKind
  /** What to say in the place of a peer that a wall keeps its clients from. */
  readonly decoy?: Decoy
  /** Plays a peer at a dark address, for one connection or one datagram of a caller. */
  makeResponder?(call: Call): Responder
  /** The same for first bytes that nobody knows: only who answers them can find out what they are. */
  guessResponder?(head: Uint8Array, call: Call): Responder | undefined
  /** What callers wait for before they speak, so that it is said unasked, and the ports where they do. */
  readonly greeting?: { readonly bytes: Uint8Array; readonly ports: readonly number[] }
  /** Asks its overlay who named an address. */
  readonly crawler?: CrawlerKind
  /** What a client is told, and by whom, to see what it passes on. */
  readonly taint?: TaintKind
  /**
   * What its clients call themselves (`software`) in networks of others, whose words they speak there:
   * who asks as one of these is counted as of this system.
   */
  readonly dialects?: readonly string[]
  /** Names by which its clients find the overlay, as far as they are written into them. */
  readonly seeds?: readonly Seed[]
}

/** Keeps a client where it does no harm: it believes that it is answered. */
export interface Decoy {
  /**
   * The answer to a datagram that is not let through, or undefined where it is none to answer.
   * @param seed  any number, the same in one flow
   */
  answer(datagram: Uint8Array, seed: number): Uint8Array | undefined
  /** What a client is asked that sent such a datagram once, so that it shows whether it is still there. */
  probe?(datagram: Uint8Array): Uint8Array | undefined
}

/** A host that clients ask first. */
export interface Seed {
  /** Its name, or a suffix: all names below are meant as well. */
  readonly name: string
  /** `tracker`, `router`, `login`, `cache` … */
  readonly what: string
  readonly source: string
}

/** A first byte, several, or a byte string at the start. */
export type Start = string | Uint8Array | { readonly byteFrom: number; readonly byteTo: number }

/** The first bytes of a flow. All views are valid only during the call. */
export interface Look {
  readonly carrier: Carrier
  /** TCP: the SYN was seen, so `heads` begin where the streams begin. UDP: always true. */
  readonly fromStart: boolean
  /** TCP: contiguous first bytes of [opener, other], at most `limits.lookBytes` each. UDP: empty. */
  readonly heads: readonly [Uint8Array, Uint8Array]
  /** TCP: payload bytes so far per side (may be more than heads hold). */
  readonly totals: readonly [number, number]
  /** TCP: sizes of the first payload segments, positive from the opener, negative from the other. */
  readonly segments: readonly number[]
  /** UDP: the first datagrams, at most `limits.lookDatagrams`. */
  readonly datagrams: readonly Datagram[]
  /** Addresses: for checks such as "the address in the packet is its source". Ports are no evidence. */
  readonly ends: readonly [Endpoint, Endpoint]
  /** No more will be shown. */
  readonly final: boolean
}

export interface Datagram {
  readonly from: Side
  /** What the capture holds of the payload. */
  readonly bytes: Uint8Array
  /** Size on the wire; larger than `bytes.length` where the capture cut the packet. */
  readonly size: number
  readonly micros: number
}

export type Sight = 'no' | 'more' | Finding

export interface Finding {
  readonly part: string
  readonly sureness: Sureness
  /** In words, with the bytes that say so: `"BitTorrent protocol" handshake from the opener`. */
  readonly reasons: readonly string[]
  /** Nothing that follows can take it back: who is not certain need not see all that may be shown. */
  readonly settled?: true
}

/** "It could be my `part`, if its endpoint was taught as one of `taughtAs`." */
export interface Fit {
  readonly part: string
  /** Parts of claims (ClaimSaid.part) that agree with this; empty: any of the family. */
  readonly taughtAs: readonly string[]
  readonly reason: string
  /** Little else has this shape: a wall holds it against a host that it caught at this protocol's kind. */
  readonly telling?: true
  /** The flow's structure alone says it, this surely: named even where nothing was taught. */
  readonly alone?: Exclude<Sureness, 'certain'>
}

export interface FlowFacts {
  readonly flow: number
  readonly carrier: Carrier
  readonly ends: readonly [Endpoint, Endpoint]
  /** As in Look. */
  readonly fromStart: boolean
  /** The part that was recognised. */
  readonly part: string
}

/** Where a session speaks to. */
export interface Out {
  say(said: Said): void
  /** Count a message that is not worth an event of its own (piece, have, request …). */
  count(message: string): void
  /** Whether every message shall be said, also those that only carry data. */
  readonly everyMessage: boolean
}

/** When and where the bytes being read were captured. One object, reused: do not keep it. */
export interface Moment {
  readonly micros: number
  readonly frame: number
  /** UDP: size of the datagram's payload on the wire; more than its bytes where the capture cut it. */
  readonly wireSize?: number
}

/**
 * One flow being read. Deterministic; holds no timers.
 *
 * TCP: `data` gets the unread bytes of one side, from the first byte not yet used, and returns how
 * many it used. It may return more than it was given: then that many bytes of the stream are
 * passed over unread (a body nobody needs). If it used less than all, `need` (set by the session)
 * says how many bytes, from the first unread one, must be there before the next call; 0 = any more.
 * A message is used whole or not at all.
 *
 * UDP: `data` gets one whole datagram; the return value is not looked at.
 */
export interface Session {
  data(from: Side, bytes: Uint8Array, at: Moment): number
  /**
   * TCP: whether all of the next `size` bytes of a side are content that `data` would only count.
   * They are counted then, as `data` would, and not shown: making a view of them costs more.
   */
  pass?(from: Side, size: number): boolean
  /** Bytes wanted before the next `data` of the side that was just served. */
  need: number
  /** `missing` bytes of a side will never come; unread bytes before them are given up. */
  gap(from: Side, missing: number, at: Moment): void
  /** The flow is over: say what was kept back (transfers, totals). */
  end(at: Moment): void
  /** Messages read without fault so far. A recognition with none of them may be withdrawn. */
  readonly messages: number
  /** Set once the session can make nothing more of the flow. */
  readonly lost: boolean
}

/** A session's answer to "use everything that will ever come": pass over the rest of this side. */
export const REST = Number.MAX_SAFE_INTEGER
