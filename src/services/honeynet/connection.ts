/**
 * One TCP connection of a caller, from his first payload on. What comes in order is taken, all else is
 * asked for again by acknowledging what was taken; what goes out is short, and is sent again as a whole.
 * Source: RFC 9293.
 */
import type { Endpoint } from '../../core/address.ts'
import { concat } from '../../core/bytes.ts'
import type { Call } from '../../core/responder.ts'
import { ACK, FIN, type Packet, PSH, segment, type Way, WINDOW_BYTES } from './packet.ts'
import type { Answerer, Recognising } from './recognising.ts'

const NUMBERS = 2 ** 32
/** Bytes of an answer in one segment: what the smallest network that IPv4 knows of passes, RFC 9293 3.7.1. */
const SEGMENT_BYTES = 536
/** Of answers that wait to be acknowledged. What responders say at once is a tenth of it. */
const SENT_BYTES_MAX = 4096
/** RFC 6298: at least a second. Each time it is twice as long. */
const AGAIN_MICROS = 1_000_000
const TRIES_MAX = 4
/** Who begins with encryption and hears nothing tries again in the clear, sooner if he is told so. */
const UNKNOWN_MICROS = 2_000_000
const NOTHING = new Uint8Array(0)

/** Numbers of a stream go round. @returns how far `to` is after `from`; negative where before */
function distance(from: number, to: number): number {
  const ahead = (to - from + NUMBERS) % NUMBERS
  return ahead < NUMBERS / 2 ? ahead : ahead - NUMBERS
}

export function numberAfter(number: number, count: number): number {
  return (number + count) % NUMBERS
}

/** What a caller wants, whose encryption hides it from all but who was called. */
export interface Wish {
  readonly caller: Endpoint
  readonly called: Endpoint
  readonly family: string
  /** A URN. */
  readonly content: string
}

export interface Greeting {
  readonly bytes: Uint8Array
  /** So many of them he has. */
  readonly heard: number
}

export class Connection {
  /** Of the last packet of his. */
  micros: number
  /** What he told nobody but his responder, until somebody takes it from here. */
  wish: Wish | undefined
  readonly #way: Way
  readonly #call: Call
  readonly #recognising: Recognising
  readonly #greeting: Uint8Array
  #answerer: Answerer | undefined
  /** Nobody knows it: it is heard and not answered. */
  #isMute = false
  #unread: Uint8Array = NOTHING
  /** His next byte, our next byte, and what of ours is not acknowledged. */
  #next: number
  #ours: number
  #sent: Uint8Array = NOTHING
  #againMicros = Number.POSITIVE_INFINITY
  #tries = 0
  /** The responder wants no more. */
  #isDone = false
  /** We have said that we say no more. */
  #hasEnded = false
  #isOver = false

  /**
   * @param first  the packet with his first payload, which acknowledges our SYN
   * @param said   what he was told before, and how much of it he acknowledges
   */
  constructor(first: Packet, said: Greeting, call: Call, recognising: Recognising, micros: number) {
    this.#way = {
      from: first.target,
      fromPort: first.targetPort,
      to: first.source,
      toPort: first.sourcePort,
    }
    this.#call = call
    this.#recognising = recognising
    this.#next = first.sequence
    this.#ours = first.acknowledged
    this.#greeting = said.bytes
    this.#sent = said.bytes.subarray(said.heard)
    if (this.#sent.length > 0) this.#againMicros = micros + AGAIN_MICROS
    this.micros = micros
  }

  /** Nothing is left to say or to hear. */
  get isOver(): boolean {
    return this.#isOver
  }

  get isAnswered(): boolean {
    return this.#answerer !== undefined
  }

