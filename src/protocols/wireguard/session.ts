/** Handshakes are said, data is counted; what is inside is sealed. */
import type { Json, Side } from '../../core/event.ts'
import type { FlowFacts, Out, Session } from '../../core/protocol.ts'
import { DatagramSession } from '../../core/wire-session.ts'
import { messageWire, type WireguardMessage } from './wire/message.ts'

class TunnelSession extends DatagramSession<WireguardMessage> {
  protected override read(from: Side, said: WireguardMessage, bytes: Uint8Array): void {
    if (said.type === 'data') {
      this.out.count('data')
      if (!this.out.everyMessage) return
      const counter = said.counterBig.toString()
      this.#log(from, said.type, { receiver: said.receiver, counter, size: bytes.length })
      return
    }
    this.#log(from, said.type, {
      ...('sender' in said ? { sender: said.sender } : {}),
      ...('receiver' in said ? { receiver: said.receiver } : {}),
      size: bytes.length,
    })
  }

  #log(side: Side, type: string, fields: { readonly [key: string]: Json }): void {
    this.out.say({
      type: 'message',
      log: 'wireguard',
      name: type,
      side,
      fields: { type, ...fields },
    })
  }
}

export function openSession(flow: FlowFacts, out: Out): Session {
  return new TunnelSession(messageWire, flow, out)
}
