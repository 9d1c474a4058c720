/**
 * One direction of a TCP connection, put in order.
 * Source: RFC 9293 section 3.4 (sequence numbers modulo 2^32), RFC 1122 section 4.2.3.6 (keep-alive).
 *
 * In-order bytes are handed on as views of the captured packet; only what comes too early is copied.
 *
 * - Overlap: the bytes seen first win, in what was handed on (it cannot be taken back) and in what is
 *   held. Systems differ here (Windows keeps the old bytes, others partly the new); P2P streams
 *   overlap only by retransmission, where both are equal.
 * - From the middle: the first segment defines the start; what comes from before it is not handed on.
 * - Snaplen: the part of a segment that the capture does not hold is a gap at once.
 * - Keep-alive and zero-window probes: the byte before `next` is old and passed over; a byte at
 *   `next` is data, and its repetition is passed over.
 * - Loss: when the other side has acknowledged more than was seen, the hole will not be filled.
 *   Mirror ports often show an acknowledgement before its data, so a hole is believed only when
 *   `WITNESSES` packets have found it, with no in-order byte between them. What was held behind a
 *   hole that is given up is handed on with the time and frame it came in: it waited for nothing.
 */
import { type LimitName, limits } from '../../core/limits.ts'
import { copyOf } from '../packet/copy.ts'

/** Time and frame of what is handed on: one object, lent, so that nothing is made per packet. */
export interface Timed {
  micros: number
  frame: number
}

export interface OrderedSink {
  /** The next bytes; the view is valid only during the call. */
  data(bytes: Uint8Array, at: Timed): void
  /**
   * Asked before `data`: whether that many bytes need not be seen. A view of them costs more than
   * to count them.
   */
  pass?(size: number): boolean
  /** That many bytes are missing here and will not come. */
  gap(missing: number, at: Timed): void
  /** A bound forced a gap. */
  limit?(name: LimitName): void
}

/** Packets that must have found an acknowledged hole open before it is given up. */
const WITNESSES = 3

/** Bytes [from, to) of the stream, counted from its start; `bytes` is shorter where the snaplen cut. */
interface Held {
  readonly from: number
  readonly to: number
  readonly bytes: Uint8Array
  /** When and in which frame they came. */
  readonly micros: number
  readonly frame: number
}

export class TcpDirection {
  /** Bytes that were handed on. */
  delivered = 0
  /** Bytes that were told as gaps. */
  missing = 0
  /** Bytes held because something before them is missing. */
  heldBytes = 0
  readonly #sink: OrderedSink
  #started = false
  /** Sequence number of the next byte. */
  #next = 0
  /** Sorted, not overlapping, all beyond the next byte. */
  readonly #held: Held[] = []
  /** How far the other side has acknowledged, as a position in the stream. */
  #acknowledged = 0
  #witnesses = 0
  /** Where the stream ends, as a position; unknown: infinite. */
  #end = Number.POSITIVE_INFINITY

  constructor(sink: OrderedSink) {
    this.#sink = sink
  }

  /** Position of the next byte in the stream, counted from where it was first seen. */
  get position(): number {
    return this.delivered + this.missing
  }

