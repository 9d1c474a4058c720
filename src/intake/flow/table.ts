/**
 * The flow table: every packet's flow, in typed arrays.
 *
 * A flow is (IP version, both addresses, protocol, both ports, VLAN ids, tunnel depth), either way
 * round. VLAN ids count, because the same private addresses may live in several VLANs, and a mirror
 * port may show a packet before and after it was routed. But each direction has its own: where a
 * switch tags one direction otherwise, or not at all, the first packet back joins the flow if it
 * answers it and no flow of its own tags is there. (Suricata wants both directions tagged alike
 * unless `vlan.use-for-tracking` is off, as its suricata.yaml says; Zeek looks at no tags, but does
 * since 8.0 where policy/frameworks/conn_key/vlan_fivetuple is loaded.) Tunnel depth counts so that
 * a capture that holds a packet inside and outside its tunnel does not count it twice in one flow.
 *
 * Side 0 is the opener: who sent the SYN; where a SYN+ACK comes first, who it goes to; else who
 * sent the first packet.
 *
 * An index leads from the hash to a slot; a slot is stable while its flow lives, and free slots are
 * chained. What each packet needs stands together in one row of two cache lines: what is compared
 * in the first, what is counted in the second. With a column for each count, a packet would wait
 * for memory ten times. What is written once a flow stands in public columns. Rows and columns grow
 * by doubling and are then new arrays: take the columns anew from the table each time.
 *
 * A packet only notes its second; when the wheel comes to a flow that has moved since, the flow is
 * put where it is due now. When the table is full, the flow whose time-out is nearest goes, so
 * unanswered openings go before connections.
 */
