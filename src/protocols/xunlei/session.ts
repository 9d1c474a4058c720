/** Packets are told by their number: what they say is not known. */
import type { Side } from '../../core/event.ts'
import { type FlowFacts, type Moment, type Out, REST, type Session } from '../../core/protocol.ts'
import { HEAD, packetWire } from './wire/packet.ts'

class PacketSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #isStream: boolean
  readonly #out: Out
  readonly #told = new Set<string>()

  constructor(flow: FlowFacts, out: Out) {
    this.#isStream = flow.carrier === 'tcp'
    this.#out = out
    if (this.#isStream) this.need = HEAD
  }

  data(side: Side, bytes: Uint8Array, { wireSize = bytes.length }: Moment): number {
    const outcome = packetWire.parse(this.#isStream ? bytes.subarray(0, HEAD) : bytes, 0)
    if (this.#isStream && bytes.length < HEAD) return 0
    if (outcome.kind === 'message') {
      this.messages++
      this.#out.count('packet')
      this.#tell(side, outcome.message.generation, wireSize)
    } else this.#out.count('other')
    return this.#isStream ? REST : bytes.length
  }

  gap(_from: Side, _missing: number, _at: Moment): void {}

  end(_at: Moment): void {}

  /** The first of a side; over TCP its size is not known. */
  #tell(side: Side, generation: number, size: number): void {
    const key = `${side} ${generation}`
    if (this.#told.has(key) && !this.#out.everyMessage) return
    this.#told.add(key)
    const fields = { type: 'packet', generation, ...(this.#isStream ? {} : { bytes: size }) }
    this.#out.say({ type: 'message', log: 'xunlei', name: 'packet', side, fields })
  }
}

/** Requests to servers: nothing of them is read but that they are. */
class ServerSession implements Session {
  need = 0
  messages = 0
  lost = false

  data(_side: Side, _bytes: Uint8Array, _at: Moment): number {
    this.messages = 1
    return REST
  }

  gap(_from: Side, _missing: number, _at: Moment): void {}

  end(_at: Moment): void {}
}

export function openSession(flow: FlowFacts, out: Out): Session {
  return flow.part === 'server' ? new ServerSession() : new PacketSession(flow, out)
}
