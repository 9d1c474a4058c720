/** Nodes by address, and by version where they introduce themselves; the rest is sealed. */
import { endpointText } from '../../core/address.ts'
import { hex } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import type { FlowFacts, Moment, Out, Session } from '../../core/protocol.ts'
import { packetWire, type ZerotierPacket } from './wire/packet.ts'

class NodeSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #flow: FlowFacts
  readonly #out: Out
  /** What was said of each side as `client`. */
  readonly #told = ['', '']

  constructor(flow: FlowFacts, out: Out) {
    this.#flow = flow
    this.#out = out
  }

  data(from: Side, bytes: Uint8Array, at: Moment): number {
    if (at.wireSize !== undefined && at.wireSize > bytes.length) return bytes.length
    const outcome = packetWire.parse(bytes, 0)
    if (outcome.kind === 'message') {
      this.messages++
      this.#read(from, outcome.message)
    } else if (outcome.kind === 'malformed') {
      const { fault, at: place } = outcome
      const wire = packetWire.name
      this.#out.say({ type: 'fault', wire, fault, side: from, at: place, resumes: true })
    }
    return bytes.length
  }

  gap(): void {}

  end(): void {}

  #read(from: Side, said: ZerotierPacket): void {
    this.#out.count(said.type)
    if (said.type !== 'hello') return
    const node = hex(said.source)
    const version = `${said.major}.${said.minor}.${said.revision}`
    const { protocol, sentTo } = said
    this.#out.say({
      type: 'message',
      log: 'zerotier',
      name: 'hello',
      side: from,
      fields: {
        type: 'hello',
        node,
        to: hex(said.destination),
        version,
        protocol,
        ...(sentTo === undefined ? {} : { sent_to: endpointText(sentTo) }),
      },
    })
    if (this.#told[from] === node) return
    this.#told[from] = node
    const who = this.#flow.ends[from]
    this.#out.say({ type: 'client', who, software: 'ZeroTier', version, id: node })
  }
}

export function openSession(flow: FlowFacts, out: Out): Session {
  return new NodeSession(flow, out)
}
