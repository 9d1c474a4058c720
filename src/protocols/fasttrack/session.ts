/** Which session reads a flow, by its carrier and the part that was recognised. */
import type { FlowFacts, Out, Session } from '../../core/protocol.ts'
import { TalkSession } from './datagrams.ts'
import { LinkSession } from './link.ts'
import { TransferSession } from './transfer.ts'

export function openSession(flow: FlowFacts, out: Out): Session {
  if (flow.carrier === 'udp') return new TalkSession(flow, out)
  return flow.part === 'transfer' ? new TransferSession(flow, out) : new LinkSession(flow, out)
}