import { type Endpoint, ip4OfNumber, ip6 } from '../../core/address.ts'
import type { Flow, Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { Packet } from '../packet/packet.ts'
import { TCP_ACK, TCP_SYN } from '../packet/tcp.ts'
import { SlotIndex } from './slot-index.ts'
import {
  ANEW,
  bitOfSide,
  bitsAfter,
  DOUBTFUL,
  doubted,
  judgeSyn,
  SEQUENCE_KNOWN,
  stateAfter,
  stateOfFirst,
  TCP_STATE,
} from './tcp-state.ts'
import { Wheel } from './wheel.ts'

/** Why a flow ended, as `onEnd` says it. */
export const FLOW_ENDS = { closed: 0, timeout: 1, evicted: 2, endOfCapture: 3 } as const

/** The same in the words of the `flow` event. */
export const FLOW_END_NAMES: readonly Flow['reason'][] = [
  'closed',
  'timeout',
  'evicted',
  'end-of-capture',
]

export interface FlowTableOptions {
  /** Whether VLAN ids tell flows apart. */
  readonly vlanInKey?: boolean
  /** Seed of the hash. Changes nothing that is said; a secret one keeps crafted collisions away. */
  readonly seed?: number
}

const SLOTS_FIRST = 16_384
const TCP = 6

/** Words of a row: addresses first, opener's and other's. */
const ROW = 32
const PORTS = 8
const KIND = 9
/** Tags of what the opener sends; of what comes back: `VLAN_BACK`. */
const VLAN = 10
const HASH = 11
const SEQUENCE0 = 12
const SEEN = 14
const BITS = 15
const PACKETS = 26
const LAST_FRAME = 28
const LAST_CAPTURE = 29
/** TCP flags or-ed, of either side, then the state, then the mark: a byte each. */
const FLAGS = 30
const STATE_SHIFT = 16
const MARK_SHIFT = 24
const VLAN_BACK = 31
/** Nothing has come from that side. */
const VLAN_UNSEEN = -1

/** Doubles of a row; they lie between BITS and PACKETS. */
const ROW_DOUBLES = ROW / 2
const LAST_MICROS = 8
const BYTES = 9
const PAYLOAD = 11

/** How many flows that moved since are put on before one is let go all the same. */
const EVICTION_TRIES = 64

export class FlowTable {
  /** Of the packet last touched: which side sent it, and whether its flow is new. */
  side: Side = 0
  isNew = false
  /** Flows alive, made, let go because the table was full. */
  count = 0
  created = 0
  evicted = 0
  /** Number of the flow, from 1, in order of first packets. */
  number = new Uint32Array(0)
  firstMicros = new Float64Array(0)
  /** 1 where the SYN or SYN+ACK was seen. */
  fromStart = new Uint8Array(0)
  protocol = new Uint8Array(0)
  version = new Uint8Array(0)
  firstFrame = new Uint32Array(0)
  firstCapture = new Uint32Array(0)

  readonly #onEnd: (slot: number, reason: number) => void
  readonly #flowsMax: number
  readonly #vlanInKey: boolean
  readonly #seed: number
  readonly #index = new SlotIndex()
  readonly #wheel: Wheel
  readonly #due = (slot: number): void => this.#judgeDue(slot)
  #rows = new Int32Array(0)
  /** The same memory. */
  #doubles = new Float64Array(0)
  #slots = 0
  /** First of the chain of free slots (chained through the rows' first word), or -1. */
  #free = -1

  constructor(
    onEnd: (slot: number, reason: number) => void,
    flowsMax: number = limits.flowsMax,
    options: FlowTableOptions = {},
  ) {
    this.#onEnd = onEnd
    this.#flowsMax = flowsMax
    this.#vlanInKey = options.vlanInKey ?? true
    this.#seed = options.seed ?? 0x2545f491
    this.#wheel = new Wheel(
      Math.max(
        limits.tcpIdleSeconds,
        limits.tcpOpeningSeconds,
        limits.tcpClosingSeconds,
        limits.udpIdleSeconds,
      ),
    )
    this.#grow(Math.min(flowsMax, SLOTS_FIRST))
  }

  /**
   * Account for a packet.
   * @param frame         number of the packet in its capture, from 1
   * @param captureIndex  which capture, for `firstCapture` and `lastCapture`
   * @returns             the slot of its flow
   */
  touch(packet: Packet, micros: number, frame: number, captureIndex: number): number {
    if (this.#wheel.isLate(micros)) this.#wheel.advance(micros, this.#due)
    const ports = (packet.srcPort << 16) | packet.dstPort
    const kind = packet.protocol | (packet.version === 6 ? 0x100 : 0) | (packet.tunnel << 9)
    const vlan = ((packet.vlan0 + 1) << 13) | (packet.vlan1 + 1)
    const hash = this.#hash(packet, kind)
    let slot = this.#find(packet, hash, ports, kind, vlan)
    const isTcp = packet.protocol === TCP
    if (slot >= 0 && isTcp && (packet.tcpFlags & TCP_SYN) !== 0)
      slot = this.#sameOrAnew(slot, packet)
    this.isNew = slot < 0
    if (slot < 0) slot = this.#open(packet, hash, ports, kind, vlan, micros, frame, captureIndex)
    else if (isTcp) this.#follow(slot, packet)
    this.#count(slot, packet, micros)
    const rows = this.#rows
    rows[slot * ROW + LAST_FRAME] = frame
    rows[slot * ROW + LAST_CAPTURE] = captureIndex
    return slot
  }

  /** Packets of a side; every fragment counts. */
  packets(slot: number, side: Side): number {
    return this.#rows[slot * ROW + PACKETS + side]! >>> 0
  }

  /** Bytes of a side's IP packets on the wire. */
  bytes(slot: number, side: Side): number {
    return this.#doubles[slot * ROW_DOUBLES + BYTES + side]!
  }

  /** Bytes of a side's payload on the wire. */
  payload(slot: number, side: Side): number {
    return this.#doubles[slot * ROW_DOUBLES + PAYLOAD + side]!
  }

  /** TCP flags of a side, or-ed. */
  flags(slot: number, side: Side): number {
    return (this.#rows[slot * ROW + FLAGS]! >>> (8 * side)) & 0xff
  }

  /** As in TCP_STATE. */
  state(slot: number): number {
    return (this.#rows[slot * ROW + FLAGS]! >>> STATE_SHIFT) & 0xff
  }

  lastMicros(slot: number): number {
    return this.#doubles[slot * ROW_DOUBLES + LAST_MICROS]!
  }

  lastFrame(slot: number): number {
    return this.#rows[slot * ROW + LAST_FRAME]! >>> 0
  }

  lastCapture(slot: number): number {
    return this.#rows[slot * ROW + LAST_CAPTURE]!
  }

  /** A byte, free for the engine; zero in a new flow. */
  mark(slot: number): number {
    return this.#rows[slot * ROW + FLAGS]! >>> MARK_SHIFT
  }

  setMark(slot: number, mark: number): void {
    const at = slot * ROW + FLAGS
    this.#rows[at] = (this.#rows[at]! & 0xffffff) | (mark << MARK_SHIFT)
  }

  #setState(slot: number, state: number): void {
    const at = slot * ROW + FLAGS
    this.#rows[at] = (this.#rows[at]! & ~(0xff << STATE_SHIFT)) | (state << STATE_SHIFT)
  }

  /** Text form, made on demand. */
  endpoint(slot: number, side: Side): Endpoint {
    const row = slot * ROW
    const ports = this.#rows[row + PORTS]!
    const port = side === 0 ? ports >>> 16 : ports & 0xffff
    const words = row + 4 * side
    if (this.version[slot] === 4) return { ip: ip4OfNumber(this.#rows[words + 3]! >>> 0), port }
    for (let i = 0; i < 4; i++) scratchView.setInt32(4 * i, this.#rows[words + i]!)
    return { ip: ip6(scratch, 0), port }
  }

  /** VLAN ids of what the opener sends, outer first, or undefined where it has none. */
  vlans(slot: number): readonly number[] | undefined {
    const sent = this.#rows[slot * ROW + VLAN]!
    const vlan = sent === VLAN_UNSEEN ? this.#rows[slot * ROW + VLAN_BACK]! : sent
    if (vlan === 0) return undefined
    const outer = (vlan >>> 13) - 1
    const inner = (vlan & 0x1fff) - 1
    return inner < 0 ? [outer] : [outer, inner]
  }

  /** First sequence number of a side (of its SYN; from the middle, one before its first segment), or -1. */
  firstSequence(slot: number, side: Side): number {
    const row = slot * ROW
    if ((this.#rows[row + BITS]! & bitOfSide(SEQUENCE_KNOWN, side)) === 0) return -1
    return this.#rows[row + SEQUENCE0 + side]! >>> 0
  }

  /** Let time run without a packet. `touch` does so by itself. */
  expire(nowMicros: number): void {
    if (this.#wheel.isLate(nowMicros)) this.#wheel.advance(nowMicros, this.#due)
  }

  /** Every flow ends, in order of their numbers. A closed connection is said to be closed. */
  endAll(reason: number): void {
    const order = new Float64Array(this.count)
    let found = 0
    for (let slot = 0; slot < this.#slots; slot++) {
      // Numbers are below 2^32 and slots below 2^20 or so: both fit into a double.
      if (this.number[slot] !== 0) order[found++] = this.number[slot]! * this.#slots + slot
    }
    order.sort()
    // `| 0`, or V8 takes the slots for doubles here and compiles all that ends a flow anew.
    for (const each of order) this.#end((each % this.#slots) | 0, reason)
  }

  #hash(packet: Packet, kind: number): number {
    let a = packet.src3
    let b = packet.dst3
    if (packet.version === 6) {
      a = fold(packet.src0, packet.src1, packet.src2, a)
      b = fold(packet.dst0, packet.dst1, packet.dst2, b)
    }
    // The ends are added, so that both directions give the same.
    const ends =
      (mixEnd(a ^ this.#seed, packet.srcPort) + mixEnd(b ^ this.#seed, packet.dstPort)) | 0
    const hash = Math.imul(ends ^ kind, 0x27d4eb2f)
    return hash ^ (hash >>> 15)
  }

  /** The slot of the packet's flow, or -1; sets `side`. */
  #find(packet: Packet, hash: number, ports: number, kind: number, vlan: number): number {
    const index = this.#index
    const rows = this.#rows
    const swapped = (ports << 16) | (ports >>> 16)
    let unseen = -1
    for (let at = index.first(hash); at >= 0; at = index.next(at, hash)) {
      const slot = index.slotAt(at)
      const row = slot * ROW
      if (rows[row + KIND] !== kind) continue
      const stored = rows[row + PORTS]
      if (stored === ports && this.#isBetween(packet, row, row + 4)) this.side = 0
      else if (stored === swapped && this.#isBetween(packet, row + 4, row)) this.side = 1
      else continue
      const own = rows[row + (this.side === 0 ? VLAN : VLAN_BACK)]!
      if (own === vlan || !this.#vlanInKey) return slot
      if (own !== VLAN_UNSEEN) continue
      if (rows[row + (this.side === 0 ? VLAN_BACK : VLAN)] === vlan) return this.#join(slot, vlan)
      if (unseen < 0 && this.#answers(row, packet)) unseen = slot
    }
    if (unseen < 0) return -1
    // Only what goes back can be unseen: the side that opens has been seen by its first packet.
    this.side = this.#rows[unseen * ROW + VLAN] === VLAN_UNSEEN ? 0 : 1
    return this.#join(unseen, vlan)
  }

  /** The first packet of a side tells its tags. */
  #join(slot: number, vlan: number): number {
    this.#rows[slot * ROW + (this.side === 0 ? VLAN : VLAN_BACK)] = vlan
    return slot
  }

  /** Whether a packet with other tags than the flow's acknowledges what was sent in it. */
  #answers(row: number, packet: Packet): boolean {
    if (packet.protocol !== TCP) return true
    const other = this.side === 0 ? 1 : 0
    if ((this.#rows[row + BITS]! & bitOfSide(SEQUENCE_KNOWN, other)) === 0) return false
    const ahead = (packet.acknowledgement - this.#rows[row + SEQUENCE0 + other]!) | 0
    return (packet.tcpFlags & TCP_ACK) !== 0 && ahead > 0 && ahead <= ANSWER_BYTES_MAX
  }

  #isBetween(packet: Packet, src: number, dst: number): boolean {
    const rows = this.#rows
    return (
      rows[src + 3] === (packet.src3 | 0) &&
      rows[dst + 3] === (packet.dst3 | 0) &&
      (packet.version === 4 ||
        (rows[src] === (packet.src0 | 0) &&
          rows[src + 1] === (packet.src1 | 0) &&
          rows[src + 2] === (packet.src2 | 0) &&
          rows[dst] === (packet.dst0 | 0) &&
          rows[dst + 1] === (packet.dst1 | 0) &&
          rows[dst + 2] === (packet.dst2 | 0)))
    )
  }

  /** A SYN came on a known connection: its slot, or -1 where the connection ended and another begins. */
  #sameOrAnew(slot: number, packet: Packet): number {
    const rows = this.#rows
    const row = slot * ROW
    const side = this.side
    const judged = judgeSyn(
      this.state(slot),
      rows[row + BITS]!,
      side,
      packet.tcpFlags,
      packet.sequence,
      packet.acknowledgement,
      rows[row + SEQUENCE0 + side]! >>> 0,
      rows[row + SEQUENCE0 + 1 - side]! >>> 0,
      this.#wheel.second - rows[row + SEEN]! > limits.tcpOpeningSeconds,
    )
    if (judged === ANEW) {
      this.#end(slot, FLOW_ENDS.closed)
      return -1
    }
    if (judged === DOUBTFUL) rows[row + BITS] = doubted(rows[row + BITS]!)
    this.#knowSequence(row, side, packet.sequence)
    // A SYN that was captured late begins the streams all the same, unless bytes were given out.
    if (this.payload(slot, 0) + this.payload(slot, 1) === 0) this.fromStart[slot] = 1
    return slot
  }

  #open(
    packet: Packet,
    hash: number,
    ports: number,
    kind: number,
    vlan: number,
    micros: number,
    frame: number,
    captureIndex: number,
  ): number {
    const slot = this.#take()
    const isTcp = packet.protocol === TCP
    const flags = isTcp ? packet.tcpFlags : 0
    const opens = (flags & TCP_SYN) !== 0
    this.side = opens && (flags & TCP_ACK) !== 0 ? 1 : 0
    this.#write(slot, packet, hash, ports, kind, vlan)
    this.#index.add(hash, slot)
    this.number[slot] = ++this.created
    this.firstMicros[slot] = micros
    this.#doubles[slot * ROW_DOUBLES + LAST_MICROS] = micros
    this.protocol[slot] = packet.protocol
    this.version[slot] = packet.version
    this.firstFrame[slot] = frame
    this.firstCapture[slot] = captureIndex
    this.fromStart[slot] = opens ? 1 : 0
    this.#setState(slot, isTcp ? stateOfFirst(flags) : TCP_STATE.none)
    if (isTcp) {
      const row = slot * ROW
      const first = opens ? packet.sequence : packet.sequence - 1
      this.#knowSequence(row, this.side, first)
      // A SYN+ACK tells the opener's number too.
      if (this.side === 1) this.#knowSequence(row, 0, packet.acknowledgement - 1)
      this.#rows[row + BITS] = bitsAfter(this.#rows[row + BITS]!, this.side, flags)
    }
    this.#wheel.schedule(slot, this.#wheel.second + this.#timeout(slot))
    return slot
  }

  #write(
    slot: number,
    packet: Packet,
    hash: number,
    ports: number,
    kind: number,
    vlan: number,
  ): void {
    const rows = this.#rows
    const row = slot * ROW
    const src = row + 4 * this.side
    const dst = row + 4 - 4 * this.side
    rows[src] = packet.src0
    rows[src + 1] = packet.src1
    rows[src + 2] = packet.src2
    rows[src + 3] = packet.src3
    rows[dst] = packet.dst0
    rows[dst + 1] = packet.dst1
    rows[dst + 2] = packet.dst2
    rows[dst + 3] = packet.dst3
    rows[row + PORTS] = this.side === 0 ? ports : (ports << 16) | (ports >>> 16)
    rows[row + KIND] = kind
    rows[row + VLAN] = this.side === 0 ? vlan : VLAN_UNSEEN
    rows[row + VLAN_BACK] = this.side === 0 ? VLAN_UNSEEN : vlan
    rows[row + HASH] = hash
    rows[row + SEQUENCE0] = 0
    rows[row + SEQUENCE0 + 1] = 0
    rows[row + BITS] = 0
  }

  #knowSequence(row: number, side: Side, sequence: number): void {
    this.#rows[row + SEQUENCE0 + side] = sequence
    this.#rows[row + BITS] = this.#rows[row + BITS]! | bitOfSide(SEQUENCE_KNOWN, side)
  }

  /** The next segment of a known connection. */
  #follow(slot: number, packet: Packet): void {
    const rows = this.#rows
    const row = slot * ROW
    const side = this.side
    let bits = rows[row + BITS]!
    if ((bits & bitOfSide(SEQUENCE_KNOWN, side)) === 0) {
      this.#knowSequence(row, side, packet.sequence - 1)
      bits = rows[row + BITS]!
    }
    const after = bitsAfter(bits, side, packet.tcpFlags)
    if (after !== bits) rows[row + BITS] = after
    const state = this.state(slot)
    const next = stateAfter(state, after, packet.tcpFlags)
    if (next === state) return
    this.#setState(slot, next)
    if (next === TCP_STATE.closed) {
      this.#wheel.remove(slot)
      this.#wheel.schedule(slot, this.#wheel.second + limits.tcpClosingSeconds)
    }
  }

  #count(slot: number, packet: Packet, micros: number): void {
    const { side } = this
    const rows = this.#rows
    const doubles = this.#doubles
    const row = slot * ROW
    const double = slot * ROW_DOUBLES
    rows[row + SEEN] = this.#wheel.second
    // Time may run back a little between packets; a flow's end is never before its start.
    if (micros > doubles[double + LAST_MICROS]!) doubles[double + LAST_MICROS] = micros
    rows[row + PACKETS + side]! += packet.fragments > 0 ? packet.fragments : 1
    doubles[double + BYTES + side]! += packet.ipBytes
    doubles[double + PAYLOAD + side]! += packet.payloadWireSize
    rows[row + FLAGS]! |= packet.tcpFlags << (8 * side)
  }

  /** How long the flow may be silent, in seconds. */
  #timeout(slot: number): number {
    switch (this.state(slot)) {
      case TCP_STATE.none:
        return limits.udpIdleSeconds
      case TCP_STATE.opening:
        return limits.tcpOpeningSeconds
      case TCP_STATE.closed:
        return limits.tcpClosingSeconds
      case TCP_STATE.middle:
        // A single segment out of nowhere is a scan or an echo of a flood more often than a connection.
        return this.packets(slot, 0) + this.packets(slot, 1) > 1
          ? limits.tcpIdleSeconds
          : limits.tcpOpeningSeconds
      default:
        return limits.tcpIdleSeconds
    }
  }

  /** The wheel came to the flow: end it, or put it where it is due now. */
  #judgeDue(slot: number): void {
    const due = this.#rows[slot * ROW + SEEN]! + this.#timeout(slot)
    if (due <= this.#wheel.second) {
      this.#end(slot, FLOW_ENDS.timeout)
      return
    }
    this.#wheel.remove(slot)
    this.#wheel.schedule(slot, due)
  }

  /** The table is full: the flow that is due first goes. */
  #evict(): void {
    let slot = this.#wheel.nearest()
    for (let tries = 0; tries < EVICTION_TRIES; tries++) {
      const due = this.#rows[slot * ROW + SEEN]! + this.#timeout(slot)
      if (this.#wheel.standsAt(slot, due)) break
      this.#wheel.remove(slot)
      this.#wheel.schedule(slot, due)
      slot = this.#wheel.nearest()
    }
    this.evicted++
    this.#end(slot, FLOW_ENDS.evicted)
  }

  #end(slot: number, reason: number): void {
    const isClosed = this.state(slot) === TCP_STATE.closed
    this.#onEnd(slot, isClosed ? FLOW_ENDS.closed : reason)
    this.#wheel.remove(slot)
    this.#index.remove(this.#rows[slot * ROW + HASH]!, slot)
    this.number[slot] = 0
    this.#rows.fill(0, slot * ROW + BITS + 1, (slot + 1) * ROW)
    this.#rows[slot * ROW] = this.#free
    this.#free = slot
    this.count--
  }

  #take(): number {
    if (this.#free < 0) {
      if (this.#slots < this.#flowsMax) this.#grow(Math.min(2 * this.#slots, this.#flowsMax))
      else this.#evict()
    }
    const slot = this.#free
    this.#free = this.#rows[slot * ROW]!
    this.count++
    return slot
  }

  #grow(slots: number): void {
    this.number = larger(this.number, new Uint32Array(slots))
    this.firstMicros = larger(this.firstMicros, new Float64Array(slots))
    this.fromStart = larger(this.fromStart, new Uint8Array(slots))
    this.protocol = larger(this.protocol, new Uint8Array(slots))
    this.version = larger(this.version, new Uint8Array(slots))
    this.firstFrame = larger(this.firstFrame, new Uint32Array(slots))
    this.firstCapture = larger(this.firstCapture, new Uint32Array(slots))
    this.#rows = larger(this.#rows, new Int32Array(slots * ROW))
    this.#doubles = new Float64Array(this.#rows.buffer)
    this.#wheel.grow(slots)
    this.#index.reset(slots)
    for (let slot = 0; slot < this.#slots; slot++) {
      if (this.number[slot] !== 0) this.#index.add(this.#rows[slot * ROW + HASH]!, slot)
    }
    for (let slot = slots - 1; slot >= this.#slots; slot--) {
      this.#rows[slot * ROW] = this.#free
      this.#free = slot
    }
    this.#slots = slots
  }
}

/** The largest window that TCP knows (RFC 7323 2.3): no answer acknowledges more at first. */
const ANSWER_BYTES_MAX = 2 ** 30

const scratch = new Uint8Array(16)
const scratchView = new DataView(scratch.buffer)

function larger<A extends Uint8Array | Int32Array | Uint32Array | Float64Array>(from: A, to: A): A {
  to.set(from)
  return to
}

function fold(w0: number, w1: number, w2: number, w3: number): number {
  const high = Math.imul(w0 ^ Math.imul(w1, 0x85ebca6b), 0xc2b2ae35)
  return Math.imul(w2 ^ (high >>> 15) ^ high, 0x9e3779b1) ^ w3
}

function mixEnd(address: number, port: number): number {
  let mixed = Math.imul(address, 0x85ebca6b)
  mixed = Math.imul((mixed ^ (mixed >>> 15)) + port, 0xc2b2ae35)
  return mixed ^ (mixed >>> 13)
}
