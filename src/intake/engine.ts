/**
 * From packets to events: packet → flow → first look → session → events. The whole way of one
 * packet is `packet()`; everything here is bounded by `limits` and deterministic.
 */
import { endpointText } from '../core/address.ts'
import type { ClaimSaid, Event, Side, TaughtBy } from '../core/event.ts'
import { limits } from '../core/limits.ts'
import type { Protocol } from '../core/protocol.ts'
import { StreamReader } from '../core/stream-reader.ts'
import { Accounts } from './accounts.ts'
import { Candidate } from './candidate.ts'
import { Endpoints } from './endpoints.ts'
import { isFamiliar } from './familiar.ts'
import { flowEvent } from './flow-event.ts'
import { FLOW_ENDS, FlowTable } from './flow/table.ts'
import { TcpDirection } from './flow/tcp-direction.ts'
import { DECODED, Decoder } from './packet/packet.ts'
import { type Hub, Reading } from './reading.ts'
import { type OwnedFit, Recogniser, union } from './recognise.ts'

export interface EngineOptions {
  /** Say a `flow` event for every flow, not only count them. */
  readonly flows?: boolean
  readonly everyMessage?: boolean
}

/** What the engine needs of a cursor. */
export interface PacketView {
  readonly bytes: Uint8Array
  readonly at: number
  readonly size: number
  readonly wireSize: number
  readonly micros: number
  readonly linkType: number
  readonly frame: number
  readonly capture: string
}

/** Values of the flow table's `mark` column. */
const FRESH = 0
const LOOKING = 1
const DISMISSED = 2
const READING = 3

const TCP = 6
const UDP = 17

/** The two directions of a TCP flow whose bytes somebody wants. */
interface Streams {
  readonly directions: readonly [TcpDirection, TcpDirection]
}

export class Engine implements Hub {
  readonly accounts = new Accounts()
  readonly endpoints = new Endpoints()
  readonly moment = { micros: 0, frame: 0 }
  readonly everyMessage: boolean
  capture = ''
  readonly consume: (event: Event) => void
  readonly #recogniser: Recogniser
  readonly #decoder = new Decoder()
  readonly #table: FlowTable
  readonly #sayFlows: boolean
  readonly #candidates = new Map<number, Candidate>()
  readonly #streams = new Map<number, Streams>()
  readonly #readings = new Map<number, Reading>()
  readonly #fits = new Map<number, readonly OwnedFit[]>()
  readonly #withdrawn = new Map<number, string>()
  readonly #captures: string[] = []
  /** Initial sequence numbers per slot and side, from SYNs; -1 where none was seen. */
  #openings: [Float64Array, Float64Array] = [new Float64Array(0), new Float64Array(0)]
  #lookHeldBytes = 0
  #captureIndex = 0

  constructor(
    protocols: readonly Protocol[],
    consume: (event: Event) => void,
    options: EngineOptions = {},
  ) {
    this.#recogniser = new Recogniser(protocols)
    this.consume = consume
    this.#sayFlows = options.flows ?? false
    this.everyMessage = options.everyMessage ?? false
    this.#table = new FlowTable((slot, reason) => this.#endFlow(slot, reason))
  }

  get flowCount(): number {
    return this.#table.created
  }

