/**
 * Opens the session that reads a flow of this family: a stream of frames, datagrams, or nothing
 * where the stream is obfuscated: its key is made of a user hash that this flow does not tell.
 */
import { type FlowFacts, type Out, REST, type Session } from '../../core/protocol.ts'
import { TcpSession } from './session-tcp.ts'
import { UdpSession } from './session-udp.ts'

export function openSession(flow: FlowFacts, out: Out): Session {
  if (flow.carrier === 'udp') return new UdpSession(flow, out)
  return flow.part.endsWith('-obfuscated') ? new HiddenSession() : new TcpSession(flow, out)
}

/** An obfuscated stream: passed over, nothing is said and nothing is given up. */
class HiddenSession implements Session {
  readonly need = 0
  readonly messages = 0
  readonly lost = false

  data(): number {
    return REST
  }

  gap(): void {}

  end(): void {}
}
