/** Which session reads a flow, by the part that was recognised. */
import { type FlowFacts, type Out, REST, type Session } from '../../core/protocol.ts'
import { BootstrapSession } from './bootstrap.ts'
import { LinkSession } from './link.ts'
import { ResultSession } from './results.ts'

export function openSession(flow: FlowFacts, out: Out): Session {
  if (flow.carrier === 'udp') return new ResultSession(flow, out)
  if (flow.part === 'dht-bootstrap') return new BootstrapSession(flow, out)
  return flow.part === 'tls' ? closed() : new LinkSession(flow, out)
}

/** Encrypted. */
function closed(): Session {
  return { need: 0, messages: 0, lost: false, data: () => REST, gap: () => {}, end: () => {} }
}