  /** The connection opens: the first byte is the one after `sequence`, also that of data in the SYN. */
  syn(sequence: number): void {
    // Late (captured after data), or another SYN of a connection that runs: the start stands.
    if (this.#started && (this.position > 0 || this.#held.length > 0)) return
    this.#started = true
    this.#next = (sequence + 1) >>> 0
  }

  /** The stream ends before `sequence` (that of the FIN itself): its acknowledgement is no lost byte. */
  fin(sequence: number): void {
    if (this.#started) this.#end = this.position + this.#ahead(sequence)
  }

  /**
   * A segment with payload.
   * @param sequence  of its first payload byte (with SYN: the number after that of the SYN)
   * @param size      payload bytes that the capture holds, from buffer[at]
   * @param wireSize  payload bytes that were on the wire
   */
  segment(
    sequence: number,
    buffer: Uint8Array,
    at: number,
    size: number,
    wireSize: number,
    moment: Timed,
  ): void {
    if (!this.#started) {
      this.#started = true
      this.#next = sequence
    }
    const ahead = this.#ahead(sequence)
    if (ahead === 0 && this.#held.length === 0) {
      this.#witnesses = 0
      this.#deliver(buffer, at, size, wireSize, moment)
    } else if (ahead + wireSize > 0) {
      const from = this.position + ahead
      if (ahead <= 0) this.#fill(buffer, at - from, at + size, from + wireSize, moment)
      else this.#hold(buffer, at - from, at + size, from, from + wireSize, moment)
    }
    if (this.#acknowledged > this.position) this.#witness(moment)
  }

  /** The other side acknowledges everything before `sequence`. */
  acknowledged(sequence: number, moment: Timed): void {
    if (!this.#started) return
    // The latest counts, not the highest: a wild number is corrected by the next packet.
    this.#acknowledged = Math.min(this.position + this.#ahead(sequence), this.#end)
    if (this.#acknowledged > this.position) this.#witness(moment)
  }

  /** Give out what is held, telling gaps. */
  flush(moment: Timed): void {
    while (this.#held.length > 0) this.#skipTo(this.#held[0]!.from, moment)
  }

  /** How far a sequence number is ahead of the next byte; negative: behind it. Modulo 2^32. */
  #ahead(sequence: number): number {
    return (sequence - this.#next) | 0
  }

  /** The next `wireSize` bytes of the stream, of which `size` are there. */
  #deliver(buffer: Uint8Array, at: number, size: number, wireSize: number, moment: Timed): void {
    this.#next = (this.#next + wireSize) >>> 0
    const there = Math.min(size, wireSize)
    if (there > 0) {
      this.delivered += there
      if (this.#sink.pass?.(there) !== true) {
        this.#sink.data(buffer.subarray(at, at + there), moment)
      }
    }
    if (there < wireSize) this.#tellGap(wireSize - Math.max(there, 0), moment)
  }

  #tellGap(missing: number, moment: Timed): void {
    this.missing += missing
    this.#sink.gap(missing, moment)
  }

  /**
   * Bytes up to position `to`, beginning at or before the next one: hand on what is new, and in
   * between what is held.
   * @param shift  add to a position to get an index of `buffer`
   * @param end    index behind the last byte that the capture holds
   */
  #fill(buffer: Uint8Array, shift: number, end: number, to: number, moment: Timed): void {
    this.#witnesses = 0
    while (this.position < to) {
      const first = this.#held[0]
      const until = first === undefined ? to : Math.min(to, first.from)
      const at = shift + this.position
      if (until > this.position) {
        this.#deliver(buffer, at, end - at, until - this.position, moment)
      }
      this.#drain(moment)
    }
  }

  /** Hand on what is held and now in order. */
  #drain(moment: Timed): void {
    while (this.#held.length > 0 && this.#held[0]!.from <= this.position) this.#deliverHeld(moment)
  }

  #deliverHeld(moment: Timed): void {
    const { from, to, bytes } = this.#held.shift()!
    this.heldBytes -= bytes.length
    this.#deliver(bytes, 0, bytes.length, to - from, moment)
  }

  /** Keep the parts of [from, to) that are not held yet. */
  #hold(
    buffer: Uint8Array,
    shift: number,
    end: number,
    from: number,
    to: number,
    moment: Timed,
  ): void {
    const held = this.#held
    let index = lowerBound(held, from)
    let start = from
    while (start < to) {
      const next = held[index]
      const until = next === undefined ? to : Math.min(to, next.from)
      if (until > start) {
        const at = shift + start
        const bytes = copyOf(buffer, at, Math.max(at, Math.min(end, shift + until)))
        const { micros, frame } = moment
        held.splice(index, 0, { from: start, to: until, bytes, micros, frame })
        this.heldBytes += bytes.length
        index++
      }
      if (next === undefined) break
      start = Math.max(start, next.to)
      index++
    }
    while (held.length > limits.segmentsHeldMax || this.heldBytes > limits.segmentBytesHeldMax) {
      const many = held.length > limits.segmentsHeldMax
      this.#sink.limit?.(many ? 'segmentsHeldMax' : 'segmentBytesHeldMax')
      this.#skipTo(held[0]!.from, moment)
    }
  }

  /** One more packet finds acknowledged bytes missing. */
  #witness(moment: Timed): void {
    const first = this.#held[0]
    // A single byte is most likely the FIN's number, and a real one shows when more data comes.
    if (first === undefined && this.#acknowledged - this.position <= 1) return
    if (++this.#witnesses < WITNESSES) return
    while (this.position < this.#acknowledged) {
      const next = this.#held[0]
      this.#skipTo(
        next === undefined ? this.#acknowledged : Math.min(this.#acknowledged, next.from),
        moment,
      )
    }
  }

  /** What is missing before `position` will not come. */
  #skipTo(position: number, moment: Timed): void {
    this.#witnesses = 0
    const missing = position - this.position
    if (missing > 0) {
      this.#next = (this.#next + missing) >>> 0
      this.#tellGap(missing, moment)
    }
    const { micros, frame } = moment
    while (this.#held.length > 0 && this.#held[0]!.from <= this.position) {
      moment.micros = this.#held[0]!.micros
      moment.frame = this.#held[0]!.frame
      this.#deliverHeld(moment)
    }
    moment.micros = micros
    moment.frame = frame
  }
}

/** Index of the first held piece that ends after `position`. */
function lowerBound(held: readonly Held[], position: number): number {
  let low = 0
  let high = held.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (held[middle]!.to <= position) low = middle + 1
    else high = middle
  }
  return low
}
