/** Opens the session that reads a flow of this family: a stream of frames, or datagrams. */
import type { FlowFacts, Out, Session } from '../../core/protocol.ts'
import { TcpSession } from './session-tcp.ts'
import { UdpSession } from './session-udp.ts'

export function openSession(flow: FlowFacts, out: Out): Session {
  return flow.carrier === 'tcp' ? new TcpSession(flow, out) : new UdpSession(flow, out)
}
