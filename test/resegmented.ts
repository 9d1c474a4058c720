/**
 * Captures as they come where TCP segments were joined or cut on their way: by the sender's kernel
 * (Nagle), by its card or the receiver's (TSO, GRO, LRO), by a proxy, or by links that carry less.
 * The streams stay the same, so what is recognised should.
 * Source: RFC 896 (Nagle); Linux Documentation/networking/segmentation-offloads.
 */
import { randomFrom } from '../src/core/random.ts'
import { DECODED, Decoder } from '../src/intake/packet/packet.ts'
import type { Captured } from './negatives/packets.ts'

export type Way = (packets: readonly Captured[]) => Captured[]

const FIN = 1
const SYN = 2
const RST = 4
/** An IP packet has no more; what a card joins ends below it. */
const JOINED_BYTES_MAX = 65_000

interface Segment {
  readonly packet: Captured
  /** Of one direction of one connection, and of the other. */
  readonly from: string
  readonly to: string
  readonly flags: number
  readonly sequence: number
  readonly acknowledged: number
  readonly payload: Uint8Array
  readonly wireSize: number
  /** Where its headers stand in the packet. */
  readonly ipAt: number
  readonly tcpAt: number
  readonly payloadAt: number
}

/** One direction of a connection: what waits to be joined. */
interface Direction {
  /** Behind the last byte that was sent on, and the last that is known. */
  sent: number
  next: number
  acknowledged: number
  waiting: Segment[]
}

function segmentOf(decoder: Decoder, captured: Captured): Segment | undefined {
  const { bytes, wireSize, linkType, micros } = captured
  const status = decoder.decode(bytes, 0, bytes.length, wireSize, linkType, micros)
  const { packet } = decoder
  if (status > DECODED.tcp || packet.protocol !== 6 || packet.tunnel > 0) return undefined
  if (packet.payload !== bytes || packet.fragments > 0) return undefined
  const { src0, src1, src2, src3, dst0, dst1, dst2, dst3, srcPort, dstPort } = packet
  const ends = [
    `${src0} ${src1} ${src2} ${src3} ${srcPort}`,
    `${dst0} ${dst1} ${dst2} ${dst3} ${dstPort}`,
  ]
  const { payloadAt, payloadSize, payloadWireSize } = packet
  const ipAt = payloadAt + payloadWireSize - packet.ipBytes
  const tcpAt = ipAt + (packet.version === 4 ? 4 * (bytes[ipAt]! % 16) : 40)
  if (ipAt < 0 || payloadAt + payloadSize > bytes.length || tcpAt + 20 > payloadAt) return undefined
  return {
    packet: captured,
    from: `${ends[0]} ${ends[1]}`,
    to: `${ends[1]} ${ends[0]}`,
    flags: packet.tcpFlags,
    sequence: packet.sequence,
    acknowledged: packet.acknowledgement,
    payload: bytes.subarray(payloadAt, payloadAt + payloadSize),
    wireSize: payloadWireSize,
    ipAt,
    tcpAt,
    payloadAt,
  }
}

/** How waiting segments are sent on. */
interface Rule {
  /** They wait so long; without: until the other side speaks. */
  readonly micros?: number
  /** Small ones wait while others are unacknowledged (Nagle). */
  readonly whileUnacknowledged?: boolean
  /** Sent on in segments of at most so many bytes. */
  readonly cutAt?: number
  /** Of four neighbours so many are joined, by chance. */
  readonly joinedOfFour?: number
  /** The sender leaves the length of the IP packet to its card. */
  readonly withoutLength?: boolean
}

function resegmented(rule: Rule): Way {
  return (packets) => new Resegmenter(rule).all(packets)
}

class Resegmenter {
  readonly #rule: Rule
  readonly #decoder = new Decoder()
  readonly #directions = new Map<string, Direction>()
  readonly #out: Captured[] = []
  readonly #random = randomFrom(7)

  constructor(rule: Rule) {
    this.#rule = rule
  }

  all(packets: readonly Captured[]): Captured[] {
    let micros = 0
    for (const packet of packets) {
      micros = packet.micros
      this.#expire(micros)
      const segment = segmentOf(this.#decoder, packet)
      if (segment === undefined) this.#out.push(packet)
      else this.#segment(segment)
    }
    for (const direction of this.#directions.values()) this.#flush(direction, micros)
    return this.#out
  }

  #expire(now: number): void {
    const { micros = LONGEST_MICROS } = this.#rule
    for (const direction of this.#directions.values()) {
      const first = direction.waiting[0]
      if (first !== undefined && now - first.packet.micros > micros) {
        this.#flush(direction, now)
      }
    }
  }

  #segment(segment: Segment): void {
    const { packet, flags, sequence, wireSize } = segment
    const own = this.#direction(segment.from)
    const other = this.#direction(segment.to)
    if ((flags & (SYN | FIN | RST)) !== 0) {
      this.#flush(own, packet.micros)
      this.#flush(other, packet.micros)
      this.#out.push(packet)
      own.next = (sequence + wireSize + ((flags & SYN) === 0 ? 0 : 1)) >>> 0
      own.sent = own.acknowledged = own.next
      return
    }
    const isPassed = this.#answers(segment, other)
    if (wireSize === 0) {
      // An acknowledgement of what was not sent on yet does not exist.
      if (isPassed && own.waiting.length === 0) this.#out.push(packet)
    } else {
      if (own.next < 0) own.next = own.sent = own.acknowledged = sequence
      if (sequence === own.next) this.#take(segment, own)
      else {
        this.#flush(own, packet.micros)
        this.#out.push(packet)
        if (((sequence + wireSize - own.next) | 0) > 0)
          own.next = own.sent = (sequence + wireSize) >>> 0
      }
    }
    this.#release(other, packet.micros)
  }