  /** Take in one packet. */
  packet(view: PacketView): void {
    if (view.capture !== this.capture) this.#enterCapture(view.capture)
    this.moment.micros = view.micros
    this.moment.frame = view.frame
    this.accounts.packet(view.micros, view.wireSize)
    const decoder = this.#decoder
    const status = decoder.decode(
      view.bytes,
      view.at,
      view.size,
      view.wireSize,
      view.linkType,
      view.micros,
    )
    if (status > DECODED.otherIp) return
    const packet = decoder.packet
    const table = this.#table
    const slot = table.touch(packet, view.micros, view.frame, this.#captureIndex)
    const mark = table.mark[slot]!
    if (packet.protocol === TCP) {
      if ((packet.tcpFlags & 2) !== 0) this.#noteOpening(slot, table.side, packet.sequence)
      if (mark === DISMISSED) return
      this.#tcp(slot, mark)
    } else if (packet.protocol === UDP && mark !== DISMISSED && packet.payloadSize > 0) {
      this.#udp(slot, mark)
    }
  }

  /** The captures are over: every open flow ends. */
  end(): void {
    this.#table.endAll(FLOW_ENDS.endOfCapture)
    this.accounts.close(this.#decoder.counts, this.#table, this.endpoints)
  }

  #enterCapture(capture: string): void {
    const known = this.#captures.indexOf(capture)
    this.#captureIndex = known < 0 ? this.#captures.push(capture) - 1 : known
    this.capture = capture
  }

  #noteOpening(slot: number, side: Side, sequence: number): void {
    if (slot >= this.#openings[0].length) {
      const size = Math.max(1024, 2 * slot)
      for (const s of [0, 1] as const) {
        const grown = new Float64Array(size).fill(-1)
        grown.set(this.#openings[s])
        this.#openings[s] = grown
      }
    }
    if (this.#table.isNew) {
      this.#openings[0][slot] = -1
      this.#openings[1][slot] = -1
    }
    this.#openings[side][slot] = sequence
  }

  // --- TCP ---------------------------------------------------------------------------------------

  #tcp(slot: number, mark: number): void {
    const packet = this.#decoder.packet
    const side = this.#table.side
    let streams = mark === FRESH ? undefined : this.#streams.get(slot)
    if (packet.payloadWireSize > 0) {
      if (mark === FRESH) streams = this.#beginLook(slot)
      streams?.directions[side].segment(
        packet.sequence,
        packet.payload,
        packet.payloadAt,
        packet.payloadSize,
        packet.payloadWireSize,
        this.moment,
      )
    }
    if (streams !== undefined && (packet.tcpFlags & 16) !== 0) {
      streams.directions[side === 0 ? 1 : 0].acknowledged(packet.acknowledgement, this.moment)
    }
  }

