/**
 * Flows that were recognised: opens their sessions, feeds them, ends them, takes a recognition back
 * where a session never read anything, and teaches the endpoint memory what was seen and said.
 */
import type { Event, Side, Sureness, TaughtBy } from '../core/event.ts'
import { type LimitName, limits } from '../core/limits.ts'
import { StreamReader } from '../core/stream-reader.ts'
import type { Accounts } from './accounts.ts'
import type { Candidate } from './candidate.ts'
import type { Endpoints } from './endpoints.ts'
import type { FlowTable } from './flow/table.ts'
import { type Hub, Reading } from './reading.ts'
import type { Recogniser } from './recognise.ts'
import { Slots } from './slots.ts'

/** A recognition, from the first bytes or from the endpoint memory. */
export interface Found {
  readonly index: number
  readonly part: string
  readonly sureness: Sureness
  readonly reasons: readonly string[]
  readonly taughtBy?: TaughtBy
}

export interface ReadingsInit {
  readonly everyMessage: boolean
  readonly consume: (event: Event) => void
  /** Nobody reads the flow's bytes any more. */
  readonly stopped: (slot: number) => void
  /** A bound was reached. */
  readonly limit: (name: LimitName) => void
}

const TCP = 6

/** Finding the oldest of a set passes over all that were removed before it: once for several. */
const ENDED_AT_ONCE = 64

export class Readings implements Hub {
  readonly moment = { micros: 0, frame: 0, wireSize: 0 }
  capture = ''
  readonly everyMessage: boolean
  readonly consume: (event: Event) => void
  readonly #stopped: (slot: number) => void
  readonly #limit: (name: LimitName) => void
  readonly #recogniser: Recogniser
  readonly #endpoints: Endpoints
  readonly #accounts: Accounts
  readonly #table: FlowTable
  readonly #readings = new Slots<Reading>()
  /** Flows that have a session, the oldest first. */
  readonly #open = new Set<number>()

  constructor(
    parts: { recogniser: Recogniser; endpoints: Endpoints; accounts: Accounts; table: FlowTable },
    init: ReadingsInit,
  ) {
    this.#recogniser = parts.recogniser
    this.#endpoints = parts.endpoints
    this.#accounts = parts.accounts
    this.#table = parts.table
    this.everyMessage = init.everyMessage
    this.consume = init.consume
    this.#stopped = init.stopped
    this.#limit = init.limit
  }

  get(slot: number): Reading | undefined {
    return this.#readings.get(slot)
  }

  /** Every recognised flow that has not ended. */
  each(visit: (slot: number, reading: Reading) => void): void {
    this.#readings.each(visit)
  }

  /** Name a flow; where its first bytes are at hand, open the session and let it read them. */
  open(slot: number, found: Found, candidate: Candidate | undefined): Reading {
    const table = this.#table
    const protocol = this.#recogniser.protocols[found.index]!
    const reading = new Reading(this, {
      family: protocol.name,
      isNeighbour: protocol.neighbour !== undefined,
      flow: table.number[slot]!,
      carrier: table.protocol[slot] === TCP ? 'tcp' : 'udp',
      ends: candidate?.ends ?? [table.endpoint(slot, 0), table.endpoint(slot, 1)],
      ...found,
    })
    this.#readings.set(slot, reading)
    reading.announce()
    if (candidate === undefined || protocol.openSession === undefined) {
      this.#stop(slot, reading)
    } else {
      this.#makeRoom()
      const { flow, carrier, ends, part } = reading
      const facts = { flow, carrier, ends, part, fromStart: candidate.fromStart }
      reading.session = protocol.openSession(facts, reading)
      this.#open.add(slot)
      if (carrier === 'tcp') reading.reader = new StreamReader(reading.session)
      this.#replay(reading, candidate)
    }
    if (reading.sureness === 'certain') this.#learnFlow(slot, reading)
    if (reading.session?.lost) this.#lost(slot, reading)
    return reading
  }

