/**
 * A client at its server: finds the frames, and who is who. What messages mean is in `meanings.ts`.
 */

import type { Side } from '../../core/event.ts'
import { other } from '../../core/flow-teller.ts'
import { limits } from '../../core/limits.ts'
import type { FlowFacts, Moment, Out, Session } from '../../core/protocol.ts'
import { type Fields, fieldsOf, speakersOf } from './fields.ts'
import { Meanings } from './meanings.ts'
import { findStep, orderOf } from './step.ts'
import { Teller } from './teller.ts'
import { type Command, commandOf } from './wire/commands.ts'
import { type Frame, frameWireFor, HEADER, type Order } from './wire/frame.ts'

const CLIENT = 1
const SERVER = 2
/** A search for one's place keeps so much: no frame that is found has more. */
const SEARCH_KEEPS = 4096 + 2 * HEADER

export class ServerSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #teller: Teller
  readonly #meanings: Meanings
  #order: Order | undefined
  /** The side that is the client; from the middle of a connection its messages must tell. */
  #client: Side | undefined
  /** Bytes passed over while a side's place is searched; undefined where it is known. */
  readonly #searched: [number | undefined, number | undefined]
  readonly #at: [number, number] = [0, 0]

  constructor(flow: FlowFacts, out: Out) {
    this.#teller = new Teller(flow, out)
    this.#meanings = new Meanings(this.#teller)
    this.#client = flow.fromStart ? 0 : undefined
    this.#searched = flow.fromStart ? [undefined, undefined] : [0, 0]
  }

  data(from: Side, bytes: Uint8Array, _at: Moment): number {
    this.need = HEADER
    if (bytes.length < HEADER) return 0
    if (this.#searched[from] !== undefined) return this.#search(from, bytes)
    this.#order ??= orderOf(bytes)
    const wire = frameWireFor(this.#order)
    const outcome = wire.parse(bytes, 0)
    if (outcome.kind === 'need') {
      this.need = outcome.size
      return 0
    }
    this.need = 0
    if (outcome.kind === 'malformed') {
      this.#teller.fault(wire.name, outcome.fault, from, this.#at[from], true)
      this.#searched[from] = 0
      return this.#pass(from, 1)
    }
    this.messages++
    this.#read(from, outcome.message)
    return this.#pass(from, outcome.size)
  }

  #pass(from: Side, size: number): number {
    this.#at[from] += size
    return size
  }

  #search(from: Side, bytes: Uint8Array): number {
    const orders: readonly Order[] = this.#order === undefined ? ['little', 'big'] : [this.#order]
    for (const order of orders) {
      const found = findStep(bytes, order)
      if (found < 0) continue
      this.#order = order
      this.#searched[from] = undefined
      this.need = 0
      return found === 0 ? this.data(from, bytes, NO_MOMENT) : this.#pass(from, found)
    }
    const passed = Math.max(0, bytes.length - SEARCH_KEEPS)
    this.need = bytes.length - passed + 1
    this.#searched[from]! += passed
    if (this.#searched[from]! > limits.searchBytesMax) this.lost = true
    return this.#pass(from, passed)
  }

  gap(from: Side, missing: number, _at: Moment): void {
    this.#searched[from] = 0
    this.#at[from] += missing
  }

  end(_at: Moment): void {
    this.#meanings.end()
  }

  #read(from: Side, { number, text }: Frame): void {
    const command = commandOf(number)
    if (command === undefined) {
      this.#teller.log(from, 'other', { number })
      return
    }
    this.#learnSides(from, command, text)
    // Links between servers speak as servers on both sides.
    const isClient = this.#client === from
    const format = command.formats[isClient ? 0 : 1] ?? command.formats[isClient ? 1 : 0]!
    const fields: Fields = fieldsOf(format, text)
    this.#meanings.read({ from, isClient, number, name: command.name, fields, bytes: text })
  }

  #learnSides(from: Side, command: Command, text: Uint8Array): void {
    if (this.#client !== undefined) return
    const speakers = speakersOf(command, text)
    if (speakers === CLIENT) this.#client = from
    else if (speakers === SERVER) this.#client = other(from)
  }
}

const NO_MOMENT: Moment = { micros: 0, frame: 0 }
