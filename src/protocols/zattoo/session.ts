/** What the program says to its servers; of its own packets, their kind. */
import type { Json, Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { type FlowFacts, type Moment, type Out, REST, type Session } from '../../core/protocol.ts'
import { latin1 } from '../../core/text.ts'
import { OpeningSession } from '../../core/wire-session.ts'
import { type Login, loginWire } from './wire/login.ts'
import { HEAD, packetWire } from './wire/packet.ts'

class ServerSession extends OpeningSession<Login> {
  protected override read({ type, rest }: Login): void {
    const version = type === 'frontdoor' ? /^[\w.]+/.exec(latin1(rest))?.[0] : undefined
    const told = version === undefined ? {} : { version }
    say(this.out, 0, { type, ...told })
    this.out.say({ type: 'client', who: this.flow.ends[0], software: 'Zattoo', ...told })
  }
}

class PacketSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #isStream: boolean
  readonly #out: Out
  /** Kinds that were said of each side: the first of each goes to the log. */
  readonly #told = new Set<string>()

  constructor(flow: FlowFacts, out: Out) {
    this.#isStream = flow.carrier === 'tcp'
    this.#out = out
    if (this.#isStream) this.need = HEAD
  }

  /** Over TCP where a packet ends is not known: the first of a side is all that is read. */
  data(side: Side, bytes: Uint8Array, _at: Moment): number {
    if (this.#isStream && bytes.length < HEAD) return 0
    const outcome = packetWire.parse(bytes, 0)
    if (outcome.kind === 'message') {
      this.messages++
      this.#out.count('packet')
      const { kind, number } = outcome.message
      const key = `${side} ${kind} ${number}`
      if (this.#told.size < limits.listedMax) {
        if (!this.#told.has(key) || this.#out.everyMessage) {
          say(this.#out, side, { type: 'packet', kind, number })
        }
        this.#told.add(key)
      }
    } else this.#out.count('other')
    return this.#isStream ? REST : bytes.length
  }

  gap(_from: Side, _missing: number, _at: Moment): void {}

  end(_at: Moment): void {}
}

function say(
  out: Out,
  side: Side,
  fields: { readonly [key: string]: Json } & { type: string },
): void {
  out.say({ type: 'message', log: 'zattoo', name: fields.type, side, fields })
}

export function openSession(flow: FlowFacts, out: Out): Session {
  return flow.part === 'server'
    ? new ServerSession(loginWire, flow, out)
    : new PacketSession(flow, out)
}
