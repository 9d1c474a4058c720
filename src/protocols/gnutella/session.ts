/** Which session reads a flow, by its carrier and the part that was recognised. */
import { type FlowFacts, type Out, REST, type Session } from '../../core/protocol.ts'
import { DatagramSession } from './datagrams.ts'
import { LinkSession } from './link.ts'
import { TransferSession } from './transfer.ts'

export function openSession(flow: FlowFacts, out: Out): Session {
  if (flow.carrier === 'udp') return new DatagramSession(flow, out)
  switch (flow.part) {
    case 'transfer':
    case 'gwebcache':
      return new TransferSession(flow, out)
    case 'tls':
      return closedSession()
    default:
      return new LinkSession(flow, out)
  }
}

/** A flow that cannot be read. */
function closedSession(): Session {
  return {
    need: 0,
    messages: 0,
    lost: false,
    data: () => REST,
    gap: () => {},
    end: () => {},
  }
}
