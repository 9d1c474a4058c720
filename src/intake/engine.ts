/**
 * From packets to events: packet → flow → first look → session → events. The whole way of one
 * packet is `packet()`; everything here is bounded by `limits` and deterministic.
 */
import type { Event, Flow, FlowVerdict, Side } from '../core/event.ts'
import type { LimitName } from '../core/limits.ts'
import type { Protocol } from '../core/protocol.ts'
import type { Standing } from '../core/standing.ts'
import { Accounts } from './accounts.ts'
import { Candidate } from './candidate.ts'
import { Endpoints } from './endpoints.ts'
import { FLOW_ENDS, FlowTable } from './flow/table.ts'
import { flowEvent } from './flow-event.ts'
import { Looking } from './looking.ts'
import { aloneAmong, Naming } from './naming.ts'
import { DECODED, Decoder, type Packet } from './packet/packet.ts'
import { packetSummary } from './packet-summary.ts'
import { type Found, Readings } from './readings.ts'
import { Recogniser } from './recognise.ts'
import type { Cursor } from './source/cursor.ts'
import { StreamTable } from './streams.ts'
import { Updates } from './updates.ts'

export interface EngineOptions {
  /** Say a `flow` event for which flows; those of no protocol may be summed up instead. */
  readonly flows?: FlowsSaid
  readonly everyMessage?: boolean
  /** Say `flow-update` of recognised flows that move, and `traffic`, each so many seconds. */
  readonly updateSeconds?: number
}

/** All, none, or `p2p`: the others are only summed up (`Accounts.otherFlows`). */
export type FlowsSaid = boolean | 'p2p'

/** One captured packet; what the engine needs of a cursor. */
export type PacketView = Pick<
  Cursor,
  'bytes' | 'at' | 'size' | 'wireSize' | 'micros' | 'linkType' | 'frame' | 'capture'
>

/** Values of the flow table's `mark` column: what happens to the bytes of a flow. */
const FRESH = 0
const LOOKING = 1
const DISMISSED = 2
const READING = 3

const TCP = 6
const UDP = 17
const SYN = 0x02
const RST = 0x04
const ACK = 0x10

export class Engine {
  readonly accounts = new Accounts()
  readonly endpoints = new Endpoints()
  readonly #consume: (event: Event) => void
  readonly #sayFlows: FlowsSaid
  readonly #decoder = new Decoder()
  readonly #table: FlowTable
  readonly #looking: Looking
  readonly #naming: Naming
  readonly #readings: Readings
  readonly #streams: StreamTable
  readonly #captures: string[] = []
  readonly #updates: Updates | undefined
  #captureIndex = 0
  /** Bytes missing in flows that were decided when the captures ended. */
  readonly #gapsAtEnd = new Map<number, Flow['gapBytes']>()
  /** Of the packet that came last, or -1. */
  #slot = -1

