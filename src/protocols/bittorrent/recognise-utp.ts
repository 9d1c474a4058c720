/**
 * uTP by two agreeing signals. A header of 20 bytes with few fixed bits is easily imitated: a DNS
 * query, a Teredo bubble, a game's packet may parse. So packets must fit each other:
 *
 *   a SYN and the STATE that acknowledges it, with the same connection id       two signals
 *   a SYN and its repetition, as much later by its timestamp as by the capture  two signals
 *   a SYN and what its side sends next, id and number one higher                two signals
 *   three packets of one connection whose timestamps go as the capture's clock  two signals
 *   six of one side in one burst, each with the number that must come next      two signals
 *   the peer handshake inside                                                   certain by itself
 *
 * Source: BEP 29; the senders' timestamps are microseconds of a real clock.
 */

import { hasAt, u16be, u32be } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import type { Datagram, Finding, Look, Sight } from '../../core/protocol.ts'
import { HANDSHAKE_START } from './wire/peer-handshake.ts'
import { UTP_HEADER_BYTES, type UtpPacket, type UtpType, utpTypeOf, utpWire } from './wire/utp.ts'

const PACKETS_WANTED = 3
/** How far two clocks may run apart between two packets: the sender's timers and the capture's. */
const DRIFT_MICROS = 50_000
const DRIFT_SHARE = 0.02
/** A clock that went on by less than this, or by so much less than the capture's, may be no clock. */
const MOVED_MICROS = 10
const MOVED_SHARE = 0.25
/** One side alone must be seen this long. */
const SPAN_MICROS = 10_000
const CLOCK_SPAN = 2 ** 32
const SEQUENCE_SPAN = 65_536
/** Extensions in use: selective ack, extension bits, close reason. */
const EXTENSION_MAX = 3
/** A window of at most 4,096 packets; real ones have some hundreds. */
const STEP_MAX = 4_096
/** How near an acknowledgement comes to a number seen, where the capture holds both. */
const CLOSE = 64

interface Seen {
  readonly from: Side
  readonly packet: UtpPacket
  readonly micros: number
}

/**
 * A packet that parses and has nothing that real uTP never has.
 * @param size  on the wire; more than `bytes` where the capture cut it
 */
export function plausibleUtp(bytes: Uint8Array, size = bytes.length): UtpPacket | undefined {
  const outcome = utpWire.parse(bytes, 0)
  if (outcome.kind !== 'message') return undefined
  const packet = outcome.message
  for (const extension of packet.extensions) {
    if (extension.type > EXTENSION_MAX) return undefined
    if (extension.type === 1 && (extension.data.length === 0 || extension.data.length % 4 !== 0)) {
      return undefined
    }
  }
  const carries = packet.payload.length + size - bytes.length > 0
  return fieldsAgree(packet.type, packet.timestampMicros, packet.ack, carries) ? packet : undefined
}

function fieldsAgree(type: UtpType, timestampMicros: number, ack: number, carries: boolean) {
  if (type === 'syn') return ack === 0 && !carries
  if (timestampMicros === 0) return false
  if (type === 'data') return carries
  return type === 'fin' || !carries
}

/** What reading needs of a packet's header; one object, written anew by `readUtpHead`. */
export class UtpHead {
  type: UtpType = 'data'
  connectionId = 0
  seq = 0
  ack = 0
  /** Where the payload begins. */
  payloadAt = 0
}

/**
 * As `plausibleUtp`, without making anything: data comes by the million.
 * @returns whether it is a packet; where not, `head` says nothing
 */
export function readUtpHead(head: UtpHead, bytes: Uint8Array, size: number): boolean {
  const type = utpTypeOf(bytes[0]!)
  if (type === undefined || bytes.length < UTP_HEADER_BYTES) return false
  head.type = type
  head.connectionId = u16be(bytes, 2)
  head.seq = u16be(bytes, 16)
  head.ack = u16be(bytes, 18)
  head.payloadAt = UTP_HEADER_BYTES
  if (bytes[1] === 0) {
    return fieldsAgree(type, u32be(bytes, 4), head.ack, size > UTP_HEADER_BYTES)
  }
  const packet = plausibleUtp(bytes, size)
  if (packet === undefined) return false
  head.payloadAt = bytes.length - packet.payload.length
  return true
}

/** Version 1 and a type of 0 to 4: 251 of 256 other beginnings are let go here. */
function beginsAsUtp(bytes: Uint8Array): boolean {
  const first = bytes[0]!
  return first % 16 === 1 && first < 0x50 && bytes[1]! <= EXTENSION_MAX
}

