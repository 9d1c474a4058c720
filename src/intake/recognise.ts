/**
 * First look → protocol. The cards' `starts` are compiled into one 256-entry table per carrier, so
 * that most flows are dismissed by one look-up; only the protocols that the table names are asked.
 */
import { bytesOf } from '../core/bytes.ts'
import type { Carrier } from '../core/event.ts'
import type { Finding, Fit, Look, Protocol, Start } from '../core/protocol.ts'

/** A protocol and how its flows begin on one carrier. */
interface Entry {
  readonly index: number
  readonly protocol: Protocol
  /** Byte strings to find at the start; empty: the first byte is all that is declared. */
  readonly prefix: Uint8Array
}

/** Who recognised a flow, and as what. */
export interface Recognised {
  readonly index: number
  readonly finding: Finding
}

export type Answer = Recognised | 'more' | 'no'

/** What an unreadable flow could be, and whose word that is. */
export interface OwnedFit extends Fit {
  readonly index: number
}

const RANK = { certain: 3, likely: 2, unsure: 1 } as const

export class Recogniser {
  readonly protocols: readonly Protocol[]
  readonly #tables: Record<Carrier, readonly (readonly Entry[])[]>
  readonly #fitters: readonly number[]
  readonly #everybody: Record<Carrier, number>

  constructor(protocols: readonly Protocol[]) {
    this.protocols = protocols
    this.#tables = { tcp: compile(protocols, 'tcp'), udp: compile(protocols, 'udp') }
    this.#everybody = { tcp: speakers(protocols, 'tcp'), udp: speakers(protocols, 'udp') }
    this.#fitters = protocols.flatMap((protocol, index) => (protocol.fits ? [index] : []))
  }

  /**
   * Who wants to see a flow whose side begins with bytes[at …]?
   * @returns bit set over `protocols` (one double: up to 52 protocols), 0 where nobody does
   */
  wanted(carrier: Carrier, bytes: Uint8Array, at: number, size: number): number {
    const entries = this.#tables[carrier][bytes[at]!]!
    let set = 0
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i]!
      if (begins(bytes, at, size, entry.prefix)) set = withBit(set, entry.index)
    }
    return set
  }

  /** The set of all protocols that a carrier may bear. */
  everybody(carrier: Carrier): number {
    return this.#everybody[carrier]
  }

  /**
   * Ask the protocols of `set`. The surest finding wins; a `more` outranks what is neither certain
   * nor settled.
   */
  ask(set: number, look: Look): { answer: Answer; open: number } {
    let best: Answer = 'no'
    let open = 0
    for (const index of membersOf(set)) {
      const sight = this.protocols[index]!.recognise(look)
      if (sight === 'no') continue
      if (sight === 'more') {
        open = withBit(open, index)
        continue
      }
      if (sight.sureness === 'certain') return { answer: { index, finding: sight }, open: 0 }
      open = withBit(open, index)
      if (typeof best === 'string' || RANK[sight.sureness] > RANK[best.finding.sureness]) {
        best = { index, finding: sight }
      }
    }
    const isSettled = typeof best !== 'string' && best.finding.settled === true
    if (!look.final && !isSettled && open !== 0) return { answer: 'more', open }
    return { answer: best, open }
  }

  /** Whether any of `set` says more than no. */
  anybody(set: number, look: Look): boolean {
    for (const index of membersOf(set)) {
      if (this.protocols[index]!.recognise(look) !== 'no') return true
    }
    return false
  }

  /** What a flow that nobody recognised could be, were one of its endpoints known. */
  fits(look: Look): readonly OwnedFit[] {
    let all: OwnedFit[] | undefined
    for (const index of this.#fitters) {
      for (const fit of this.protocols[index]!.fits!(look)) {
        all ??= []
        all.push({ index, ...fit })
      }
    }
    return all ?? NONE
  }

  get hasFits(): boolean {
    return this.#fitters.length > 0
  }
}

const NONE: readonly OwnedFit[] = []

/** Arithmetic, not shifts: a set holds more than 32 protocols. */
const BITS = Array.from({ length: 52 }, (_, index) => 2 ** index)

function hasBit(set: number, index: number): boolean {
  return Math.floor(set / BITS[index]!) % 2 === 1
}

function withBit(set: number, index: number): number {
  return hasBit(set, index) ? set : set + BITS[index]!
}

function speakers(protocols: readonly Protocol[], carrier: Carrier): number {
  let set = 0
  for (const [index, protocol] of protocols.entries()) {
    if (protocol.carriers.includes(carrier)) set = withBit(set, index)
  }
  return set
}

export function union(a: number, b: number): number {
  if (a === 0 || a === b) return b
  let set = a
  for (const index of membersOf(b)) set = withBit(set, index)
  return set
}

/** Which protocols a set holds: the few sets that occur are taken apart once. */
function membersOf(set: number): readonly number[] {
  let members = MEMBERS.get(set)
  if (members === undefined) {
    if (MEMBERS.size >= SETS_MAX) MEMBERS.clear()
    members = BITS.flatMap((_, index) => (hasBit(set, index) ? [index] : []))
    MEMBERS.set(set, members)
  }
  return members
}

const MEMBERS = new Map<number, readonly number[]>()
const SETS_MAX = 4096

/** Whether the bytes begin so, as far as they go: fewer bytes than the prefix may still become it. */
function begins(bytes: Uint8Array, at: number, size: number, prefix: Uint8Array): boolean {
  const count = Math.min(size, prefix.length)
  for (let i = 1; i < count; i++) if (bytes[at + i] !== prefix[i]) return false
  return true
}

function compile(protocols: readonly Protocol[], carrier: Carrier): readonly (readonly Entry[])[] {
  const table: Entry[][] = Array.from({ length: 256 }, () => [])
  for (const [index, protocol] of protocols.entries()) {
    if (!protocol.carriers.includes(carrier)) continue
    const starts = protocol.starts[carrier]
    if (starts === undefined) continue
    const list: readonly Start[] = starts.length === 0 ? [{ byteFrom: 0, byteTo: 255 }] : starts
    for (const start of list) enter(table, { index, protocol, start })
  }
  return table
}

function enter(
  table: Entry[][],
  { index, protocol, start }: { index: number; protocol: Protocol; start: Start },
): void {
  if (typeof start === 'string' || start instanceof Uint8Array) {
    const prefix = typeof start === 'string' ? bytesOf(start) : start
    table[prefix[0]!]!.push({ index, protocol, prefix })
    return
  }
  for (let byte = start.byteFrom; byte <= start.byteTo; byte++) {
    table[byte]!.push({ index, protocol, prefix: new Uint8Array(0) })
  }
}