  constructor(
    protocols: readonly Protocol[],
    consume: (event: Event) => void,
    options: EngineOptions = {},
  ) {
    this.#consume = consume
    this.#sayFlows = options.flows ?? false
    const recogniser = new Recogniser(protocols)
    this.#table = new FlowTable((slot, reason) => this.#endFlow(slot, reason))
    this.#naming = new Naming(recogniser, this.endpoints, this.#table)
    this.#readings = new Readings(
      { recogniser, endpoints: this.endpoints, accounts: this.accounts, table: this.#table },
      {
        everyMessage: options.everyMessage ?? false,
        consume,
        stopped: (slot) => this.#dismiss(slot),
        limit: (name) => this.#limit(name),
      },
    )
    this.#looking = new Looking(recogniser, {
      recognised: (slot, candidate, index, finding) =>
        this.#read(slot, this.#naming.witnessed(slot, candidate, { index, ...finding }), candidate),
      unknown: (slot, candidate, fits) => {
        const named = this.#naming.match(slot, fits) ?? aloneAmong(fits)
        if (named) return this.#read(slot, named, candidate)
        this.#naming.wait(slot, fits)
        this.#dismiss(slot)
      },
      limit: (name) => this.#limit(name),
    })
    this.#streams = new StreamTable({
      data: (slot, side, bytes) => this.#ordered(slot, side, bytes),
      pass: (slot, side, size) =>
        this.#table.mark(slot) === READING && this.#readings.pass(slot, side, size),
      gap: (slot, side, missing) => this.#gap(slot, side, missing),
      unreadBytes: (slot) => this.#readings.unreadBytes(slot),
      giveUpUnread: (slot) => this.#readings.giveUpUnread(slot),
      limit: (name) => this.#limit(name),
    })
    if (options.updateSeconds !== undefined) {
      const parts = { table: this.#table, readings: this.#readings, captures: this.#captures }
      this.#updates = new Updates(options.updateSeconds, parts, consume)
    }
  }

  get flowCount(): number {
    return this.#table.created
  }

  get micros(): number {
    return this.#readings.moment.micros
  }

  /** Take in one packet. */
  packet(view: PacketView): void {
    if (view.capture !== this.#readings.capture) this.#enterCapture(view.capture)
    const { micros, frame } = view
    const moment = this.#readings.moment
    moment.micros = micros
    moment.frame = frame
    if (this.#updates?.isDue(micros)) this.#sayUpdates(micros)
    this.accounts.packet(micros, view.wireSize)
    const status = this.#decoder.decode(
      view.bytes,
      view.at,
      view.size,
      view.wireSize,
      view.linkType,
      micros,
    )
    this.#slot = -1
    if (status > DECODED.otherIp) {
      if (status === DECODED.linkTypeNotRead) this.accounts.unreadLinkType(view.linkType)
      return
    }
    const packet = this.#decoder.packet
    this.#updates?.count(packet.ipBytes)
    const table = this.#table
    const slot = table.touch(packet, micros, frame, this.#captureIndex)
    this.#slot = slot
    if (packet.protocol === TCP) {
      if (table.mark(slot) !== DISMISSED) this.#tcp(slot)
    } else if (packet.protocol === UDP && packet.payloadSize > 0) {
      if (table.mark(slot) !== DISMISSED) this.#udp(slot)
    }
  }

  /** Of the flow of the packet that came last; undefined where that was of none. */
  get standing(): Standing | undefined {
    const slot = this.#slot
    if (slot < 0) return undefined
    const { side, isNew, number } = this.#table
    const of = { flow: number[slot]!, side, isNew }
    const p2p = this.#readings.get(slot)?.verdict
    if (p2p !== undefined) return { ...of, state: 'named', p2p }
    if (this.#table.mark(slot) !== DISMISSED) return { ...of, state: 'undecided' }
    const fit = this.#naming.waitingFit(slot)
    return { ...of, state: 'nothing', ...(fit !== undefined && { fit }) }
  }

  /** The packet that came last; undefined where it was of no flow. Not to be kept. */
  get decoded(): Readonly<Packet> | undefined {
    return this.#slot < 0 ? undefined : this.#decoder.packet
  }

  /** Let time run without a packet: on an interface that is silent. */
  tick(micros: number): void {
    this.#table.expire(micros)
    if (this.#updates?.isDue(micros)) this.#sayUpdates(micros)
  }

  /** Flows are named first that claims explain which came since. */
  #sayUpdates(micros: number): void {
    this.#naming.eachWaiting((slot) => {
      const late = this.#naming.matchLate(slot)
      if (late === undefined) return
      this.#atLastPacketOf(slot, () => this.#readings.open(slot, late, undefined))
      this.#naming.forget(slot)
    })
    this.#updates!.say(micros)
  }

  /**
   * The captures are over: every open flow ends. First all are decided that are not: what one says
   * may explain another.
   */
  end(): void {
    if (Number.isFinite(this.micros)) this.#updates?.say(this.micros)
    for (const slot of this.#looking.undecided()) {
      this.#atLastPacketOf(slot, () => this.#gapsAtEnd.set(slot, this.#flush(slot)))
    }
    this.#table.endAll(FLOW_ENDS.endOfCapture)
    this.#decoder.end()
    this.accounts.packetCounts = packetSummary(this.#decoder.counts)
    this.accounts.flows = this.#table.created
    this.#limit('flowsMax', this.#table.evicted)
    this.#limit('endpointsMax', this.endpoints.forgotten)
  }

  #enterCapture(capture: string): void {
    const known = this.#captures.indexOf(capture)
    this.#captureIndex = known < 0 ? this.#captures.push(capture) - 1 : known
    this.#readings.capture = capture
  }

  // --- TCP ---------------------------------------------------------------------------------------

  #tcp(slot: number): void {
    const packet = this.#decoder.packet
    const side = this.#table.side
    const moment = this.#readings.moment
    // The text of a reset tells its cause and is not part of the stream (RFC 9293 3.5.3).
    if (packet.payloadWireSize > 0 && (packet.tcpFlags & RST) === 0) {
      if (this.#table.mark(slot) === FRESH) {
        if (this.#dismissedAtOnce(slot, side)) return
        this.#beginStreams(slot)
      }
      this.#streams.segment(slot, side, firstByteOf(packet), packet, moment)
    }
    if ((packet.tcpFlags & ACK) !== 0) {
      this.#streams.acknowledged(slot, side === 0 ? 1 : 0, packet.acknowledgement, moment)
    }
  }

  /** The opener's first segment, in its place: what is plainly something else needs no streams. */
  #dismissedAtOnce(slot: number, side: Side): boolean {
    const packet = this.#decoder.packet
    if (side !== 0 || packet.payloadSize < packet.payloadWireSize) return false
    if (this.#table.fromStart[slot] !== 1) return false
    const firstByte = (this.#table.firstSequence(slot, 0) + 1) % 0x1_0000_0000
    if (firstByteOf(packet) !== firstByte) return false
    const { payload, payloadAt, payloadSize } = packet
    const bytes = payload.subarray(payloadAt, payloadAt + payloadSize)
    if (!this.#looking.dismisses('tcp', bytes, payloadSize)) return false
    this.#table.setMark(slot, DISMISSED)
    return true
  }

  #beginStreams(slot: number): void {
    const table = this.#table
    const fromStart = table.fromStart[slot] === 1
    const openings = fromStart
      ? ([table.firstSequence(slot, 0), table.firstSequence(slot, 1)] as const)
      : ([-1, -1] as const)
    this.#streams.open(slot, openings)
    table.setMark(slot, LOOKING)
    const ends = [table.endpoint(slot, 0), table.endpoint(slot, 1)] as const
    this.#looking.add(slot, new Candidate('tcp', fromStart, ends))
  }

  /** The next bytes of one side, in order. */
  #ordered(slot: number, side: Side, bytes: Uint8Array): void {
    const { micros, frame } = this.#readings.moment
    if (this.#table.mark(slot) === READING) this.#readings.segment(slot, side, bytes)
    else this.#looking.segment(slot, side, bytes, micros, frame)
  }

  #gap(slot: number, side: Side, missing: number): void {
    this.accounts.gap(missing)
    if (this.#table.mark(slot) === READING) this.#readings.gap(slot, side, missing)
    else this.#looking.broken(slot, side, missing)
  }

  // --- UDP ---------------------------------------------------------------------------------------

  #udp(slot: number): void {
    const { payload, payloadAt, payloadSize, payloadWireSize } = this.#decoder.packet
    const bytes = payload.subarray(payloadAt, payloadAt + payloadSize)
    const table = this.#table
    const side = table.side
    if (table.mark(slot) === READING) {
      this.#readings.datagram(slot, side, bytes, payloadWireSize)
      return
    }
    if (table.mark(slot) === FRESH) {
      if (this.#looking.dismisses('udp', bytes, payloadWireSize)) {
        table.setMark(slot, DISMISSED)
        return
      }
      table.setMark(slot, LOOKING)
      const ends = [table.endpoint(slot, 0), table.endpoint(slot, 1)] as const
      this.#looking.add(slot, new Candidate('udp', true, ends))
    }
    const { micros, frame } = this.#readings.moment
    this.#looking.datagram(slot, side, bytes, payloadWireSize, micros, frame)
  }

  // --- From looking to reading to the end ----------------------------------------------------------

  #read(slot: number, found: Found, candidate: Candidate): void {
    this.#table.setMark(slot, READING)
    this.#readings.open(slot, found, candidate)
  }

  #dismiss(slot: number): void {
    this.#table.setMark(slot, DISMISSED)
    this.#streams.close(slot)
  }

  #endFlow(slot: number, reason: number): void {
    this.#atLastPacketOf(slot, () => this.#conclude(slot, reason))
    this.#naming.forget(slot)
    this.#streams.close(slot)
  }

  #conclude(slot: number, reason: number): void {
    const table = this.#table
    // Whatever was dismissed has let go of its streams.
    const isOpen = table.mark(slot) === LOOKING || table.mark(slot) === READING
    const gaps = isOpen ? this.#flush(slot) : this.#gapsAtEnd.get(slot)
    const late = this.#readings.get(slot) ? undefined : this.#naming.matchLate(slot)
    if (late) this.#readings.open(slot, late, undefined)
    const reading = this.#readings.end(slot)
    if (this.#sayFlows) this.#account(slot, reason, reading?.verdict, gaps)
  }

  /** What is said of a flow as a whole is said of its last packet, whatever packet is being read. */
  #atLastPacketOf(slot: number, say: () => void): void {
    const table = this.#table
    const { moment, capture } = this.#readings
    const { micros, frame } = moment
    moment.micros = table.lastMicros(slot)
    moment.frame = table.lastFrame(slot)
    this.#readings.capture = this.#captures[table.lastCapture(slot)]!
    say()
    moment.micros = micros
    moment.frame = frame
    this.#readings.capture = capture
  }

  /** Most flows are of no protocol: where nobody asks for them, no event is made of them. */
  #account(slot: number, reason: number, verdict?: FlowVerdict, gaps?: Flow['gapBytes']): void {
    const table = this.#table
    if (verdict !== undefined || this.#sayFlows === true) {
      this.#consume(flowEvent(table, slot, reason, this.#captures, verdict, gaps))
      return
    }
    this.accounts.otherFlow(
      table.bytes(slot, 0) + table.bytes(slot, 1),
      table.payload(slot, 0) + table.payload(slot, 1),
      gaps !== undefined,
      () => flowEvent(table, slot, reason, this.#captures, undefined, gaps),
    )
  }

  /** What is still held out of order is given out, and an undecided flow is decided. */
  #flush(slot: number): readonly [number, number] | undefined {
    const gaps = this.#streams.flush(slot, this.#readings.moment)
    this.#looking.conclude(slot)
    return gaps
  }

  /** A bound was reached: counted, and said now and then. */
  #limit(limit: LimitName, more = 1): void {
    const count = this.accounts.limit(limit, more)
    if (count !== undefined) this.#consume({ type: 'limit', limit, count, micros: this.micros })
  }
}

/** Sequence number of a segment's first payload byte: a SYN takes one number before it. */
function firstByteOf(packet: Packet): number {
  return (packet.tcpFlags & SYN) === 0 ? packet.sequence : (packet.sequence + 1) % 0x1_0000_0000
}