/** @returns 'no' once a datagram cannot be uTP and none fits */
export function recogniseUtp(look: Look): Sight {
  const seen: Seen[] = []
  for (const datagram of look.datagrams) {
    if (!beginsAsUtp(datagram.bytes)) continue
    const packet = plausibleUtp(datagram.bytes, datagram.size)
    if (packet !== undefined) seen.push({ from: datagram.from, packet, micros: datagram.micros })
  }
  if (seen.length === 0) return 'no'
  const found =
    byHandshake(look.datagrams) ??
    bySyn(seen) ??
    byNext(seen) ??
    byRepetition(seen) ??
    byClock(seen)
  if (found !== undefined) return found
  return look.final ? 'no' : 'more'
}

function certain(reasons: readonly string[]): Finding {
  return { part: 'utp', sureness: 'certain', reasons }
}

function byHandshake(datagrams: readonly Datagram[]): Finding | undefined {
  for (const { bytes } of datagrams) {
    const packet = plausibleUtp(bytes)
    if (packet?.type === 'data' && hasAt(packet.payload, 0, HANDSHAKE_START)) {
      return certain(['"BitTorrent protocol" handshake inside a uTP packet'])
    }
  }
  return undefined
}

function bySyn(seen: readonly Seen[]): Finding | undefined {
  for (const syn of seen) {
    if (syn.packet.type !== 'syn') continue
    const { connectionId, seq } = syn.packet
    const answer = seen.some(
      ({ from, packet }) =>
        from !== syn.from &&
        packet.type === 'state' &&
        packet.connectionId === connectionId &&
        packet.ack === seq,
    )
    if (answer) {
      const id = connectionId
      return certain([`uTP SYN and the STATE that acknowledges it, connection ${id}`])
    }
  }
  return undefined
}

/**
 * One direction alone: the opener's next packet has the id and the number after its SYN's. With the
 * SYN's fields that must be 0 these are 80 bits.
 */
function byNext(seen: readonly Seen[]): Finding | undefined {
  for (const [i, syn] of seen.entries()) {
    const { type, connectionId, seq, timestampDifferenceMicros } = syn.packet
    if (type !== 'syn' || timestampDifferenceMicros !== 0) continue
    const next = seen
      .slice(i + 1)
      .some(
        ({ from, packet }) =>
          from === syn.from &&
          packet.type !== 'syn' &&
          packet.connectionId === (connectionId + 1) % SEQUENCE_SPAN &&
          packet.seq === (seq + 1) % SEQUENCE_SPAN &&
          packet.ack !== 0,
      )
    const own = seen.filter((other) => other.from === syn.from && sameConnection(syn, other))
    if (next && agreements(own) >= 0) {
      const reasons = [`uTP SYN and what its side sent next, connection ${connectionId}`]
      return { part: 'utp', sureness: 'likely', reasons }
    }
  }
  return undefined
}

/** A SYN that nobody answers is sent again; its fields that must be 0 make 48 bits. */
function byRepetition(seen: readonly Seen[]): Finding | undefined {
  for (const [i, syn] of seen.entries()) {
    if (syn.packet.type !== 'syn' || syn.packet.timestampDifferenceMicros !== 0) continue
    const again = seen
      .slice(i + 1)
      .some(
        ({ from, packet, micros }) =>
          from === syn.from &&
          packet.type === 'syn' &&
          packet.connectionId === syn.packet.connectionId &&
          packet.seq === syn.packet.seq &&
          packet.timestampMicros !== syn.packet.timestampMicros &&
          clocksAgree(syn, { from, packet, micros }),
      )
    if (again) {
      const reasons = [`uTP SYN sent twice, connection ${syn.packet.connectionId}, no answer`]
      return { part: 'utp', sureness: 'likely', reasons }
    }
  }
  return undefined
}

/** Packets of one connection whose ids, numbers and clocks agree. */
function byClock(seen: readonly Seen[]): Finding | undefined {
  for (const first of seen) {
    const group = seen.filter((other) => sameConnection(first, other))
    if (group.length < PACKETS_WANTED || group.every(hasNoId)) continue
    const sides = [0, 1].map((side) => group.filter(({ from }) => from === side))
    const agreeing = sides.map(agreements)
    if (agreeing.includes(-1)) continue
    const total = agreeing[0]! + agreeing[1]!
    const both = sides[0]!.length > 0 && sides[1]!.length > 0
    if (both && (total < 1 || !acknowledge(group))) continue
    if (!both && !isBurst(group) && (total < 2 || !goesOn(group))) continue
    const count = group.length
    return {
      part: 'utp',
      sureness: both ? 'certain' : 'likely',
      reasons: [
        `${count} uTP packets of one connection, timestamps as the capture's clock`,
        ...(both ? ['both sides acknowledge what the other sent'] : []),
      ],
    }
  }
  return undefined
}

