/** Nodes by address, and by version where they introduce themselves; the rest is sealed. */
import { endpointText } from '../../core/address.ts'
import { hex } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import type { FlowFacts, Out, Session } from '../../core/protocol.ts'
import { DatagramSession } from '../../core/wire-session.ts'
import { packetWire, type ZerotierPacket } from './wire/packet.ts'

class NodeSession extends DatagramSession<ZerotierPacket> {
  /** What was said of each side as `client`. */
  readonly #told = ['', '']

  protected override read(from: Side, said: ZerotierPacket): void {
    this.out.count(said.type)
    if (said.type !== 'hello') return
    const node = hex(said.source)
    const version = `${said.major}.${said.minor}.${said.revision}`
    const { protocol, sentTo } = said
    this.out.say({
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
    const who = this.flow.ends[from]
    this.out.say({ type: 'client', who, software: 'ZeroTier', version, id: node })
  }
}

export function openSession(flow: FlowFacts, out: Out): Session {
  return new NodeSession(packetWire, flow, out)
}