  /** What the other side had waiting goes before what answers it. @returns whether it may be seen */
  #answers({ acknowledged, wireSize, packet }: Segment, other: Direction): boolean {
    const hasSeen = ((acknowledged - other.sent) | 0) > 0
    if (other.next >= 0 && !hasSeen) other.acknowledged = acknowledged
    if (other.waiting.length === 0) return true
    const { micros, whileUnacknowledged } = this.#rule
    if (
      whileUnacknowledged === true ? hasSeen : wireSize > 0 && (micros === undefined || hasSeen)
    ) {
      this.#flush(other, packet.micros)
      return true
    }
    return !hasSeen
  }

  /** Nagle: everything is acknowledged, so what waits goes. */
  #release(other: Direction, micros: number): void {
    if (this.#rule.whileUnacknowledged !== true) return
    if (other.acknowledged === other.sent) this.#flush(other, micros)
  }

  #take(segment: Segment, own: Direction): void {
    const { micros } = segment.packet
    const { whileUnacknowledged, cutAt = JOINED_BYTES_MAX, joinedOfFour = 4 } = this.#rule
    const waitingBytes = sumOf(own.waiting)
    const isTooMuch = cutAt === JOINED_BYTES_MAX && waitingBytes + segment.wireSize > cutAt
    // Cards do not join segments that acknowledge differently: the other side has spoken between.
    const before = own.waiting.at(-1) ?? segment
    const isAnswer = whileUnacknowledged !== true && before.acknowledged !== segment.acknowledged
    if (isTooMuch || isAnswer || this.#random() % 4 >= joinedOfFour) this.#flush(own, micros)
    own.next = (own.next + segment.wireSize) >>> 0
    own.waiting.push(segment)
    if (whileUnacknowledged !== true) return
    if (own.acknowledged === own.sent || sumOf(own.waiting) >= cutAt) this.#flush(own, micros)
  }

  #direction(name: string): Direction {
    const known = this.#directions.get(name)
    if (known !== undefined) return known
    const made = { sent: -1, next: -1, acknowledged: -1, waiting: [] }
    this.#directions.set(name, made)
    return made
  }

  #flush(direction: Direction, micros: number): void {
    const { waiting } = direction
    if (waiting.length === 0) return
    const { cutAt = JOINED_BYTES_MAX } = this.#rule
    const { bytes, size } = joined(waiting)
    for (let at = 0; at < size; at += cutAt) {
      const part = bytes.subarray(Math.min(at, bytes.length), Math.min(at + cutAt, bytes.length))
      this.#out.push(this.#made(waiting, at, part, Math.min(cutAt, size - at), micros))
    }
    direction.waiting = []
    direction.sent = direction.next
  }

  /** A packet like the first of those that are joined, with the acknowledgement of the last. */
  #made(from: Segment[], at: number, payload: Uint8Array, size: number, micros: number): Captured {
    const [first, last] = [from[0]!, from.at(-1)!]
    const { packet, ipAt, tcpAt, payloadAt } = first
    const bytes = new Uint8Array(payloadAt + payload.length)
    bytes.set(packet.bytes.subarray(0, payloadAt))
    bytes.set(payload, payloadAt)
    const ipBytes = payloadAt - ipAt + size
    const isFour = bytes[ipAt]! < 0x60
    const length = this.#rule.withoutLength === true ? 0 : isFour ? ipBytes : ipBytes - 40
    set(bytes, ipAt + (isFour ? 2 : 4), length, 2)
    set(bytes, tcpAt + 4, (first.sequence + at) % 2 ** 32, 4)
    set(bytes, tcpAt + 8, last.acknowledged, 4)
    return { ...packet, bytes, wireSize: payloadAt + size, micros }
  }
}

function sumOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, { wireSize }) => sum + wireSize, 0)
}

/** The bytes up to the first that the capture does not hold. */
function joined(segments: readonly Segment[]): { bytes: Uint8Array; size: number } {
  const size = sumOf(segments)
  const bytes = new Uint8Array(size)
  let at = 0
  for (const { payload, wireSize } of segments) {
    bytes.set(payload, at)
    at += payload.length
    if (payload.length < wireSize) break
  }
  return { bytes: bytes.subarray(0, at), size }
}

function set(bytes: Uint8Array, at: number, value: number, size: number): void {
  for (let i = size - 1, left = value; i >= 0; i--, left = Math.floor(left / 256)) {
    bytes[at + i] = left % 256
  }
}

/** Full segments of Ethernet with time stamps, the smallest a host must take, and a tunnel's. */
const CUTS = [1448, 536, 1200]
/** Nobody holds bytes back for longer. */
const LONGEST_MICROS = 1_000_000

// biome-ignore format: a table
export const WAYS: readonly (readonly [string, Way])[] = [
  ['joined within 1 ms', resegmented({ micros: 1000 })],
  ['joined within 20 ms', resegmented({ micros: 20_000 })],
  ['joined until the other side speaks', resegmented({})],
  ['joined half of the time', resegmented({ joinedOfFour: 2 })],
  ['joined by Nagle', resegmented({ whileUnacknowledged: true, cutAt: 1448 })],
  ['joined without a length', resegmented({ withoutLength: true })],
  ...CUTS.map((cutAt) => [`joined and cut at ${cutAt}`, resegmented({ cutAt })] as const),
]
