/** Which session reads a flow, by the part that was recognised. */
import type { FlowFacts, Out, Session } from '../../core/protocol.ts'
import { LinkSession } from './link.ts'
import { TransferSession } from './transfer.ts'

export function openSession(flow: FlowFacts, out: Out): Session {
  return flow.part === 'transfer' ? new TransferSession(flow, out) : new LinkSession(flow, out)
}
