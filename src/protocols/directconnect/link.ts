/**
 * One TCP connection, to a hub or between clients: finds which dialect, the commands, what is deflated,
 * and where content begins and ends. What commands mean is in `nmdc.ts` and `adc.ts`.
 */

import { bytesOf, indexOfBytes } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import { other } from '../../core/flow-teller.ts'
import { inflateFirst } from '../../core/inflate.ts'
import { limits } from '../../core/limits.ts'
import type { FlowFacts, Moment, Out, Session } from '../../core/protocol.ts'
import { AdcMeanings } from './adc.ts'
import { NmdcMeanings } from './nmdc.ts'
import { Teller } from './teller.ts'
import { type Body, Transfers } from './transfers.ts'
import { adcWire } from './wire/adc.ts'
import { nmdcWire } from './wire/nmdc.ts'

type Dialect = 'nmdc' | 'adc'
/** What a command asks of the reader: content follows, or a deflated stream. */
export type Next = Body | 'deflated' | undefined

/** Enough to tell an ADC line from words of another protocol. */
const FIRST_BYTES = 5
const FAULTS_MAX = 8
const DEFLATED_BYTES_MAX = 1_048_576
const PIPE = 0x7c
const LF = 0x0a

const NMDC_ANSWERS = ['$ADCSND ', '$Error ', '$MaxedOut|'].map(bytesOf)
const ADC_ANSWERS = ['CSND file ', 'CSND tthl ', 'CSND list ', 'CSTA 1', 'CSTA 2'].map(bytesOf)
const ANSWER_BYTES_MAX = 10

/** One direction. */
class Way {
  begun = false
  /** Speaks another protocol. */
  foreign = false
  /** After damage: passes over bytes up to the next end mark. */
  searching = false
  searched = 0
  at = 0
  faults = 0
  body: Body | undefined
  /** A deflated stream of commands is being read. */
  deflated = false
}