  /** Take a packet of his in. @param send  takes what goes back */
  packet(packet: Packet, micros: number, send: (packet: Uint8Array) => void): void {
    this.micros = micros
    this.#acknowledged(packet.acknowledged)
    const late = distance(packet.sequence, this.#next)
    const hasFin = packet.flags % 2 === FIN
    const size = packet.payload.length
    if (size === 0 && !hasFin) {
      if (this.#hasEnded && this.#sent.length === 0) this.#isOver = true
      return
    }
    if (late < 0 || late > size || (late === size && !hasFin)) {
      // A gap, or all of it is known: he has not heard us.
      this.#sayAgain(send)
      return
    }
    const fresh = packet.payload.subarray(late)
    this.#next = numberAfter(this.#next, fresh.length)
    const answers = this.#read(fresh)
    if (hasFin) this.#next = numberAfter(this.#next, 1)
    this.#say(answers, micros, send)
    if (!hasFin) return
    if (this.#hasEnded) this.#isOver = true
    else this.#end(send)
  }

  /** Whether he may end it so: anybody could write his address, but not the number. */
  isReset({ sequence }: Packet): boolean {
    return sequence === this.#next
  }

  #read(fresh: Uint8Array): Uint8Array {
    if (this.#isMute || this.#hasEnded) return NOTHING
    const unread = this.#unread.length === 0 ? fresh : concat(this.#unread, fresh)
    if (this.#answerer === undefined) {
      const found = this.#recognising.stream(unread, this.#greeting, this.#call)
      if (found === undefined) this.#isMute = true
      else if (found !== 'more') this.#answerer = found
    }
    return this.#converse(unread)
  }

  /** What he said goes to who answers him; @returns what that says */
  #converse(said: Uint8Array): Uint8Array {
    let unread = said
    const answers: Uint8Array[] = []
    let isDone = false
    while (this.#answerer?.responder.data !== undefined && unread.length > 0 && !isDone) {
      const { used, send, done, wants } = this.#answerer.responder.data(unread)
      if (wants !== undefined) this.#wishes(wants)
      answers.push(...send)
      isDone = done
      unread = unread.subarray(used)
      if (used === 0) break
    }
    // What nobody can make use of any more is not kept.
    if (unread.length > WINDOW_BYTES) this.#isMute = true
    this.#unread = this.#isMute || isDone ? NOTHING : unread.slice()
    this.#isDone = isDone
    return answers.length === 0 ? NOTHING : concat(...answers)
  }

  #say(answers: Uint8Array, micros: number, send: (packet: Uint8Array) => void): void {
    if (answers.length === 0 || this.#sent.length + answers.length > SENT_BYTES_MAX) {
      send(segment(this.#way, this.#ourNext, this.#next, ACK))
    } else {
      const from = this.#sent.length
      this.#sent = concat(this.#sent, answers)
      this.#sendFrom(from, send)
      this.#tries = 0
      this.#againMicros = micros + AGAIN_MICROS
    }
    if (this.#isDone && !this.#hasEnded) this.#end(send)
  }

  #wishes(content: string): void {
    const { caller, called } = this.#call
    this.wish = { caller, called, family: this.#answerer!.family, content }
  }

  get #ourNext(): number {
    return numberAfter(this.#ours, this.#sent.length)
  }

  #sendFrom(from: number, send: (packet: Uint8Array) => void): void {
    for (let at = from; at < this.#sent.length; at += SEGMENT_BYTES) {
      const part = this.#sent.subarray(at, at + SEGMENT_BYTES)
      send(segment(this.#way, numberAfter(this.#ours, at), this.#next, ACK + PSH, part))
    }
  }

  #end(send: (packet: Uint8Array) => void): void {
    send(segment(this.#way, this.#ourNext, this.#next, ACK + FIN))
    this.#hasEnded = true
    if (this.#sent.length === 0) this.#isOver = true
  }

  #acknowledged(number: number): void {
    const count = distance(this.#ours, number)
    if (count <= 0 || count > this.#sent.length + 1) return
    const bytes = Math.min(count, this.#sent.length)
    this.#sent = this.#sent.subarray(bytes)
    this.#ours = numberAfter(this.#ours, bytes)
    if (this.#sent.length === 0) this.#againMicros = Number.POSITIVE_INFINITY
  }

  #sayAgain(send: (packet: Uint8Array) => void): void {
    if (this.#sent.length === 0) send(segment(this.#way, this.#ours, this.#next, ACK))
    else this.#sendFrom(0, send)
  }

  /** Say again what was not acknowledged in time; end what nobody answers. */
  tick(micros: number, send: (packet: Uint8Array) => void): void {
    if (this.#answerer === undefined && !this.#hasEnded) {
      if (micros < this.micros + UNKNOWN_MICROS) return
      if (!this.#isMute) this.#answerer = this.#recognising.guess(this.#unread, this.#call)
      if (this.#answerer === undefined) this.#end(send)
      else this.#say(this.#converse(this.#unread), micros, send)
      return
    }
    if (micros < this.#againMicros) return
    this.#tries++
    if (this.#tries > TRIES_MAX) {
      this.#isOver = true
      return
    }
    this.#againMicros = micros + AGAIN_MICROS * 2 ** this.#tries
    this.#sendFrom(0, send)
  }
}
