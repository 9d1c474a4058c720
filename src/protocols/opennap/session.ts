/** Which session reads a flow, by the part that was recognised. */
import { type FlowFacts, type Out, REST, type Session } from '../../core/protocol.ts'
import { MetaserverSession } from './metaserver-session.ts'
import { ServerSession } from './server-session.ts'
import { TransferSession } from './transfer-session.ts'

export function openSession(flow: FlowFacts, out: Out): Session {
  switch (flow.part) {
    case 'metaserver':
      return new MetaserverSession(flow, out)
    case 'server':
      return new ServerSession(flow, out)
    default:
      return flow.fromStart ? new TransferSession(flow, out) : bodyOnly()
  }
}

/** The middle of a file. */
function bodyOnly(): Session {
  return { need: 0, messages: 0, lost: false, data: () => REST, gap: () => {}, end: () => {} }
}