  #beginLook(slot: number): Streams | undefined {
    const table = this.#table
    const streams: Streams = {
      directions: [this.#direction(slot, 0), this.#direction(slot, 1)],
    }
    this.#streams.set(slot, streams)
    this.#addCandidate(
      slot,
      new Candidate('tcp', table.fromStart[slot] === 1, [
        table.endpoint(slot, 0),
        table.endpoint(slot, 1),
      ]),
    )
    return streams
  }

  #direction(slot: number, side: Side): TcpDirection {
    const direction = new TcpDirection({
      data: (bytes) => this.#ordered(slot, side, bytes),
      gap: (missing) => this.#gap(slot, side, missing),
    })
    const opening = this.#openings[side][slot] ?? -1
    if (opening >= 0 && this.#table.fromStart[slot] === 1) direction.syn(opening)
    return direction
  }

  /** The next bytes of one side, in order. */
  #ordered(slot: number, side: Side, bytes: Uint8Array): void {
    const mark = this.#table.mark[slot]
    if (mark === READING) {
      const reading = this.#readings.get(slot)
      reading?.reader?.push(side, bytes, this.moment)
      if (reading?.session?.lost) this.#sessionLost(slot, reading)
      return
    }
    if (mark !== LOOKING) return
    const candidate = this.#candidates.get(slot)!
    const before = candidate.heldBytes
    candidate.addSegment(side, bytes, this.moment.micros, this.moment.frame)
    this.#lookHeldBytes += candidate.heldBytes - before
    // A longer prefix may show only with the second segment of a side.
    if (candidate.segmentsOf(side) <= 2) this.#inviteTcp(candidate, side)
    this.#decide(slot, candidate)
  }

  /** Who wants to see this side, by its first bytes; from the middle of a connection, everybody. */
  #inviteTcp(candidate: Candidate, side: Side): void {
    if (!candidate.fromStart) {
      candidate.open = this.#recogniser.everybody('tcp')
      return
    }
    const head = candidate.look(false).heads[side]
    candidate.open = union(candidate.open, this.#recogniser.wanted('tcp', head, 0, head.length))
  }

  #gap(slot: number, side: Side, missing: number): void {
    this.accounts.gap(missing)
    const reading = this.#readings.get(slot)
    if (reading !== undefined) {
      reading.reader?.gap(side, missing, this.moment)
      if (reading.session?.lost) this.#sessionLost(slot, reading)
      return
    }
    const candidate = this.#candidates.get(slot)
    if (candidate !== undefined && candidate.pieces.length > 0) {
      candidate.broken = true
      this.#decide(slot, candidate)
    }
  }

  // --- UDP ---------------------------------------------------------------------------------------

  #udp(slot: number, mark: number): void {
    const { payload, payloadAt, payloadSize, payloadWireSize } = this.#decoder.packet
    const bytes = payload.subarray(payloadAt, payloadAt + payloadSize)
    const side = this.#table.side
    if (mark === READING) {
      const reading = this.#readings.get(slot)
      if (reading?.session === undefined || reading.session.lost) return
      reading.session.data(side, bytes, this.moment)
      return
    }
    let candidate = this.#candidates.get(slot)
    if (candidate === undefined) {
      const table = this.#table
      candidate = new Candidate('udp', true, [table.endpoint(slot, 0), table.endpoint(slot, 1)])
      this.#addCandidate(slot, candidate)
    }
    candidate.addDatagram(side, bytes, payloadWireSize, this.moment.micros, this.moment.frame)
    this.#lookHeldBytes += payloadSize
    candidate.open = union(
      candidate.open,
      this.#recogniser.wanted('udp', payload, payloadAt, payloadSize),
    )
    this.#decide(slot, candidate)
  }

  // --- Looking -----------------------------------------------------------------------------------

  #addCandidate(slot: number, candidate: Candidate): void {
    this.#candidates.set(slot, candidate)
    this.#table.mark[slot] = LOOKING
    while (
      this.#candidates.size > limits.looksMax ||
      this.#lookHeldBytes > limits.lookHeldBytesMax
    ) {
      const oldest = this.#candidates.keys().next().value!
      if (oldest === slot) break
      this.accounts.limit(this.#candidates.size > limits.looksMax ? 'looksMax' : 'lookHeldBytesMax')
      this.#conclude(oldest, this.#candidates.get(oldest)!)
    }
  }

  #decide(slot: number, candidate: Candidate): void {
    if (candidate.full) {
      this.#conclude(slot, candidate)
      return
    }
    if (candidate.open === 0) {
      if (!this.#couldFit(candidate)) this.#dismiss(slot, candidate)
      return
    }
    if (!candidate.worthAsking) return
    const { answer, open } = this.#recogniser.ask(candidate.open, candidate.look(false))
    if (typeof answer !== 'string') {
      this.#recognised(slot, candidate, answer.index, answer.finding)
    } else if (answer === 'no') {
      candidate.open = open
      if (!this.#couldFit(candidate)) this.#dismiss(slot, candidate)
    }
  }

  /** Whether looking on is worth it for a flow that nobody claims: not if it is readable text. */
  #couldFit(candidate: Candidate): boolean {
    return this.#recogniser.hasFits && !isFamiliar(candidate.look(false))
  }

  /** No more will be shown: recognised, or kept as unreadable for the endpoint memory, or let go. */
  #conclude(slot: number, candidate: Candidate): void {
    const look = candidate.look(true)
    if (candidate.open !== 0) {
      const { answer } = this.#recogniser.ask(candidate.open, look)
      if (typeof answer !== 'string') {
        this.#recognised(slot, candidate, answer.index, answer.finding)
        return
      }
    }
    const fits = this.#recogniser.hasFits ? this.#recogniser.fits(look) : []
    if (fits.length > 0 && this.#matchMemory(slot, fits, candidate)) return
    if (fits.length > 0) this.#fits.set(slot, fits)
    this.#dismiss(slot, candidate)
  }

  #dismiss(slot: number, candidate: Candidate): void {
    this.#lookHeldBytes -= candidate.heldBytes
    this.#candidates.delete(slot)
    this.#streams.delete(slot)
    this.#table.mark[slot] = DISMISSED
  }

  /** Name an unreadable flow by what is remembered of its endpoints. */
  #matchMemory(slot: number, fits: readonly OwnedFit[], candidate?: Candidate): boolean {
    const table = this.#table
    const carrier = table.protocol[slot] === TCP ? 'tcp' : 'udp'
    // The side that was called is the better witness: its port is the one it listens on.
    for (const side of [1, 0] as const) {
      const endpoint = table.endpoint(slot, side)
      const known = this.endpoints.find(
        endpoint,
        carrier,
        table.firstMicros[slot]!,
        table.lastMicros[slot]!,
      )
      for (const taught of known) {
        for (const fit of fits) {
          if (fit.index !== taught.index) continue
          if (fit.taughtAs.length > 0 && !fit.taughtAs.includes(taught.part)) continue
          const reading = this.#newReading(slot, {
            index: fit.index,
            part: fit.part,
            sureness: 'likely',
            reasons: [fit.reason, taughtReason(taught.taughtBy)],
            taughtBy: taught.taughtBy,
          })
          this.#read(slot, reading, candidate)
          return true
        }
      }
    }
    return false
  }

  // --- Reading -----------------------------------------------------------------------------------

  #newReading(
    slot: number,
    found: Pick<Reading, 'index' | 'part' | 'sureness'> & {
      reasons: readonly string[]
      taughtBy?: Reading['taughtBy']
    },
  ): Reading {
    const table = this.#table
    const { taughtBy, ...rest } = found
    const reading = new Reading(this, {
      ...rest,
      ...(taughtBy && { taughtBy }),
      family: this.#recogniser.protocols[found.index]!.name,
      flow: table.number[slot]!,
      carrier: table.protocol[slot] === TCP ? 'tcp' : 'udp',
      ends: [table.endpoint(slot, 0), table.endpoint(slot, 1)],
    })
    this.#readings.set(slot, reading)
    this.#withdrawn.delete(slot)
    this.#fits.delete(slot)
    return reading
  }

  #recognised(
    slot: number,
    candidate: Candidate,
    index: number,
    finding: { part: string; sureness: Reading['sureness']; reasons: readonly string[] },
  ): void {
    const reading = this.#newReading(slot, { index, ...finding })
    this.#read(slot, reading, candidate)
  }

  /** Open the session and let it read what the look has kept. */
  #read(slot: number, reading: Reading, candidate: Candidate | undefined): void {
    reading.announce()
    const protocol = this.#recogniser.protocols[reading.index]!
    this.#table.mark[slot] = READING
    if (candidate === undefined || protocol.openSession === undefined) {
      this.#stopReading(slot, reading)
      if (candidate) this.#forgetCandidate(slot, candidate)
      if (reading.sureness === 'certain') this.#learnFlow(slot, reading)
      return
    }
    this.#makeRoomForSession(slot)
    reading.session = protocol.openSession(
      {
        flow: reading.flow,
        carrier: reading.carrier,
        ends: reading.ends,
        fromStart: candidate.fromStart,
        part: reading.part,
      },
      reading,
    )
    if (reading.carrier === 'tcp') reading.reader = new StreamReader(reading.session)
    this.#replay(reading, candidate)
    this.#forgetCandidate(slot, candidate)
    if (reading.sureness === 'certain') this.#learnFlow(slot, reading)
    if (reading.session?.lost) this.#sessionLost(slot, reading)
  }

  #replay(reading: Reading, candidate: Candidate): void {
    const { micros, frame } = this.moment
    for (const [index, piece] of candidate.pieces.entries()) {
      this.moment.micros = piece.micros
      this.moment.frame = piece.frame
      const bytes = candidate.bytesOf(piece, index)
      if (reading.reader) reading.reader.push(piece.from, bytes, this.moment)
      else reading.session!.data(piece.from, bytes, this.moment)
    }
    this.moment.micros = micros
    this.moment.frame = frame
  }

  #forgetCandidate(slot: number, candidate: Candidate): void {
    this.#lookHeldBytes -= candidate.heldBytes
    this.#candidates.delete(slot)
  }

  #makeRoomForSession(slot: number): void {
    if (this.#readings.size <= limits.sessionsMax) return
    for (const [oldest, reading] of this.#readings) {
      if (oldest === slot || reading.session === undefined) continue
      reading.session.end(this.moment)
      this.#stopReading(oldest, reading)
      this.accounts.limit('sessionsMax')
      return
    }
  }

  /** The verdict stays; the bytes are no longer looked at. */
  #stopReading(slot: number, reading: Reading): void {
    reading.session = undefined
    reading.reader = undefined
    this.#streams.delete(slot)
    this.#table.mark[slot] = DISMISSED
  }

  /** A session gave up. If it never read anything, the recognition was wrong and is withdrawn. */
  #sessionLost(slot: number, reading: Reading): void {
    const session = reading.session!
    session.end(this.moment)
    const unread = session.messages === 0 && reading.sureness !== 'certain' && !reading.taughtBy
    this.#stopReading(slot, reading)
    if (!unread) return
    const why = 'later bytes do not follow the protocol'
    reading.announce(why)
    this.#withdrawn.set(slot, `${reading.family} ${reading.part}: ${why}`)
    this.#readings.delete(slot)
    this.accounts.withdrawn++
  }

  // --- Learning ----------------------------------------------------------------------------------

  learn(reading: Reading, claim: ClaimSaid): void {
    this.endpoints.teach(claim.about, {
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

  /** A certain flow teaches its own endpoints: the listener's, for UDP both. */
  #learnFlow(slot: number, reading: Reading): void {
    const table = this.#table
    const shares = this.#recogniser.protocols[reading.index]!.sharesPort === true
    for (const side of [0, 1] as const) {
      if (reading.carrier === 'tcp' && (side === 0 || table.fromStart[slot] !== 1)) continue
      const endpoint = reading.ends[side]
      this.endpoints.teach(endpoint, {
        index: reading.index,
        part: reading.part,
        carriers: shares ? 'both' : reading.carrier,
        lastMicros: this.moment.micros,
        taughtBy: {
          capture: this.capture,
          frame: this.moment.frame,
          via: 'flow',
          by: endpoint,
          endpoint,
          micros: this.moment.micros,
        },
      })
    }
  }

  countMessage(family: string, message: string): void {
    this.accounts.message(family, message)
  }

  countFault(wire: string, fault: string): void {
    this.accounts.fault(wire, fault)
  }

  // --- Ending ------------------------------------------------------------------------------------

  #endFlow(slot: number, reason: number): void {
    const table = this.#table
    const gaps = this.#flush(slot)
    let reading = this.#readings.get(slot)
    if (reading?.session) reading.session.end(this.moment)
    if (reading === undefined) reading = this.#lateMatch(slot)
    this.accounts.flow(table, slot, reading)
    if (this.#sayFlows) this.consume(flowEvent(table, slot, reason, this.#captures, reading?.verdict, gaps))
    this.#readings.delete(slot)
    this.#streams.delete(slot)
    this.#fits.delete(slot)
    this.#withdrawn.delete(slot)
  }

  /** What is still held out of order is given out, and an undecided flow is decided. */
  #flush(slot: number): readonly [number, number] | undefined {
    const streams = this.#streams.get(slot)
    if (streams) for (const direction of streams.directions) direction.flush(this.moment)
    const candidate = this.#candidates.get(slot)
    if (candidate) this.#conclude(slot, candidate)
    if (!streams) return undefined
    const missing = [streams.directions[0].missing, streams.directions[1].missing] as const
    return missing[0] + missing[1] > 0 ? missing : undefined
  }

  /** Claims that came after the flow was given up may still explain it. */
  #lateMatch(slot: number): Reading | undefined {
    if (this.endpoints.size === 0) return undefined
    const table = this.#table
    let fits = this.#fits.get(slot)
    const silent = table.payload0[slot]! + table.payload1[slot]! === 0
    if (fits === undefined && silent && table.protocol[slot] === TCP && this.#recogniser.hasFits) {
      const look = new Candidate('tcp', table.fromStart[slot] === 1, [
        table.endpoint(slot, 0),
        table.endpoint(slot, 1),
      ]).look(true)
      fits = this.#recogniser.fits(look)
    }
    if (fits === undefined || fits.length === 0) return undefined
    return this.#matchMemory(slot, fits) ? this.#readings.get(slot) : undefined
  }
}

/** In words: who said so, how, and where to look it up. */
function taughtReason(taught: TaughtBy): string {
  const where = `frame ${taught.frame} of ${taught.capture}`
  const endpoint = endpointText(taught.endpoint)
  if (taught.via === 'flow') return `${endpoint} speaks it in the clear (${where})`
  return `${endpoint} was named by ${endpointText(taught.by)} via ${taught.via} (${where})`
}
