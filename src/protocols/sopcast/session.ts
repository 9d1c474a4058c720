/** Frames are told by type: what they say is not known. */
import type { Side } from '../../core/event.ts'
import type { FlowFacts, Moment, Out, Session } from '../../core/protocol.ts'
import { frameWire } from './wire/frame.ts'

class PeerSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #out: Out
  /** Types that were said of each side: the first of each goes to the log. */
  readonly #told = new Set<string>()

  constructor(out: Out) {
    this.#out = out
  }

  data(side: Side, bytes: Uint8Array, { wireSize = bytes.length }: Moment): number {
    const outcome = frameWire.parse(bytes, 0)
    if (outcome.kind !== 'message' || bytes.length < wireSize) {
      this.#out.count('other')
      return bytes.length
    }
    this.messages++
    this.#out.count('frame')
    const { session, kind, type: number, mark, more } = outcome.message
    const key = `${side} ${number} ${mark}`
    if (this.#told.has(key) && !this.#out.everyMessage) return bytes.length
    this.#told.add(key)
    const fields = { type: 'frame', session, kind, number, mark, more: more.length }
    this.#out.say({ type: 'message', log: 'sopcast', name: 'frame', side, fields })
    return bytes.length
  }

  gap(_from: Side, _missing: number, _at: Moment): void {}

  end(_at: Moment): void {}
}

export function openSession(_flow: FlowFacts, out: Out): Session {
  return new PeerSession(out)
}
