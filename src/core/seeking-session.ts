/**
 * Sessions of streams whose messages stand behind headers that tell themselves from anything else:
 * behind a gap, or where none stands, the next one is looked for byte by byte, and reading goes on.
 */
import type { Side } from './event.ts'
import { limits } from './limits.ts'
import { type FlowFacts, type Moment, type Out, REST, type Session } from './protocol.ts'
import type { AnyWire } from './wire.ts'

export abstract class SeekingSession implements Session {
  need = 0
  messages = 0
  lost = false
  protected readonly flow: FlowFacts
  protected readonly out: Out
  readonly #headerBytes: number
  /** Whether a message begins at the next unread byte, per side. */
  readonly #inStep: [boolean, boolean]
  /** Offset of the next unread byte in the stream, per side. */
  readonly #at: [number, number] = [0, 0]
  readonly #searched: [number, number] = [0, 0]

  constructor(headerBytes: number, flow: FlowFacts, out: Out) {
    this.#headerBytes = headerBytes
    this.flow = flow
    this.out = out
    this.#inStep = [flow.fromStart, flow.fromStart]
  }

  data(from: Side, bytes: Uint8Array, _at: Moment): number {
    let used = this.#inStep[from] ? this.#message(from, bytes) : this.#search(from, bytes)
    // A message that begins right here is to be read now: nobody asks again before more comes.
    if (used === 0 && this.need === 0) used = this.#message(from, bytes)
    this.#at[from] += used
    return used
  }

  gap(from: Side, missing: number, _at: Moment): void {
    this.#at[from] += missing
    this.#inStep[from] = false
  }

  end(_at: Moment): void {}

  /** @returns bytes used, also more than there are; `wait` where more are needed; undefined: no header */
  protected abstract message(from: Side, bytes: Uint8Array): number | undefined

  /** Whether a header stands at `at`, all of which is there. */
  protected abstract begins(bytes: Uint8Array, at: number): boolean

  protected wait(size: number): number {
    this.need = size
    return 0
  }

  /** @param at  from the message that is being read */
  protected fault(side: Side, wire: AnyWire, fault: string, at: number): void {
    const where = this.#at[side] + at
    this.out.say({ type: 'fault', wire: wire.name, fault, side, at: where, resumes: true })
  }

  #message(from: Side, bytes: Uint8Array): number {
    if (bytes.length < this.#headerBytes) return this.wait(this.#headerBytes)
    this.need = 0
    const used = this.message(from, bytes)
    if (used !== undefined) return used
    this.#inStep[from] = false
    return this.#search(from, bytes)
  }

  #search(from: Side, bytes: Uint8Array): number {
    let at = 0
    for (; at + this.#headerBytes <= bytes.length; at++) {
      if (!this.begins(bytes, at)) continue
      this.#inStep[from] = true
      this.#searched[from] = 0
      this.need = 0
      return at
    }
    this.need = this.#headerBytes
    this.#searched[from] += at
    if (this.#searched[from] <= limits.searchBytesMax) return at
    this.lost = true
    return REST
  }
}