  #replay(reading: Reading, candidate: Candidate): void {
    const { micros, frame } = this.moment
    for (const piece of candidate.pieces) {
      if (reading.session!.lost) break
      this.moment.micros = piece.micros
      this.moment.frame = piece.frame
      const bytes = candidate.bytesOf(piece)
      if (reading.reader) {
        reading.reader.push(piece.from, bytes, this.moment)
      } else {
        this.moment.wireSize = candidate.datagrams[piece.at]!.size
        reading.session!.data(piece.from, bytes, this.moment)
      }
    }
    this.moment.micros = micros
    this.moment.frame = frame
  }

  /** The next bytes of one side of a TCP flow, in order. */
  segment(slot: number, from: Side, bytes: Uint8Array): void {
    const reading = this.#readings.get(slot)
    if (reading?.reader?.push(from, bytes, this.moment) === false) this.#limit('unreadBytesMax')
    if (reading?.session?.lost) this.#lost(slot, reading)
  }

  /** The next bytes, which are not seen; false where the session must see them. */
  pass(slot: number, from: Side, size: number): boolean {
    return this.#readings.get(slot)?.reader?.pass(from, size) === true
  }

  unreadBytes(slot: number): number {
    return this.#readings.get(slot)?.reader?.heldBytes ?? 0
  }

  giveUpUnread(slot: number): void {
    const reading = this.#readings.get(slot)
    reading?.reader?.giveUp(this.moment)
    if (reading?.session?.lost) this.#lost(slot, reading)
  }

  gap(slot: number, from: Side, missing: number): void {
    const reading = this.#readings.get(slot)
    reading?.reader?.gap(from, missing, this.moment)
    if (reading?.session?.lost) this.#lost(slot, reading)
  }

  datagram(slot: number, from: Side, bytes: Uint8Array, wireSize: number): void {
    const reading = this.#readings.get(slot)
    if (reading?.session === undefined) return
    this.moment.wireSize = wireSize
    reading.session.data(from, bytes, this.moment)
    if (reading.session.lost) this.#lost(slot, reading)
  }

  /** The flow is over: the session says what it kept back. */
  end(slot: number): Reading | undefined {
    const reading = this.#readings.get(slot)
    if (reading === undefined) return undefined
    this.#readings.delete(slot)
    if (reading.session !== undefined) {
      reading.session.end(this.moment)
      this.#open.delete(slot)
    }
    return reading
  }

  #makeRoom(): void {
    if (this.#open.size < limits.sessionsMax) return
    let left = ENDED_AT_ONCE
    for (const slot of this.#open) {
      const reading = this.#readings.get(slot)!
      reading.session!.end(this.moment)
      this.#limit('sessionsMax')
      this.#stop(slot, reading)
      if (--left === 0) return
    }
  }

  /** The verdict stays; the bytes are no longer looked at. */
  #stop(slot: number, reading: Reading): void {
    this.#open.delete(slot)
    reading.session = undefined
    reading.reader = undefined
    this.#stopped(slot)
  }

  /** A session gave up. If it never read anything, the recognition was wrong and is withdrawn. */
  #lost(slot: number, reading: Reading): void {
    const session = reading.session!
    session.end(this.moment)
    const wrong = session.messages === 0 && reading.sureness !== 'certain' && !reading.taughtBy
    this.#stop(slot, reading)
    if (!wrong) return
    reading.announce('later bytes do not follow the protocol')
    this.#readings.delete(slot)
    this.#accounts.withdrawn++
  }

  learn(reading: Reading, claim: Parameters<Hub['learn']>[1]): void {
    this.#endpoints.teach(claim.about, {
      index: reading.index,
      part: claim.part,
      carriers: claim.carriers,
      lastMicros: this.moment.micros,
      taughtBy: {
        capture: this.capture,
        frame: this.moment.frame,
        via: claim.via,
        by: claim.by,
        endpoint: claim.about,
        micros: this.moment.micros,
        ...(claim.content !== undefined && { content: claim.content }),
      },
    })
  }

  /** A certain flow teaches its own endpoints: TCP the listener's, UDP both. */
  #learnFlow(slot: number, reading: Reading): void {
    const shares = this.#recogniser.protocols[reading.index]!.sharesPort === true
    const { capture, moment } = this
    for (const side of [0, 1] as const) {
      const listens = reading.carrier === 'udp' || (side === 1 && this.#table.fromStart[slot] === 1)
      if (!listens) continue
      const endpoint = reading.ends[side]
      this.#endpoints.teach(endpoint, {
        index: reading.index,
        part: reading.part,
        carriers: shares ? 'both' : reading.carrier,
        lastMicros: moment.micros,
        taughtBy: {
          capture,
          frame: moment.frame,
          via: 'flow',
          by: endpoint,
          endpoint,
          micros: moment.micros,
        },
      })
    }
  }

  countMessage(family: string, message: string): void {
    this.#accounts.message(family, message)
  }

  countFault(wire: string, fault: string): void {
    this.#accounts.fault(wire, fault)
  }
}
