/** The card of n2n. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { packetWire } from './wire/packet.ts'

export const n2n: Protocol = {
  name: 'n2n',
  title: 'n2n',
  family: 'n2n',
  overlay: 'hybrid',
  neighbour: 'A private network between machines that share a key; it shares no files of its own.',
  carriers: ['udp'],
  portHints: [7654],
  starts,
  recognise,
  wires: [packetWire],
  logs,
  openSession,
}