export class LinkSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #teller: Teller
  readonly #transfers: Transfers
  readonly #nmdc: NmdcMeanings
  readonly #adc: AdcMeanings
  readonly #ways: readonly [Way, Way] = [new Way(), new Way()]
  #dialect: Dialect | undefined

  constructor(flow: FlowFacts, out: Out) {
    this.#teller = new Teller(flow, out)
    this.#transfers = new Transfers(this.#teller)
    this.#nmdc = new NmdcMeanings(this.#teller, this.#transfers)
    this.#nmdc.begin = (side, next) => this.#follow(this.#ways[side], next)
    this.#adc = new AdcMeanings(this.#teller, this.#transfers)
  }

  data(from: Side, bytes: Uint8Array, _at: Moment): number {
    this.need = 0
    const way = this.#ways[from]
    if (way.deflated) return this.#inflate(from, way, bytes)
    if (way.body !== undefined) return this.#content(from, way, way.body, bytes)
    if (!way.begun) {
      const begin = this.#begin(way, bytes)
      if (begin === 'more') {
        this.need = FIRST_BYTES
        return 0
      }
      this.#judgeForeign()
    }
    if (way.foreign) return bytes.length
    if (way.searching) return this.#search(way, bytes)
    return this.#command(from, way, bytes)
  }

  /** Which dialect a side speaks, from its first bytes; those of the other side bind it. */
  #begin(way: Way, bytes: Uint8Array): 'more' | 'begun' {
    const first = bytes[0]!
    const isNmdc = first === 0x24 || first === 0x3c || first === PIPE
    const adc = isNmdc ? 'malformed' : adcWire.parse(bytes, 0).kind
    if (adc === 'need' && bytes.length < FIRST_BYTES) return 'more'
    const isAdc = adc !== 'malformed'
    way.begun = true
    const dialect = isNmdc ? 'nmdc' : isAdc ? 'adc' : undefined
    if (this.#teller.flow.fromStart) {
      way.foreign = dialect === undefined || (this.#dialect ?? dialect) !== dialect
    } else {
      way.searching = dialect === undefined
    }
    this.#dialect ??= dialect
    return 'begun'
  }

  /** A client that was sent to something else than a client or hub. */
  #judgeForeign(): void {
    for (const side of [0, 1] as const) {
      const mine = this.#ways[side]
      if (!mine.foreign || !this.#ways[other(side)].begun) continue
      if (this.#ways[other(side)].foreign) continue
      const hub = this.#nmdc.hubUrl ?? this.#adc.hubUrl
      const why =
        'speaks Direct Connect to what answers in another protocol: hubs that name such an '
      const sent = hub === undefined ? '' : `; sent by ${hub}`
      this.#teller.threat(
        other(side),
        'misdirected-connection',
        'high',
        `${why}address flood it${sent}`,
      )
      return
    }
  }

  #command(from: Side, way: Way, bytes: Uint8Array): number {
    const isNmdc = this.#dialect === 'nmdc'
    const wire = isNmdc ? nmdcWire : adcWire
    const outcome = wire.parse(bytes, 0)
    if (outcome.kind === 'need') {
      this.need = outcome.size
      return 0
    }
    if (outcome.kind === 'malformed') {
      way.faults++
      const resumes = way.faults < FAULTS_MAX
      this.#teller.fault(wire.name, outcome.fault, from, way.at + outcome.at, resumes)
      if (!resumes) this.lost = true
      way.searching = true
      way.searched = 0
      return this.#search(way, bytes)
    }
    way.at += outcome.size
    this.messages++
    const next = this.#mean(from, outcome.message)
    this.#follow(way, next)
    return outcome.size
  }

  #mean(from: Side, read: { header?: string; body: Uint8Array }): Next {
    return read.header === undefined
      ? this.#nmdc.read(from, read.body)
      : this.#adc.read(from, { header: read.header, body: read.body })
  }

  #follow(way: Way, next: Next): void {
    if (next === 'deflated') way.deflated = true
    else way.body = next
  }

  /**
   * Users at login are told in one deflated stream. Only its end tells where plain commands go on, so
   * all of it is waited for.
   */
  #inflate(from: Side, way: Way, bytes: Uint8Array): number {
    const outcome = inflateFirst(bytes)
    if (outcome === 'more' && bytes.length < DEFLATED_BYTES_MAX) {
      this.need = bytes.length + 1
      return 0
    }
    way.deflated = false
    if (outcome === 'more' || outcome === undefined) {
      this.#teller.fault('directconnect/deflated', 'zlib-bad', from, way.at, false)
      this.lost = true
      return bytes.length
    }
    way.at += outcome.size
    const wire = this.#dialect === 'nmdc' ? nmdcWire : adcWire
    for (let at = 0; at < outcome.bytes.length; ) {
      const read = wire.parse(outcome.bytes, at)
      if (read.kind !== 'message') break
      this.messages++
      this.#mean(from, read.message)
      at += read.size
    }
    return outcome.size
  }

  #content(from: Side, way: Way, body: Body, bytes: Uint8Array): number {
    if (body.left !== undefined) {
      const size = Math.min(body.left, bytes.length)
      this.#transfers.take(body, bytes.subarray(0, size))
      body.left -= size
      if (body.left === 0) this.#endBody(from, way, body, true)
      way.at += size
      return size
    }
    const answers = this.#dialect === 'nmdc' ? NMDC_ANSWERS : ADC_ANSWERS
    let found = -1
    for (const answer of answers) {
      const at = indexOfBytes(bytes, answer, 0)
      if (at >= 0 && (found < 0 || at < found)) found = at
    }
    const size = found >= 0 ? found : Math.max(0, bytes.length - ANSWER_BYTES_MAX + 1)
    this.#transfers.take(body, bytes.subarray(0, size))
    way.at += size
    if (found >= 0) this.#endBody(from, way, body, true)
    else this.need = bytes.length - size + 1
    if (found === 0) return this.#command(from, way, bytes)
    return size
  }

  #endBody(from: Side, way: Way, body: Body, isWhole: boolean): void {
    way.body = undefined
    this.#transfers.finish(from, body, isWhole)
  }

  #search(way: Way, bytes: Uint8Array): number {
    const mark = this.#dialect === 'adc' ? LF : PIPE
    const end = bytes.indexOf(mark)
    const size = end < 0 ? bytes.length : end + 1
    if (end >= 0) way.searching = false
    way.searched += size
    way.at += size
    if (way.searched > limits.searchBytesMax) this.lost = true
    return size
  }

  pass(from: Side, size: number): boolean {
    const way = this.#ways[from]
    const { body } = way
    if (way.foreign) return true
    if (body?.left === undefined || body.kept !== undefined || body.left <= size) return false
    body.left -= size
    body.seen += size
    way.at += size
    return true
  }

  gap(from: Side, missing: number, _at: Moment): void {
    const way = this.#ways[from]
    way.at += missing
    if (way.deflated) {
      this.lost = true
      return
    }
    const { body } = way
    if (body !== undefined) {
      if (body.left === undefined) return
      if (body.left > missing) {
        body.left -= missing
        return
      }
      this.#endBody(from, way, body, false)
    }
    way.begun = true
    way.searching = true
  }

  end(_at: Moment): void {
    for (const side of [0, 1] as const) {
      const way = this.#ways[side]
      if (way.body === undefined) continue
      // The last deflated body has no answer after it.
      const { left, kept } = way.body
      this.#endBody(side, way, way.body, left === undefined && kept !== undefined)
    }
    this.#transfers.end()
  }
}
