/** Which session reads a flow, by the part that was recognised. */
import type { Side } from '../../core/event.ts'
import type { FlowFacts, Moment, Out, Session } from '../../core/protocol.ts'
import { PeerSession } from './peer-session.ts'
import { ServerSession } from './server-session.ts'
import { obfuscatedWire } from './wire/obfuscated.ts'

export function openSession(flow: FlowFacts, out: Out): Session {
  switch (flow.part) {
    case 'server':
    case 'server-opened':
      return new ServerSession(flow, out)
    case 'peer-obfuscated':
      return new ObfuscatedSession(flow, out)
    default:
      return new PeerSession(flow, out)
  }
}

/** A connection between peers whose messages are each hidden behind a key that they carry. */
class ObfuscatedSession implements Session {
  need = 0
  lost = false
  readonly #clear: PeerSession

  constructor(flow: FlowFacts, out: Out) {
    this.#clear = new PeerSession(flow, out)
  }

  get messages(): number {
    return this.#clear.messages
  }

  data(from: Side, bytes: Uint8Array, _at: Moment): number {
    if (this.#clear.isFile) return this.#open(from, bytes)
    const outcome = obfuscatedWire.parse(bytes, 0)
    this.need = outcome.kind === 'need' ? outcome.size : 0
    if (outcome.kind === 'need') return 0
    if (outcome.kind === 'malformed') {
      this.lost = true
      return bytes.length
    }
    this.#clear.data(from, outcome.message.clear)
    this.lost = this.#clear.lost
    return outcome.size
  }

  #open(from: Side, bytes: Uint8Array): number {
    const used = this.#clear.data(from, bytes)
    this.need = this.#clear.need
    return used
  }

  pass(from: Side, size: number): boolean {
    return this.#clear.pass(from, size)
  }

  /** Nothing marks where a message begins. */
  gap(from: Side): void {
    if (this.#clear.isFile) this.#clear.gap(from)
    else this.lost = true
  }

  end(): void {
    this.#clear.end()
  }
}
