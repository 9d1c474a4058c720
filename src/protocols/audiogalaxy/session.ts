/** One connection: frames, then between peers a file as it is. What messages mean is in `meanings.ts`. */
import { u16be } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import type { FlowFacts, Moment, Out, Session } from '../../core/protocol.ts'
import { Meanings } from './meanings.ts'
import { partOf } from './recognise.ts'
import { type Frame, frameWire, HEADER, MAGIC } from './wire/frame.ts'
import { messageWire } from './wire/message.ts'
import { payloadWire } from './wire/payload.ts'

class AgSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #flow: FlowFacts
  readonly #out: Out
  readonly #meanings: Meanings
  #part: string | undefined
  /** The side that sends a file, once it was said that it does. */
  #sender: Side | undefined
  readonly #at: [number, number] = [0, 0]
  /** A side whose place was lost: frames have a mark, so that it is found again. */
  readonly #seeks: [boolean, boolean]

  constructor(flow: FlowFacts, out: Out) {
    this.#flow = flow
    this.#out = out
    this.#meanings = new Meanings(flow, out)
    this.#seeks = [!flow.fromStart, !flow.fromStart]
  }

  data(from: Side, bytes: Uint8Array, _at: Moment): number {
    if (from === this.#sender) {
      this.need = 0
      this.#meanings.fileBytes(bytes.length)
      return bytes.length
    }
    const used = this.#seeks[from] ? this.#seek(from, bytes) : this.#frame(from, bytes)
    this.#at[from] += used
    return used
  }

  /** Pass over what stands before the next magic. */
  #seek(from: Side, bytes: Uint8Array): number {
    const at = bytes.indexOf(MAGIC[0]!)
    this.need = 0
    if (at < 0) return bytes.length
    if (at > 0) return at
    this.need = HEADER
    if (bytes.length < HEADER) return 0
    if (frameWire.parse(bytes, 0).kind === 'malformed') {
      this.need = 0
      return 1
    }
    this.#seeks[from] = false
    return this.#frame(from, bytes)
  }

  #frame(from: Side, bytes: Uint8Array): number {
    const outcome = frameWire.parse(bytes, 0)
    if (outcome.kind === 'need') {
      this.need = outcome.size
      return 0
    }
    this.need = 0
    if (outcome.kind === 'malformed') {
      this.#fault(from, frameWire.name, outcome.fault, outcome.at)
      this.#seeks[from] = true
      return 1
    }
    this.messages++
    this.#read(from, outcome.message)
    return outcome.size
  }

  #read(from: Side, frame: Frame): void {
    this.#part ??= this.#flow.part === 'server' ? 'server' : (partOf(frame) ?? this.#flow.part)
    if (this.#part === 'server') return this.#message(from, frame)
    const outcome = payloadWire.parse(frame.payload, 0)
    if (outcome.kind !== 'message') {
      if (outcome.kind === 'malformed') this.#fault(from, payloadWire.name, outcome.fault, 0)
      return
    }
    const { message } = outcome
    if (message.type === 'answer' && message.text === 'OK') this.#sender = from
    this.#meanings.payload(from, message)
  }

  #message(from: Side, { payload }: Frame): void {
    const outcome = messageWire.parse(payload, 0)
    if (outcome.kind === 'message') {
      const number = u16be(payload, 0)
      return this.#meanings.message(from, number, outcome.message)
    }
    if (outcome.kind === 'malformed') {
      this.#fault(from, messageWire.name, outcome.fault, HEADER + outcome.at)
    }
  }

  #fault(side: Side, wire: string, fault: string, at: number): void {
    this.#out.say({ type: 'fault', wire, fault, side, at: this.#at[side] + at, resumes: true })
  }

  gap(from: Side, missing: number, _at: Moment): void {
    this.#at[from] += missing
    if (from !== this.#sender) this.#seeks[from] = true
  }

  end(_at: Moment): void {
    this.#meanings.end()
  }
}

export function openSession(flow: FlowFacts, out: Out): Session {
  return new AgSession(flow, out)
}