/** Ids are chance: both of a connection are hardly ever 0, as a field of zeros is. */
function hasNoId({ packet }: Seen): boolean {
  return packet.connectionId === 0
}

/** Same side, same id; other side, the id beside it. SYNs carry the id of the other side. */
function sameConnection(a: Seen, b: Seen): boolean {
  const idOf = ({ packet }: Seen) => packet.connectionId + (packet.type === 'syn' ? 1 : 0)
  const distance = idOf(a) - idOf(b)
  return a.from === b.from ? distance === 0 : Math.abs(distance) === 1
}

/**
 * How many steps of one side agree in number and clock; -1 where one contradicts. A step by which
 * the clock hardly moved contradicts nothing, but says nothing either: so does a field that is
 * always the same, or a counter.
 */
function agreements(side: readonly Seen[]): number {
  let count = 0
  for (let i = 1; i < side.length; i++) {
    const [before, after] = [side[i - 1]!, side[i]!]
    const step = forward(after.packet.seq - before.packet.seq, SEQUENCE_SPAN)
    if (step > STEP_MAX && step < SEQUENCE_SPAN - STEP_MAX) return -1
    if (!clocksAgree(before, after)) {
      // A SYN may be stamped when it is made, a tenth of a second before it is sent.
      if (before.packet.type === 'syn') continue
      return -1
    }
    const told = toldBetween(before, after)
    if (told >= MOVED_MICROS && told >= MOVED_SHARE * (after.micros - before.micros)) count++
  }
  return count
}

/**
 * Whether one side alone shows a clock and numbers: over a time that a clock can be told from a
 * counter of bytes, and with numbers that change.
 */
function goesOn(side: readonly Seen[]): boolean {
  const [first, last] = [side[0]!, side.at(-1)!]
  const real = last.micros - first.micros
  const told = toldBetween(first, last)
  if (real < SPAN_MICROS || told < MOVED_SHARE * real || told > real / MOVED_SHARE) return false
  return side.some(
    ({ packet }) => packet.seq !== first.packet.seq || packet.ack !== first.packet.ack,
  )
}

/** So many packets of one side are told by their numbers, if they came at once. */
const BURST_PACKETS = 6
/** So many of their steps must change a number. */
const BURST_MOVED = 3
const BURST_MICROS_MIN = 30
/** How far the clocks of one machine, and of its capture, are apart over such a time. */
const BURST_DRIFT_MICROS = 25
const BURST_DRIFT_SHARE = 0.1

/**
 * Whether packets that came within a moment have the very number that must come next (data takes
 * one, an acknowledgement none) and a clock that went on by just as much: a counter of bytes or of
 * packets does not.
 */
function isBurst(side: readonly Seen[]): boolean {
  if (side.length < BURST_PACKETS) return false
  let moved = 0
  for (let i = 1; i < side.length; i++) {
    const [before, after] = [side[i - 1]!.packet, side[i]!.packet]
    const taken = before.type === 'data' ? 1 : 0
    if (after.seq !== (before.seq + taken) % SEQUENCE_SPAN) return false
    const acknowledged = forward(after.ack - before.ack, SEQUENCE_SPAN)
    if (acknowledged > CLOSE) return false
    if (taken + acknowledged > 0) moved++
  }
  const real = side.at(-1)!.micros - side[0]!.micros
  const apart = Math.abs(toldBetween(side[0]!, side.at(-1)!) - real)
  const agrees = apart <= BURST_DRIFT_MICROS + BURST_DRIFT_SHARE * real
  return moved >= BURST_MOVED && real >= BURST_MICROS_MIN && agrees
}

/** Whether as much time went by for the sender as for the capture. */
function clocksAgree(before: Seen, after: Seen): boolean {
  const real = after.micros - before.micros
  return Math.abs(toldBetween(before, after) - real) <= DRIFT_MICROS + DRIFT_SHARE * real
}

/** By how much the sender's own clock went on. */
function toldBetween(before: Seen, after: Seen): number {
  return forward(after.packet.timestampMicros - before.packet.timestampMicros, CLOCK_SPAN)
}

/**
 * Whether every packet acknowledges a number that the other side may have used, and some packet
 * one that it used just before or after.
 */
function acknowledge(group: readonly Seen[]): boolean {
  let close = false
  for (const { from, packet } of group) {
    if (packet.type === 'syn') continue
    let nearest = SEQUENCE_SPAN
    for (const other of group) {
      if (other.from === from) continue
      const ahead = forward(packet.ack - other.packet.seq, SEQUENCE_SPAN)
      nearest = Math.min(nearest, ahead, SEQUENCE_SPAN - ahead)
    }
    if (nearest > STEP_MAX) return false
    if (nearest <= CLOSE) close = true
  }
  return close
}

function forward(difference: number, span: number): number {
  return ((difference % span) + span) % span
}
